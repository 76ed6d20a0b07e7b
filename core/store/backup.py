"""Copies the whole database into one file, while a sync may be writing, and back.

A copy is a database of its own. Without secrets its API keys are gone; with secrets it holds them as they are
stored, and the secret that opens them beside them.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from core.errors import ConfigurationError, InputError, StoreError
from core.private_files import write_whole
from core.settings import Settings
from core.store.database import BUSY_SECONDS, database, require_known, store_errors, writing
from core.store.meta import ledger_revision, revision, set_meta

_SECRET = "backup_secret"  # noqa: S105 - the name of a table


def back_up(settings: Settings, file: Path, *, with_secrets: bool) -> None:
    """Write a verified copy of the database to a new file, which only its owner reads.

    Raises:
        InputError: the file is there already, or its folder is not.
        StoreError: it cannot be written, or is not sound.
    """
    with _file_errors(file), _beside(file) as part:
        with database(settings) as db, store_errors(Settings(part.parent)), _opened(part) as copy:
            _copy(db, copy)
            _put_in(copy, settings) if with_secrets else _take_out(copy)
            _require_sound(copy, file)
        os.link(part, file)  # unlike a rename it overwrites nothing


def restore(settings: Settings, file: Path) -> None:
    """Put a copy in the place of the database, all of it or nothing. Call it with the sync lock held.

    Revisions go on above the present ones: whoever cached an answer asks again.

    Raises:
        InputError: it is no copy of a Token Ledger database.
        NewerDatabaseError: it was written by a later version.
        StoreError: it is damaged, or the data folder cannot be written.
    """
    with database(settings) as db:
        counted = max(revision(db), ledger_revision(db))
    part = settings.data_dir / f"restore.{os.getpid()}.tmp"
    with _file_errors(file), _new(part), store_errors(settings), _opened(part) as copy:
        _read_into(copy, file)
        secret = _secret_of(copy)
        _drop_secret(copy)
        _count_above(copy, counted)
        with database(settings) as db:
            _copy(copy, db)
    if secret:
        _write_secret(settings, secret)


@contextmanager
def _opened(path: Path) -> Iterator[Database]:
    db = Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False)
    try:
        yield db
    finally:
        db.conn.close()


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A new file in the same folder, to be linked to its name once it is whole."""
    if file.exists():
        raise InputError(f"{file} is there already.", remedy="Name a new file; none is overwritten.")
    part = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with _new(part):
        yield part


@contextmanager
def _new(path: Path) -> Iterator[None]:
    """An empty file that only its owner reads, gone at the end with what SQLite keeps beside it."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        yield
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def _file_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"{error.filename or file} cannot be used: {error.strerror or 'unknown reason'}.",
            means="Nothing was changed.",
            remedy="Name a file in a folder that is there and can be written.",
        ) from error


def _copy(source: Database, target: Database) -> None:
    """All pages at once. SQLite itself would wait for ever for who is writing."""
    deadline = time.monotonic() + BUSY_SECONDS

    def check(status: int, _: int, __: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > deadline:
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorcode = status
            raise busy

    source.conn.backup(target.conn, progress=check)


def _take_out(copy: Database) -> None:
    """No key is left, not even in a page that is free."""
    copy.conn.execute("UPDATE connections SET encrypted_key = x'', key_hint = coalesce(key_reference, '')")
    copy.conn.execute("UPDATE channels SET encrypted_secrets = x'', hint = ''")
    copy.conn.execute("VACUUM")


def _put_in(copy: Database, settings: Settings) -> None:
    """The secret of the data folder; one of the environment is nobody's to copy."""
    if settings.next_secret_path.exists():
        raise ConfigurationError(
            "The secret is being changed: API keys are encrypted with two.",
            remedy="Run “rotate-secret” again to finish it.",
        )
    if settings.secret_key is None and settings.secret_path.exists():
        copy.conn.execute(f"CREATE TABLE {_SECRET} (content BLOB NOT NULL)")
        secret = settings.secret_path.read_bytes()
        copy.conn.execute(f"INSERT INTO {_SECRET} (content) VALUES (:content)", {"content": secret})


def _read_into(copy: Database, file: Path) -> None:
    """Fill a database from a file that nobody may change by reading it."""
    if not file.is_file():
        raise InputError(f"{file} is not a file.", remedy="Name a file that “backup” wrote.")
    uri = f"{file.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        source = sqlite3.connect(uri, uri=True)
        try:
            source.backup(copy.conn)
        finally:
            source.close()
        _require_ours(copy, file)
        _require_sound(copy, file)
    except sqlite3.DatabaseError as error:
        raise _broken(file) from error


def _require_ours(copy: Database, file: Path) -> None:
    if not {"_sqlite_migrations", "connections", "meta"} <= set(copy.table_names()):
        raise InputError(
            f"{file} is not a copy of a Token Ledger database.",
            means="Nothing was changed.",
            remedy="Name a file that “backup” wrote.",
        )
    require_known(copy)


def _require_sound(copy: Database, file: Path) -> None:
    told = [row["integrity_check"] for row in copy.query("PRAGMA integrity_check(1)")]
    if told != ["ok"] or list(copy.query("PRAGMA foreign_key_check")):
        raise _broken(file)


def _broken(file: Path) -> StoreError:
    return StoreError(
        f"{file} is damaged.", means="Nothing was changed.", remedy="Use another copy of the database."
    )


def _secret_of(copy: Database) -> bytes | None:
    if _SECRET not in copy.table_names():
        return None
    return bytes(next(copy.query(f"SELECT content FROM {_SECRET}"))["content"])


def _drop_secret(copy: Database) -> None:
    copy.conn.execute(f"DROP TABLE IF EXISTS {_SECRET}")
    copy.conn.execute("VACUUM")


def _count_above(copy: Database, counted: int) -> None:
    above = max(counted, revision(copy), ledger_revision(copy)) + 1
    with writing(copy):
        for name in ("revision", "ledger_revision"):
            set_meta(copy, name, str(above))


def _write_secret(settings: Settings, secret: bytes) -> None:
    write_whole(settings.secret_path, secret)
    settings.next_secret_path.unlink(missing_ok=True)
