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

from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.store.meta import refresh_hours
from core.store.runs import current_run, last_good_sync_at, list_runs

_PROJECT = Path(__file__).resolve().parent.parent.parent
_RETRY_AFTER = timedelta(minutes=15)
"""How long an opened page leaves a failed sync alone before it starts another."""

_started: list[subprocess.Popen[bytes]] = []


def start_worker(settings: Settings) -> None:
    """Start a sync in the background, unless one is at work. The API key is never on its command line."""
    _started[:] = [process for process in _started if process.poll() is None]  # reaps those that ended
    with database(settings) as db:
        if _started or current_run(db):
            return
    command = [sys.executable, "-m", "core", "sync", "--trigger", "page"]
    _started.append(
        subprocess.Popen(  # noqa: S603 -- fixed words, no input
            command,
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(settings),
            start_new_session=True,
        )
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
        if latest and now - latest[0].heartbeat_at < _RETRY_AFTER:
            return any(last_good_sync_at(db, c.id) is None for c in list_connections(db)) and not _tried(db)
        oldest = now - timedelta(hours=refresh_hours(db))
        good = [last_good_sync_at(db, connection.id) for connection in list_connections(db)]
        return any(instant is None or instant < oldest for instant in good)


def _tried(db: Database) -> bool:
    """Whether the latest run took part in every connection: then trying again at once is no use."""
    (latest,) = list_runs(db, limit=1)
    return {c.id for c in list_connections(db)} <= {progress.connection_id for progress in latest.connections}
