"""Workspaces, API keys and users: the names behind the ids.

What vanishes upstream stays here, marked with ``gone_at``: old rows still refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import stored_instant, stored_instant_or_none
from core.store.database import named_rows, writing
from core.store.erased_people import without_erased
from core.store.meta import raise_ledger_revision

KINDS: dict[str, str] = {"workspaces": "workspace_id", "api_keys": "api_key_id", "users": "user_id"}
"""Directory tables, with their id column."""

USER_NAME = "coalesce(listed.email, listed.name, listed.user_id)"
LISTED_NAMES = {"workspaces": "listed.name", "api_keys": "listed.name", "users": USER_NAME}
"""What somebody is called, in SQL of the directory table, ``listed``."""


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

    Readers of the ledger look values up in it: where it says something else now, the ledger's revision rises.

    ``records`` carry the table's columns without connection_id, seen_at and gone_at.
    """
    owned = {"connection_id": connection_id, "seen_at": rfc3339(now), "gone_at": None}
    with writing(db):
        rows = [{**record, **owned} for record in without_erased(db, kind, records, now)]
        before = _said(db, kind, connection_id)
        db.conn.execute(
            f"UPDATE {kind} SET gone_at = :seen_at WHERE connection_id = :connection_id AND gone_at IS NULL",
            owned,
        )
        db.table(kind).upsert_all(rows, pk=("connection_id", KINDS[kind]))
        if _said(db, kind, connection_id) != before:
            raise_ledger_revision(db)
    return len(rows)


def _said(db: Database, kind: str, connection_id: int) -> list[dict[str, Any]]:
    """All that the list says, but for when it was read."""
    sql = f"SELECT * FROM {kind} WHERE connection_id = :connection_id ORDER BY {KINDS[kind]}"
    rows = db.query(sql, {"connection_id": connection_id})
    return [{name: value for name, value in row.items() if name != "seen_at"} for row in rows]


def read_names(db: Database, connection_id: int) -> Names:
    """The names current for a connection; ids no list holds any more keep their last name."""

    def names(kind: str) -> dict[str, str]:
        sql = f"SELECT {KINDS[kind]} AS id, {LISTED_NAMES[kind]} AS name FROM {kind} AS listed"
        sql += " WHERE connection_id = :connection_id"
        return {row.id: row.name for row in named_rows(db, sql, {"connection_id": connection_id})}

    return Names(names("workspaces"), names("api_keys"), names("users"))


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
    rows = named_rows(
        db,
        "SELECT k.*, coalesce(u.email, u.name, u.user_id) AS creator, u.gone_at AS creator_gone_at"
        " FROM api_keys AS k"
        " LEFT JOIN users AS u ON u.connection_id = k.connection_id AND u.user_id = k.created_by_id"
        " ORDER BY k.connection_id, k.name, k.api_key_id",
        {},
    )
    return [_listed_key(row) for row in rows]


def _listed_key(row: Any) -> ListedKey:
    return ListedKey(
        connection_id=row.connection_id,
        id=row.api_key_id,
        name=row.name,
        status=row.status,
        created_at=stored_instant_or_none(row.created_at),
        expires_at=stored_instant_or_none(row.expires_at),
        gone_at=stored_instant_or_none(row.gone_at),
        created_by_id=row.created_by_id,
        creator=row.creator,
        creator_gone_at=stored_instant_or_none(row.creator_gone_at),
    )


def list_users(db: Database) -> list[ListedUser]:
    """The users of all connections, those who are gone too."""
    rows = named_rows(
        db,
        f"SELECT connection_id, user_id, {USER_NAME} AS listed_name, added_at, gone_at FROM users AS listed"
        " ORDER BY connection_id, listed_name, user_id",
        {},
    )
    return [_listed_user(row) for row in rows]


def _listed_user(row: Any) -> ListedUser:
    return ListedUser(
        connection_id=row.connection_id,
        id=row.user_id,
        name=row.listed_name,
        added_at=stored_instant_or_none(row.added_at),
        gone_at=stored_instant_or_none(row.gone_at),
    )


def listed_at(db: Database, kind: str) -> dict[int, datetime]:
    """When each connection's list was last read; one whose list never came is missing."""
    rows = db.query(f"SELECT connection_id, max(seen_at) AS seen_at FROM {kind} GROUP BY connection_id")
    return {row["connection_id"]: stored_instant(row["seen_at"]) for row in rows}
