"""Rows whose workspace, key or user a list tells only later."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from core.store.database import writing
from core.store.directory import KINDS, LISTED_NAMES
from core.store.learned import DEFAULT_WORKSPACE, Fact, learn
from core.store.meta import count_as_changed
from core.stream import Listing
from core.streams import STREAMS

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
        count_as_changed(db, connection_id, sorted(months))


def know_default_workspace(db: Database, connection_id: int, workspace_id: str, now: datetime) -> None:
    """Keep the default workspace's real id. Months with rows under it count as changed: they are its rows."""
    with writing(db):
        learn(db, connection_id, Fact("workspaces", DEFAULT_WORKSPACE, workspace_id, now))
        months = {
            row["month"]
            for table, id_column, _ in _NAMED["workspaces"]
            for row in db.query(
                f"SELECT DISTINCT {_MONTH} AS month FROM {table}"
                f" WHERE connection_id = :connection_id AND {id_column} = :workspace_id",
                {"connection_id": connection_id, "workspace_id": workspace_id},
            )
        }
        if months:
            count_as_changed(db, connection_id, sorted(months))


def _months(db: Database, connection_id: int, kind: str, table: str, id_column: str, column: str) -> set[str]:
    """First days of the months with rows whose name the list tells and they lack."""
    rows = db.query(
        f"SELECT DISTINCT {_MONTH} AS month FROM {table} "
        f"WHERE connection_id = :connection_id AND {column} IS NULL AND {id_column} IN "
        f"(SELECT {KINDS[kind]} FROM {kind} WHERE connection_id = :connection_id)",
        {"connection_id": connection_id},
    )
    return {row["month"] for row in rows}


def _fill(db: Database, connection_id: int, kind: str, table: str, id_column: str, column: str) -> None:
    db.conn.execute(
        f"UPDATE {table} SET {column} = (SELECT {LISTED_NAMES[kind]} FROM {kind} AS listed "
        f"WHERE listed.connection_id = :connection_id AND listed.{KINDS[kind]} = {table}.{id_column}) "
        f"WHERE connection_id = :connection_id AND {column} IS NULL AND {id_column} IS NOT NULL",
        {"connection_id": connection_id},
    )
