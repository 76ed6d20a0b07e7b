"""The Sync page's "Changed since": how much past days moved, and the file of every change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.dimensions import MEASURES, Measure
from core.explore.revisions import Moves, change_columns, changes_file_stem, moves
from core.explore.sheets import Column
from core.explore.workbook import About
from core.figures import table_scale
from core.formats import count_of, exact, signed
from core.reach import MONTH_END_DAYS, REVISION_DAYS
from core.store.changes import DayChange, list_changes, list_moved_days
from core.stream import StreamUnit
from core.streams import UNITS
from core.ui.app import about, blocks, data, downloads, html, times
from core.ui.app.downloads import File
from core.ui.sync.runs_cards import LABELS, NAME_WIDTH

MOST_ROWS = 1_000
"""What a person can look through; the file has all."""

_REVISED = f"{REVISION_DAYS} days, and until {MONTH_END_DAYS} days after its month's end"

_UNIT_LABELS = {StreamUnit.USD: "Cost", StreamUnit.TOKENS: "Tokens", StreamUnit.COUNT: "Counts"}
_ALL, _LATE = "All days", "Late only"
_BACK = timedelta(days=7)


def changes_card() -> None:
    """What each past day held at the date chosen, what it holds now, and when it moved."""
    with st.container(border=True, key="card-changes"):
        words = (
            "Past days whose reports changed when they were pulled again. Anthropic revises a day for "
            f"{_REVISED}; what moves later is marked."
        )
        with blocks.card_head("changes", "Changed since", words):
            since = _since()
            unit, late_only = _choices()
            _download(since)
        with data.store() as db:
            changes = list_moved_days(db, before_day=times.today(), since=since)
        if not changes:
            blocks.quiet("No past day has changed since then.")
            return
        _sums(moves(changes))
        _table([c for c in changes if c.unit is unit and (c.late or not late_only)], unit)


def _since() -> date:
    today = times.today()
    chosen = st.date_input(
        "Since (UTC)", value=today - _BACK, max_value=today, format="YYYY-MM-DD", key="w.changes.since",
        width=150,
    )  # fmt: skip
    return chosen if isinstance(chosen, date) else today - _BACK


def _choices() -> tuple[StreamUnit, bool]:
    """Changes of what is counted in which unit are shown, and whether late ones only."""
    labels = {_UNIT_LABELS[unit]: unit for unit in UNITS}
    measure = st.segmented_control(
        "Changes of", list(labels), default=next(iter(labels)), required=True, key="w.changes.measure",
        label_visibility="collapsed",
    )  # fmt: skip
    days = st.segmented_control(
        "Which days", [_ALL, _LATE], default=_ALL, required=True, key="w.changes.days",
        label_visibility="collapsed", help=f"Late: moved after Anthropic's time to revise, {_REVISED}.",
    )  # fmt: skip
    return labels[measure], days == _LATE


def _download(since: date) -> None:
    """Made when clicked: every single change, cost and tokens, exact."""
    demo = any(connection.demo for connection in data.connections())
    stem = changes_file_stem(since)
    file = File("Every change", f"demo_{stem}" if demo else stem, lambda: _columns_of(since))
    downloads.menu([file], lambda: _about(since), key="changes")


def _columns_of(since: date) -> list[Column]:
    with data.store() as db:
        return change_columns(list_changes(db, before_day=times.today(), since=since), LABELS)


def _about(since: date) -> About:
    return [
        ("What", "Past days whose reports changed when they were pulled again"),
        ("Changed since (UTC)", since.isoformat()),
        about.written(),
    ]


def _sums(sums: Moves) -> None:
    """How much it is in all, from the reports that hold an organization each."""
    late = html.span("Late ", html.b(f"{sums.late:,}"), cls="late") if sums.late else html.span("None late")
    days = html.span(html.b(count_of(sums.days, "day")), " moved", cls="first")
    html.show(html.div(days, (_sum(unit, moved) for unit, moved in sums.sums.items()), late, cls="tl-total"))


def _sum(unit: StreamUnit, moved: int) -> html.Node:
    measure = _measure(unit)
    return blocks.total(f"{_UNIT_LABELS[unit]} moved", signed(measure, moved), exact(measure, moved))


def _measure(unit: StreamUnit) -> Measure:
    return MEASURES["cost" if unit is StreamUnit.USD else "tokens"]


def _table(changes: list[DayChange], unit: StreamUnit) -> None:
    if not changes:
        blocks.quiet("None of these.")
        return
    if len(changes) > MOST_ROWS:
        blocks.quiet(f"The first {MOST_ROWS:,} of {len(changes):,} rows; the files have every change.")
    frame = changes_frame(changes[:MOST_ROWS])
    st.dataframe(
        printed(frame, unit), hide_index=True, width="stretch", placeholder="–",
        column_config=_COLUMN_CONFIG, height=blocks.table_height(frame.height),
        alt=f"{frame.height} days that moved",
    )  # fmt: skip
    if any(not change.is_total for change in changes):
        blocks.quiet("Reports by user repeat a part of the totals above them: sums leave them out.")


_COLUMN_CONFIG: dict[str, ColumnConfig] = {
    "Connection": st.column_config.TextColumn(width=NAME_WIDTH),
    "Times": st.column_config.NumberColumn(width="small", help="How often it changed."),
}


def printed(frame: pl.DataFrame, unit: StreamUnit) -> Any:
    """Sorts as numbers, and reads as in every table: in one precision, and what moved is the difference."""
    scale = table_scale(_measure(unit))
    steps = {name: [scale.steps(value) for value in frame[name]] for name in ("Before", "Now")}
    pairs = zip(steps["Before"], steps["Now"], strict=True)
    steps["Moved"] = [(now or 0) - (before or 0) for before, now in pairs]
    shown = frame.with_columns(pl.Series(name, values, pl.Int64) for name, values in steps.items())
    texts = {"Before": scale.text, "Now": scale.text, "Moved": scale.signed}
    return shown.to_pandas().style.format(texts)


def changes_frame(changes: list[DayChange]) -> pl.DataFrame:
    """One row for each day and report, exact: micro-cents for money, the unit itself else."""
    rows = [
        (
            change.day.isoformat(),
            change.cost_center,
            LABELS.get(change.stream, change.stream),
            change.before or 0,
            change.after or 0,
            change.moved,
            f"{change.changed_at:%Y-%m-%d %H:%M}",
            change.times,
            "Yes" if change.late else None,
        )
        for change in changes
    ]
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


_COLUMNS = {
    "Day": pl.String,
    "Connection": pl.String,
    "Report": pl.String,
    "Before": pl.Int64,
    "Now": pl.Int64,
    "Moved": pl.Int64,
    "Last changed (UTC)": pl.String,
    "Times": pl.Int64,
    "Late": pl.String,
}
