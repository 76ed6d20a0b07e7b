"""The People and API keys pages: who is asked about, the numbers above, and where the number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import streamlit as st

from core.bidi import isolated
from core.dimensions import MEASURES
from core.explore import ranking
from core.explore.change import Group
from core.explore.explorers import Explorer
from core.explore.idle import IDLE_DAYS, Idle, Suspect, UnusedSeat
from core.explore.query import Empty
from core.explore.ranking import API_KEYS, USERS, Ranking
from core.explore.scan import kept_connections
from core.figures import share_text
from core.formats import UNKNOWN, exact, period_label, share
from core.ui.app import (
    answer_blocks,
    blocks,
    data,
    drilling,
    explorer_state,
    extent,
    filters,
    gap_notice,
    times,
    toolbar,
)
from core.ui.app.answers import Answer
from core.ui.app.navigation import page_file
from core.ui.app.presses import whole
from core.ui.app.quiet import Quiet, quiet_of
from core.ui.app.summed_columns import Places, Share, sum_of

_COST = MEASURES["cost"]
PART = "what you may see"
"""What a part of the ledger is called, to whom nothing else is shown."""
_MEASURES = ("cost", "tokens", "requests")
_OPEN = "ranking.open"
"""Set by a click on a row: the next run goes to the Cost page, narrowed to it."""


@dataclass(frozen=True)
class PageKind:
    """What a page is about; ``singular`` and ``plural`` are what a sentence calls its rows."""

    ranking: Ranking
    explorer: Explorer
    singular: str
    plural: str


PAGES = {
    "people": PageKind(
        USERS, Explorer("people", "People", ("cost",), _MEASURES, ("cost", "tokens")), "user", "people"
    ),
    "keys": PageKind(
        API_KEYS,
        Explorer("keys", "API keys", ("cost",), _MEASURES, ("cost", "tokens")),
        "API key",
        "API keys",
    ),
}


@dataclass(frozen=True)
class RankingPage:
    """What the page asks, and the ranking that answers it."""

    kind: PageKind
    answer: Answer

    @property
    def ranking(self) -> Ranking:
        return self.kind.ranking

    @cached_property
    def ranked(self) -> pl.DataFrame:
        """``core.explore.ranking.ranked`` with ``first_day`` and ``last_day``."""
        answer = self.answer
        ranked = data.ranked_apart(answer.ledger, answer.query, answer.outside, self.ranking)
        seen = data.last_seen(answer.ledger, self.ranking)
        days = seen.group_by("identity").agg(pl.col("first_day").min(), pl.col("last_day").max())
        return ranked.join(days, on="identity", how="left", maintain_order="left")

    @property
    def nameless(self) -> pl.DataFrame:
        """The rows that nobody is behind, where somebody could be."""
        nobody = pl.col("named").is_null() & pl.col("id").is_null()
        return self.ranked.filter(nobody, pl.col("empty").ne_missing(Empty.NOT_APPLICABLE.value))

    @property
    def kept(self) -> frozenset[int]:
        """Connections that the filters on connection, organization and Origin leave."""
        return kept_connections(self.answer.ledger, self.answer.query.filters)

    @property
    def sees_all(self) -> bool:
        return self.answer.ledger.restriction is None

    @property
    def where(self) -> str:
        """Where who is idle has no use, so far as who asks can know."""
        return "anywhere" if self.sees_all else f"in {PART}"

    @cached_property
    def idle(self) -> list[Idle]:
        """Of those connections; other filters choose use, and who is idle has none."""
        return [entry for entry in self._quiet.idle if not self.kept.isdisjoint(entry.connection_ids)]

    @cached_property
    def unused(self) -> list[UnusedSeat]:
        """Seats in those connections, of people who have use elsewhere."""
        return [entry for entry in self._quiet.unused if not self.kept.isdisjoint(entry.seat.connection_ids)]

    @property
    def _quiet(self) -> Quiet:
        return quiet_of(self.answer.ledger, self.ranking, self.answer.today)


def ask(name: str) -> RankingPage:
    """Range and filters of the page ``name``, and what they ask."""
    with whole():
        if st.session_state.pop(_OPEN, False):
            st.switch_page(page_file("cost"))
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        blocks.stop()
    kind = PAGES[name]
    state = explorer_state.current(kind.explorer, today)
    toolbar.range_toolbar(state, ledger, with_origin=kind.ranking is USERS)
    filters.chips(state)
    drilling.trail(state)
    blocks.notices(explorer_state.ADDRESS.problems())
    answer = Answer(kind.explorer, state.asking(state.query.grouped(kind.ranking.name)), ledger, today)
    answer_blocks.require_rows(answer)
    return RankingPage(kind, answer)


def open_cost(of: Ranking, row: dict[str, object]) -> None:
    """From a callback: go to the Cost page with one row's filters."""
    filters = ranking.filters_of(row, of)
    open_values(tuple((condition.dimension, condition.values[0]) for condition in filters))


def open_values(group: Group) -> None:
    """The same with the values of a group."""
    drilling.into(group)
    st.session_state[_OPEN] = True


def numbers(page: RankingPage, flagged: Sequence[Suspect] | None = None) -> None:
    """Cost, how many are behind it, what nobody is behind, who is idle; and which keys need a look."""
    named = page.ranked.filter(pl.col("named").is_not_null() | pl.col("id").is_not_null())
    whole = page.answer.compared_total
    cost = whole.now
    idle, plural, singular = page.idle, page.kind.plural, page.kind.singular
    known = sum(each.known for each in idle)
    boxes = [
        ("Cost", whole.now_text, f"{_COST.help} Exactly {exact(_COST, cost)}."),
        (_capital(plural), f"{named.height:,}", f"With use in the range, out of {_seen(page):,} ever seen."),
        (f"Cost without {_a(singular)}", _without(page), _without_words(page)),
        (
            f"Idle for {IDLE_DAYS} days",
            f"{known:,}" if known or not idle else UNKNOWN,
            _idle_words(page, len(idle) - known, plural),
        ),
    ]
    if flagged is not None:
        words = f"Used in the last {IDLE_DAYS} days, though not active, in no list, or orphaned."
        boxes.append(("To look at", f"{len(flagged):,}", words))
    with blocks.number_row("number-cards"):
        for label, value, words in boxes:
            st.metric(label, value, border=True, height="stretch", help=words.replace("$", r"\$"))
    blocks.quiet(f"{period_label(page.answer.counted)}: {extent.words(page.answer, 'cost')}.")
    gap_notice.show(page.answer.provenance)


def _seen(page: RankingPage) -> int:
    return data.last_seen(page.answer.ledger, page.ranking)["identity"].n_unique()


def _without(page: RankingPage) -> str:
    """Its share of the cost: the sum of what the table prints of its rows, where it shows all of them."""
    ranked, cost = page.ranked, int(page.nameless["cost"].sum())
    places = Places([*range(min(ranked.height, blocks.MOST_ROWS))], max(0, ranked.height - blocks.MOST_ROWS))
    steps = Share("", sum_of("", _COST, ranked["cost"])).steps(places)
    printed = dict(zip(ranked["identity"].gather(places.shown), steps, strict=False))
    of_rows = [printed.get(identity) for identity in page.nameless["identity"]]
    if None in of_rows:
        return share(cost, page.answer.compared_total.now)
    return share_text(cost, sum(step or 0 for step in of_rows))


def _without_words(page: RankingPage) -> str:
    nameless = page.nameless.select("label", "cost").iter_rows()
    parts = [f"{isolated(label)}: {exact(_COST, cost)}." for label, cost in nameless]
    return " ".join(parts) or f"All of the cost has {_a(page.kind.singular)}."


def _idle_words(page: RankingPage, unknown: int, many: str) -> str:
    days = f"in the last {IDLE_DAYS} whole days (UTC)"
    words = f"In use before, or listed and active, and no use {page.where} {days}."
    if unknown:
        words += f" {unknown:,} more {many} may be idle: days of theirs are not pulled."
    return words


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "AEIO" else f"a {noun}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def notes(page: RankingPage) -> None:
    """What cannot have a user or key, and the click that leaves it out."""
    answer_blocks.notes(page.answer)


def provenance_line(page: RankingPage) -> None:
    answer_blocks.provenance_line(page.answer)
