"""How a tile shows an answer: as a chart, bars, a number or a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.charts.over_time import drawn_kind, over_time_chart
from core.charts.timeline import PROVISIONAL
from core.dimensions import DIMENSIONS, MEASURES
from core.formats import Number, difference, exact, period_label, share, short
from core.store.dashboards import TileLook
from core.ui.app import blocks, data, html
from core.ui.app.answers import Answer
from core.ui.app.hues import hues, plotted
from core.ui.app.text import count_of

CHART_HEIGHTS = {"small": 130, "tall": 330}
ROWS = {"small": 5, "tall": 13}
"""Groups that fit into a tile of bars or a table, Other not counted."""
_COLUMNS = {"third": 1, "half": 2, "two_thirds": 4, "full": 9}
"""Measures that fit side by side into a table."""


@dataclass(frozen=True)
class TileKind:
    """``draw`` puts the answer into the tile; ``most_groups`` is how many it has room for, by height."""

    draw: Callable[[Answer, TileLook], None]
    most_groups: dict[str, int]


def chart(answer: Answer, look: TileLook) -> None:
    """The shape over time."""
    plot = replace(plotted(answer), height=CHART_HEIGHTS[look.height])
    st.altair_chart(over_time_chart(answer.drawn(), plot, answer.view.display.chart), width="stretch")
    ranked = answer.ranked_series().iter_rows() if answer.view.group_by else ()
    kind = drawn_kind(answer.measure, len(plot.series), answer.view.display.chart)
    blocks.legend(
        ((name, plot.colors[name], short(answer.measure, amount)) for name, amount, _ in ranked),
        provisional=kind == "bar" and bool(plot.timeline.spans(PROVISIONAL)),
    )


def bars(answer: Answer, _: TileLook) -> None:
    """The groups with a value over the whole period, each a bar against the largest."""
    ranked = answer.ranked_series().drop_nulls("value")
    grey = ranked.filter(ranked["unnamed"])["series"] if answer.view.group_by else ()
    colors = hues(answer.ledger, answer.view.group_by, ranked["series"], grey)
    largest = max((value or 0 for value in ranked["value"]), default=0)
    lines = (
        _bar(name, value, _part(value, largest), colors[name], answer)
        for name, value in ranked.select("series", "value").iter_rows()
    )
    html.show(html.div(lines, cls="tl-share tile"))


def _bar(name: str, value: Number, part: float, color: str, answer: Answer) -> html.Node:
    return (
        html.span(html.parted(name), cls="name", title=name),
        html.span(html.i(style=f"width:{part:.1%};background:{color}"), cls="track"),
        html.span(_with_share(answer, value), cls="number", title=exact(answer.measure, value)),
    )


def number(answer: Answer, look: TileLook) -> None:
    """The total, its change against the earlier period, and for a month under way where it is heading."""
    name = answer.view.measure
    value = answer.totals[name]
    versus, delta, earlier, words = answer.versus, None, "", ""
    if versus:
        delta = difference(answer.measure, versus.now[name], versus.before[name])
        earlier, words = f"vs {period_label(versus.periods.earlier)}", f" {versus.sentence()}"
    st.metric(
        answer.measure.label, short(answer.measure, value), delta=delta, delta_color="off",
        delta_description=earlier if delta else None,
        help=f"{answer.measure.help} Exactly {exact(answer.measure, value)}.{words}".replace("$", r"\$"),
    )  # fmt: skip
    if heading := _run_rate_words(answer):
        blocks.quiet(heading)
    if look.height == "tall" and answer.view.group_by:
        bars(answer, look)


def table(answer: Answer, look: TileLook) -> None:
    """The groups with as many of the page's measures as the width has room for; exact on hover."""
    known = [name for name in answer.measures if answer.totals[name] is not None]
    names = known[: _COLUMNS[look.width]]
    head = [" and ".join(DIMENSIONS[dimension].label for dimension in answer.view.group_by)]
    head += [MEASURES[name].label for name in names]
    rows = [_row(answer, row["series"], row, names) for row in answer.ranked_groups().iter_rows(named=True)]
    summed = answer.measure.additive and bool(answer.view.group_by)
    if summed:
        head.insert(2, "Share")
        rows.append(_row(answer, "Total", answer.totals, names))
    kind = "tl-table summed" if summed else "tl-table"
    table = html.table(html.thead(html.tr(map(html.th, head))), html.tbody(rows), cls=kind)
    html.show(html.div(table, cls="tl-table-box"))


def _part(value: Number, largest: int | float) -> float:
    return max(0.0, (value or 0) / largest) if largest > 0 else 0.0


def _with_share(answer: Answer, value: Number) -> str:
    text = short(answer.measure, value)
    if not answer.measure.additive or not answer.view.group_by:
        return text
    return f"{text} · {share(value, answer.totals[answer.view.measure])}"


def _run_rate_words(answer: Answer) -> str:
    """Only for what adds up over the days of this month."""
    if answer.view.display.preset != "month_to_date" or not answer.measure.additive:
        return ""
    month = data.month_to_date(answer.ledger, answer.today, answer.query.filters, answer.view.measure)
    if month.run_rate is None:
        return ""
    part = f", {month.projected} of {month.connections} connections" * (month.projected < month.connections)
    return (
        f"Run rate to month end {short(answer.measure, month.run_rate)}, "
        f"from {count_of(month.rate_days, 'complete day')}{part}"
    )


def _row(answer: Answer, label: str, row: Mapping[str, Any], names: list[str]) -> html.Node:
    numbers = [(MEASURES[name], row[name]) for name in names]
    cells = [html.td(short(measure, value), title=exact(measure, value)) for measure, value in numbers]
    if answer.measure.additive and answer.view.group_by:
        cells.insert(1, html.td(share(row[names[0]], answer.totals[names[0]])))
    return html.tr(html.td(html.parted(label), title=label), cells)


KINDS: dict[str, TileKind] = {
    "chart": TileKind(chart, {"small": 50, "tall": 50}),
    "bars": TileKind(bars, ROWS),
    "number": TileKind(number, ROWS),
    "table": TileKind(table, {"small": 4, "tall": 12}),
}
"""By the name the store and the files know them."""
