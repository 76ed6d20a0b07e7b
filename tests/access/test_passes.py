"""The link's token, and the cookie that keeps it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.access.passes import LASTS_SECONDS, Passes, access_key
from core.settings import Settings

KEY = b"k" * 32
NOW = 1_790_000_000.0


def given(passes: Passes) -> str:
    """The Cookie header of a browser that was given a cookie."""
    return passes.cookie(path="/", secure=False).partition(";")[0]


def at(now: float, key: bytes = KEY) -> Passes:
    return Passes(key, clock=lambda: now)


def test_every_start_has_a_token_of_its_own() -> None:
    first, second = at(NOW), at(NOW)
    assert first.is_token(first.token) and not first.is_token(second.token)
    assert not first.is_token("") and not first.is_token(first.token[:-1]) and not first.is_token("ключ")


def test_a_cookie_outlives_the_start_that_gave_it_and_ends_after_thirty_days() -> None:
    cookie = given(at(NOW))
    assert at(NOW + LASTS_SECONDS - 1).admits(cookie)
    assert not at(NOW + LASTS_SECONDS).admits(cookie)
    assert not at(NOW - 1).admits(cookie)


def test_a_cookie_is_found_among_others_and_however_broken_they_are() -> None:
    cookie = given(at(NOW))
    assert at(NOW).admits(f'a="; b=\x01{{}}, {{; =; {cookie}; _streamlit_xsrf=2|x')
    assert not at(NOW).admits("a=1") and not at(NOW).admits("")


def test_nobody_can_write_a_cookie_without_the_key() -> None:
    name, _, value = given(at(NOW)).partition("=")
    issued, _, signature = value.partition(".")
    assert not at(NOW, key=b"x" * 32).admits(f"{name}={value}")
    for forged in (
        f"{int(NOW) + 9}.{signature}",
        f"{issued}.",
        f".{signature}",
        signature,
        "",
        f"{issued}.é",
    ):
        assert not at(NOW).admits(f"{name}={forged}"), forged


def test_a_script_cannot_read_the_cookie_and_no_other_site_sends_it() -> None:
    plain, behind_https = (at(NOW).cookie(path="/spend/", secure=secure) for secure in (False, True))
    assert plain.split("; ")[1:] == ["Path=/spend/", f"Max-Age={LASTS_SECONDS}", "HttpOnly", "SameSite=Lax"]
    assert behind_https.endswith("; Secure")
    assert re.fullmatch(r"token_ledger_[0-9a-f]{8}", plain.partition("=")[0])


def test_two_installations_on_one_machine_keep_their_cookies_apart() -> None:
    assert given(at(NOW)).partition("=")[0] != given(at(NOW, key=b"x" * 32)).partition("=")[0]


def test_the_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    key = access_key(settings)
    assert access_key(settings) == key and len(key) == 32
    assert settings.access_key_path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_key_signs_nothing(tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.private_files.time.sleep", lambda _: None)
    settings = Settings(tmp_path)
    settings.access_key_path.write_bytes(content)
    assert len(access_key(settings)) == 32 and access_key(settings) != access_key(settings)


def test_where_no_key_can_be_kept_there_is_one_for_this_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    assert len(access_key(Settings(tmp_path / "data"))) == 32
