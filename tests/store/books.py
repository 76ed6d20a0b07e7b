"""Connections and windows, made with few words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.dimensions import Origin
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection, add_connection
from core.store.migrations import MIGRATIONS
from core.store.secrets import Vault
from core.store.windows import Row, Staging, Window, replace_window

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MARCH = date(2026, 3, 1)
KEY = "sk-ant-admin01-Zk3vS9-very_secret-f3Kq"


class PlainVault(Vault):
    """Turns texts round instead of encrypting them, for tests that are about something else."""

    def __init__(self) -> None:
        super().__init__(Settings(data_dir=Path("unused")))

    def encrypt(self, text: str) -> bytes:
        return text[::-1].encode()

    def decrypt(self, token: bytes) -> str:
        return token.decode()[::-1]


def connect(
    db: Database,
    name: str = "Research",
    organization: str = "org_1",
    vault: Vault | None = None,
    **given: Any,
) -> Connection:
    defaults = {
        "origin": Origin.PLATFORM,
        "organization_name": "Example",
        "key": KEY,
        "since": MARCH,
        "now": NOW,
    }
    return add_connection(
        db, vault or PlainVault(), name=name, organization_id=organization, **{**defaults, **given}
    )


@contextmanager
def in_memory(content: bytes | None = None) -> Iterator[Database]:
    """A database with what another one held; an empty one by default."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        conn.deserialize(content or _migrated())
        conn.execute("PRAGMA foreign_keys = ON")
        yield Database(conn, execute_plugins=False)


@cache
def _migrated() -> bytes:
    """An empty database, made once in each process: the migrations take longer than most tests."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        MIGRATIONS.apply(Database(conn, execute_plugins=False))
        return conn.serialize()


def day(number: int) -> date:
    """The number-th day of March 2026, from 0."""
    return MARCH + timedelta(days=number)


def cost_row(
    connection_id: int,
    number: int,
    amount: object = 100,
    *,
    workspace: str | None = None,
    text: str | None = "1",
) -> Row:
    """A row of ``platform_cost``; what is not named is null, as in the report."""
    return (
        connection_id,
        day(number).isoformat(),
        *(workspace, None, "Tokens", "tokens", None, None, None, None, None, "USD", text, amount, None),
    )


def window(connection_id: int, start: int, days: int, **given: Any) -> Window:
    """Of ``platform_cost``; covers all its days unless told."""
    period = Period(day(start), day(start + days))
    defaults = {"covered": frozenset(period), "pages": 1, "fetched_at": NOW, "watermark_at": None}
    return Window(connection_id, "platform_cost", period, **{**defaults, **given})


def put(db: Database, shape: Window, rows: Sequence[Row]) -> int:
    staging = Staging(db, shape.stream)
    try:
        staging.add(rows)
        return replace_window(db, shape, staging)
    finally:
        staging.drop()


def dump(db: Database, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the tables hold, by default all tables of facts and books."""
    return {
        table: sorted(db.conn.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
        for table in tables
        or ("platform_cost", "coverage", "windows", "day_changes", "month_revisions", "meta")
    }
