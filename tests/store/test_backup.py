"""A copy of the database, made while others write, and put back whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import InputError, NewerDatabaseError, StoreError
from core.settings import Settings
from core.store.backup import back_up, restore
from core.store.connections import list_connections, read_key, remove_connection
from core.store.database import database, writing
from core.store.meta import get_meta, ledger_revision, revision, set_meta
from core.store.secrets import Vault
from tests.store.books import KEY, connect
from tests.support.folders import empty_folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """One connection, its key encrypted with the secret of the data folder."""
    settings = empty_folder(Settings(tmp_path / "data"))
    with database(settings) as db:
        connect(db, vault=Vault(settings))
    return settings


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def names(settings: Settings) -> list[str]:
    with database(settings) as db:
        return [connection.name for connection in list_connections(db)]


def stored_key(settings: Settings) -> bytes:
    with database(settings) as db:
        return bytes(next(db.query("SELECT encrypted_key FROM connections"))["encrypted_key"])


def test_a_copy_is_one_file_that_only_its_owner_reads(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "copy.db"
    back_up(settings, file, with_secrets=False)
    assert [path.name for path in file.parent.iterdir()] == ["copy.db"]
    assert file.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT name FROM connections").fetchall() == [("Research",)]


def test_a_copy_without_secrets_holds_no_key_in_any_form(settings: Settings, tmp_path: Path) -> None:
    token = stored_key(settings)
    (tmp_path / "out").mkdir()
    back_up(settings, tmp_path / "out" / "copy.db", with_secrets=False)
    back_up(settings, tmp_path / "out" / "whole.db", with_secrets=True)
    copy, whole = ((tmp_path / "out" / name).read_bytes() for name in ("copy.db", "whole.db"))
    secret = settings.secret_path.read_bytes()
    assert token in whole and secret in whole
    for planted in (token, secret, KEY.encode(), KEY[-4:].encode()):
        assert planted not in copy
    assert KEY.encode() not in whole


def test_a_copy_with_secrets_opens_the_keys_in_another_folder(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "whole.db"
    back_up(settings, file, with_secrets=True)
    elsewhere = Settings(tmp_path / "elsewhere")
    restore(elsewhere, file)
    with database(elsewhere) as db:
        assert read_key(db, Vault(elsewhere), list_connections(db)[0].id) == KEY
        assert "backup_secret" not in db.table_names()
    assert elsewhere.secret_path.stat().st_mode & 0o777 == 0o600
    assert settings.secret_path.read_bytes() not in elsewhere.database_path.read_bytes()


def test_a_secret_of_the_environment_stays_there(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "whole.db"
    back_up(Settings(settings.data_dir, secret_key="hush-hush-hush"), file, with_secrets=True)
    assert (
        b"hush-hush-hush" not in file.read_bytes()
        and settings.secret_path.read_bytes() not in file.read_bytes()
    )


class Writer(threading.Thread):
    """Writes two values that are always equal, in one transaction each time, until it is told to end."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self._settings = settings
        self.ended, self.began = threading.Event(), threading.Event()

    def run(self) -> None:
        number = 0
        with database(self._settings) as db:
            while not self.ended.is_set():
                number += 1
                with writing(db):
                    set_meta(db, "left", f"{number:09}" * 2000)
                    set_meta(db, "right", f"{number:09}" * 2000)
                self.began.set()


@pytest.mark.slow
def test_a_copy_made_while_another_writes_is_of_one_moment(settings: Settings, tmp_path: Path) -> None:
    writer = Writer(settings)
    writer.start()
    writer.began.wait(60)
    for number in range(5):
        back_up(settings, tmp_path / f"{number}.db", with_secrets=False)
    writer.ended.set()
    writer.join(60)
    for number in range(5):
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as copy:
            pair = copy.execute("SELECT value FROM meta WHERE name IN ('left', 'right')").fetchall()
            assert len(pair) == 2 and pair[0] == pair[1]
            assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_what_another_has_not_finished_is_not_in_it(settings: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(settings.database_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE connections SET name = 'Half done'")
        back_up(settings, tmp_path / "copy.db", with_secrets=False)
        other.execute("ROLLBACK")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM connections").fetchall() == [("Research",)]


def test_no_file_is_overwritten(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    file.write_text("a letter")
    with pytest.raises(InputError, match="there already"):
        back_up(settings, file, with_secrets=False)
    assert file.read_text() == "a letter" and sorted(p.name for p in tmp_path.iterdir()) == [
        "copy.db",
        "data",
    ]


def test_a_folder_that_is_not_there_is_a_sentence(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used: No such file"):
        back_up(settings, tmp_path / "nowhere" / "copy.db", with_secrets=False)


def test_a_damaged_database_is_not_copied_as_if_it_were_sound(settings: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(settings.database_path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'runs'").fetchone()[0]
    with settings.database_path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 200)
    with pytest.raises(StoreError, match="damaged"):
        back_up(settings, tmp_path / "copy.db", with_secrets=False)
    assert not (tmp_path / "copy.db").exists()


# Putting back


@pytest.fixture
def copy(settings: Settings, tmp_path: Path) -> Path:
    """A copy; the connection has gone from the database since."""
    file = tmp_path / "copy.db"
    back_up(settings, file, with_secrets=False)
    with database(settings) as db:
        set_meta(db, "since", "the copy")
        for connection in list_connections(db):
            remove_connection(db, connection.id)
    return file


def test_a_copy_is_put_in_the_place_of_what_is_there(settings: Settings, copy: Path) -> None:
    with database(settings) as db:
        counted = (revision(db), ledger_revision(db))
    restore(settings, copy)
    assert names(settings) == ["Research"]
    with database(settings) as db:
        assert get_meta(db, "since") is None
        assert revision(db) > max(counted) and ledger_revision(db) > max(counted)
    assert {path.suffix for path in settings.data_dir.iterdir()} <= {".db", ".key", ".db-wal", ".db-shm"}


def test_who_has_the_database_open_sees_the_copy_at_the_next_look(settings: Settings, copy: Path) -> None:
    with closing(sqlite3.connect(settings.database_path)) as reader:
        assert reader.execute("SELECT count(*) FROM connections").fetchone() == (0,)
        restore(settings, copy)
        assert reader.execute("SELECT name FROM connections").fetchone() == ("Research",)


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE _sqlite_migrations SET name = '9999' WHERE rowid = 1")
        db.commit()


def cut(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])


def overwritten(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'connections'").fetchone()[0]
    with file.open("r+b") as opened:
        opened.seek((root - 1) * 4096)
        opened.write(b"\xff" * 200)


def of_another_program(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE letters (text)")


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (newer, NewerDatabaseError),
        (cut, StoreError),
        (overwritten, StoreError),
        (lambda file: file.write_text("a letter of some length, and no database" * 40), StoreError),
        (lambda file: file.write_bytes(b""), InputError),
        (lambda file: file.unlink(), InputError),
        (of_another_program, InputError),
    ],
    ids=["newer", "cut", "overwritten", "text", "empty", "missing", "another"],
)
def test_what_cannot_be_put_back_changes_nothing(
    settings: Settings, copy: Path, spoil: object, error: type[Exception]
) -> None:
    assert callable(spoil)
    spoil(copy)
    with pytest.raises(error):
        restore(settings, copy)
    assert names(settings) == []
    with database(settings) as db:
        assert get_meta(db, "since") == "the copy"
    assert not list(settings.data_dir.glob("restore*"))


def test_killed_in_the_middle_the_old_database_is_whole(
    settings: Settings, copy: Path, tmp_path: Path
) -> None:
    """What the disk holds while the copy is half written, opened as if the machine had died just then."""
    with database(settings) as db, writing(db):
        for number in range(400):
            set_meta(db, f"much.{number}", "x" * 4000)
    many = tmp_path / "many.db"
    back_up(settings, many, with_secrets=False)
    with database(settings) as db, writing(db):
        db.conn.execute("DELETE FROM meta WHERE name LIKE 'much%'")
    moments = [Settings(moment) for moment in halfway(settings, many, tmp_path)]
    assert moments
    for moment in moments:
        with database(moment) as db:
            assert get_meta(db, "since") == "the copy" and get_meta(db, "much.1") is None
            assert [row["integrity_check"] for row in db.query("PRAGMA integrity_check")] == ["ok"]


def halfway(settings: Settings, file: Path, tmp_path: Path) -> Iterator[Path]:
    """Copies of the data folder, taken while SQLite writes a copy into it piece by piece."""
    taken: list[Path] = []

    def look(_: int, left: int, __: int) -> None:
        if left:
            taken.append(shutil.copytree(settings.data_dir, tmp_path / f"moment-{len(taken)}"))

    with closing(sqlite3.connect(file)) as source, database(settings) as db:
        source.backup(db.conn, pages=100, progress=look)
    yield from taken
