"""Lets a second sync follow the first to its end, or wait for its turn."""

from __future__ import annotations

import time

from core.errors import SyncBusyError, SyncStoppedError
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.store.runs import RunStatus, current_run, get_run
from core.sync.runner import SyncOptions, run_sync

_LOOK_SECONDS = 0.25
"""Between two looks at the sync that is followed."""


def sync_or_join(settings: Settings, options: SyncOptions) -> RunStatus:
    """Sync; or, where a sync runs already, follow it to its end and take its result for ours.

    A sync with wishes of its own, or with a connection that the other leaves out, does its own afterwards; so
    does one that sees the other die. ``lock_seconds`` of zero does not join.

    Raises:
        SyncBusyError: the other sync did not end within ``lock_seconds``.
        SyncStoppedError: a stop was asked for while it waited.
        Others as :func:`core.sync.runner.run_sync`.
    """
    deadline = time.monotonic() + options.lock_seconds
    while True:
        try:
            return run_sync(settings, options)
        except SyncBusyError:
            if time.monotonic() >= deadline:
                raise
        run = _follow(settings, options, deadline)
        if run is not None and _serves(settings, options, run):
            return run


def await_end(settings: Settings, run_id: int, seconds: float) -> bool:
    """Wait until a run has ended, whatever runs after it; False when it still lasts after so many seconds."""
    deadline = time.monotonic() + seconds
    while _lasts(settings, run_id):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _lasts(settings: Settings, run_id: int) -> bool:
    with database(settings) as db:
        run = current_run(db)
    return run is not None and run.id == run_id


def _follow(settings: Settings, options: SyncOptions, deadline: float) -> RunStatus | None:
    """Report on the running sync until it ends; None when there is none to see, or time is up."""
    followed: int | None = None
    while time.monotonic() < deadline:
        _wait(options)
        with database(settings) as db:
            running = current_run(db)
            ended = get_run(db, followed) if followed and (not running or running.id != followed) else None
        if running is None or ended:
            return ended
        if followed is None:
            options.joined(running)
        followed = running.id
        options.report(running)
    return None


def _wait(options: SyncOptions) -> None:
    time.sleep(_LOOK_SECONDS)
    if options.stop_asked():
        raise SyncStoppedError(
            "Stopped waiting for the other sync.",
            means="That sync goes on.",
            remedy="Sync again at any time.",
        )


def _serves(settings: Settings, options: SyncOptions, run: RunStatus) -> bool:
    """Whether the run did all that was asked for here."""
    if options.connection or options.full or options.period or run.outcome == "died":
        return False
    with database(settings) as db:
        wanted = {connection.id for connection in list_connections(db)}
    return wanted <= {part.connection_id for part in run.connections}
