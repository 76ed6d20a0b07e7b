"""Rows whose workspace, key or user a list tells only later."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from sqlite_utils import Database

from core.store.database import writing
from core.store.directory import KINDS
from core.store.learned import DEFAULT_WORKSPACE, Fact, learn
from core.store.meta import raise_revision
from core.streams import STREAMS, Listing

_NAMED: dict[str, tuple[tuple[str, str, str], ...]] = {
    listing.value: tuple(
        (stream.name, column.names[1], column.name)
        for stream in STREAMS.values()
        for column in stream.columns
        if column.names and column.names[0] is listing
    )
    for listing in Listing
}
"""List -> the tables whose rows keep its names: table, column of the id, column of the name."""

_MONTH = "substr(day, 1, 7) || '-01'"

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
        _count_as_changed(db, connection_id, months)


def know_default_workspace(db: Database, connection_id: int, workspace_id: str, now: datetime) -> None:
    """Keep the default workspace's real id. Months with rows under it count as changed: they are its rows."""
    with writing(db):
        learn(db, connection_id, Fact("workspaces", DEFAULT_WORKSPACE, workspace_id, now))
        found = (
            db.conn.execute(
                f"SELECT DISTINCT {_MONTH} FROM {table} WHERE connection_id = ? AND {id_column} = ?",
                [connection_id, workspace_id],
            )
            for table, id_column, _ in _NAMED["workspaces"]
        )
        months = {month for (month,) in chain.from_iterable(found)}
        if months:
            _count_as_changed(db, connection_id, months)


def _count_as_changed(db: Database, connection_id: int, months: set[str]) -> None:
    revision = raise_revision(db)
    db.conn.executemany(
        "INSERT OR REPLACE INTO month_revisions VALUES (?, ?, ?)",
        [(connection_id, month, revision) for month in sorted(months)],
    )


def _months(db: Database, connection_id: int, kind: str, table: str, id_column: str, column: str) -> set[str]:
    """First days of the months with rows whose name the list tells and they lack."""
    found = db.conn.execute(
        f"SELECT DISTINCT {_MONTH} FROM {table} "
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
