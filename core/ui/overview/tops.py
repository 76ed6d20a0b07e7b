"""Who and what costs most this month: each row opens its own cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from core.bidi import isolated
from core.dimensions import DIMENSIONS, NOT_TOLD, Origin
from core.explore.compare import GONE
from core.explore.drill import NEXT
from core.explore.query import Empty, Filter, Query, Value
from core.figures import Scale, growth, row_scale, shares
from core.formats import UNKNOWN, exact, period_label
from core.periods import Period
from core.ui.app import blocks, data, html, ways
from core.ui.app.hues import hues
from core.ui.app.ways import Way
from core.ui.overview.overview import COST, Overview

_MOST = 5
_CARDS = {"workspace": "cost", "api_key": "keys", "user": "people"}
"""What is listed, and the page that lists all of it."""


class Entry(NamedTuple):
    """``before`` None: not compared."""

    value: Value
    label: str
    cost: int
    before: int | None


class Top(NamedTuple):
    """The dearest with a name, how many have one, and the cost of everybody and nobody."""

    entries: tuple[Entry, ...]
    named: int
    whole: int
    whole_before: int | None

    @property
    def rest(self) -> int:
        return self.whole - sum(entry.cost for entry in self.entries)


def tops(overview: Overview) -> None:
    """The five dearest workspaces, keys and people; a list without anybody leaves no hole."""
    dearest = {name: _top(overview, name) for name in _CARDS}
    cards = [_card(overview, name, top) for name, top in dearest.items() if top.entries]
    if cards:
        html.show(html.div(cards, cls="tl-cards"))


def by_origin(overview: Overview) -> None:
    """How this month's cost splits over Claude Platform and claude.ai, where both are connected."""
    if len({connection.origin for connection in overview.ledger.connections}) < len(Origin):
        return
    top = _top(overview, "origin")
    colors = hues(overview.ledger, ("origin",), [entry.label for entry in top.entries])
    rows = _texts(top, row_scale(COST, (top.whole, top.whole_before)))
    items = (
        ways.link(
            ways.way("cost", _of(overview, "origin", entry), versus="month"),
            blocks.legend_item("tl-swatch", entry.label, f"{amount} ({share})", color=colors[entry.label]),
            title=f"{isolated(entry.label)}: {exact(COST, entry.cost)}",
        )
        for entry, (amount, share, _) in zip(top.entries, rows, strict=False)
    )
    html.show(html.div(items, cls="tl-legend"))


def _top(overview: Overview, name: str) -> Top:
    question = overview.query(name), overview.earlier
    return data.cached("top", overview.ledger, question, lambda: _read(overview, name))


def _read(overview: Overview, name: str) -> Top:
    query, earlier = overview.query(name), overview.earlier
    if earlier:
        nothing = Period(query.period.end, query.period.end)
        frame = data.compared(overview.ledger, query, earlier, nothing)
    else:
        frame = data.rows(overview.ledger, query).with_columns(
            before=pl.lit(None, pl.Int64), state=pl.lit("")
        )
    value = pl.col(f"{name}_value")
    is_named = value.is_not_null() & (value != NOT_TOLD)
    if name == "workspace" and "workspace_empty" in frame.columns:
        is_named |= pl.col("workspace_empty") == Empty.NONE.value
    named = frame.filter(is_named.fill_null(value=False), pl.col("state") != GONE)
    first = named.filter(pl.col("cost") > 0).sort("cost", name, descending=[True, False]).head(_MOST)
    entries = (
        Entry(Empty.NONE if value is None else value, label, cost, before)
        for value, label, cost, before in first.select(value, name, "cost", "before").iter_rows()
    )
    before = int(frame["before"].sum()) if earlier else None
    return Top(tuple(entries), named.height, int(frame["cost"].sum()), before)


def _card(overview: Overview, name: str, top: Top) -> html.Node:
    title = DIMENSIONS[name].plural
    to = ways.way(_CARDS[name], overview.query(name), versus="month")
    some = f"{len(top.entries)} of {top.named:,}" if top.named > len(top.entries) else f"All {top.named:,}"
    scale = row_scale(COST, (top.whole, top.whole_before))
    words = f"{some}, {scale.write(top.whole)}, {period_label(overview.days)}"
    head = html.h2(ways.link(to, title), cls="tl-card-title"), html.div(words, cls="tl-quiet")
    return html.div(head, html.div(_rows(overview, name, top, scale, to), cls="tl-tops"), cls="tl-card")


def _rows(overview: Overview, name: str, top: Top, scale: Scale, all_: Way) -> Iterator[html.Node]:
    """What has no row of its own is the last."""
    texts = _texts(top, scale)
    for entry, text in zip(top.entries, texts, strict=False):
        to = ways.way("cost", _of(overview, name, entry), versus="month")
        yield _row(to, html.parted(entry.label), entry.cost, top.whole, text, entry.label)
    if top.rest:
        words = "All others, those without a name too"
        yield _row(all_, "All others", top.rest, top.whole, texts[-1], words)


def _texts(top: Top, scale: Scale) -> list[tuple[str, str, str]]:
    """Amount, share and change of each row and of the rest: as printed they add up to the whole."""
    costs = [*(entry.cost for entry in top.entries), top.rest]
    before = [*(entry.before for entry in top.entries), None]
    printed = scale.apportioned(costs, top.whole)
    return [
        (scale.text(steps), share, _change(scale, steps, scale.steps(was)))
        for steps, share, was in zip(printed, shares(costs, top.whole), before, strict=True)
    ]


def _of(overview: Overview, name: str, entry: Entry) -> Query:
    return overview.query(NEXT[name][0]).narrowed(Filter(name, (entry.value,)))


def _change(scale: Scale, now: int | None, before: int | None) -> str:
    """``+$1,240 (+12.4%)``, of what is printed; empty where nothing is compared."""
    if now is None or before is None:
        return ""
    if not before:
        return "new"
    part = growth(now, before)
    text = scale.signed(now - before)
    return f"{text} ({part})" if part and part != UNKNOWN else text


def _row(
    to: Way, name: html.Node, cost: int, whole: int, texts: tuple[str, str, str], label: str
) -> html.Node:
    amount, share, change = texts
    length = max(0.0, cost / whole) if whole else 0.0
    return ways.link(
        to,
        html.span(name, cls="name"),
        html.span(amount, cls="number"),
        html.span(html.i(style=f"width:{length:.1%}"), cls="track"),
        html.span(f"{share}{', ' if change else ''}{change}", cls="why"),
        title=f"{isolated(label)}: {exact(COST, cost)}",
    )
