"""Places that cannot be written: what is stored is still shown, and the cause is named."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock
from sqlite_utils import Database

from core.errors import NewerDatabaseError, StoreError
from core.settings import Settings
from core.store import refusals
from core.store.database import database, require_writable
from core.store.meta import get_meta, set_meta
from core.store.migrations import MIGRATIONS
from core.store.runs import begin_run, current_run, list_runs
from tests.store.books import NOW
from tests.support.folders import empty_folder
from tests.support.mounts import mounted_read_only, small_disk

NOBODY = 65534


def filled(settings: Settings) -> None:
    with database(empty_folder(settings)) as db:
        set_meta(db, "x", "kept")
        begin_run(db, "page", NOW)


def kept(settings: Settings) -> str | None:
    with database(settings) as db:
        return get_meta(db, "x")


@contextmanager
def index_impossible(settings: Settings, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """What SQLite meets where it can neither write nor make a file: it cannot even begin to read."""
    whole = sqlite3.connect

    def connect(path: object, *given: object, **options: object) -> sqlite3.Connection:
        if "immutable" not in str(path):
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN  # type: ignore[misc]
            raise error
        return whole(path, *given, **options)  # type: ignore[call-overload, no-any-return]

    with patch.context() as inner:
        inner.setattr(sqlite3, "connect", connect)
        inner.setattr(os, "statvfs", lambda _: Place(f_flag=os.ST_RDONLY))
        yield


class Place(NamedTuple):
    """What the file system tells; by default a writable one with room."""

    f_flag: int = 0
    f_bavail: int = 10**6
    f_bfree: int = 10**6
    f_blocks: int = 2 * 10**6
    f_frsize: int = 4096
    f_files: int = 10**6
    f_favail: int = 10**6


@contextmanager
def mounted(settings: Settings, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with mounted_read_only(settings.data_dir):
        yield


Makes = Callable[[Settings, pytest.MonkeyPatch], "contextmanager[None]"]
read_only = pytest.mark.parametrize("make", [index_impossible, mounted], ids=["simulated", "mounted"])


@read_only
def test_what_is_stored_is_read_and_a_write_names_the_cause(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, make: Makes
) -> None:
    filled(settings)
    with make(settings, monkeypatch):
        assert kept(settings) == "kept"
        with pytest.raises(StoreError) as caught, database(settings) as db:
            set_meta(db, "x", "lost")
        with pytest.raises(StoreError, match="mounted read-only"):
            require_writable(settings)
    assert caught.value.happened == (
        f"The data folder {settings.data_dir} cannot be written: its file system is mounted read-only."
    )
    assert "can still be looked at" in caught.value.means
    assert kept(settings) == "kept"


@read_only
def test_a_run_that_was_copied_while_it_lasted_is_not_under_way(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, make: Makes
) -> None:
    filled(settings)
    with make(settings, monkeypatch), database(settings) as db:
        assert current_run(db) is None
        assert len(list_runs(db)) == 1


def test_a_run_of_a_folder_that_only_others_write_is_under_way_while_it_holds_the_lock(
    settings: Settings,
) -> None:
    filled(settings)
    copy = settings.data_dir.with_name("seen from a container")
    copy.mkdir()
    with mounted_read_only(settings.data_dir, copy), database(Settings(copy)) as db:
        with FileLock(settings.lock_path):
            assert current_run(db) is not None
        assert current_run(db) is None


@contextmanager
def pending(settings: Settings) -> Iterator[Path]:
    """A copy of a folder in use: part of what is stored is in the log only."""
    copy = settings.data_dir.with_name("copy")
    with database(settings) as db:
        db.conn.execute("PRAGMA wal_autocheckpoint = 0")
        set_meta(db, "x", "kept")
        shutil.copytree(settings.data_dir, copy)
    yield copy


def test_what_only_the_log_holds_is_read_where_its_index_came_along(settings: Settings) -> None:
    with pending(settings) as copy, mounted_read_only(copy):
        assert kept(Settings(copy)) == "kept"


def test_what_only_the_log_holds_is_never_left_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pending(settings) as copy:
        of_copy = Settings(copy)
        copy.joinpath("token-ledger.db-shm").unlink()
        with (
            index_impossible(of_copy, monkeypatch),
            pytest.raises(StoreError, match=r"waits in token-ledger\.db-wal") as caught,
        ):
            kept(of_copy)
        assert "mounted read-only" in caught.value.happened and "whole copy" in caught.value.remedy
        with mounted_read_only(copy), pytest.raises(StoreError, match=r"waits in token-ledger\.db-wal"):
            kept(of_copy)
        assert kept(of_copy) == "kept"


def test_an_empty_log_holds_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(settings)
    settings.database_path.with_name("token-ledger.db-wal").touch()
    with index_impossible(settings, monkeypatch):
        assert kept(settings) == "kept"


@read_only
def test_an_older_database_is_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, make: Makes
) -> None:
    settings.data_dir.mkdir()
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        MIGRATIONS.apply(Database(conn), stop_before="0004_dashboards")
    with make(settings, monkeypatch), pytest.raises(StoreError, match="earlier version") as caught:
        kept(settings)
    assert "mounted read-only" in str(caught.value)


@read_only
def test_a_newer_database_is_left_alone_there_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, make: Makes
) -> None:
    filled(settings)
    _sql(settings, "INSERT INTO _sqlite_migrations VALUES (NULL, 'token_ledger', '9999_later', '2030')")
    with make(settings, monkeypatch), pytest.raises(NewerDatabaseError):
        kept(settings)


def _sql(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as conn:
        conn.execute(statement)


def test_a_copy_without_write_ahead_logging_is_read_as_it_is(settings: Settings) -> None:
    filled(settings)
    _sql(settings, "PRAGMA journal_mode = DELETE")
    with mounted_read_only(settings.data_dir):
        assert kept(settings) == "kept"


def test_a_folder_without_a_database_says_why_it_has_none(settings: Settings) -> None:
    settings.data_dir.mkdir()
    with mounted_read_only(settings.data_dir), pytest.raises(StoreError, match="Read-only file system"):
        kept(settings)


@pytest.fixture
def as_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of a user whom modes do stop, and this process is that user."""
    folder = Path(tempfile.mkdtemp())
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if os.getuid() == 0:
            os.seteuid(0)
        shutil.rmtree(folder)


@pytest.mark.parametrize("protected", ["data folder", "database"])
def test_a_folder_or_file_that_this_user_may_not_write_is_read_and_named(
    as_nobody: Path, protected: str
) -> None:
    settings = Settings(as_nobody / "data")
    filled(settings)
    path, mode = (settings.data_dir, 0o500) if protected == "data folder" else (settings.database_path, 0o400)
    path.chmod(mode)
    assert kept(settings) == "kept"
    with pytest.raises(StoreError) as caught:
        require_writable(settings)
    path.chmod(0o700)
    assert (
        caught.value.happened == f"The {protected} {path} cannot be written: it is read-only for this user."
    )


def test_a_full_disk_is_read_and_named(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=2) as disk:
        settings = Settings(disk / "data")
        filled(settings)
        with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
            while True:
                filler.write(bytes(4096))
        assert kept(settings) == "kept"
        with database(settings) as db:
            assert current_run(db) is None
        with pytest.raises(StoreError) as caught, database(settings) as db:
            set_meta(db, "x", "lost" * 10_000)
        assert caught.value.happened == "The disk is full."
        (disk / "filler").unlink()
        assert kept(settings) == "kept"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (Place(f_flag=os.ST_RDONLY), "mounted read-only"),
        (Place(f_bavail=3), "The disk is full"),
        (Place(f_favail=0), "The disk is full"),
        (Place(f_files=0, f_favail=0), "The disk failed"),
        (Place(), "The disk failed"),
    ],
)
def test_a_disk_that_fails_is_asked_why(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, place: Place, says: str
) -> None:
    filled(settings)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE  # type: ignore[misc]
    monkeypatch.setattr(refusals.os, "statvfs", lambda _: place)
    with pytest.raises(StoreError, match=says), database(settings):
        raise error
