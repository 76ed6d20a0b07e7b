"""The background worker: the same sync as on the command line, in a process of its own.

A process of its own keeps pages quick while it works, outlives a closed browser tab, and returns its memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from core.periods import Period
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.store.meta import refresh_hours
from core.store.runs import current_run, last_good_sync_at, list_runs

_PROJECT = Path(__file__).resolve().parent.parent.parent
_RETRY_AFTER = timedelta(minutes=15)
"""How long an opened page leaves a failed sync alone before it starts another."""

_LONGEST_WAIT = timedelta(days=1)
"""How long a sync with wishes of its own waits for another to end."""

_started: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}
"""Processes that may still be at work, by what was asked of them."""


def start_worker(settings: Settings, *, period: Period | None = None, connection: str | None = None) -> None:
    """Start a sync in the background, unless one like it is at work. No API key is on its command line.

    One with a ``period`` or a ``connection`` of its own waits there for a running one to end.
    """
    wishes = _words(period, connection)
    for words, process in list(_started.items()):  # a copy: other sessions' threads come here too
        if process.poll() is not None:
            _started.pop(words, None)  # reaped
    with database(settings) as db:
        if wishes in _started or (not wishes and current_run(db)):
            return
    _started[wishes] = _spawn(settings, wishes)


def _words(period: Period | None, connection: str | None) -> tuple[str, ...]:
    days = (f"--from={period.start}", f"--to={period.end}") if period else ()
    only = (f"--connection={connection}",) if connection else ()
    waiting = (f"--lock-wait={_LONGEST_WAIT.total_seconds():.0f}",) if days or only else ()
    return (*days, *only, *waiting)


def _spawn(settings: Settings, wishes: tuple[str, ...]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- words of ours; a cost center's name follows its "="
        [sys.executable, "-m", "core", "sync", "--trigger", "page", *wishes],
        cwd=_PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(settings),
        start_new_session=True,
    )


def _environment(settings: Settings) -> dict[str, str]:
    """This process's own, pointed at the same data and server."""
    ours = {"TOKEN_LEDGER_DATA": str(settings.data_dir), "ANTHROPIC_BASE_URL": settings.base_url}
    secret = {"TOKEN_LEDGER_SECRET_KEY": settings.secret_key} if settings.secret_key else {}
    return {**os.environ, **ours, **secret}


def needs_refresh(settings: Settings, now: datetime) -> bool:
    """Whether a connection's last good sync is older than the refresh age, and none was tried just now."""
    with database(settings) as db:
        latest = list_runs(db, limit=1)
        if latest and timedelta() <= now - latest[0].heartbeat_at < _RETRY_AFTER:
            return any(last_good_sync_at(db, c.id) is None for c in list_connections(db)) and not _tried(db)
        oldest = now - timedelta(hours=refresh_hours(db))
        good = [last_good_sync_at(db, connection.id) for connection in list_connections(db)]
        # An instant to come was told by a wrong clock: of no use to know how old the data is.
        return any(instant is None or not oldest <= instant <= now for instant in good)


def _tried(db: Database) -> bool:
    """Whether the latest run took part in every connection: then trying again at once is no use."""
    (latest,) = list_runs(db, limit=1)
    return {c.id for c in list_connections(db)} <= {progress.connection_id for progress in latest.connections}
