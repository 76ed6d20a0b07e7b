"""What deserves a look: lists that could not be read, keys still in use that are inactive or orphaned."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.bidi import isolated
from core.dimensions import DIMENSIONS, MEASURES, Origin
from core.explore.apart import label_of
from core.explore.idle import IDLE_DAYS, Suspect, idle_window
from core.explore.labels import value_label
from core.explore.query import Filter, Query
from core.explore.ranking import API_KEYS, USERS
from core.formats import period_label
from core.ledger.manifest import ConnectionInfo
from core.periods import ONE_DAY, Period
from core.store.directory import listed_at
from core.store.states import FAILED, list_states
from core.ui.app import blocks, data, limits_cards, summed_columns, summed_table, times
from core.ui.app.summed_columns import Text, sum_of
from core.ui.app.suspects import suspects_of
from core.ui.ranking.summary import RankingPage, open_values

_LISTS = {"users": "list of users", "api_keys": "list of API keys"}


def lists_note(page: RankingPage) -> None:
    """Where a directory list could not be pulled: what is missing, and what is shown in its place."""
    if page.answer.ledger.restriction:
        return
    kinds = ("users",) if page.ranking is USERS else ("api_keys", "users")
    with data.store() as db:
        read_at = {kind: listed_at(db, kind) for kind in kinds}
        states = {c.id: {s.stream: s for s in list_states(db, c.id)} for c in _platform(page)}
    texts = []
    for connection in _platform(page):
        for kind in kinds:
            state, seen = states[connection.id].get(kind), read_at[kind].get(connection.id)
            if state is None or state.state != FAILED:
                continue
            since = f"It is shown as of {times.instant_label(seen)} UTC." if seen else _NEVER[kind]
            texts.append(
                f"The {_LISTS[kind]} of {isolated(connection.cost_center)} could not be pulled: "
                f"{state.message} {since}"
            )
    blocks.notices(texts)


_NEVER = {
    "users": "It was never read: who is idle, or gone, cannot be told there.",
    "api_keys": "It was never read: the state of its keys is unknown.",
}


def _platform(page: RankingPage) -> list[ConnectionInfo]:
    return [c for c in page.answer.ledger.connections if c.origin is Origin.PLATFORM and c.id in page.kept]


def _suspect_label(page: RankingPage, suspect: Suspect) -> str:
    """As the other tables have it."""
    dimension, ledger = page.ranking.dimension, page.answer.ledger
    return value_label(
        dimension, label_of(ledger, dimension.name, suspect.connection_id, suspect.id, suspect.name)
    )


def limits_card(page: RankingPage) -> None:
    """What Anthropic lets each member spend, of the page's connections."""
    limits_cards.members_card(limits_cards.limits_of(page.answer.ledger, page.kept, page.answer.today))


def suspects(page: RankingPage) -> list[Suspect]:
    """Keys of the page's connections that are in use, and should be looked at."""
    return suspects_of(page.answer.ledger, page.kept, page.answer.today)


def suspects_card(page: RankingPage, flagged: list[Suspect]) -> None:
    """Keys to look at, each with the reason and its cost of the last thirty days."""
    if not flagged:
        return
    rows = suspects_frame(page, flagged)
    window = _month_to_now(page)
    with st.container(border=True, key="card-suspects"):
        blocks.card_title(
            "Still in use, and worth a look",
            f"Keys used in {period_label(window)} (UTC) not active, in no list, or of a creator who left",
        )
        summed_table.show(
            "suspects", _suspect_columns(rows), "ranking.suspects",
            alt=f"Keys to look at: {rows.height} rows",
            picked=lambda place: open_values((("api_key_id", rows["id"][place]),)),
        )  # fmt: skip
        blocks.quiet(
            "States and creators as the lists have them now. Anthropic does not report when a key was "
            "switched off: the use may lie before it. The cost is of all that the key did in these days."
        )


def _suspect_columns(rows: pl.DataFrame) -> list[summed_columns.Column]:
    cost = MEASURES["cost"]
    return [
        Text("API key", rows["label"], is_first=True),
        sum_of(f"Cost in {IDLE_DAYS} days", cost, rows["cost"], cost.help),
        *(Text(title, rows[name]) for name, title in _SUSPECT.items()),
    ]


_SUSPECT = {
    "why": "Why",
    "last_day": "Last seen",
    "creator": "Creator",
    "cost_center": DIMENSIONS["cost_center"].label,
    "id": "API key ID",
}


def _month_to_now(page: RankingPage) -> Period:
    window = idle_window(page.answer.today)
    return Period(window.start, window.end + ONE_DAY)


def suspects_frame(page: RankingPage, flagged: list[Suspect]) -> pl.DataFrame:
    """The dearest first; ``cost`` in micro-cents."""
    names = {c.id: c.cost_center for c in page.answer.ledger.connections}
    ids = tuple(suspect.id for suspect in flagged)
    query = Query(("cost",), _month_to_now(page), filters=(Filter("api_key_id", ids),))
    ranked = data.ranked(page.answer.ledger, query, API_KEYS)
    costs = dict(ranked.select("id", "cost").iter_rows())
    rows = [
        (
            _suspect_label(page, suspect), costs.get(suspect.id), " ".join(suspect.reasons),
            suspect.last_day.isoformat(), suspect.creator, names.get(suspect.connection_id), suspect.id,
        )
        for suspect in flagged
    ]  # fmt: skip
    columns = {"label": pl.String, "cost": pl.Int64, **dict.fromkeys(_SUSPECT, pl.String)}
    return pl.DataFrame(rows, schema=columns, orient="row").sort("cost", descending=True, nulls_last=True)
