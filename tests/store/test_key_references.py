"""Keys that stay where they are: read at use, never stored, and sentences where they are not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import InputError, SecretKeyError, TokenLedgerError
from core.settings import Settings
from core.store.backup import back_up, restore
from core.store.connections import get_connection, read_key, replace_key
from core.store.database import database
from core.store.key_references import is_reference, key_behind
from core.store.rotation import rotate_secret
from core.store.secrets import Vault
from tests.store.books import KEY, connect

OTHER = "sk-ant-admin01-another-secret-Wx9z"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("env:A", True),
        ("file:/run/secrets/a", True),
        ("env:", True),
        (KEY, False),
        ("", False),
        ("ENV:A", False),
    ],
)
def test_a_reference_is_told_from_a_key(text: str, is_one: bool) -> None:
    assert is_reference(text) is is_one


def test_a_variable_and_a_file_are_read_anew_each_time(tmp_path: Path) -> None:
    environ = {"ADMIN_KEY": f" {KEY}\n"}
    assert key_behind("env:ADMIN_KEY", environ) == KEY
    environ["ADMIN_KEY"] = OTHER
    assert key_behind("env:ADMIN_KEY", environ) == OTHER
    file, link = tmp_path / "key", tmp_path / "link"
    file.write_text(f"{KEY}\n")
    link.symlink_to(file)  # as Kubernetes mounts secrets
    assert key_behind(f"file:{link}") == KEY
    file.write_text(OTHER)
    assert key_behind(f"file:{link}") == OTHER


def _folder(folder: Path) -> str:
    (folder / "dir").mkdir()
    return f"file:{folder}/dir"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return f"file:{folder}/pipe"


def _text(content: bytes) -> Callable[[Path], str]:
    def write(folder: Path) -> str:
        (folder / "text").write_bytes(content)
        return f"file:{folder}/text"

    return write


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        (lambda folder: "env:NOWHERE", "The variable NOWHERE, which should hold the API key, is not set."),
        (lambda folder: "env:BLANK", "The variable BLANK, which should hold the API key, is not set."),
        (lambda folder: "env:HUSH", "What env:HUSH leads to is not an API key."),
        (lambda folder: f"file:{folder}/none", "cannot be read: no such file or directory."),
        (_folder, "cannot be read: is a directory."),
        (_pipe, "cannot be read: it is not a file."),
        (lambda folder: "file:/dev/zero", "cannot be read: it is not a file."),
        (_text(b"hunter2 is the password"), "leads to is not an API key."),
        (_text(b"\xff\xfe\x00"), "leads to is not an API key."),
        (_text(f"{KEY}\nhunter2".encode()), "leads to is not an API key."),
        (_text(f"{KEY}hunter2".encode() + b"x" * 9000 + b" "), ""),
        (_text(b""), "leads to is not an API key."),
    ],
)
def test_where_no_key_is_a_sentence_says_so_and_nothing_of_what_is_there(
    tmp_path: Path, reference: Callable[[Path], str], says: str
) -> None:
    environ = {"BLANK": " ", "HUSH": "hunter2"}
    if not says:
        assert len(key_behind(reference(tmp_path), environ)) == 4096  # no more of it is read
        return
    with pytest.raises(SecretKeyError) as caught:
        key_behind(reference(tmp_path), environ)
    assert says in str(caught.value) and caught.value.remedy
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "reference", ["env:", "env:A B", "env:1A", "env:A=B", "file:", "file:key", "file:~/key"]
)
def test_a_reference_that_is_none_is_refused(reference: str) -> None:
    with pytest.raises(InputError) as caught:
        key_behind(reference, {})
    assert caught.value.field == "api_key" and caught.value.remedy


def test_what_is_stored_is_where_the_key_is_and_no_more(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_KEY", KEY)
    with database(settings) as db:
        stored = connect(db, vault=Vault(settings), key="env:ADMIN_KEY")
        assert (stored.key_hint, stored.key_reference) == ("env:ADMIN_KEY", "env:ADMIN_KEY")
        assert read_key(db, Vault(settings), stored.id) == KEY
        files = list(settings.data_dir.iterdir())
        assert not any(KEY.encode() in file.read_bytes() for file in files)
    assert not settings.secret_path.exists()  # nothing was encrypted
    monkeypatch.delenv("ADMIN_KEY")
    with database(settings) as db, pytest.raises(TokenLedgerError, match="ADMIN_KEY"):
        read_key(db, Vault(settings), stored.id)


def test_a_stored_key_and_a_reference_take_each_others_place(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_KEY", OTHER)
    vault = Vault(settings)
    with database(settings) as db:
        stored = connect(db, vault=vault)
        (row,) = db.query("SELECT encrypted_key FROM connections")
        assert replace_key(db, vault, stored.id, "env:ADMIN_KEY").key_hint == "env:ADMIN_KEY"
        assert read_key(db, vault, stored.id) == OTHER
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert bytes(row["encrypted_key"]) not in settings.database_path.read_bytes()
        again = replace_key(db, vault, stored.id, KEY)
        assert (again.key_hint, again.key_reference) == ("sk-ant-admin01-…f3Kq", None)
        assert read_key(db, vault, stored.id) == KEY


def test_a_new_secret_and_a_copy_leave_references_as_they_are(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_KEY", KEY)
    with database(settings) as db:
        connect(db, vault=Vault(settings), key="env:ADMIN_KEY")
        connect(db, "Stored", "org_2", vault=Vault(settings))
    assert rotate_secret(settings) == 1
    back_up(settings, tmp_path / "copy.db", with_secrets=False)
    elsewhere = Settings(data_dir=tmp_path / "elsewhere")
    with database(elsewhere):
        pass
    restore(elsewhere, tmp_path / "copy.db")
    with database(elsewhere) as db:
        assert get_connection(db, 1).key_hint == "env:ADMIN_KEY"
        assert read_key(db, Vault(elsewhere), 1) == KEY
        assert get_connection(db, 2).key_hint == ""
