"""How each report of a connection fared when it was last pulled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
from core.periods import Period

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
    period = state.period
    db.conn.execute(
        "INSERT OR REPLACE INTO stream_states (connection_id, stream, state, message, request_id, start_day,"
        " end_day, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            state.connection_id,
            state.stream,
            state.state,
            state.message,
            state.request_id,
            period.start.isoformat() if period else None,
            period.end.isoformat() if period else None,
            rfc3339(state.updated_at),
        ),
    )


def list_states(db: Database, connection_id: int) -> list[StreamState]:
    """By report name; a report never pulled has none."""
    found = db.conn.execute(
        "SELECT stream, state, message, request_id, start_day, end_day, updated_at FROM stream_states"
        " WHERE connection_id = ? ORDER BY stream",
        [connection_id],
    )
    return [
        StreamState(connection_id, stream, state, message, request_id, _period(start, end), parse_rfc3339(at))
        for stream, state, message, request_id, start, end, at in found
    ]


def _period(start: str | None, end: str | None) -> Period | None:
    return Period(date.fromisoformat(start), date.fromisoformat(end)) if start and end else None
