"""Workspaces, API keys and users: the names behind the ids.

What vanishes upstream stays here, marked with ``gone_at``: old rows still refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.database import writing

KINDS: dict[str, str] = {"workspaces": "workspace_id", "api_keys": "api_key_id", "users": "user_id"}
"""Directory tables, with their id column."""


@dataclass(frozen=True)
class Names:
    """Id -> name as known now; users by e-mail, else name."""

    workspaces: Mapping[str, str] = field(default_factory=dict)
    api_keys: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)


def replace_directory(
    db: Database, connection_id: int, kind: str, records: Iterable[Mapping[str, object]], now: datetime
) -> int:
    """Bring a directory table up to the full list just read. Returns how many records it has.

    ``records`` carry the table's columns without connection_id, seen_at and gone_at.
    """
    key, seen = KINDS[kind], rfc3339(now)
    count = 0
    with writing(db):
        db.conn.execute(
            f"UPDATE {kind} SET gone_at = ? WHERE connection_id = ? AND gone_at IS NULL",
            (seen, connection_id),
        )
        for record in records:
            _put(db, kind, key, {**record, "connection_id": connection_id, "seen_at": seen, "gone_at": None})
            count += 1
    return count


def _put(db: Database, kind: str, key: str, row: Mapping[str, object]) -> None:
    columns = list(row)
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns)
    db.conn.execute(
        f"INSERT INTO {kind} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT (connection_id, {key}) DO UPDATE SET {updates}",
        list(row.values()),
    )


def read_names(db: Database, connection_id: int) -> Names:
    """The names current for a connection; ids no list holds any more keep their last name."""

    def column(kind: str, value: str) -> dict[str, str]:
        query = f"SELECT {KINDS[kind]}, {value} FROM {kind} WHERE connection_id = ?"
        return dict(db.conn.execute(query, (connection_id,)).fetchall())

    return Names(
        column("workspaces", "name"),
        column("api_keys", "name"),
        column("users", "coalesce(email, name, user_id)"),
    )
