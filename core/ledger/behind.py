"""Months whose facts are newer than their ledger, while no sync is at work that would bring it up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from core.store.runs import current_run


@dataclass(frozen=True)
class UnbuiltMonth:
    """``month`` is its first day. Pages show what was there before it was pulled."""

    connection_id: int
    month: date


def unbuilt_months(db: Database) -> tuple[UnbuiltMonth, ...]:
    """Pulled but not yet built: latest first. None while a sync runs, which ends with building them."""
    found = db.conn.execute(
        "SELECT connection_id, month FROM month_revisions AS facts"
        " LEFT JOIN ledger_files AS files USING (connection_id, month)"
        " WHERE files.revision IS NULL OR files.revision < facts.revision"
        " ORDER BY month DESC, connection_id"
    ).fetchall()
    if not found or current_run(db):
        return ()
    return tuple(UnbuiltMonth(connection_id, date.fromisoformat(month)) for connection_id, month in found)
