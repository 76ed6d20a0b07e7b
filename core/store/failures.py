"""Every failure of every sync, kept for ever: what failed, for which days, with Anthropic's request id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
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
from core.store.columns import period_columns, stored_instant, stored_period
from core.store.database import named_rows
from core.store.while_connected import put_while_connected

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
    row = {
        "run_id": failure.run_id,
        "connection_id": failure.connection_id,
        "stream": failure.stream,
        "kind": failure.kind,
        "message": failure.message,
        "request_id": failure.request_id,
        **period_columns(failure.period),
        "failed_at": rfc3339(failure.failed_at),
    }
    put_while_connected(db, "sync_failures", [row])


def list_failures(
    db: Database, *, run_id: int | None = None, connection_id: int | None = None, limit: int = 1000
) -> list[SyncFailure]:
    """The latest failures, newest first: of one run, of one connection, or of both."""
    asked = {"run_id": run_id, "connection_id": connection_id}
    wanted = {column: value for column, value in asked.items() if value is not None}
    where = " AND ".join(f"{column} = :{column}" for column in wanted) or "1"
    sql = f"SELECT * FROM sync_failures WHERE {where} ORDER BY id DESC LIMIT :limit"
    rows = named_rows(db, sql, {**wanted, "limit": limit})
    return [_failure(row) for row in rows]


def count_failures(db: Database) -> dict[int, int]:
    """How many there were, by run; runs without any are absent."""
    rows = db.query(
        "SELECT run_id, count(*) AS failures FROM sync_failures WHERE run_id IS NOT NULL GROUP BY run_id"
    )
    return {row["run_id"]: row["failures"] for row in rows}


def _failure(row: Any) -> SyncFailure:
    return SyncFailure(
        run_id=row.run_id,
        connection_id=row.connection_id,
        stream=row.stream,
        kind=row.kind,
        message=row.message,
        request_id=row.request_id,
        period=stored_period(row.start_day, row.end_day),
        failed_at=stored_instant(row.failed_at),
    )
