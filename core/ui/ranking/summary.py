"""The People and API keys pages: who is asked about, the numbers above, and where the number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import streamlit as st

from core.dimensions import MEASURES
from core.explore import ranking
from core.explore.idle import IDLE_DAYS, Idle, Suspect
from core.explore.query import Empty
from core.explore.ranking import API_KEYS, USERS, Ranking
from core.explore.scan import kept_connections
from core.formats import UNKNOWN, exact, period_label, share
from core.ui.app import (
    answer_blocks,
    blocks,
    data,
    drilling,
    extent,
    filters,
    gap_notice,
    times,
    toolbar,
    view,
)
from core.ui.app.answers import Answer
from core.ui.app.navigation import page_file
from core.ui.app.view import Explorer

_COST = MEASURES["cost"]
_MEASURES = ("cost", "tokens", "requests")
_OPEN = "ranking.open"
"""Set by a click on a row: the next run goes to the Cost page, narrowed to it."""


@dataclass(frozen=True)
class RosterPage:
    """A page about ``ranking``; ``one`` and ``many`` are its people's words in a sentence."""

    ranking: Ranking
    explorer: Explorer
    one: str
    many: str


PAGES = {
    "people": RosterPage(
        USERS, Explorer("people", "People", ("cost",), _MEASURES, ("cost", "tokens")), "user", "users"
    ),
    "keys": RosterPage(
        API_KEYS,
        Explorer("keys", "API keys", ("cost",), _MEASURES, ("cost", "tokens")),
        "API key",
        "API keys",
    ),
}


@dataclass(frozen=True)
class Found:
    """What the page asks, and the ranking that answers it."""

    page: RosterPage
    answer: Answer

    @property
    def ranking(self) -> Ranking:
        return self.page.ranking

    @cached_property
    def ranked(self) -> pl.DataFrame:
        """``core.explore.ranking.ranked`` with ``first_day`` and ``last_day``, and each one's latest name."""
        answer = self.answer
        ranked = data.ranked_apart(answer.ledger, answer.query, answer.outside, self.ranking)
        seen = data.last_seen(answer.ledger, self.ranking)
        days = seen.group_by("who", maintain_order=True).agg(
            pl.col("first_day").min(), pl.col("last_day").max(), pl.col("label").first().alias("latest")
        )
        days = days.rename({"who": "identity"})
        joined = ranked.join(days, on="identity", how="left", maintain_order="left")
        return joined.with_columns(label=pl.coalesce("latest", "label")).drop("latest")

    @property
    def nameless(self) -> pl.DataFrame:
        """The rows that nobody is behind, where somebody could be."""
        nobody = pl.col("named").is_null() & pl.col("id").is_null()
        return self.ranked.filter(nobody, pl.col("empty").ne_missing(Empty.NOT_APPLICABLE.value))

    @property
    def kept(self) -> frozenset[int]:
        """Connections that the filters on cost center, organization and Origin leave."""
        return kept_connections(self.answer.ledger, self.answer.query.filters)

    @cached_property
    def idle(self) -> list[Idle]:
        """Of those connections; other filters choose use, and who is idle has none."""
        everybody = data.idle_of(self.answer.ledger, self.ranking, self.answer.today)
        return [one for one in everybody if not self.kept.isdisjoint(one.connection_ids)]


def ask(name: str) -> Found:
    """Range and filters of the page ``name``, and what they ask."""
    if st.session_state.pop(_OPEN, False):
        st.switch_page(page_file("cost"))
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        st.stop()
    page = PAGES[name]
    shown = view.current(page.explorer, today)
    toolbar.range_toolbar(shown)
    filters.sidebar(ledger, shown)
    drilling.trail(shown)
    blocks.notices(view.ADDRESS.problems())
    answer = Answer(page.explorer, shown.asking(shown.query.grouped(page.ranking.name)), ledger, today)
    answer_blocks.require_rows(answer)
    return Found(page, answer)


def open_cost(of: Ranking, row: dict[str, object]) -> None:
    """From a callback: go to the Cost page with one row's filters."""
    wanted = ranking.filters_of(row, of)
    if all(len(one.values) == 1 for one in wanted):
        drilling.into(tuple((one.dimension, one.values[0]) for one in wanted))
    else:
        view.narrow_by(*wanted)
    st.session_state[_OPEN] = True


def numbers(found: Found, flagged: Sequence[Suspect] | None = None) -> None:
    """Cost, how many are behind it, what nobody is behind, who is idle; and which keys need a look."""
    named = found.ranked.filter(pl.col("named").is_not_null() | pl.col("id").is_not_null())
    whole = found.answer.compared_total
    cost = whole.now
    idle, many, one = found.idle, found.page.many, found.page.one
    known = sum(each.known for each in idle)
    boxes = [
        ("Cost", whole.now_text, f"{_COST.help} Exactly {exact(_COST, cost)}."),
        (_capital(many), f"{named.height:,}", f"With use in the range, out of {_seen(found):,} ever seen."),
        (f"Cost without {_a(one)}", share(int(found.nameless["cost"].sum()), cost), _without_words(found)),
        (
            f"Idle for {IDLE_DAYS} days",
            f"{known:,}" if known or not idle else UNKNOWN,
            _idle_words(len(idle) - known, many),
        ),
    ]
    if flagged is not None:
        words = f"Used in the last {IDLE_DAYS} days, though not active, in no list, or orphaned."
        boxes.append(("To look at", f"{len(flagged):,}", words))
    with st.container(key="numbers"):
        columns = st.columns(len(boxes))
    for column, (label, value, words) in zip(columns, boxes, strict=True):
        with column:
            st.metric(label, value, border=True, height="stretch", help=words.replace("$", r"\$"))
    blocks.quiet(f"{period_label(found.answer.counted)}: {extent.words(found.answer, 'cost')}.")
    gap_notice.show(found.answer.provenance)


def _seen(found: Found) -> int:
    return data.last_seen(found.answer.ledger, found.ranking)["who"].n_unique()


def _without_words(found: Found) -> str:
    nameless = found.nameless.select("label", "cost").iter_rows()
    parts = [f"{label}: {exact(_COST, cost)}." for label, cost in nameless]
    return " ".join(parts) or f"All of the cost has {_a(found.page.one)}."


def _idle_words(unknown: int, many: str) -> str:
    words = f"In use before, or listed and active, and not used in the last {IDLE_DAYS} whole days (UTC)."
    if unknown:
        words += f" {unknown:,} more {many} may be idle: days of theirs are not pulled."
    return words


def _a(one: str) -> str:
    return f"an {one}" if one[0] in "AEIO" else f"a {one}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def notes(found: Found) -> None:
    """What cannot have a user or key, and the click that leaves it out."""
    answer_blocks.notes(found.answer)


def provenance_line(found: Found) -> None:
    answer_blocks.provenance_line(found.answer)
