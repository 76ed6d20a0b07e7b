"""The Sync page's runs: the one under way or the latest, those before it, every failure of a chosen one."""

from __future__ import annotations

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.formats import count_of, period_label
from core.store.failures import SyncFailure, count_failures, list_failures
from core.store.runs import ConnectionProgress, RunStatus, count_runs, current_run, list_runs
from core.streams import STREAMS
from core.ui.app import blocks, data, html, sync_strip, times
from core.ui.app.origin_line import report_word

SHOWN_RUNS = 50
SHOWN_FAILURES = 1_000
OUTCOMES = {
    "ok": "Complete",
    "partial": "Incomplete",
    "failed": "Failed",
    "stopped": "Stopped",
    "died": "Died",
    None: "Running",
}
LABELS = {stream.name: stream.label.capitalize() for stream in STREAMS.values()}
_BADGES = {"ok": "ok", "partial": "bad", "failed": "bad", "died": "bad"}
_TRIGGERS = {"page": "A page", "command line": "Command line"}


def latest_card() -> None:
    """The run under way, connection by connection; else the latest one. Its height is the same in both."""
    running = _latest()
    every = sync_strip.BUSY_EVERY if running and running.finished_at is None else None
    st.fragment(_now, run_every=every)()


def _latest() -> RunStatus | None:
    with data.store() as db:
        return current_run(db) or next(iter(list_runs(db, 1)), None)


def _now() -> None:
    run = _latest()
    with st.container(border=True, key="card-now"):
        if run is None:
            blocks.card_title("Latest sync")
            blocks.quiet(
                "Nothing was synced yet. Here you will see each connection being pulled, and what failed."
            )
            return
        blocks.card_title(*_head(run))
        html.show(html.div((_progress_row(run, part) for part in run.connections), cls="tl-list tl-tall"))


def _head(run: RunStatus) -> tuple[str, str]:
    started = f"Started {times.instant_label(run.started_at)} UTC"
    if run.finished_at is None:
        done = f"{run.windows_done:,} of {count_of(run.windows_total, 'window')}"
        left = times.duration(run.seconds_left(times.now()))
        title = "Stopping" if run.stop_requested else "Syncing now"
        return title, f"{started} · {done} · {left}. Stopping keeps every window that is whole."
    took = times.span((run.finished_at - run.started_at).total_seconds())
    message = f" {run.message}" if run.message and run.outcome != "ok" else ""
    return "Latest sync", f"{started} · {OUTCOMES.get(run.outcome, run.outcome)} after {took}.{message}"


def _progress_row(run: RunStatus, part: ConnectionProgress) -> html.Node:
    over = run.finished_at is not None or part.finished_at is not None
    outcome = part.outcome or (run.outcome if run.finished_at else None)
    doing = part.explanation if over else sync_strip.doing(part, times.now())
    counts = (
        f"{count_of(part.rows, 'row')} · {count_of(part.requests, 'request')}"
        f" · {count_of(part.retries, 'retry', 'retries')}"
    )
    done = f"{part.windows_done:,} of {count_of(part.windows_total, 'window')}"
    badge = blocks.badge(_BADGES.get(outcome or "", "calm"), OUTCOMES.get(outcome, ""))
    return html.div(
        html.span(html.b(html.name(part.name)), cls="name", title=part.name),
        html.span(blocks.bar(part.windows_done, part.windows_total)),
        html.span(html.lines([done, html.span(counts, cls="tl-quiet")])),
        html.span(html.lines([badge, html.span(doing, cls="tl-quiet", title=doing)])),
        cls="tl-row now",
    )


def runs_card() -> None:
    """The latest runs, and all that went wrong in the one that is chosen."""
    with data.store() as db:
        runs, total, failures = list_runs(db, SHOWN_RUNS), count_runs(db), count_failures(db)
    with st.container(border=True, key="card-runs"):
        shown = f"{SHOWN_RUNS} of {total:,}, the" if total > SHOWN_RUNS else "The"
        blocks.card_title("Runs", f"{shown} latest first; all times in UTC")
        if not runs:
            blocks.quiet("Nothing was synced yet. Each run will be a row: when, how long, what it pulled.")
            return
        st.dataframe(
            runs_frame(runs, failures), hide_index=True, width="stretch", placeholder="–",
            column_config=_COUNTS, height=blocks.table_height(len(runs)), alt=f"{len(runs)} runs",
        )  # fmt: skip
        _details(runs)


NAME_WIDTH = 170
"""Pixels: a longer name shows whole when its cell is clicked."""

_COUNTS: dict[str, ColumnConfig] = {
    name: st.column_config.NumberColumn(format="localized")
    for name in ("Windows", "Rows", "Requests", "Retries", "Failures")
} | {"Connection": st.column_config.TextColumn(width=NAME_WIDTH)}


def runs_frame(runs: list[RunStatus], failures: dict[int, int]) -> pl.DataFrame:
    """One row for each run, as people read it. ``failures``: how many, by run id."""
    rows = [(*_run_row(run), failures.get(run.id, 0)) for run in runs]
    return pl.DataFrame(rows, schema=_RUN_COLUMNS, orient="row")


_RUN_COLUMNS = {
    "Started": pl.String,
    "Duration": pl.String,
    "Outcome": pl.String,
    "Started by": pl.String,
    "Connections": pl.String,
    "Windows": pl.Int64,
    "Rows": pl.Int64,
    "Requests": pl.Int64,
    "Retries": pl.Int64,
    "Failures": pl.Int64,
}


def _run_row(run: RunStatus) -> tuple[object, ...]:
    return (
        f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        times.span((run.finished_at - run.started_at).total_seconds()) if run.finished_at else None,
        OUTCOMES.get(run.outcome, run.outcome),
        _TRIGGERS.get(run.trigger, run.trigger.capitalize()),
        _good(run),
        run.windows_done,
        run.rows,
        sum(part.requests for part in run.connections),
        sum(part.retries for part in run.connections),
    )


def _good(run: RunStatus) -> str:
    good = sum(part.outcome == "ok" for part in run.connections)
    return f"{good} of {len(run.connections)} complete"


def _details(runs: list[RunStatus]) -> None:
    """Of one run: how each connection fared, and every failure with its request id."""
    names = {run.id: f"{run.started_at:%Y-%m-%d %H:%M:%S}, {OUTCOMES[run.outcome].lower()}" for run in runs}
    chosen = st.selectbox("Details of the run", list(names), format_func=lambda run: names[run], key="w.run")
    run = next(run for run in runs if run.id == chosen)
    with data.store() as db:
        failures = list_failures(db, run_id=run.id, limit=SHOWN_FAILURES + 1)
    st.dataframe(
        parts_frame(run), hide_index=True, width="stretch", placeholder="–", column_config=_COUNTS,
        height=blocks.table_height(len(run.connections)), alt="Connections of the run",
    )  # fmt: skip
    if not failures:
        blocks.quiet("No failure was recorded in this run.")
        return
    more = "The latest " if len(failures) > SHOWN_FAILURES else ""
    failures = failures[:SHOWN_FAILURES]
    count = count_of(len(failures), "failure")
    blocks.quiet(f"{more}{count}, the latest first. Request ids are for Anthropic's support.")
    st.dataframe(
        failures_frame(failures, {part.connection_id: part.name for part in run.connections}),
        hide_index=True, width="stretch", placeholder="–", height=blocks.table_height(len(failures)),
        row_height=blocks.ROW_HEIGHT,
        column_config=_FAILURE_WIDTHS, alt=f"{len(failures)} failures of the run",
    )  # fmt: skip


def parts_frame(run: RunStatus) -> pl.DataFrame:
    """One row for each connection in a run."""
    rows = [_part_row(run, part) for part in run.connections]
    return pl.DataFrame(rows, schema=_PART_COLUMNS, orient="row")


_PART_COLUMNS = {
    "Connection": pl.String,
    "Outcome": pl.String,
    "Duration": pl.String,
    "Windows": pl.Int64,
    "Rows": pl.Int64,
    "Requests": pl.Int64,
    "Retries": pl.Int64,
}


def _part_row(run: RunStatus, part: ConnectionProgress) -> tuple[object, ...]:
    ended = part.finished_at or run.finished_at
    return (
        part.name,
        OUTCOMES.get(part.outcome or run.outcome, part.outcome),
        times.span((ended - part.started_at).total_seconds()) if ended else None,
        part.windows_done,
        part.rows,
        part.requests,
        part.retries,
    )


_FAILURE_WIDTHS = {
    "Connection": st.column_config.TextColumn(width=NAME_WIDTH),
    "What happened": st.column_config.TextColumn(width="large"),
    "Request ID": st.column_config.TextColumn(width="medium"),
}


def failures_frame(failures: list[SyncFailure], names: dict[int, str]) -> pl.DataFrame:
    """One row for each failure, as people read it."""
    rows = [
        (
            f"{failure.failed_at:%H:%M:%S}",
            names.get(failure.connection_id),
            LABELS.get(failure.stream) or report_word(failure.stream).capitalize() or "All reports",
            period_label(failure.period) if failure.period else None,
            failure.message,
            failure.request_id,
        )
        for failure in failures
    ]
    return pl.DataFrame(rows, schema=_FAILURE_COLUMNS, orient="row")


_FAILURE_COLUMNS = dict.fromkeys(
    ("At (UTC)", "Connection", "Report", "Days", "What happened", "Request ID"), pl.String
)
