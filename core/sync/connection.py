"""Pulls one connection: its directory lists, then every window of every stream.

A failure is recorded in a sentence and stops nothing else: other streams and connections go on, and the next
sync pulls the same days again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

import httpx
from sqlite_utils import Database

from core.api.client import Client
from core.api.prefetch import Prefetch
from core.api.rate_limit import RateLimit
from core.clock import Clock
from core.dimensions import Origin
from core.errors import (
    AnswerTimeoutError,
    ApiError,
    AuthenticationError,
    BillingError,
    ClockError,
    EndlessAnswerError,
    IncompleteAnswerError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    NotServedError,
    PermissionDeniedError,
    RequestTooLargeError,
    SyncStoppedError,
    TokenLedgerError,
)
from core.periods import Period, closed_day, day_of
from core.settings import Settings
from core.store.connections import Connection, read_key
from core.store.database import database
from core.store.directory import Names, read_names
from core.store.learned import read_learned
from core.store.secrets import Vault
from core.store.states import OK, REDUCED, forget_state
from core.stream import Stream
from core.sync.context import WindowContext
from core.sync.directories import (
    DIRECTORIES,
    pull_directory,
    pull_organization_name,
    require_its_organization,
)
from core.sync.fates import Fates, sentences
from core.sync.grants import Grants
from core.sync.progress import ConnectionObserver, Recorder
from core.sync.pull import Pulled, Puller
from core.sync.rate_limits import rate_limit_of
from core.sync.received import WindowTooLargeError
from core.sync.served import are_newest_served
from core.sync.sources import Source, newest_sources_of, sources_of
from core.sync.spend_limits import LISTS, pull_limits
from core.sync.stream_work import StreamWork
from core.sync.windows import StreamWindows, plan_stream

_PATIENCE = 3
"""Windows and lists that may fail in a row before the rest of the connection waits for the next sync."""

_OF_THE_STREAM = (
    BillingError,
    EndlessAnswerError,
    InvalidRequestError,
    NotFoundError,
    NotServedError,
    PermissionDeniedError,
)
"""Failures that every window of a stream would meet alike."""


@dataclass
class ConnectionSync:
    """The work on one connection, in a thread of its own with a database connection of its own."""

    settings: Settings
    connection: Connection
    recorder: Recorder
    clock: Clock
    run_id: int
    full: bool = False
    period: Period | None = None
    transport: httpx.BaseTransport | None = None
    sleep: Callable[[float], None] = time.sleep
    rate_limit_for: Callable[[Settings, Connection], RateLimit | None] = rate_limit_of
    windows: dict[str, StreamWindows] = field(default_factory=dict)
    done: int = 0
    lost: int = 0
    failed_in_a_row: int = 0
    rate_limit: RateLimit | None = None
    grants: Grants = field(init=False)
    fates: Fates = field(init=False)
    names: Names = field(default_factory=Names)

    def __post_init__(self) -> None:
        self.fates = Fates(self.connection.id, self.run_id, self.clock)

    def run(self) -> None:
        """Pull everything that is due; never raises a :class:`TokenLedgerError`, records it."""
        outcome = None
        try:
            with database(self.settings) as db:
                key = read_key(db, Vault(self.settings), self.connection.id)
                self.rate_limit = self.rate_limit_for(self.settings, self.connection)
                with Prefetch() as prefetch, self._client(key, prefetch) as client:
                    self._pull_all(db, client)
        except SyncStoppedError as stopped:
            self.fates.failures.append(stopped)
            outcome = "stopped"
        except _RecordedError:
            pass
        except TokenLedgerError as error:
            self.fates.failures.append(error)
            with suppress(TokenLedgerError), database(self.settings) as db:  # the database may be at fault
                self.fates.keep(db, "", error)
        self._finish(outcome)

    def _client(self, key: str, prefetch: Prefetch) -> Client:
        return Client(
            base_url=self.settings.base_url,
            api_key=key,
            transport=self.transport,
            rate_limit=self.rate_limit,
            clock=self.clock,
            sleep=self.sleep,
            observer=ConnectionObserver(self.recorder, self.connection.id),
            prefetch=prefetch,
            version=self.settings.anthropic_version,
            betas=self.settings.anthropic_betas,
        )

    def _pull_all(self, db: Database, client: Client) -> None:
        if self.connection.key_reference and self.connection.origin is Origin.PLATFORM:
            require_its_organization(client, self.connection)  # claude.ai's answers name it themselves
        self.grants = Grants(read_learned(db, self.connection.id), self.clock())
        sources = sources_of(self.connection.origin)
        self._plan(db, client, sources)
        if self.connection.origin is Origin.PLATFORM:
            self._pull_directories(db, client)
        self.names = read_names(db, self.connection.id)
        self._pull_streams(db, sources)
        if are_newest_served(client, self.grants, self.connection.origin, closed_day(self.clock())):
            newest = newest_sources_of(self.connection.origin)
            self._plan(db, client, newest)
            self._pull_streams(db, newest)
        self.grants.save(db, self.connection.id)
        self._pull_limits(db, client)

    def _plan(self, db: Database, client: Client, sources: Sequence[Source]) -> None:
        for source in sources:
            like = self.windows.get(source.like or "")
            plan = plan_stream(
                db, self.connection, source, self.today, self.grants, full=self.full, period=self.period
            )
            plan.like = like.plan if like else None
            puller = Puller(db, client, source, self.grants, self.clock, self.run_id)
            self.windows[source.stream.name] = StreamWindows(plan, puller)
        self._count_windows()

    def _pull_streams(self, db: Database, sources: Sequence[Source]) -> None:
        for source in sources:
            try:
                self._pull_stream(db, source.stream)
            finally:
                self.grants.save(db, self.connection.id)

    @property
    def today(self) -> date:
        return day_of(self.clock())

    def _count_windows(self, under_way: int = 0) -> None:
        """What is left is an estimate until it is pulled. ``under_way``: requests of the window begun."""
        streams = self.windows.values()
        left = sum(windows.left for windows in streams) + (1 if under_way else 0)
        self.recorder.update(self.connection.id, windows_total=self.done + self.lost + left)
        pages = under_way + sum(windows.pages_left for windows in streams)
        self.recorder.expect(self.connection.id, pages, self.rate_limit)

    def _pull_directories(self, db: Database, client: Client) -> None:
        """Names are worth having, not worth failing for: without a list, the stored names serve.

        A service that has just failed is not kept waiting for the organization's own name.
        """
        for kind in DIRECTORIES:
            try:
                pull_directory(db, client, self.connection.id, kind, self.clock())
            except _OF_THE_STREAM as error:
                self.fates.failed(db, kind, error, None)
            except ApiError as error:
                self.fates.failed(db, kind, error, None)
                self._give_up_on(error)
            else:
                self.fates.fared(db, kind, OK)
                self.failed_in_a_row = 0
        if not self.failed_in_a_row:
            pull_organization_name(db, client, self.connection)

    def _pull_limits(self, db: Database, client: Client) -> None:
        """Worth having, not worth waiting for where the service has just failed."""
        for kind in LISTS[self.connection.origin] if not self.failed_in_a_row else ():
            try:
                told = pull_limits(db, client, self.connection.id, kind, self.clock())
            except ApiError as error:
                self.fates.failed(db, kind, error, None)
                continue
            if told:
                self.fates.fared(db, kind, OK)
            else:
                forget_state(db, self.connection.id, kind)

    def _pull_stream(self, db: Database, stream: Stream) -> None:
        work = StreamWork(self.windows[stream.name], self.connection, self.grants, self.today)
        self.recorder.update(self.connection.id, stream=stream.label)
        while (taken := work.windows.take()) is not None:
            window, fetch = taken
            self._count_windows(work.windows.plan.pages_of(window))
            try:
                self._pulled(db, work, work.pull(self._context(stream, window), fetch))
            except WindowTooLargeError:
                work.windows.plan.cut(window)
            except NotServedError as refusal:
                if not work.asks_for_newer(window, refusal):
                    self._not_served(db, work)
            except ApiError as error:
                if not work.asks_for_less(window, error):
                    self._lost(db, work, window, error)
            self._count_windows()
        if work.well:
            said = work.conclude()
            self.fates.fared(db, stream.name, REDUCED if said else OK, said)

    def _context(self, stream: Stream, window: Period) -> WindowContext:
        # Only claude.ai's answers name their organization in the body; a header may be a gateway's.
        named = self.connection.origin is Origin.CLAUDE_AI
        return WindowContext(
            self.connection.id,
            stream.label,
            window,
            self.names,
            self.connection.organization_id if named else None,
            self.windows[stream.name].plan.most_pages(window),
        )

    def _pulled(self, db: Database, work: StreamWork, pulled: Pulled) -> None:
        self.done += 1
        self.failed_in_a_row = 0
        self.recorder.add(self.connection.id, windows_done=1, rows=pulled.size.rows)
        if pulled.problem:
            self.fates.failed(db, work.stream.name, pulled.problem, pulled.missing)

    def _not_served(self, db: Database, work: StreamWork) -> None:
        """Leave it at the legacy reports: nobody's mistake, and what is stored stays."""
        work.well = False
        work.windows.abandon()
        forget_state(db, self.connection.id, work.stream.name)

    def _lost(self, db: Database, work: StreamWork, window: Period, error: ApiError) -> None:
        """A window failed. Where no other would fare better, the rest waits for the next sync."""
        work.well = False
        self.lost += 1
        too_much = isinstance(error, RequestTooLargeError | AnswerTimeoutError)
        self.fates.failed(db, work.stream.name, error, work.windows.plan.lose(window) if too_much else window)
        if isinstance(error, _OF_THE_STREAM):
            self.lost += work.windows.abandon()
        elif not too_much:
            self._give_up_on(error)

    def _give_up_on(self, error: ApiError) -> None:
        """A window may be at fault alone; a key, the clock or several windows in a row end the run."""
        sound = isinstance(error, MalformedAnswerError | IncompleteAnswerError)
        self.failed_in_a_row += 0 if sound else 1
        if isinstance(error, AuthenticationError | ClockError) or self.failed_in_a_row >= _PATIENCE:
            raise _RecordedError(error.happened) from error

    def _finish(self, outcome: str | None) -> None:
        first = self.fates.first
        outcome = outcome or ("ok" if first is None else "partial" if self.done else "failed")
        self.recorder.update(
            self.connection.id,
            outcome=outcome,
            finished_at=self.clock(),
            waiting_until=None,
            message=sentences(first) if first else "",
            request_id=first.request_id if isinstance(first, ApiError) else None,
        )


class _RecordedError(TokenLedgerError):
    """Ends a connection's work after a failure that is already recorded."""
