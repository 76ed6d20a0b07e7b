"""The sync strip: how fresh the data is, and how far a running sync has come.

It keeps its height whether or not a sync runs, so that nothing below it moves.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from core import operations
from core.charts.numbers import short
from core.dimensions import MEASURES
from core.errors import TokenLedgerError
from core.store import runs
from core.store.runs import RunStatus
from core.sync import worker
from core.ui import blocks, data, times
from core.ui.text import count_of, html_text

BUSY_EVERY = 1.5
IDLE_EVERY = 15.0
"""Seconds between two looks, while a sync runs and while none does."""

STARTING_FOR = timedelta(seconds=20)

_OPENED = "progress.opened"
_STARTED = "progress.started"
_SEEN = "progress.seen"


def refresh_on_open() -> None:
    """Once for each session: start a sync when the data is older than the refresh age."""
    if st.session_state.get(_OPENED):
        return
    st.session_state[_OPENED] = True
    _refresh_if_old()


def start() -> None:
    """Start a sync; the strip looks often until it shows."""
    operations.start_sync(data.settings())
    st.session_state[_STARTED] = times.now()


def _refresh_if_old() -> None:
    if data.ledger().connections and worker.needs_refresh(data.settings(), times.now()):
        start()


def strip() -> None:
    """One line: freshness and "Sync now", or progress and "Stop"."""
    if not data.ledger().connections:
        return
    running = _running()
    st.session_state[_SEEN] = (data.ledger().revision, running is not None)
    st.fragment(_strip, run_every=BUSY_EVERY if running or _is_starting() else IDLE_EVERY)()


def _is_starting() -> bool:
    started: datetime | None = st.session_state.get(_STARTED)
    return started is not None and times.now() - started < STARTING_FOR


def _strip() -> None:
    run = _running()
    if st.session_state.get(_SEEN) != (data.ledger().revision, run is not None):
        if run is None:
            _refresh_if_old()  # a connection made while the last sync ran was not part of it
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="sync-strip", width="content"):
        if run:
            st.html(_progress_html(run))
            _button("Stop", ":material/stop_circle:", _stop, disabled=run.stop_requested)
        else:
            st.html(
                f'<div class="tl-strip"><span class="words">{_fresh_words()}</span></div>', width="content"
            )
            _button("Sync now", ":material/sync:", start, disabled=_is_starting())


def _button(label: str, icon: str, action: Callable[[], None], *, disabled: bool = False) -> None:
    if st.button(label, icon=icon, type="tertiary", disabled=disabled, key="sync-button"):
        try:
            action()
        except TokenLedgerError as error:
            blocks.failure(error)
            return
        st.rerun()


def _stop() -> None:
    operations.stop_sync(data.settings())


def _running() -> RunStatus | None:
    with data.store() as db:
        return runs.current_run(db)


def last_good_sync() -> datetime | None:
    """When a sync last ended without a failure."""
    with data.store() as db:
        found = runs.list_runs(db, 50)
    return next((run.finished_at for run in found if run.outcome == "ok"), None)


def _fresh_words() -> str:
    if _is_starting():
        return "Starting the sync"
    last = last_good_sync()
    return f"Last complete sync {html_text(times.ago(last))}" if last else "Not synced yet"


def _progress_html(run: RunStatus) -> str:
    active = next((c for c in run.connections if c.finished_at is None), None)
    share = run.windows_done / run.windows_total if run.windows_total else 0.0
    where = f"{active.name}: {active.stream or 'directory'}" if active else "Building the ledger"
    words = [
        "Stopping" if run.stop_requested else where,
        f"{run.windows_done} of {count_of(run.windows_total, 'window')}",
        f"{short(MEASURES['requests'], run.rows)} rows",
        *([times.duration(run.seconds_left(times.now()))] if active else []),
    ]
    if active and active.waiting_until:
        words.append(f"Anthropic asks us to wait until {active.waiting_until:%H:%M:%S}")
    text = html_text(" · ".join(words))
    return (
        f'<div class="tl-strip"><span class="tl-bar"><i style="width:{share:.0%}"></i></span>'
        f'<span class="words" title="{text}">{text}</span></div>'
    )
