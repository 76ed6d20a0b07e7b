"""How each report of a connection fared when it was last pulled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.periods import Period
from core.store.columns import period_columns, stored_instant, stored_period

OK, REDUCED, FAILED = "ok", "reduced", "failed"


@dataclass(frozen=True)
class StreamState:
    """``state`` is ``ok``, ``reduced`` (pulled with less detail) or ``failed``; ``message`` says why.

    ``period`` is the failed window, None where the failure is of no window.
    """

    connection_id: int
    stream: str
    state: str
    message: str
    request_id: str | None
    period: Period | None
    updated_at: datetime


def record_state(db: Database, state: StreamState) -> None:
    """Remember how a report fared, in place of what was known before."""
    db.table("stream_states").upsert(
        {
            "connection_id": state.connection_id,
            "stream": state.stream,
            "state": state.state,
            "message": state.message,
            "request_id": state.request_id,
            **period_columns(state.period),
            "updated_at": rfc3339(state.updated_at),
        },
        pk=("connection_id", "stream"),
    )


def forget_state(db: Database, connection_id: int, stream: str) -> None:
    """Remember nothing of how a report fared: it is not served any more."""
    db.conn.execute(
        "DELETE FROM stream_states WHERE connection_id = :connection_id AND stream = :stream",
        {"connection_id": connection_id, "stream": stream},
    )


def list_states(db: Database, connection_id: int) -> list[StreamState]:
    """By report name; a report never pulled has none."""
    rows = db.query(
        "SELECT * FROM stream_states WHERE connection_id = :connection_id ORDER BY stream",
        {"connection_id": connection_id},
    )
    return [_state(row) for row in rows]


def _state(row: Mapping[str, Any]) -> StreamState:
    return StreamState(
        connection_id=row["connection_id"],
        stream=row["stream"],
        state=row["state"],
        message=row["message"],
        request_id=row["request_id"],
        period=stored_period(row["start_day"], row["end_day"]),
        updated_at=stored_instant(row["updated_at"]),
    )
