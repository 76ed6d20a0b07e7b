"""Workspaces, API keys and users: the names behind the ids.

What vanishes upstream stays here, marked with ``gone_at``: old rows still refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
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


@dataclass(frozen=True)
class ListedKey:
    """An API key as the list last had it; ``gone_at``: when the list no longer did.

    ``creator`` is the creator's e-mail or name, None where no list of users has them. ``creator_gone_at``:
    when the list of users no longer had them.
    """

    connection_id: int
    id: str
    name: str
    status: str | None
    created_at: datetime | None
    expires_at: datetime | None
    gone_at: datetime | None
    created_by_id: str | None
    creator: str | None
    creator_gone_at: datetime | None


@dataclass(frozen=True)
class ListedUser:
    """A user as the list last had them; ``gone_at``: when the list no longer did."""

    connection_id: int
    id: str
    name: str
    added_at: datetime | None
    gone_at: datetime | None


def list_api_keys(db: Database) -> list[ListedKey]:
    """The API keys of all connections, those that are gone too."""
    found = db.conn.execute(
        "SELECT k.connection_id, k.api_key_id, k.name, k.status, k.created_at, k.expires_at, k.gone_at,"
        " k.created_by_id, coalesce(u.email, u.name, u.user_id), u.gone_at FROM api_keys AS k"
        " LEFT JOIN users AS u ON u.connection_id = k.connection_id AND u.user_id = k.created_by_id"
        " ORDER BY k.connection_id, k.name, k.api_key_id"
    )
    return [
        ListedKey(
            connection_id, id_, name, status, _at(created), _at(expires), _at(gone), by_id, creator, _at(left)
        )
        for connection_id, id_, name, status, created, expires, gone, by_id, creator, left in found
    ]


def list_users(db: Database) -> list[ListedUser]:
    """The users of all connections, those who are gone too."""
    found = db.conn.execute(
        "SELECT connection_id, user_id, coalesce(email, name, user_id), added_at, gone_at FROM users"
        " ORDER BY connection_id, 3, user_id"
    )
    return [
        ListedUser(connection_id, id_, name, _at(added), _at(gone))
        for connection_id, id_, name, added, gone in found
    ]


def listed_at(db: Database, kind: str) -> dict[int, datetime]:
    """When each connection's list was last read; one whose list never came is missing."""
    found = db.conn.execute(f"SELECT connection_id, max(seen_at) FROM {kind} GROUP BY connection_id")
    return {connection_id: parse_rfc3339(seen) for connection_id, seen in found}


def _at(instant: str | None) -> datetime | None:
    return parse_rfc3339(instant) if instant else None
