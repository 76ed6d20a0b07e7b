"""Opening the database, and what to say when SQLite refuses.

One connection per use: opening takes a fraction of a millisecond, and a connection must not cross threads.
Outside :func:`writing` every statement is a transaction of its own.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from core.errors import NewerDatabaseError, StoreError
from core.settings import Settings
from core.store.migrations import MIGRATIONS

BUSY_SECONDS = 30.0
"""How long a statement waits for another process's transaction to end."""

_KNOWN = frozenset(migration.name for migration in MIGRATIONS.pending(Database(memory=True)))


@contextmanager
def database(settings: Settings) -> Iterator[Database]:
    """The database for one use, closed at the end. SQLite's refusals inside the block become sentences.

    Raises:
        StoreError: it cannot be opened, read or written.
    """
    with store_errors(settings):
        db = _opened(settings)
        try:
            yield db
        finally:
            db.conn.close()


def open_database(settings: Settings) -> Database:
    """The database at its newest schema; the caller closes it. Prefer :func:`database`.

    Raises:
        NewerDatabaseError: a later version of this program wrote it.
        StoreError: it cannot be opened.
    """
    with store_errors(settings):
        return _opened(settings)


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


@contextmanager
def store_errors(settings: Settings) -> Iterator[None]:
    """Turn refusals of SQLite and the file system into :class:`StoreError`; faults of ours pass through."""
    try:
        yield
    except sqlite3.Error as error:
        problem = _problem(error, settings.database_path)
        if problem is None:
            raise
        raise problem from error


def _opened(settings: Settings) -> Database:
    _prepare_files(settings)
    conn = sqlite3.connect(settings.database_path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        # Plugins off: nothing installed beside this program may change the database.
        db = Database(conn, execute_plugins=False)
        _configure(conn)
        _migrate(db)
    except BaseException:
        conn.close()
        raise
    return db


def _prepare_files(settings: Settings) -> None:
    """A folder and a database file that only their owner reads. A folder in other use keeps its mode."""
    path = settings.database_path
    if path.exists():
        return
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if all(entry.name.startswith(".") for entry in settings.data_dir.iterdir()):
            settings.data_dir.chmod(0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(
            f"The data folder {settings.data_dir} cannot be used: {error.strerror or 'unknown reason'}.",
            means="Nothing can be stored.",
            remedy="Make it writable, or set TOKEN_LEDGER_DATA to a folder that is.",
        ) from error


def _configure(conn: sqlite3.Connection) -> None:
    conn.execute("PRAGMA foreign_keys = ON")
    _use_wal(conn)
    conn.execute("PRAGMA synchronous = NORMAL")


def _use_wal(conn: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, once for each file. SQLite's own waiting does not cover this switch."""
    deadline = time.monotonic() + BUSY_SECONDS
    while conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            conn.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(db: Database) -> None:
    if _applied(db) == _KNOWN:
        return
    with writing(db):  # two processes may start at once: the second finds the work done
        unknown = _applied(db) - _KNOWN
        if unknown:
            raise NewerDatabaseError(
                "The database was written by a later version of Token Ledger.",
                means="This version could damage it, so it was left alone.",
                remedy="Update Token Ledger, or set TOKEN_LEDGER_DATA to another folder.",
            )
        MIGRATIONS.apply(db)


def _applied(db: Database) -> frozenset[str]:
    try:
        found = db.conn.execute(
            "SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [MIGRATIONS.name]
        )
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return frozenset()
        raise
    return frozenset(name for (name,) in found)


_BUSY = (
    "The database is in use by another program.",
    "It did not become free in time.",
    "Close what else has it open, then try again.",
)
_CORRUPT = (
    "The database file {path} is damaged or is not a Token Ledger database.",
    "It cannot be read.",
    "Restore a copy of it, or move it away, connect the organizations again and sync.",
)
_READ_ONLY = (
    "The database {path} cannot be written.",
    "The file, its folder or the disk is read-only for this user.",
    "Make the folder writable, or set TOKEN_LEDGER_DATA to one that is.",
)
_SENTENCES: dict[int, tuple[str, str, str]] = {
    sqlite3.SQLITE_CONSTRAINT: (
        "The connection was removed while its data was being stored.",
        "What was being stored was dropped.",
        "Reload the page; if the connection is still there, sync again.",
    ),
    sqlite3.SQLITE_FULL: (
        "The disk is full.",
        "What was being stored was dropped; what was stored before is unharmed.",
        "Free some space, then sync again.",
    ),
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
    sqlite3.SQLITE_CANTOPEN: (
        "The database {path} cannot be opened.",
        "The file or its folder is missing or not readable for this user.",
        "Check the data folder and its permissions.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk failed while the database was in use.",
        "What was being stored was dropped.",
        "Check the disk that holds {path}, then sync again.",
    ),
}


def _problem(error: sqlite3.Error, path: Path) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", None)
    sentences = _SENTENCES.get(code & 0xFF) if code is not None else None
    if sentences is None:
        return None
    happened, means, remedy = (text.format(path=path) for text in sentences)
    return StoreError(happened, means=means, remedy=remedy)
