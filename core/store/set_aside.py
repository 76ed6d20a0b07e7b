"""Rows that could not be counted. They are in no number, so their days are incomplete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

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
    rows = db.query(
        "SELECT * FROM set_aside WHERE :connection_id IS NULL OR connection_id = :connection_id"
        " ORDER BY day DESC, connection_id, stream, reason LIMIT :limit",
        {"connection_id": connection_id, "limit": limit},
    )
    return [_set_aside(row) for row in rows]


def _set_aside(row: Mapping[str, Any]) -> SetAside:
    return SetAside(
        connection_id=row["connection_id"],
        stream=row["stream"],
        day=date.fromisoformat(row["day"]),
        reason=row["reason"],
        rows=row["rows"],
        request_id=row["request_id"],
    )
