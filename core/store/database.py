"""Opens the database for writing, or for reading where writing is impossible.

One connection per use: opening takes a fraction of a millisecond, and a connection must not cross threads.
Outside :func:`writing` every statement is a transaction of its own.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections import namedtuple
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.errors import NewerDatabaseError, StoreError
from core.private_files import make_folder
from core.settings import Settings
from core.store.migrations import MIGRATIONS
from core.store.refusals import is_unwritable, outdated, sentence_for, unfinished

BUSY_SECONDS = 30.0
"""How long a statement waits for another process's transaction to end."""

SYNCHRONOUS = "NORMAL"
"""How far SQLite waits for the disk: a power cut may take the newest transactions, never the database."""

_KNOWN = frozenset(migration.name for migration in MIGRATIONS.pending(Database(memory=True)))


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The database for one use, closed at the end. SQLite's refusals inside the block become sentences.

    On a full disk or a read-only place it is opened to be read, and the first write is refused.

    Raises:
        StoreError: it cannot be opened, read or written.
    """
    with store_errors(settings):
        db = _opened(settings)
        try:
            yield db
        finally:
            db.conn.close()


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """One transaction that owns the right to write from its start; part of the outer one when nested."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    finally:
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")


def insert(db: Database, table: str, row: dict[str, object]) -> int:
    """Add a row to a table that numbers its rows; returns the row's id."""
    return int(db.table(table).insert(row).last_rowid or 0)


def insert_many(db: Database, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Add rows of the same columns, in one statement for any number of them."""
    if rows:
        columns = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        db.conn.executemany(f"INSERT INTO {table} ({columns}) VALUES ({values})", rows)


def named_rows(db: Database, sql: str, values: Mapping[str, object]) -> Iterator[Any]:
    """As ``db.query``, but a row's columns are attributes: quicker than dicts, for answers of thousands."""
    cursor = db.conn.execute(sql, values)
    return map(_row_type(tuple(name for name, *_ in cursor.description))._make, cursor)


@lru_cache(maxsize=64)
def _row_type(names: tuple[str, ...]) -> Any:
    return namedtuple("_row_type", names)


@contextmanager
def reading(db: Database) -> Iterator[None]:
    """All reads inside see one state of the database, whatever is written meanwhile."""
    if db.conn.in_transaction:
        yield
        return
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.rollback()


@contextmanager
def if_writable() -> Iterator[None]:
    """For what is worth writing but not worth failing for: left out on a full disk or a read-only place."""
    try:
        yield
    except sqlite3.Error as error:
        if not is_unwritable(error):
            raise


@contextmanager
def store_errors(settings: Settings) -> Iterator[None]:
    """Turn refusals of SQLite and the file system into :class:`StoreError`; faults of ours pass through."""
    try:
        yield
    except sqlite3.Error as error:
        problem = sentence_for(error, settings.database_path)
        if problem is None:
            raise
        raise problem from error


def require_writable(settings: Settings) -> None:
    """Raises StoreError, with the cause, where nothing can be stored."""
    with database(settings) as db:  # a transaction alone can begin on a database that is read-only
        db.conn.execute("UPDATE meta SET value = value WHERE name = 'revision'")


def _opened(settings: Settings) -> Database:
    _prepare_files(settings)
    try:
        return _ready(sqlite3.connect(settings.database_path, timeout=BUSY_SECONDS, isolation_level=None))
    except sqlite3.Error as error:
        if not is_unwritable(error):
            raise
        refusal = error
    try:
        return _ready(_as_it_stands(settings.database_path), writable=False)
    except sqlite3.Error:
        raise refusal from None


def _ready(conn: sqlite3.Connection, *, writable: bool = True) -> Database:
    try:
        # Plugins off: nothing installed beside this program may change the database.
        db = Database(conn, execute_plugins=False)
        conn.execute("PRAGMA foreign_keys = ON")
        if writable:
            _configure(db)
        _migrate(db, writable=writable)
    except BaseException:
        conn.close()
        raise
    return db


def _as_it_stands(path: Path) -> sqlite3.Connection:
    """The file alone, to be read only: SQLite else keeps an index beside it, for which there may be no room.

    Raises:
        StoreError: the file alone is not all that was stored.
    """
    for suffix in ("-wal", "-journal"):
        log = path.with_name(path.name + suffix)
        if log.exists() and log.stat().st_size:
            raise unfinished(path, log)
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    conn.execute("PRAGMA temp_store = MEMORY")
    return conn


def _prepare_files(settings: Settings) -> None:
    """A folder and a database file that only their owner reads. A folder in other use keeps its mode."""
    path = settings.database_path
    try:
        if path.exists():
            return
        make_folder(settings.data_dir)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"The data folder {settings.data_dir} cannot be used: {error.strerror or 'unknown reason'}.",
            means="Nothing can be stored.",
            remedy="Make it writable, or set TOKEN_LEDGER_DATA to a folder that is.",
        ) from error


def _configure(db: Database) -> None:
    _use_wal(db)
    db.conn.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")


def _use_wal(db: Database) -> None:
    """Switch to write-ahead logging, once for each file. SQLite's own waiting does not cover this switch."""
    deadline = time.monotonic() + BUSY_SECONDS
    while db.journal_mode != "wal":
        try:
            db.enable_wal()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return  # a copy made without it can be read as it is
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(db: Database, *, writable: bool) -> None:
    applied = _applied(db)
    if applied == _KNOWN:
        return
    _require_known(applied)
    if not writable:
        raise outdated(_path_of(db))
    try:
        with writing(db):  # two processes may start at once: the second finds the work done
            _require_known(_applied(db))
            MIGRATIONS.apply(db)
    except sqlite3.OperationalError as error:
        if not is_unwritable(error):
            raise
        raise outdated(_path_of(db)) from error


def require_known(db: Database) -> None:
    """Raises NewerDatabaseError when a later version wrote it."""
    _require_known(_applied(db))


def _require_known(applied: frozenset[str]) -> None:
    if applied - _KNOWN:
        raise NewerDatabaseError(
            "The database was written by a later version of Token Ledger.",
            means="This version could damage it, so it was left alone.",
            remedy="Update Token Ledger, or set TOKEN_LEDGER_DATA to another folder.",
        )


def settings_of(db: Database) -> Settings:
    """Where an open database lies; nothing else is known of its settings."""
    return Settings(data_dir=_path_of(db).parent)


def _path_of(db: Database) -> Path:
    return Path(next(db.query("SELECT file FROM pragma_database_list WHERE name = 'main'"))["file"])


def _applied(db: Database) -> frozenset[str]:
    try:
        rows = db.query(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = :name", {"name": MIGRATIONS.name}
        )
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return frozenset()
        raise
    return frozenset(row["name"] for row in rows)
