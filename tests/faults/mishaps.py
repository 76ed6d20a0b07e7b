"""What can happen to a data folder, as data: how it comes about, what must be said, what heals it."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from core.ledger import build
from core.settings import Settings
from core.store import database as store
from core.store.database import database
from core.sync import runner
from core.sync.connect import change_key
from tests.faults.world import NOW, PLATFORM, STAFF, servers
from tests.store.test_unwritable import index_impossible
from tests.sync.anthropic import ADMIN_KEY, ANALYTICS_KEY

Happens = Callable[[Settings, pytest.MonkeyPatch], AbstractContextManager[None]]

NOBODY = 65534
NO_SYNC = "no sync, and on most pages no number"


def _nothing(settings: Settings) -> None:
    """The next sync heals it."""


@dataclass(frozen=True)
class Mishap:
    """``happens`` lasts as long as its block. ``says`` is said by a sync, and by a page if ``page``.

    ``code`` is a sync's exit code: 0 where it heals at once and says nothing. ``mend`` is what people do
    then; ``healed_by`` are the words for it.
    """

    title: str
    happens: Happens
    says: str
    code: int
    healed_by: str = "the next sync"
    mend: Callable[[Settings], None] = _nothing
    page: bool = True

    def __str__(self) -> str:
        return self.title.replace(" ", "_")


def _tree(settings: Settings) -> list[Path]:
    return [settings.data_dir, *settings.data_dir.rglob("*")]


@contextmanager
def full_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SQLite sees a full disk as soon as its file would grow."""
    with database(settings) as db:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    configure = store._configure

    def limited(conn: sqlite3.Connection) -> None:
        configure(conn)
        conn.execute(f"PRAGMA max_page_count = {pages}")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_configure", limited)
        yield


@contextmanager
def read_only_folder(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modes do not stop root, so root becomes nobody for the while."""
    with _unprivileged(settings), _modes(settings.data_dir, 0o500):
        yield


@contextmanager
def read_only_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As far as SQLite can tell, on any machine."""
    with index_impossible(settings, monkeypatch):
        yield


@contextmanager
def read_only_ledger(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with _unprivileged(settings), _modes(settings.ledger_dir, 0o500):
        yield


@contextmanager
def _unprivileged(settings: Settings) -> Iterator[None]:
    if os.geteuid():
        yield
        return
    for path in _tree(settings):
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def _modes(folder: Path, mode: int) -> Iterator[None]:
    before = folder.stat().st_mode
    folder.chmod(mode)
    try:
        yield
    finally:
        folder.chmod(before)


@contextmanager
def full_ledger_disk(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The disk takes no more than the first bytes of a ledger file."""
    write = build.write_month

    def limited(*given: Any) -> None:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            write(*given)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    with monkeypatch.context() as patch:
        patch.setattr(build, "write_month", limited)
        patch.setattr(runner, "_AT_ONCE", 1)  # the limit is the process's: another connection would meet it
        yield


@contextmanager
def locked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another process writes for longer than is waited."""
    with monkeypatch.context() as patch, closing(sqlite3.connect(settings.database_path)) as other:
        patch.setattr(store, "BUSY_SECONDS", 0.05)
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def newer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with _sql(settings) as db:
        db.execute("INSERT INTO _sqlite_migrations VALUES (NULL, 'token_ledger', '9999_later', '2030')")
    yield
    with _sql(settings) as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '9999_later'")


@contextmanager
def _sql(settings: Settings) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as conn:
        yield conn


def _overwrite(start: float, length: int) -> Happens:
    """Damage in the database file, from so far into it; undone when the block ends, as by a restored copy."""

    @contextmanager
    def happens(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        path = settings.database_path
        copy = path.read_bytes()
        begin = int(len(copy) * start)
        path.write_bytes(copy[:begin] + b"\xff" * length + copy[begin + length :])
        yield
        _restore(path, copy)

    return happens


def _restore(path: Path, copy: bytes) -> None:
    path.write_bytes(copy)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@contextmanager
def no_wal(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A copy without the write-ahead log: what was only there is gone, as if it had never been pulled."""
    with _sql(settings) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("UPDATE platform_cost SET amount_microcents = 0")
        copy = settings.database_path.read_bytes()
    _restore(settings.database_path, copy)
    yield


@contextmanager
def no_ledger(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    shutil.rmtree(settings.ledger_dir)
    yield


def _each_ledger_file(change: Callable[[bytes], bytes]) -> Happens:
    @contextmanager
    def happens(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        for path in _ledger_files(settings):
            path.write_bytes(change(path.read_bytes()))
        yield

    return happens


def _ledger_files(settings: Settings) -> list[Path]:
    """Each once: the folder of rows gives second names to some."""
    found = [path for path in settings.ledger_dir.rglob("*") if path.is_file()]
    return [path for path in found if not path.is_relative_to(settings.ledger_dir / "rows")]


def _one_bit(content: bytes) -> bytes:
    middle = len(content) // 3
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


@contextmanager
def other_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.secret_path.write_bytes(Fernet.generate_key())
    yield


@contextmanager
def no_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.secret_path.unlink()
    yield


def enter_keys_anew(settings: Settings) -> None:
    """What the settings page does."""
    world = servers()
    for number, (name, key) in enumerate(((PLATFORM, ADMIN_KEY), (STAFF, ANALYTICS_KEY)), 1):
        change_key(settings, number, key, clock=lambda: NOW, transport=world[name].transport)


MISHAPS = (
    Mishap("the disk is full", full_database, "The disk is full", 1, "the next sync, once there is space"),
    Mishap(
        "the disk is full when the ledger is written",
        full_ledger_disk,
        "cannot be written",
        1,
        "the next sync, once there is space",
    ),
    Mishap(
        "the data folder is read-only", read_only_folder, "cannot be", 2, "making it writable", page=False
    ),
    Mishap(
        "the file system is mounted read-only, as a backup is",
        read_only_disk,
        "mounted read-only",
        2,
        "mounting it writable",
        page=False,
    ),
    Mishap("the ledger folder is read-only", read_only_ledger, "cannot be written", 1, "making it writable"),
    Mishap(
        "another program holds the database",
        locked,
        "in use by another program",
        2,
        "the next sync, once it let go",
        page=False,
    ),
    Mishap("the database is of a later version", newer, "later version", 2, "the later version"),
    Mishap("the database file is damaged at its head", _overwrite(0, 100), "damaged", 2, "a copy put back"),
    Mishap(
        "the database file is damaged in its middle",
        _overwrite(0.02, 60_000),
        "damaged",
        2,
        "a copy put back",
    ),
    Mishap("the write-ahead log is lost", no_wal, "", 0, page=False),
    Mishap("the ledger folder is lost", no_ledger, "", 0, "opening a page, or the next sync", page=False),
    Mishap(
        "a ledger file is cut short",
        _each_ledger_file(lambda content: content[: len(content) // 2]),
        "",
        0,
        "opening a page, or the next sync",
        page=False,
    ),
    Mishap(
        "one bit of a ledger file is wrong",
        _each_ledger_file(_one_bit),
        "",
        0,
        "opening a page, or the next sync",
        page=False,
    ),
    Mishap(
        "the secret is another one",
        other_secret,
        "cannot be decrypted",
        1,
        "entering the keys anew",
        enter_keys_anew,
    ),
    Mishap("the secret file is lost", no_secret, "is missing", 1, "entering the keys anew", enter_keys_anew),
)
