"""Another secret: every key opens before, after, and wherever it was killed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import ConfigurationError, SecretKeyError
from core.settings import Settings
from core.store.backup import back_up
from core.store.channels import ChannelContent, add_channel, read_content
from core.store.connections import list_connections, read_key
from core.store.database import database
from core.store.rotation import rotate_secret
from core.store.secrets import Vault
from tests.store.books import KEY, NOW, connect
from tests.support.folders import empty_folder

ROOT = Path(__file__).resolve().parent.parent.parent
KEYS = {f"Number {number}": f"{KEY}-{number}" for number in range(3)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = empty_folder(Settings(tmp_path / "data"))
    with database(settings) as db:
        for number, (name, key) in enumerate(KEYS.items()):
            connect(db, name, f"org_{number}", vault=Vault(settings), key=key)
    return settings


def opened(settings: Settings) -> dict[str, str]:
    with database(settings) as db:
        vault = Vault(settings)
        return {connection.name: read_key(db, vault, connection.id) for connection in list_connections(db)}


def stored(settings: Settings) -> list[bytes]:
    with database(settings) as db:
        return [bytes(row["encrypted_key"]) for row in db.query("SELECT encrypted_key FROM connections")]


def test_every_key_opens_with_another_secret_and_none_with_the_old(
    settings: Settings, tmp_path: Path
) -> None:
    old = Settings(tmp_path / "old")
    old.data_dir.mkdir()
    old.secret_path.write_bytes(settings.secret_path.read_bytes())
    before = stored(settings)
    assert rotate_secret(settings) == len(KEYS)
    assert opened(settings) == KEYS
    assert settings.secret_path.read_bytes() != old.secret_path.read_bytes()
    assert settings.secret_path.stat().st_mode & 0o777 == 0o600 and not settings.next_secret_path.exists()
    for token in stored(settings):
        assert token not in before
        with pytest.raises(SecretKeyError):
            Vault(old).decrypt(token)


KILLER = """
import os, sys
from pathlib import Path
from core.settings import Settings
from core.store import rotation
from core.store.secrets import Vault

settings, place, when, count = Settings(Path(sys.argv[1])), sys.argv[2], sys.argv[3], int(sys.argv[4])
owner = Vault if place == "encrypt" else rotation
original, calls = getattr(owner, place), []

def killed(*given, **named):
    calls.append(1)
    if when == "before" and len(calls) == count:
        os._exit(9)
    result = original(*given, **named)
    if when == "after" and len(calls) == count:
        os._exit(9)
    return result

setattr(owner, place, killed)
rotation.rotate_secret(settings)
"""
STEPS = [
    ("write_whole", "before", 1),
    ("write_whole", "after", 1),
    ("encrypt", "after", 1),
    ("encrypt", "after", 2),
    ("_encrypt_all", "after", 1),
    ("_take_over", "before", 1),
    ("_take_over", "after", 1),
]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: "-".join(map(str, step)))
def test_killed_at_any_step_every_key_opens_and_the_next_try_finishes(
    settings: Settings, step: tuple[str, str, int]
) -> None:
    command = [sys.executable, "-c", KILLER, str(settings.data_dir), *map(str, step)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert opened(settings) == KEYS
    with database(settings) as db:
        connect(db, "Number 3", "org_3", vault=Vault(settings), key=f"{KEY}-3")
    assert rotate_secret(settings) == len(KEYS) + 1
    assert opened(settings) == KEYS | {"Number 3": f"{KEY}-3"}
    assert not settings.next_secret_path.exists()


def test_a_key_that_does_not_open_stops_it_before_anything_changes(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("UPDATE connections SET encrypted_key = x'00ff' WHERE name = 'Number 2'")
    before = stored(settings)
    with pytest.raises(SecretKeyError):
        rotate_secret(settings)
    assert stored(settings) == before


def test_from_one_secret_of_the_environment_to_the_next(settings: Settings) -> None:
    to_environment = replace(settings, next_secret_key="first words")
    assert rotate_secret(to_environment) == len(KEYS)
    first = replace(settings, secret_key="first words")
    assert opened(first) == KEYS
    with pytest.raises(ConfigurationError, match="no other can be made here"):
        rotate_secret(first)
    rotate_secret(replace(first, next_secret_key="second words"))
    assert opened(replace(settings, secret_key="second words")) == KEYS
    with pytest.raises(SecretKeyError):
        opened(first)
    assert "words" not in repr(replace(first, next_secret_key="second words"))


def test_a_backup_of_a_rotation_half_done_is_refused(settings: Settings, tmp_path: Path) -> None:
    settings.next_secret_path.write_bytes(settings.secret_path.read_bytes())
    with pytest.raises(ConfigurationError, match="rotate-secret"):
        back_up(settings, tmp_path / "copy.db", with_secrets=True)
    assert not (tmp_path / "copy.db").exists()
    back_up(settings, tmp_path / "copy.db", with_secrets=False)


def test_keys_that_a_backup_left_out_are_none(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("UPDATE connections SET encrypted_key = x'' WHERE name = 'Number 2'")
    assert rotate_secret(settings) == len(KEYS) - 1


def test_the_secrets_of_channels_open_too(settings: Settings) -> None:
    content = ChannelContent("slack", {}, "…", {"url": "https://hooks.example.com/very-secret"})
    with database(settings) as db:
        channel = add_channel(db, Vault(settings), "Ops", content, NOW)
    assert rotate_secret(settings) == len(KEYS)
    with database(settings) as db:
        assert read_content(db, Vault(settings), channel.id) == content
