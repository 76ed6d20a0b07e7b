"""Rows that were pulled while a list of names could not be read."""

from __future__ import annotations

from sqlite_utils import Database

from core.store.database import writing
from core.store.directory import KINDS
from core.store.meta import raise_revision

_NAMED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "workspaces": (
        ("platform_usage", "workspace_id", "workspace_name"),
        ("platform_cost", "workspace_id", "workspace_name"),
    ),
    "api_keys": (("platform_usage", "api_key_id", "api_key_name"),),
    "users": (("platform_usage", "account_id", "account_email"),),
}
"""List -> the tables whose rows keep its names: table, column of the id, column of the name."""

_NAMES = {"workspaces": "name", "api_keys": "name", "users": "coalesce(email, name, user_id)"}


def name_nameless(db: Database, connection_id: int, kind: str) -> None:
    """Give rows without a name the one the list tells now; a name that a row has stays.

    Final days are never pulled again, so what they lack would stay unknown. Their months count as changed.
    """
    with writing(db):
        months = {month for named in _NAMED[kind] for month in _months(db, connection_id, kind, *named)}
        if not months:
            return
        for named in _NAMED[kind]:
            _fill(db, connection_id, kind, *named)
        revision = raise_revision(db)
        db.conn.executemany(
            "INSERT OR REPLACE INTO month_revisions VALUES (?, ?, ?)",
            [(connection_id, month, revision) for month in sorted(months)],
        )


def _months(db: Database, connection_id: int, kind: str, table: str, id_column: str, column: str) -> set[str]:
    """First days of the months with rows whose name the list tells and they lack."""
    found = db.conn.execute(
        f"SELECT DISTINCT substr(day, 1, 7) || '-01' FROM {table} "
        f"WHERE connection_id = ?1 AND {column} IS NULL AND {id_column} IN "
        f"(SELECT {KINDS[kind]} FROM {kind} WHERE connection_id = ?1)",
        [connection_id],
    )
    return {month for (month,) in found}


def _fill(db: Database, connection_id: int, kind: str, table: str, id_column: str, column: str) -> None:
    db.conn.execute(
        f"UPDATE {table} SET {column} = (SELECT {_NAMES[kind]} FROM {kind} AS known "
        f"WHERE known.connection_id = ?1 AND known.{KINDS[kind]} = {table}.{id_column}) "
        f"WHERE connection_id = ?1 AND {column} IS NULL AND {id_column} IS NOT NULL",
        [connection_id],
    )
