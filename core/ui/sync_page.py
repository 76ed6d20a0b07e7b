"""The Sync page's blocks: runs, and how much past days moved since they were first pulled."""

from __future__ import annotations

import polars as pl
import streamlit as st

from core.money import MICROCENTS_PER_USD
from core.store.changes import DayChange, list_changes
from core.store.runs import ConnectionProgress, RunStatus, list_runs
from core.sync.streams import STREAMS
from core.ui import blocks, data, times

_SHOWN_RUNS = 50
_OUTCOMES = {
    "ok": "Complete",
    "partial": "Incomplete",
    "failed": "Failed",
    "stopped": "Stopped",
    "died": "Broke off",
    None: "Running",
}
_LABELS = {stream.name: stream.label.capitalize() for stream in STREAMS}


def runs() -> None:
    """Every connection's part in the latest runs."""
    with data.store() as db:
        found = list_runs(db, _SHOWN_RUNS)
    with st.container(border=True, key="card-runs"):
        blocks.card_title("Runs", "The latest first; all times in UTC")
        if not found:
            blocks.quiet("Nothing was synced yet.")
            return
        st.dataframe(
            runs_frame(found), hide_index=True, width="stretch", placeholder="–", column_config=_COUNTS
        )


_COUNTS = {
    name: st.column_config.NumberColumn(format="localized")
    for name in ("Seconds", "Requests", "Retries", "Rows")
}


def runs_frame(found: list[RunStatus]) -> pl.DataFrame:
    """One row for each connection in a run, as people read it."""
    rows = [_run_row(run, part) for run in found for part in run.connections]
    return pl.DataFrame(rows, schema=_RUN_COLUMNS, orient="row")


_RUN_COLUMNS = {
    "Started": pl.String,
    "Cost center": pl.String,
    "Outcome": pl.String,
    "Seconds": pl.Int64,
    "Requests": pl.Int64,
    "Retries": pl.Int64,
    "Rows": pl.Int64,
    "What happened": pl.String,
    "Request ID": pl.String,
}


def _run_row(run: RunStatus, part: ConnectionProgress) -> tuple[object, ...]:
    ended = part.finished_at or run.finished_at
    return (
        f"{part.started_at:%Y-%m-%d %H:%M}",
        part.name,
        _OUTCOMES.get(part.outcome or run.outcome, part.outcome),
        int((ended - part.started_at).total_seconds()) if ended else None,
        part.requests,
        part.retries,
        part.rows,
        part.message or None,
        part.request_id,
    )


def changes() -> None:
    """How much each past day moved, and when."""
    with data.store() as db:
        found = list_changes(db, before_day=times.today())
    with st.container(border=True, key="card-changes"):
        blocks.card_title(
            "Changed since",
            "Anthropic revises a day for up to 30 days. Each row is a past day whose report changed when it "
            "was pulled again.",
        )
        if not found:
            blocks.quiet("No past day has changed.")
            return
        late = sum(change.late for change in found)
        if late:
            blocks.notices([f"{late} of these changes came more than 30 days after their day."])
        st.dataframe(
            changes_frame(found), hide_index=True, width="stretch", placeholder="–", column_config=_FORMATS
        )


_FORMATS = {
    "Cost moved": st.column_config.NumberColumn(format="dollar"),
    "Cost now": st.column_config.NumberColumn(format="dollar"),
    "Tokens moved": st.column_config.NumberColumn(format="localized"),
    "Tokens now": st.column_config.NumberColumn(format="localized"),
}


def changes_frame(found: list[DayChange]) -> pl.DataFrame:
    """One row for each change; dollars for cost reports, tokens for usage reports."""
    rows = [
        {
            "Changed": f"{change.changed_at:%Y-%m-%d %H:%M}",
            "Day": change.day.isoformat(),
            "Cost center": change.cost_center,
            "Report": _LABELS.get(change.stream, change.stream),
            "Cost moved": change.moved / MICROCENTS_PER_USD if change.is_cost else None,
            "Cost now": (change.after or 0) / MICROCENTS_PER_USD if change.is_cost else None,
            "Tokens moved": None if change.is_cost else change.moved,
            "Tokens now": None if change.is_cost else change.after or 0,
            "Late": "After 30 days" if change.late else None,
        }
        for change in found
    ]
    return pl.DataFrame(rows, schema=_CHANGE_COLUMNS)


_CHANGE_COLUMNS = {
    "Changed": pl.String,
    "Day": pl.String,
    "Cost center": pl.String,
    "Report": pl.String,
    "Cost moved": pl.Float64,
    "Cost now": pl.Float64,
    "Tokens moved": pl.Int64,
    "Tokens now": pl.Int64,
    "Late": pl.String,
}
