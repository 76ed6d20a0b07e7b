"""Single values kept with the data."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database

from core.errors import InputError

DEFAULT_REFRESH_HOURS = 24


def get_meta(db: Database, name: str) -> str | None:
    """A value by name; None when it was never set."""
    row = next(db.query("SELECT value FROM meta WHERE name = :name", {"name": name}), None)
    return None if row is None else str(row["value"])


def set_meta(db: Database, name: str, value: str) -> None:
    db.table("meta").upsert({"name": name, "value": value}, pk="name")


def revision(db: Database) -> int:
    """Goes up by one with every change of stored facts."""
    return int(get_meta(db, "revision") or 0)


def ledger_revision(db: Database) -> int:
    """Goes up by one with every change of what a reader of the ledger sees."""
    return int(get_meta(db, "ledger_revision") or 0)


def raise_ledger_revision(db: Database) -> None:
    """Count one such change, inside the transaction that makes it."""
    set_meta(db, "ledger_revision", str(ledger_revision(db) + 1))


def raise_revision(db: Database) -> int:
    """Count one change, inside the transaction that makes it; returns the new revision."""
    db.conn.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'revision'")
    return revision(db)


def count_as_changed(db: Database, connection_id: int, months: Iterable[str]) -> int:
    """Count one change, to months of a connection by their first days; returns the new revision."""
    changed = raise_revision(db)
    rows = [{"connection_id": connection_id, "month": month, "revision": changed} for month in months]
    db.table("month_revisions").upsert_all(rows, pk=("connection_id", "month"))
    return changed


def refresh_hours(db: Database) -> int:
    """The age, in hours, at which data is refreshed when a page opens."""
    return int(get_meta(db, "refresh_hours") or DEFAULT_REFRESH_HOURS)


def set_refresh_hours(db: Database, hours: int) -> None:
    """Choose the refresh age.

    Raises:
        InputError: not from 1 to 8760 hours.
    """
    if not 1 <= hours <= 8760:
        raise InputError(
            "The refresh age must be from 1 to 8760 hours.",
            field="refresh_hours",
            remedy="Enter a whole number of hours; 24 is usual.",
        )
    set_meta(db, "refresh_hours", str(hours))
