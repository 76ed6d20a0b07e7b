"""Writes rows of a connection that may be removed while a sync still runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlite_utils import Database


def put_while_connected(db: Database, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Store rows, all of the same columns, in place of those with their keys.

    Rows whose ``connection_id`` is of no connection any more are skipped: looking and writing are one
    statement, so that none slips in between.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    values = ", ".join(f":{column}" for column in columns)
    db.conn.executemany(
        f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) SELECT {values}"
        " WHERE EXISTS (SELECT 1 FROM connections WHERE id = :connection_id)",
        rows,
    )
