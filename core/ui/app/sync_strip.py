"""The sync strip: how fresh the data is, and how far a running sync has come.

It keeps its height whether or not a sync runs, so that nothing below it moves. It looks at the database, so
it shows a run whoever started it: this tab, another one, the command line.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import streamlit as st

from core import operations
from core.dimensions import MEASURES
from core.errors import TokenLedgerError
from core.formats import count_of, short
from core.periods import Period
from core.store import runs
from core.store.grants import Role
from core.store.runs import ConnectionProgress, RunStatus
from core.sync import worker
from core.sync.progress import RATE_LIMIT
from core.ui.app import blocks, data, html, pulse, times, visitor
from core.ui.app.text import sentence

BUSY_EVERY = 1.0
IDLE_EVERY = 30.0
"""Seconds between two looks, while a sync runs and while none does; each makes the browser draw the whole
page anew. Without a sync they are for who is no longer let in; all else is told by the pulse."""

STARTING_FOR = timedelta(seconds=20)

_OPENED = "progress.opened"
_STARTED = "progress.started"
_SEEN = "progress.seen"
_FAILED = "progress.failed"
_THEME = "progress.theme"


def refresh_on_open() -> None:
    """Once for each session: start a sync when the data is older than the refresh age."""
    if st.session_state.get(_OPENED):
        return
    st.session_state[_OPENED] = True
    _refresh_if_old()


def start(*, period: Period | None = None, connection: str | None = None) -> None:
    """Start a sync; the strip says so until it shows. See :func:`core.operations.start_sync`."""
    operations.start_sync(data.admin_settings(), period=period, connection=connection)
    st.session_state[_STARTED] = times.now()


def _refresh_if_old() -> None:
    """Whoever opens the program: it is refreshed by its age, and not by what they ask."""
    if data.connections() and worker.needs_refresh(data.settings(), times.now()):
        _do(_refresh)


def _refresh() -> None:
    operations.start_sync(data.settings())
    st.session_state[_STARTED] = times.now()


def strip() -> None:
    """One line: freshness and "Sync now", or progress and "Stop sync"."""
    if not data.connections():
        return
    state = _look()
    if state.run is None and st.session_state.get(_SEEN, state).pulse != state.pulse:
        _refresh_if_old()  # the page was drawn anew before the strip saw the sync end
    st.session_state[_SEEN] = state
    st.session_state[_THEME] = blocks.theme()
    st.fragment(_strip, run_every=BUSY_EVERY if state.run or _is_starting() else IDLE_EVERY)()


def _is_starting() -> bool:
    started: datetime | None = st.session_state.get(_STARTED)
    return started is not None and times.now() - started < STARTING_FOR


def _bury() -> None:
    """A background sync that died before its run shows as one that died, whichever strip looks first."""
    try:
        worker.bury_workers(data.settings(), times.now)
    except TokenLedgerError as error:
        st.session_state[_FAILED] = error


def _look() -> pulse.State:
    _bury()
    with data.shared_store() as db:
        return pulse.read(db)


def _strip() -> None:
    if st.session_state.get(_THEME, blocks.theme()) != blocks.theme():
        st.rerun()  # light or dark was chosen since: Streamlit draws its own parts anew, not the charts
    if not visitor.is_let_in():
        st.rerun()  # to the page that says why
    state = _look()
    seen = st.session_state.get(_SEEN, state)
    if seen.pulse != state.pulse:
        if seen.runs != state.runs:
            st.session_state.pop(_STARTED, None)  # what was to start has started
        if state.run is None:
            _refresh_if_old()  # a connection made while the last sync ran was not part of it
        st.rerun()
    pulse.watch(state)
    with st.container(horizontal=True, vertical_alignment="center", key="sync-strip", width="content"):
        if state.run:
            html.show(_progress_bar(state.run))
            _button("Stop sync", ":material/stop_circle:", _stop, disabled=state.run.stop_requested)
        else:
            html.show(html.div(html.span(_fresh_words(), cls="words"), cls="tl-strip"), width="content")
            _button("Sync now", ":material/sync:", start, disabled=_is_starting())
    if (failed := st.session_state.get(_FAILED)) and visitor.sees_all():
        blocks.failure(failed)


def _button(label: str, icon: str, action: Callable[[], None], *, disabled: bool = False) -> None:
    """For admins."""
    if visitor.may(Role.ADMIN):
        st.button(
            label, icon=icon, type="tertiary", disabled=disabled, key="sync-button", on_click=_do,
            args=(action,),
        )  # fmt: skip


def _do(action: Callable[[], None]) -> None:
    """A failure stays in the strip until the next try."""
    st.session_state.pop(_FAILED, None)
    try:
        action()
    except TokenLedgerError as error:
        st.session_state[_FAILED] = error


def _stop() -> None:
    operations.stop_sync(data.admin_settings())


def last_good_sync() -> datetime | None:
    """When a sync last ended without a failure."""
    with data.shared_store() as db:
        return runs.last_complete_run_at(db)


def _fresh_words() -> str:
    if _is_starting():
        return "Starting the sync"
    last = last_good_sync()
    return f"Last complete sync {times.ago(last)}" if last else "Not synced yet"


def doing(part: ConnectionProgress, now: datetime) -> str:
    """What a connection at work does just now: reads a report, or waits, for what and until when."""
    if part.waiting_until and part.waiting_until > now:
        until = f"{part.waiting_until:%H:%M:%S} UTC"
        if part.waiting_for == RATE_LIMIT:
            return f"Waiting for {RATE_LIMIT} until {until}"
        return f"{sentence(part.waiting_for)} Next try at {until}".strip()
    reading = f"Reading {part.stream}" if part.stream else "Reading names"
    return f"{reading}, {times.duration(part.seconds_left(now))}"


def _progress_bar(run: RunStatus) -> html.Node:
    text = " · ".join(_progress_words(run))
    bar = blocks.bar(run.windows_done, run.windows_total)
    return html.div(bar, html.span(text, cls="words", title=text), cls="tl-strip")


def _progress_words(run: RunStatus) -> list[str]:
    """What is the same for every run comes first: it stays in sight where the line is cut."""
    now, at_work = times.now(), [part for part in run.connections if part.finished_at is None]
    words = [
        f"{run.windows_done} of {count_of(run.windows_total, 'window')}",
        f"{short(MEASURES['requests'], run.rows)} rows",
    ]
    if run.stop_requested:
        return ["Stopping", *words]
    if not visitor.sees_all():
        return words[:1]
    if not at_work:
        return [*words, "building the ledger"]
    if len(at_work) == 1:
        return [*words, f"{at_work[0].name}: {doing(at_work[0], now)}"]
    of = f"{len(at_work)} of {count_of(len(run.connections), 'connection')} at work"
    return [*words, times.duration(run.seconds_left(now)), of + _waiting(at_work, now)]


def _waiting(at_work: list[ConnectionProgress], now: datetime) -> str:
    """The first of several that waits."""
    waiting = [part for part in at_work if part.waiting_until and part.waiting_until > now]
    return f"; {waiting[0].name}: {doing(waiting[0], now)}" if waiting else ""
