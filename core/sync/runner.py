"""Runs a sync from start to end: lock, connections in parallel, ledger, outcome."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from core.api.rate_limit import RateLimit
from core.clock import Clock, utc_now
from core.errors import TokenLedgerError
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection, find_connection, list_connections
from core.store.database import database
from core.store.runs import RunStatus, begin_run, finish_run, get_run
from core.sync.connection import ConnectionSync
from core.sync.lock import sync_lock
from core.sync.progress import Recorder
from core.sync.rate_limits import rate_limit_of

_AT_ONCE = 8
"""Connections pulled side by side; each waits for its own organization's rate_limit."""


def _no_transport(_: Connection) -> httpx.BaseTransport | None:
    return None


def _nothing(_: Settings) -> None:
    return None


def _silent(_: RunStatus) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True)
class SyncOptions:
    """``connection``: only this cost center. ``full``: pull all history in reach again; ``period``: its days.

    ``build`` brings the ledger up to date; it is called when a connection is done, one call at a time.
    ``afterwards`` is called once the run has ended and the lock is free.
    ``report`` hears the state twice a second; as often ``stop_asked`` tells whether to stop, which cuts the
    requests under way. ``lock_seconds``: how long another sync is followed at most; ``joined`` hears of it
    once. ``sleep`` waits so many seconds; None: until a stop at most. ``rate_limit_for`` says how fast a
    connection's requests may follow each other; None: as fast as answers come.
    """

    build: Callable[[Settings], object]
    afterwards: Callable[[Settings], object] = _nothing
    connection: str | None = None
    full: bool = False
    period: Period | None = None
    trigger: str = "command line"
    clock: Clock = utc_now
    transport_for: Callable[[Connection], httpx.BaseTransport | None] = _no_transport
    report: Callable[[RunStatus], None] = _silent
    stop_asked: Callable[[], bool] = _never
    lock_seconds: float = 0
    joined: Callable[[RunStatus], None] = _silent
    sleep: Callable[[float], None] | None = None
    rate_limit_for: Callable[[Settings, Connection], RateLimit | None] = rate_limit_of


def run_sync(settings: Settings, options: SyncOptions) -> RunStatus:
    """Pull what is due and bring the ledger up to date. Failures of a connection are in the result.

    Raises:
        SyncBusyError: another sync holds the lock.
        InputError: no connection of that name.
        StoreError: the database cannot be used.
    """
    with sync_lock(settings):
        connections, run_id = _begin(settings, options)
        try:
            outcome, message = _sync_all(settings, options, connections, run_id)
        except BaseException as error:
            outcome = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
            _finish(settings, run_id, outcome, options.clock, str(error) or type(error).__name__)
            raise
        run = _finish(settings, run_id, outcome, options.clock, message)
    options.afterwards(settings)
    return run


def _begin(settings: Settings, options: SyncOptions) -> tuple[Sequence[Connection], int]:
    with database(settings) as db:
        chosen = [find_connection(db, options.connection)] if options.connection else list_connections(db)
        return chosen, begin_run(db, options.trigger, options.clock())


def _sync_all(
    settings: Settings, options: SyncOptions, connections: Sequence[Connection], run_id: int
) -> tuple[str, str]:
    build = _Builder(settings, options.build)
    with Recorder(
        settings, run_id, connections, options.clock, options.report, options.stop_asked
    ) as recorder:

        def work(connection: Connection) -> None:
            recorder.update(connection.id, started_at=options.clock())
            ConnectionSync(
                settings,
                connection,
                recorder,
                options.clock,
                run_id,
                full=options.full,
                period=options.period,
                transport=options.transport_for(connection),
                sleep=options.sleep or recorder.pause,
                rate_limit_for=options.rate_limit_for,
            ).run()
            build()

        with ThreadPoolExecutor(min(_AT_ONCE, len(connections) or 1), "sync") as pool:
            try:
                list(pool.map(work, connections))
            except BaseException:
                recorder.stop()  # Ctrl+C: the threads end, their requests cut
                raise
        if not connections:
            build()
        outcomes = recorder.outcomes()
    if build.problem:
        return ("partial" if "ok" in outcomes else "failed"), build.problem
    return _overall(outcomes), ""


class _Builder:
    """Brings the ledger up to date, one call at a time, and keeps the sentence of a failure."""

    def __init__(self, settings: Settings, build: Callable[[Settings], object]) -> None:
        self._settings, self._build = settings, build
        self._mutex = threading.Lock()
        self.problem = ""

    def __call__(self) -> None:
        with self._mutex:
            try:
                self._build(self._settings)
                self.problem = ""
            except TokenLedgerError as error:
                self.problem = str(error)


def _overall(outcomes: Sequence[str | None]) -> str:
    if "stopped" in outcomes:
        return "stopped"
    if all(outcome == "ok" for outcome in outcomes):
        return "ok"
    return "failed" if all(outcome == "failed" for outcome in outcomes) else "partial"


def _finish(settings: Settings, run_id: int, outcome: str, clock: Clock, message: str) -> RunStatus:
    with database(settings) as db:
        finish_run(db, run_id, outcome, clock(), message=message)
        return get_run(db, run_id)
