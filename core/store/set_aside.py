"""Rows that could not be counted: they are in no number, so their days are incomplete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database


@dataclass(frozen=True)
class SetAside:
    """Rows of one day and report that were set aside for one reason, in words."""

    connection_id: int
    stream: str
    day: date
    reason: str
    rows: int
    request_id: str | None


def list_set_aside(db: Database, connection_id: int | None = None, *, limit: int = 1_000) -> list[SetAside]:
    """Of one connection or of all, latest day first."""
    found = db.conn.execute(
        "SELECT connection_id, stream, day, reason, rows, request_id FROM set_aside"
        " WHERE ? IS NULL OR connection_id = ?"
        " ORDER BY day DESC, connection_id, stream, reason LIMIT ?",
        [connection_id, connection_id, limit],
    )
    return [
        SetAside(connection, stream, date.fromisoformat(day), *rest)
        for connection, stream, day, *rest in found
    ]
