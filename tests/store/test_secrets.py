"""Keys encrypted at rest, and what is said when the secret is not the right one."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import SecretKeyError
from core.settings import Settings
from core.store.secrets import Vault, key_hint
from tests.store.books import KEY


def test_the_secret_file_is_made_once_and_read_by_its_owner_only(settings: Settings) -> None:
    token = Vault(settings).encrypt(KEY)
    assert stat.S_IMODE(settings.secret_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    secret = settings.secret_path.read_bytes()
    Vault(settings).encrypt("another")
    assert settings.secret_path.read_bytes() == secret
    assert Vault(settings).decrypt(token) == KEY
    assert KEY.encode() not in token and secret not in token


def test_a_secret_of_the_environment_needs_no_file(settings: Settings) -> None:
    given = replace(settings, secret_key="any words will do")
    token = Vault(given).encrypt(KEY)
    assert not settings.secret_path.exists()
    assert Vault(given).decrypt(token) == KEY
    with pytest.raises(SecretKeyError, match="cannot be decrypted"):
        Vault(replace(settings, secret_key="any words will d0")).decrypt(token)


def test_another_file_does_not_open_what_the_first_closed(settings: Settings, tmp_path: Path) -> None:
    token = Vault(settings).encrypt(KEY)
    other = Settings(data_dir=tmp_path / "other")
    Vault(other).encrypt("makes the file")
    with pytest.raises(SecretKeyError) as caught:
        Vault(other).decrypt(token)
    assert caught.value.means and "TOKEN_LEDGER_SECRET_KEY" in caught.value.remedy
    assert KEY not in str(caught.value) and caught.value.__cause__ is None


def test_decrypting_never_makes_a_new_secret(settings: Settings) -> None:
    token = Vault(settings).encrypt(KEY)
    settings.secret_path.unlink()
    with pytest.raises(SecretKeyError, match="is missing"):
        Vault(settings).decrypt(token)
    assert not settings.secret_path.exists()


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe" * 22, b"x" * 5000])
def test_a_damaged_secret_file_is_a_sentence(
    settings: Settings, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.private_files.time.sleep", lambda _: None)
    settings.data_dir.mkdir()
    settings.secret_path.write_bytes(content)
    for attempt in (lambda v: v.encrypt(KEY), lambda v: v.decrypt(b"token")):
        with pytest.raises(SecretKeyError, match="cannot be read or is damaged"):
            attempt(Vault(settings))
    assert settings.secret_path.read_bytes() == content


@pytest.mark.parametrize("token", [b"", b"not a token", b"gAAAAA=="])
def test_a_damaged_stored_key_is_a_sentence(settings: Settings, token: bytes) -> None:
    Vault(settings).encrypt(KEY)
    with pytest.raises(SecretKeyError, match="cannot be decrypted"):
        Vault(settings).decrypt(token)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (KEY, "sk-ant-admin01-…f3Kq"),
        ("sk-ant-api01-abcdefghijklmnop", "sk-ant-api01-…mnop"),
        ("sk-ant-api01-short", "sk-ant-api01-…"),
        ("nothing like a key", "… key"),
        ("", "…"),
    ],
)
def test_a_hint_shows_the_kind_and_four_characters_of_a_long_key(key: str, hint: str) -> None:
    assert key_hint(key) == hint
