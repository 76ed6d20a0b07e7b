"""What is said when SQLite or the file system refuses."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlite_utils import Database

from core.errors import NewerDatabaseError, StoreError
from core.settings import Settings
from core.store import database as module
from core.store.database import database, writing
from core.store.meta import get_meta, set_meta
from tests.store.books import connect, cost_row, put, window


def test_folder_and_file_are_for_their_owner_only(settings: Settings) -> None:
    with database(settings) as db:
        assert db.conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.conn.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(settings.database_path.stat().st_mode) == 0o600


@pytest.mark.slow
def test_the_program_waits_for_the_disk_before_it_writes_over_what_is_stored(settings: Settings) -> None:
    """The tests do not, but it: a database survives a power cut."""
    asked = (
        "from pathlib import Path; from core.settings import Settings; from core.store.database import *\n"
        f"with database(Settings(Path({str(settings.data_dir)!r}))) as db:\n"
        "    print(db.conn.execute('PRAGMA synchronous').fetchone(), db.journal_mode)"
    )
    told = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout
    assert told == "(1,) wal\n"


def test_a_folder_in_other_use_keeps_its_mode(settings: Settings) -> None:
    settings.data_dir.mkdir(mode=0o755)
    settings.data_dir.chmod(0o755)
    (settings.data_dir / "notes.txt").write_text("mine")
    with database(settings):
        pass
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o755


def test_the_block_closes_the_connection_also_after_an_error(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), database(settings) as db:
        _ = 1 / 0
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        db.conn.execute("SELECT 1")


def test_what_is_written_is_there_for_the_next(settings: Settings) -> None:
    with database(settings) as db:
        set_meta(db, "x", "1")
        set_meta(db, "x", "2")
    with database(settings) as db:
        assert get_meta(db, "x") == "2"


def test_a_newer_database_is_left_alone(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("DROP TABLE control_checks")
        db.conn.execute("INSERT INTO _sqlite_migrations VALUES (NULL, 'token_ledger', '9999_future', '2030')")
    for _ in range(2):
        with pytest.raises(NewerDatabaseError, match="later version") as caught, database(settings):
            pass
        assert "TOKEN_LEDGER_DATA" in caught.value.remedy
    with closing(sqlite3.connect(settings.database_path)) as conn:
        assert not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'control_checks'").fetchone()


@pytest.mark.parametrize(
    "content", [b"This is no database, but it is long enough. " * 50, b"SQLite format 3\0x"]
)
def test_a_file_that_is_no_database_is_not_overwritten(settings: Settings, content: bytes) -> None:
    settings.data_dir.mkdir()
    settings.database_path.write_bytes(content)
    with (
        pytest.raises(StoreError, match="damaged or is not a Token Ledger database") as caught,
        database(settings),
    ):
        pass
    assert caught.value.remedy.startswith("Restore a copy")
    assert settings.database_path.read_bytes() == content


def test_pages_damaged_in_the_middle_are_a_sentence(settings: Settings) -> None:
    with database(settings) as db:
        connect(db)
        put(db, window(1, 0, 1), [cost_row(1, 0, n) for n in range(2000)])
    size = settings.database_path.stat().st_size
    with settings.database_path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(StoreError, match="damaged"), database(settings) as db:
        db.conn.execute("SELECT sum(amount_microcents) FROM platform_cost").fetchone()


def test_a_folder_below_a_file_cannot_be_used(settings: Settings) -> None:
    settings.data_dir.write_text("a file")
    with pytest.raises(StoreError, match="cannot be used") as caught, database(settings):
        pass
    assert caught.value.means == "Nothing can be stored."


def test_a_database_path_that_is_a_folder_cannot_be_opened(settings: Settings) -> None:
    settings.database_path.mkdir(parents=True)
    with pytest.raises(StoreError, match="cannot be opened"), database(settings):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_a_sentence(settings: Settings) -> None:
    settings.data_dir.mkdir()
    settings.data_dir.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be used: Permission denied"), database(settings):
        pass


def test_a_database_that_may_not_be_written_is_a_sentence(settings: Settings) -> None:
    with pytest.raises(StoreError, match="cannot be written"), database(settings) as db:
        db.conn.execute("PRAGMA query_only = ON")
        set_meta(db, "x", "1")


def test_a_full_disk_drops_the_window_and_says_so(settings: Settings) -> None:
    with database(settings) as db:
        connect(db)
        put(db, window(1, 0, 1), [cost_row(1, 0, 7)])
    with pytest.raises(StoreError, match="The disk is full"), database(settings) as db:
        pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
        db.conn.execute(f"PRAGMA max_page_count = {pages + 5}")
        put(db, window(1, 0, 1), [cost_row(1, 0, n) for n in range(5000)])
    with database(settings) as db:
        assert db.conn.execute("SELECT amount_microcents FROM platform_cost").fetchall() == [(7,)]


@contextmanager
def _held(settings: Settings) -> Iterator[None]:
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_locked_database_is_a_sentence_for_a_writer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(settings):
        pass
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    with _held(settings):
        with pytest.raises(StoreError, match="in use by another program"), database(settings) as db:
            set_meta(db, "x", "1")
        with database(settings) as db:  # readers are not held up
            assert get_meta(db, "x") is None


def test_a_new_database_waits_for_its_first_lock_and_gives_up_in_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.data_dir.mkdir()
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    refused = pytest.raises(StoreError, match="in use by another program")
    with _held(settings), refused, database(settings):
        pass
    with database(settings) as db:
        assert get_meta(db, "revision") == "0"


def test_a_fault_of_ours_is_not_dressed_up(settings: Settings) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"), database(settings) as db:
        db.conn.execute("SELECT * FROM nowhere")


def test_storing_for_a_removed_connection_is_a_sentence(settings: Settings) -> None:
    with pytest.raises(StoreError, match="was removed while"), database(settings) as db:
        put(db, window(5, 0, 1), [cost_row(5, 0)])


def test_writing_is_one_transaction_also_when_nested(db: Database) -> None:
    with pytest.raises(KeyError), writing(db):
        set_meta(db, "a", "1")
        with writing(db):
            set_meta(db, "b", "2")
        raise KeyError
    assert get_meta(db, "a") is None is get_meta(db, "b")
    with writing(db), writing(db):
        set_meta(db, "a", "1")
    assert get_meta(db, "a") == "1" and not db.conn.in_transaction
