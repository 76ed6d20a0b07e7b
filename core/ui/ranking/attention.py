"""What deserves a look: who is idle, and keys still in use that are inactive or orphaned."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.bidi import isolated
from core.dimensions import DIMENSIONS, MEASURES, Origin
from core.explore.apart import label_of
from core.explore.idle import IDLE_DAYS, Idle, Suspect, idle_window
from core.explore.labels import value_label
from core.explore.query import Filter, Query
from core.explore.ranking import API_KEYS, USERS
from core.explore.sheets import Column
from core.formats import count_of, period_label
from core.ledger.manifest import ConnectionInfo
from core.periods import ONE_DAY, Period
from core.store.directory import listed_at
from core.store.states import FAILED, list_states
from core.ui.app import blocks, data, downloads, limits_cards, summed_columns, summed_table, times
from core.ui.app.about import about
from core.ui.app.downloads import File
from core.ui.app.summed_columns import Text, sum_of
from core.ui.app.suspects import suspects_of
from core.ui.ranking.summary import RankingPage, open_values
from core.ui.ranking.table import joined

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


def idle_card(page: RankingPage) -> None:
    """Those without use in the last thirty days, longest first. Says where days are missing."""
    rows = idle_frame(page)
    window = idle_window(page.answer.today)
    with st.container(border=True, key="card-idle"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        with left:
            blocks.card_title(f"Idle for {IDLE_DAYS} days", _idle_extent(rows.height, window))
        with right, st.container(horizontal=True, horizontal_alignment="right"):
            _download(rows, page)
        if not rows.is_empty():
            st.dataframe(
                _idle_shown(rows.head(blocks.MOST_ROWS), page), hide_index=True, width="stretch",
                placeholder="–", height=blocks.table_height(rows.height),
                alt=f"Idle for {IDLE_DAYS} days: {rows.height} rows",
            )  # fmt: skip
        blocks.quiet(f"{_IDLE_WORDS[page.ranking.name]} {_FILTERS}")


_FILTERS = "Of the filters, those on connection, organization and Origin apply here."
_IDLE_WORDS = {
    "user": "No use anywhere: users in the list of the Claude Platform, and who was once seen on claude.ai, "
    "which has no list. A user's own use shows on the Platform only where they sign in (OAuth, as Claude "
    "Code does); what runs with an API key is the key's. Deleted users and newcomers are not here.",
    "api_key": "Keys that the list of the Claude Platform calls active and that no use was reported for. "
    "Keys made in these days are not here.",
}


def _idle_extent(height: int, window: Period) -> str:
    shown = (
        f" The first {blocks.MOST_ROWS:,} are shown; the CSV file has all."
        if height > blocks.MOST_ROWS
        else ""
    )
    counted = count_of(height, "row") if height else "None"
    return f"{counted} without use in {period_label(window)} (UTC).{shown}"


def unused_card(page: RankingPage) -> None:
    """Seats without use at their Origin in the last thirty days, of people who have use elsewhere."""
    if not page.unused:
        return
    rows, window = unused_frame(page), idle_window(page.answer.today)
    with st.container(border=True, key="card-unused"):
        left, right = st.columns([2, 1], vertical_alignment="center")
        with left:
            blocks.card_title(
                "Unused seats",
                f"{count_of(rows.height, 'seat')} without use in {period_label(window)} (UTC)",
            )
        with right, st.container(horizontal=True, horizontal_alignment="right"):
            name = page.answer.file_name(f"token-ledger_unused-seats_{page.answer.today}")
            file = File("This table", name, lambda: _in_file(rows))
            downloads.menu([file], lambda: about(page.answer), key="unused")
        st.dataframe(
            _shown(rows.head(blocks.MOST_ROWS), _UNUSED), hide_index=True, width="stretch", placeholder="–",
            height=blocks.table_height(rows.height), alt=f"Unused seats: {rows.height} rows",
        )  # fmt: skip
        blocks.quiet("These people are not idle: they use another Origin, and have a seat at this one.")


_UNUSED = {
    "label": "User",
    "origin": "Unused at",
    "last_day": "Last seen there",
    "elsewhere": "Last seen elsewhere",
    "unused": "Unused",
    "since": "Listed since",
    "cost_centers": DIMENSIONS["cost_center"].label,
    "id": "ID",
}


def unused_frame(page: RankingPage) -> pl.DataFrame:
    """The columns of ``idle_frame``, with ``origin`` and ``elsewhere``, the last day of other use."""
    names = {c.id: c.cost_center for c in page.answer.ledger.connections}
    rows = [
        (*_idle_row(unused.seat, names), unused.origin.value, str(unused.elsewhere)) for unused in page.unused
    ]
    columns = {**_IDLE_COLUMNS, "origin": pl.String, "elsewhere": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row").rename({"idle": "unused"}).select(list(_UNUSED))


def idle_frame(page: RankingPage) -> pl.DataFrame:
    """``label``, ``id``, ``cost_centers``, ``since``, ``last_day``, ``idle`` (in words)."""
    names = {c.id: c.cost_center for c in page.answer.ledger.connections}
    rows = [_idle_row(idle, names) for idle in page.idle]
    return pl.DataFrame(rows, schema=_IDLE_COLUMNS, orient="row")


_IDLE_COLUMNS: dict[str, type[pl.DataType] | pl.DataType] = {
    "label": pl.String,
    "id": pl.String,
    "cost_centers": pl.List(pl.String),
    "since": pl.String,
    "last_day": pl.String,
    "idle": pl.String,
}


def _idle_row(idle: Idle, names: dict[int, str]) -> tuple[str | list[str] | None, ...]:
    return (
        idle.label,
        idle.id,
        [names[id_] for id_ in idle.connection_ids if id_ in names],
        idle.since.isoformat() if idle.since else None,
        idle.last_day.isoformat() if idle.last_day else "Never",
        "Yes" if idle.known else "Unknown: days not pulled",
    )


def _suspect_label(page: RankingPage, suspect: Suspect) -> str:
    """As the other tables have it."""
    dimension, ledger = page.ranking.dimension, page.answer.ledger
    return value_label(
        dimension, label_of(ledger, dimension.name, suspect.connection_id, suspect.id, suspect.name)
    )


def _idle_shown(rows: pl.DataFrame, page: RankingPage) -> pl.DataFrame:
    titles = {
        "label": page.ranking.dimension.label,
        "last_day": "Last seen",
        "idle": "Idle",
        "since": "Listed since",
        "cost_centers": DIMENSIONS["cost_center"].label,
        "id": "ID",
    }
    return _shown(rows, titles)


def _shown(rows: pl.DataFrame, titles: dict[str, str]) -> pl.DataFrame:
    """Under their titles; the connections of a row each in its own direction."""
    named = rows.with_columns(joined(rows["cost_centers"]))
    return named.select(pl.col(name).alias(title) for name, title in titles.items())


def _in_file(rows: pl.DataFrame) -> list[Column]:
    named = rows.with_columns(pl.col("cost_centers").list.join(", "))
    return [Column(name, named[name].to_list()) for name in named.columns]


def _download(rows: pl.DataFrame, page: RankingPage) -> None:
    name = page.answer.file_name(f"token-ledger_idle-{page.kind.explorer.name}_{page.answer.today}")
    if not rows.is_empty():
        file = File("This table", name, lambda: _in_file(rows))
        downloads.menu([file], lambda: about(page.answer), key="idle")


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
