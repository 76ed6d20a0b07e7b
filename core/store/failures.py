"""Every failure of every sync, kept for ever: what failed, for which days, with Anthropic's request id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
from core.errors import (
    AuthenticationError,
    BillingError,
    ClockError,
    CursorExpiredError,
    IncompleteAnswerError,
    MalformedAnswerError,
    NetworkError,
    PermissionDeniedError,
    RateLimitError,
    SecretKeyError,
    ServerError,
    StoreError,
    TokenLedgerError,
)
from core.periods import Period

PERMISSION, KEY, LIMIT, NETWORK = "permission", "key", "limit", "network"
ANSWER, STORE, OTHER = "answer", "store", "other"

_KINDS: tuple[tuple[str, tuple[type[TokenLedgerError], ...]], ...] = (
    (PERMISSION, (PermissionDeniedError,)),
    (KEY, (AuthenticationError, SecretKeyError)),
    (LIMIT, (RateLimitError, BillingError)),
    (NETWORK, (NetworkError, ServerError, ClockError)),
    (ANSWER, (MalformedAnswerError, IncompleteAnswerError, CursorExpiredError)),
    (STORE, (StoreError,)),
)


@dataclass(frozen=True)
class SyncFailure:
    """One failure. ``stream`` is a report or list, empty where the whole connection failed.

    ``kind`` is one of this module's words. ``message`` says what happened, what it means, what to do.
    ``period`` is the window that failed, None where the failure is of no window.
    """

    run_id: int | None
    connection_id: int
    stream: str
    kind: str
    message: str
    request_id: str | None
    period: Period | None
    failed_at: datetime


def failure_kind(error: TokenLedgerError) -> str:
    """Whose fault it is, so far as it tells what to do."""
    return next((kind for kind, errors in _KINDS if isinstance(error, errors)), OTHER)


def record_failure(db: Database, failure: SyncFailure) -> None:
    """Keep a failure. One of a connection removed meanwhile is skipped."""
    period = failure.period
    db.conn.execute(
        "INSERT INTO sync_failures (run_id, connection_id, stream, kind, message, request_id, start_day,"
        " end_day, failed_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"
        " WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?2)",
        (
            failure.run_id,
            failure.connection_id,
            failure.stream,
            failure.kind,
            failure.message,
            failure.request_id,
            period.start.isoformat() if period else None,
            period.end.isoformat() if period else None,
            rfc3339(failure.failed_at),
        ),
    )


def list_failures(
    db: Database, *, run_id: int | None = None, connection_id: int | None = None, limit: int = 1000
) -> list[SyncFailure]:
    """The latest failures, newest first: of one run, of one connection, or of both."""
    asked = {"run_id": run_id, "connection_id": connection_id}
    wanted = {column: value for column, value in asked.items() if value is not None}
    where = " AND ".join(f"{column} = ?" for column in wanted) or "1"
    found = db.conn.execute(
        "SELECT run_id, connection_id, stream, kind, message, request_id, start_day, end_day, failed_at"
        f" FROM sync_failures WHERE {where} ORDER BY id DESC LIMIT ?",
        [*wanted.values(), limit],
    )
    return [_failure(row) for row in found]


def count_failures(db: Database) -> dict[int, int]:
    """How many there were, by run; runs without any are absent."""
    found = db.conn.execute(
        "SELECT run_id, count(*) FROM sync_failures WHERE run_id IS NOT NULL GROUP BY run_id"
    )
    return dict(found.fetchall())


def _failure(row: tuple[Any, ...]) -> SyncFailure:
    run_id, connection_id, stream, kind, message, request_id, start, end, failed_at = row
    period = Period(date.fromisoformat(start), date.fromisoformat(end)) if start and end else None
    return SyncFailure(
        run_id, connection_id, stream, kind, message, request_id, period, parse_rfc3339(failed_at)
    )
