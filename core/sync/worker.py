"""The background worker: the same sync as on the command line, in its own process.

Its own process keeps pages quick while it works, outlives a closed browser tab, and returns its memory.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlite_utils import Database

from core.clock import Clock, utc_now
from core.periods import Period
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database, require_writable
from core.store.last_words import open_log, quoted, words_before_a_run
from core.store.meta import refresh_hours
from core.store.runs import current_run, last_good_sync_at, list_runs, record_stillborn

TRIGGER = "page"
"""What a run says that a page started."""

_PROJECT = Path(__file__).resolve().parent.parent.parent
_RETRY_AFTER = timedelta(minutes=15)
"""How long an opened page leaves a failed sync alone before it starts another."""

_LONGEST_WAIT = timedelta(days=1)
"""How long a sync with wishes of its own waits for another to end."""

_ENDS_WITHIN = 10.0
"""Seconds that a process takes to end when its run has, at most."""

_TOLD_BY_ITS_RUN = (0, 1, 4)
"""Exit codes of a sync that came to a run, where no log can tell whether it did."""


@dataclass(frozen=True)
class _Worker:
    """A process that may still be at work; ``words_at`` is where in the log its words begin, if in one."""

    process: subprocess.Popen[bytes]
    started_at: datetime
    words_at: int | None


_started: dict[tuple[str, ...], _Worker] = {}
"""By what was asked of them."""
_starting = threading.Lock()


def start_worker(
    settings: Settings,
    *,
    period: Period | None = None,
    connection: str | None = None,
    clock: Clock = utc_now,
) -> None:
    """Start a sync in the background, unless one like it is at work. No API key is on its command line.

    One with a ``period`` or a ``connection`` of its own waits there for a running one to end.

    Raises:
        StoreError: nothing can be stored, so it could do nothing.
    """
    wishes = _words(period, connection)
    with _starting:  # two sessions that see a sync end would else both start the next
        _let_end(settings, wishes)
        bury_workers(settings, clock)
        with database(settings) as db:
            if wishes in _started or (not wishes and current_run(db)):
                return
        require_writable(settings)
        _started[wishes] = _spawn(settings, wishes, clock())


def _let_end(settings: Settings, wishes: tuple[str, ...]) -> None:
    """Wait for a worker whose run is over, and whose process is not: it would do nothing of what is asked."""
    if not (at_work := _started.get(wishes)):
        return
    with database(settings) as db:
        latest = next(iter(list_runs(db, limit=1)), None)
    began = at_work.started_at.replace(microsecond=0)  # runs are told in whole seconds
    if latest and latest.trigger == TRIGGER and latest.finished_at and latest.started_at >= began:
        with suppress(subprocess.TimeoutExpired):
            at_work.process.wait(_ENDS_WITHIN)


def bury_workers(settings: Settings, clock: Clock = utc_now) -> None:
    """Keep each worker that died before its run began as a run that died, with its last words.

    Raises:
        StoreError: that could not be stored.
    """
    for wishes, worker in list(_started.items()):  # a copy: other sessions' threads come here too
        code = worker.process.poll()
        if code is None or _started.pop(wishes, None) is not worker:
            continue
        if message := _obituary(settings, worker, code):
            with database(settings) as db:
                record_stillborn(db, TRIGGER, worker.started_at, clock(), message)


def _obituary(settings: Settings, worker: _Worker, code: int) -> str:
    """Nothing where the worker did its work, or its run tells."""
    if worker.words_at is None:
        words = None if code in _TOLD_BY_ITS_RUN else ""
    else:
        words = words_before_a_run(settings, worker.words_at) if code else None
    if words is None:
        return ""
    how = f"by the signal {_signal_name(-code)}" if code < 0 else f"with exit code {code}"
    said = f" {quoted(words)}" if words else ""
    return f"The sync ended before it began, {how}.{said} Nothing was pulled; sync again."


def _signal_name(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else str(number)


def _words(period: Period | None, connection: str | None) -> tuple[str, ...]:
    days = (f"--from={period.start}", f"--to={period.end}") if period else ()
    only = (f"--connection={connection}",) if connection else ()
    waiting = (f"--lock-wait={_LONGEST_WAIT.total_seconds():.0f}",) if days or only else ()
    return (*days, *only, *waiting)


def _spawn(settings: Settings, wishes: tuple[str, ...], now: datetime) -> _Worker:
    with _log(settings, now) as (log, words_at):
        process = subprocess.Popen(  # noqa: S603 -- words of ours; a cost center's name follows its "="
            [sys.executable, "-m", "core", "sync", "--trigger", TRIGGER, *wishes],
            cwd=_PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=_environment(settings),
            start_new_session=True,
        )
    return _Worker(process, now, words_at)


@contextmanager
def _log(settings: Settings, now: datetime) -> Iterator[tuple[BinaryIO | int, int | None]]:
    """Where its words go: nowhere on a full disk."""
    try:
        log, start = open_log(settings, now)
    except OSError:
        yield subprocess.DEVNULL, None
        return
    with log:
        yield log, start


def _environment(settings: Settings) -> dict[str, str]:
    """This process's own, pointed at the same data and server. Python says where it was when it crashes.

    A secret that is in a file stays there.
    """
    in_file = os.environ.get("TOKEN_LEDGER_SECRET_KEY_FILE")
    ours = {"TOKEN_LEDGER_DATA": str(settings.data_dir), "ANTHROPIC_BASE_URL": settings.base_url}
    secret = {"TOKEN_LEDGER_SECRET_KEY": settings.secret_key} if settings.secret_key and not in_file else {}
    return {**os.environ, **ours, **secret, "PYTHONFAULTHANDLER": "1"}


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
    if latest.outcome == "died" and not latest.connections:
        return True  # it did not come to any of them, and the next would not either
    return {c.id for c in list_connections(db)} <= {progress.connection_id for progress in latest.connections}
