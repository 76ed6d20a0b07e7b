"""The progress of a run, shared between its threads and written to the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from core.api.rate_limit import UNLIMITED, RateLimit
from core.clock import Clock
from core.errors import SyncStoppedError, TokenLedgerError
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.runs import (
    ConnectionProgress,
    RunStatus,
    get_run,
    record_progress,
    request_stop,
    stop_requested,
)

_TICK_SECONDS = 0.5
_BUSY_MILLISECONDS = 100
"""How long a tick waits for a window that is being stored; it must hear a stop in between."""
_HEARTBEAT = timedelta(seconds=5)
"""How often a run says that it lives while nothing else is to be said."""

RATE_LIMIT = "Anthropic's rate limit"
"""What a request waits for that keeps to the rate limit; else the reason of a retry, a sentence."""


@dataclass(frozen=True)
class Outlook:
    """What a connection needs in all, as far as is known, and the rate limit it must keep to."""

    requests_total: int
    rate_limit: RateLimit = UNLIMITED

    def ends_at(self, part: ConnectionProgress, now: datetime) -> datetime | None:
        """At the pace so far, waits included, and no sooner than the rate limit allows.

        None before the first window is done: the names that come first tell nothing about the reports.
        """
        if not part.windows_done or part.finished_at:
            return None
        left = max(0, self.requests_total - part.requests)
        wait = max(timedelta(0), part.waiting_until - now) if part.waiting_until else timedelta(0)
        at_this_pace = wait + left * (now - part.started_at) / max(1, part.requests)
        return now + max(at_this_pace, timedelta(seconds=self.rate_limit.seconds_for(left)))


class Recorder:
    """Writes progress twice a second from a thread of its own, and hears a request to stop.

    A context manager; the last state is written on leaving.
    """

    def __init__(
        self,
        settings: Settings,
        run_id: int,
        connections: Sequence[Connection],
        clock: Clock,
        report: Callable[[RunStatus], None],
        stop_asked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings, self._run_id, self._clock = settings, run_id, clock
        self._report, self._stop_asked = report, stop_asked
        self._mutex = threading.Lock()
        self._progress = {connection.id: _untouched(connection, clock()) for connection in connections}
        self._outlooks: dict[int, Outlook] = {}
        self._written: list[ConnectionProgress] = []
        self._beat_at = clock()
        self._cuts: list[Callable[[], None]] = []
        self._ended = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="progress", daemon=True)

    def __enter__(self) -> Recorder:
        self._write()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._write()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Have every connection stop: requests under way are cut."""
        self._stopping.set()
        with self._mutex:
            cuts = list(self._cuts)
        for cut in cuts:
            cut()

    @contextmanager
    def cutting(self, cut: Callable[[], None]) -> Iterator[None]:
        """Call ``cut`` when a stop comes while the block lasts, or has come already."""
        with self._mutex:
            self._cuts.append(cut)
        try:
            if self.stopping:
                cut()
            yield
        finally:
            with self._mutex:
                self._cuts.remove(cut)

    def pause(self, seconds: float) -> None:
        """Wait; a stop ends it."""
        self._stopping.wait(seconds)

    def update(self, connection_id: int, **values: Any) -> None:
        with self._mutex:
            self._progress[connection_id] = replace(self._progress[connection_id], **values)

    def add(self, connection_id: int, **counts: int) -> None:
        with self._mutex:
            now = self._progress[connection_id]
            added = {name: getattr(now, name) + count for name, count in counts.items()}
            self._progress[connection_id] = replace(now, **added)

    def expect(self, connection_id: int, requests_left: int, rate_limit: RateLimit | None) -> None:
        """Tell how many requests a connection still needs, so that its end can be told."""
        with self._mutex:
            done = self._progress[connection_id].requests
            self._outlooks[connection_id] = Outlook(done + requests_left, rate_limit or UNLIMITED)

    def outcomes(self) -> list[str | None]:
        with self._mutex:
            return [progress.outcome for progress in self._progress.values()]

    def _watch(self) -> None:
        while not self._ended.wait(_TICK_SECONDS):
            with suppress(TokenLedgerError):  # a database that is busy now will be free at a later tick
                self._write(patient=False)

    def _write(self, *, patient: bool = True) -> None:
        with self._mutex:
            state = list(self._progress.values())
        with database(self._settings) as db:
            if not patient:
                db.conn.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            self._hear_stop(db)
            now = self._clock()
            if state != self._written or now - self._beat_at >= _HEARTBEAT:
                record_progress(db, self._run_id, [self._with_end(part, now) for part in state], now)
                self._written, self._beat_at = state, now
            status = get_run(db, self._run_id)
        with suppress(OSError):  # whoever read our words may have gone away, as "| head" does
            self._report(status)

    def _with_end(self, part: ConnectionProgress, now: datetime) -> ConnectionProgress:
        outlook = self._outlooks.get(part.connection_id)
        return replace(part, ends_at=outlook.ends_at(part, now) if outlook else None)

    def _hear_stop(self, db: Database) -> None:
        if self._stop_asked():
            self.stop()
        if stop_requested(db, self._run_id):
            self.stop()
        elif self.stopping:
            request_stop(db)  # for all to see


class ConnectionObserver:
    """Hears a connection's client (see ``core.api.client.Observer``) and passes on to the recorder."""

    def __init__(self, recorder: Recorder, connection_id: int) -> None:
        self._recorder, self._id = recorder, connection_id

    def requested(self) -> None:
        self._recorder.add(self._id, requests=1)
        self._recorder.update(self._id, waiting_until=None)

    def retried(self, reason: str, until: datetime) -> None:
        self._recorder.add(self._id, retries=1)
        self._recorder.update(self._id, waiting_until=until, waiting_for=reason)

    def waiting(self, until: datetime) -> None:
        self._recorder.update(self._id, waiting_until=until, waiting_for=RATE_LIMIT)

    def under_way(self, cut: Callable[[], None]) -> AbstractContextManager[None]:
        return self._recorder.cutting(cut)

    def check_stop(self) -> None:
        if self._recorder.stopping:
            raise SyncStoppedError(
                "The sync was stopped.", means="What was pulled is kept.", remedy="Sync again to go on."
            )


def _untouched(connection: Connection, now: datetime) -> ConnectionProgress:
    return ConnectionProgress(
        connection_id=connection.id,
        name=connection.name,
        stream="",
        windows_done=0,
        windows_total=0,
        rows=0,
        requests=0,
        retries=0,
        waiting_until=None,
        started_at=now,
        finished_at=None,
        outcome=None,
        message="",
        request_id=None,
    )
