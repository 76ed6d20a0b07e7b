"""Months whose facts are newer than their ledger, while no sync is at work that would bring it up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlite_utils import Database

from core.store.runs import current_run

_UNBUILT = (
    "SELECT connection_id, month FROM month_revisions AS facts"
    " LEFT JOIN ledger_files AS files USING (connection_id, month)"
    " WHERE files.revision IS NULL OR files.revision < facts.revision"
    " ORDER BY month DESC, connection_id"
)


@dataclass(frozen=True)
class UnbuiltMonth:
    """``month`` is its first day. Pages show what was there before it was pulled."""

    connection_id: int
    month: date


def unbuilt_months(db: Database) -> tuple[UnbuiltMonth, ...]:
    """Pulled but not yet built: latest first. None while a sync runs, which ends with building them."""
    months = tuple(
        UnbuiltMonth(row["connection_id"], date.fromisoformat(row["month"])) for row in db.query(_UNBUILT)
    )
    return () if current_run(db) else months
