"""Who is idle, and whose seats are unused, so far as who asks can know."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS
from core.explore.idle import IDLE_DAYS, Idle, idle_window
from core.explore.sheets import Column
from core.formats import count_of, period_label
from core.periods import Period
from core.ui.app import blocks, downloads
from core.ui.app.about import about
from core.ui.app.downloads import File
from core.ui.ranking.summary import PART, RankingPage
from core.ui.ranking.table import joined


def idle_card(page: RankingPage) -> None:
    """Those without use in the last thirty days, longest first. Says where days are missing."""
    rows = idle_frame(page)
    window = idle_window(page.answer.today)
    with st.container(border=True, key="card-idle"):
        extent = _idle_extent(page, rows.height, window)
        with blocks.card_head("idle", f"Idle for {IDLE_DAYS} days", extent):
            _download(rows, page)
        if not rows.is_empty():
            st.dataframe(
                _idle_shown(rows.head(blocks.MOST_ROWS), page), hide_index=True, width="stretch",
                placeholder="–", height=blocks.table_height(rows.height),
                alt=f"Idle for {IDLE_DAYS} days: {rows.height} rows",
            )  # fmt: skip
        blocks.quiet(f"{_IDLE_WORDS[page.ranking.name].format(where=page.where)} {_FILTERS}")


_FILTERS = "Of the filters, those on connection, organization and Origin apply here."
_IDLE_WORDS = {
    "user": "No use {where}: users in the list of the Claude Platform, and who was once seen on claude.ai, "
    "which has no list. A user's own use shows on the Platform only where they sign in (OAuth, as Claude "
    "Code does); what runs with an API key is the key's. Deleted users and newcomers are not here.",
    "api_key": "Keys that the list of the Claude Platform calls active, without use {where}. Keys made in "
    "these days are not here.",
}


def _idle_extent(page: RankingPage, height: int, window: Period) -> str:
    shown = (
        f" The first {blocks.MOST_ROWS:,} are shown; the CSV file has all."
        if height > blocks.MOST_ROWS
        else ""
    )
    return f"{_without_use(page, height, 'row', window)}.{shown}"


def _without_use(page: RankingPage, height: int, what: str, window: Period) -> str:
    counted = count_of(height, what) if height else "None"
    words = f"{counted} without use in {period_label(window)} (UTC)"
    return words if page.sees_all else f"{words} {page.where}"


def unused_card(page: RankingPage) -> None:
    """Seats without use at their Origin in the last thirty days, of people who have use elsewhere."""
    if not page.unused:
        return
    rows, window = unused_frame(page), idle_window(page.answer.today)
    with st.container(border=True, key="card-unused"):
        with blocks.card_head("unused", "Unused seats", _without_use(page, rows.height, "seat", window)):
            name = page.answer.file_name(f"token-ledger_unused-seats_{page.answer.today}")
            file = File("This table", name, lambda: _in_file(rows))
            downloads.menu([file], lambda: about(page.answer), key="unused")
        st.dataframe(
            _shown(rows.head(blocks.MOST_ROWS), _UNUSED), hide_index=True, width="stretch", placeholder="–",
            height=blocks.table_height(rows.height), alt=f"Unused seats: {rows.height} rows",
        )  # fmt: skip
        words = "These people are not idle: they use another Origin, and have a seat at this one."
        blocks.quiet(words if page.sees_all else f"{words} Of {PART} alone.")


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
        (*_idle_row(page, unused.seat, names), unused.origin.value, str(unused.elsewhere))
        for unused in page.unused
    ]
    columns = {**_IDLE_COLUMNS, "origin": pl.String, "elsewhere": pl.String}
    return pl.DataFrame(rows, schema=columns, orient="row").rename({"idle": "unused"}).select(list(_UNUSED))


def idle_frame(page: RankingPage) -> pl.DataFrame:
    """``label``, ``id``, ``cost_centers``, ``since``, ``last_day``, ``idle`` (in words)."""
    names = {c.id: c.cost_center for c in page.answer.ledger.connections}
    rows = [_idle_row(page, idle, names) for idle in page.idle]
    return pl.DataFrame(rows, schema=_IDLE_COLUMNS, orient="row")


_IDLE_COLUMNS: dict[str, type[pl.DataType] | pl.DataType] = {
    "label": pl.String,
    "id": pl.String,
    "cost_centers": pl.List(pl.String),
    "since": pl.String,
    "last_day": pl.String,
    "idle": pl.String,
}


def _idle_row(page: RankingPage, idle: Idle, names: dict[int, str]) -> tuple[str | list[str] | None, ...]:
    return (
        idle.label,
        idle.id,
        [names[id_] for id_ in idle.connection_ids if id_ in names],
        idle.since.isoformat() if idle.since else None,
        idle.last_day.isoformat() if idle.last_day else _never(page),
        _idle_word(page, idle),
    )


def _never(page: RankingPage) -> str:
    return "Never" if page.sees_all else f"Never {page.where}"


def _idle_word(page: RankingPage, idle: Idle) -> str:
    if not idle.known:
        return "Unknown: days not pulled"
    return "Yes" if page.sees_all else f"Yes, {page.where}"


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
