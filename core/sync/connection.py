"""One connection's part of a run: directory lists, then every window of every stream.

A failure stays where it is: it is recorded in a sentence, other streams and connections go on, and the next
sync finds the same days still missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import httpx
from sqlite_utils import Database

from core.api.client import Client
from core.api.pace import Pace, shared_pace
from core.clock import Clock
from core.dimensions import Origin
from core.errors import (
    ApiError,
    AuthenticationError,
    BillingError,
    ClockError,
    EndlessAnswerError,
    IncompleteAnswerError,
    InvalidRequestError,
    MalformedAnswerError,
    NotFoundError,
    PermissionDeniedError,
    SyncStoppedError,
    TokenLedgerError,
)
from core.periods import Period, day_of
from core.settings import Settings
from core.store.connections import Connection, read_key
from core.store.coverage import covered_days
from core.store.database import database
from core.store.directory import Names, read_names
from core.store.failures import SyncFailure, failure_kind, record_failure
from core.store.secrets import Vault
from core.store.states import FAILED, OK, REDUCED, StreamState, record_state
from core.store.windows import WindowSize, recent_sizes
from core.sync.context import WindowContext
from core.sync.directories import DIRECTORIES, pull_directory
from core.sync.planner import StreamPlan, due_days
from core.sync.progress import ConnectionObserver, Recorder
from core.sync.pull import WindowTooLargeError, pull_window
from core.sync.streams import REDUCED_USAGE, USAGE, Stream, streams_of

_REDUCED = (
    "Anthropic refused the fast-mode header. Usage is shown without speed, so fast and standard use of a "
    "model cannot be told apart. Nothing needs doing; the next sync asks again."
)


_PATIENCE = 3
"""Windows and lists that may fail in a row before the rest of the connection waits for the next sync."""

_OF_THE_STREAM = (
    BillingError,
    EndlessAnswerError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
)
"""Failures that every window of a stream would meet alike."""


def pace_of(settings: Settings, connection: Connection) -> Pace | None:
    """claude.ai limits an organization's requests, whatever key they come with; the Platform does not."""
    if connection.origin is not Origin.CLAUDE_AI or connection.demo:
        return None
    return shared_pace(settings.base_url, connection.organization_id)


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
    pace_for: Callable[[Settings, Connection], Pace | None] = pace_of
    failures: list[TokenLedgerError] = field(default_factory=list)
    plans: dict[str, StreamPlan] = field(default_factory=dict)
    done: int = 0
    lost: int = 0
    failed_in_a_row: int = 0
    speed_refused: bool = False
    pace: Pace | None = None
    names: Names = field(default_factory=Names)

    def run(self) -> None:
        """Pull everything that is due; never raises a :class:`TokenLedgerError`, records it."""
        outcome = None
        try:
            with database(self.settings) as db:
                key = read_key(db, Vault(self.settings), self.connection.id)
                self.pace = self.pace_for(self.settings, self.connection)
                with self._client(key) as client:
                    self._pull_all(db, client)
        except SyncStoppedError as stopped:
            self.failures.append(stopped)
            outcome = "stopped"
        except _RecordedError:
            pass
        except TokenLedgerError as error:
            self.failures.append(error)
            with suppress(TokenLedgerError), database(self.settings) as db:  # the database may be at fault
                self._keep(db, "", error)
        self._finish(outcome)

    def _client(self, key: str) -> Client:
        return Client(
            base_url=self.settings.base_url,
            api_key=key,
            transport=self.transport,
            pace=self.pace,
            clock=self.clock,
            sleep=self.sleep,
            observer=ConnectionObserver(self.recorder, self.connection.id),
        )

    def _pull_all(self, db: Database, client: Client) -> None:
        streams = streams_of(self.connection.origin)
        for stream in streams:
            self.plans[stream.name] = self._plan(db, stream)
        self._count_windows()
        if self.connection.origin is Origin.PLATFORM:
            self._pull_directories(db, client)
        self.names = read_names(db, self.connection.id)
        for stream in streams:
            self._pull_stream(db, client, stream)

    def _plan(self, db: Database, stream: Stream) -> StreamPlan:
        connection = self.connection
        days = due_days(
            connection.origin,
            connection.since,
            day_of(self.clock()),
            covered_days(db, connection.id, stream.name),
            full=self.full,
            period=self.period,
        )
        sizes = recent_sizes(db, connection.id, stream.name)
        return StreamPlan(set(days), sizes, self.plans.get(stream.like or ""))

    def _count_windows(self, under_way: int = 0) -> None:
        """What is left is an estimate until it is pulled. ``under_way``: requests of the window begun."""
        plans = self.plans.values()
        left = sum(plan.windows_left for plan in plans) + (1 if under_way else 0)
        self.recorder.update(self.connection.id, windows_total=self.done + self.lost + left)
        self.recorder.expect(
            self.connection.id, under_way + sum(plan.pages_left for plan in plans), self.pace
        )

    def _pull_directories(self, db: Database, client: Client) -> None:
        """Names are worth having, not worth failing for: without a list, the stored names serve."""
        for kind in DIRECTORIES:
            try:
                pull_directory(db, client, self.connection.id, kind, self.clock())
            except _OF_THE_STREAM as error:
                self._failed(db, kind, error, None)
            except ApiError as error:
                self._failed(db, kind, error, None)
                self._give_up_on(error)
            else:
                self._state(db, kind, OK)
                self.failed_in_a_row = 0

    def _pull_stream(self, db: Database, client: Client, stream: Stream) -> None:
        failed = False
        plan = self.plans[stream.name]
        self.recorder.update(self.connection.id, stream=stream.label)
        while (window := plan.take()) is not None:
            self._count_windows(plan.pages_of(window))
            try:
                size = self._pull_window(db, client, stream, window, plan.most_pages(window))
            except WindowTooLargeError:
                plan.cut(window)
            except _OF_THE_STREAM as error:
                self._failed(db, stream.name, error, window)
                self.lost += 1 + plan.abandon()
                return  # no other window of this stream would fare better
            except ApiError as error:
                self._failed(db, stream.name, error, window)
                self.lost += 1
                self._give_up_on(error)
                failed = True
            else:
                self._pulled(plan, size)
            self._count_windows()
        if not failed:
            reduced = stream is USAGE and self.speed_refused
            self._state(db, stream.name, *((REDUCED, _REDUCED) if reduced else (OK,)))

    def _pulled(self, plan: StreamPlan, size: WindowSize) -> None:
        plan.measured(size)
        self.done += 1
        self.failed_in_a_row = 0
        self.recorder.add(self.connection.id, windows_done=1, rows=size.rows)

    def _give_up_on(self, error: ApiError) -> None:
        """A window may be at fault alone; a key, the clock or several windows in a row end the run."""
        sound = isinstance(error, MalformedAnswerError | IncompleteAnswerError)
        self.failed_in_a_row += 0 if sound else 1
        if isinstance(error, AuthenticationError | ClockError) or self.failed_in_a_row >= _PATIENCE:
            raise _RecordedError(error.happened) from error

    def _pull_window(
        self, db: Database, client: Client, stream: Stream, window: Period, most_pages: int | None
    ) -> WindowSize:
        # Only claude.ai's answers name their organization in the body; a header may be a gateway's.
        named = self.connection.origin is Origin.CLAUDE_AI
        organization_id = self.connection.organization_id if named else None
        context = WindowContext(
            self.connection.id, stream.label, window, self.names, organization_id, most_pages
        )
        if stream is USAGE and not self.speed_refused:
            try:
                return pull_window(db, client, stream, context, self.clock, self.run_id)
            except (InvalidRequestError, PermissionDeniedError):
                size = pull_window(db, client, REDUCED_USAGE, context, self.clock, self.run_id)
                self.speed_refused = True
                return size
        reduced = REDUCED_USAGE if stream is USAGE else stream
        return pull_window(db, client, reduced, context, self.clock, self.run_id)

    def _failed(self, db: Database, stream: str, error: ApiError, window: Period | None) -> None:
        self.failures.append(error)
        self._keep(db, stream, error, window)
        self._state(db, stream, FAILED, _sentences(error), error.request_id, window)

    def _keep(self, db: Database, stream: str, error: TokenLedgerError, window: Period | None = None) -> None:
        record_failure(
            db,
            SyncFailure(
                self.run_id,
                self.connection.id,
                stream,
                failure_kind(error),
                _sentences(error),
                error.request_id if isinstance(error, ApiError) else None,
                window,
                self.clock(),
            ),
        )

    def _state(
        self,
        db: Database,
        stream: str,
        state: str,
        message: str = "",
        request_id: str | None = None,
        window: Period | None = None,
    ) -> None:
        record_state(
            db, StreamState(self.connection.id, stream, state, message, request_id, window, self.clock())
        )

    def _finish(self, outcome: str | None) -> None:
        first = self.failures[0] if self.failures else None
        outcome = outcome or ("ok" if first is None else "partial" if self.done else "failed")
        self.recorder.update(
            self.connection.id,
            outcome=outcome,
            finished_at=self.clock(),
            waiting_until=None,
            message=_sentences(first) if first else "",
            request_id=first.request_id if isinstance(first, ApiError) else None,
        )


class _RecordedError(TokenLedgerError):
    """Ends a connection's work after a failure that is already recorded."""


def _sentences(error: TokenLedgerError) -> str:
    """What happened, what it means, what to do; the request id stands beside, not inside."""
    return TokenLedgerError.__str__(error)
