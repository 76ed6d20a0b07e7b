"""A key that is read where it lies: at every sync and check, and never another organization's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.dimensions import Origin
from core.errors import InputError, SecretKeyError, TokenLedgerError
from core.settings import Settings
from core.store.connections import Connection, list_connections
from core.store.database import database
from core.store.failures import list_failures
from core.sync.connect import NewConnection, change_key, connect
from tests.sync.anthropic import (
    ADMIN_KEY,
    ANALYTICS_KEY,
    ME,
    NOW,
    TODAY,
    Anthropic,
    connected,
    sync,
)

OTHER_KEY = "sk-ant-admin01-of-another-organization-Wx9z"


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "admin_key"
    file.write_text(f"{ADMIN_KEY}\n")
    return file


def attempt(settings: Settings, server: Anthropic, reference: str) -> Connection:
    new = NewConnection("Research", reference, TODAY)
    return connect(settings, new, clock=lambda: NOW, transport=server.transport)


def keys_sent(server: Anthropic) -> set[str]:
    return {request.headers["x-api-key"] for request in server.asked}


def test_connecting_and_syncing_send_the_key_behind_the_reference(settings: Settings, key_file: Path) -> None:
    server = Anthropic()
    made = attempt(settings, server, f" file:{key_file} ")
    assert (made.origin, made.key_hint) == (Origin.PLATFORM, f"file:{key_file}")
    key_file.write_text(OTHER_KEY)  # a vault agent gave it another key of the same organization
    server.asked.clear()
    assert sync(settings, server).outcome == "ok"
    assert keys_sent(server) == {OTHER_KEY}


@pytest.mark.parametrize("content", [None, "", "hunter2", "sk-ant-api03-abcdefghijklmnop"])
def test_nothing_is_connected_without_a_key_there(
    settings: Settings, key_file: Path, content: str | None
) -> None:
    key_file.unlink() if content is None else key_file.write_text(content)
    server = Anthropic()
    with pytest.raises(TokenLedgerError) as caught:
        attempt(settings, server, f"file:{key_file}")
    assert caught.value.remedy and "hunter2" not in str(caught.value)
    assert server.asked == []
    with database(settings) as db:
        assert list_connections(db) == []


def test_a_key_that_went_missing_is_a_sentence_of_the_sync(settings: Settings, key_file: Path) -> None:
    server = Anthropic()
    made = attempt(settings, server, f"file:{key_file}")
    key_file.unlink()
    server.asked.clear()
    run = sync(settings, server)
    assert run.outcome == "failed" and server.asked == []
    assert str(key_file) in run.connections[0].message
    with database(settings) as db:
        assert str(key_file) in list_failures(db, connection_id=made.id)[0].message


def test_another_organizations_key_in_its_place_pulls_nothing(settings: Settings, key_file: Path) -> None:
    attempt(settings, Anthropic(), f"file:{key_file}")
    key_file.write_text(OTHER_KEY)
    other = Anthropic("org_2")
    run = sync(settings, other)
    assert run.outcome == "failed" and "another organization" in run.connections[0].message
    assert other.paths() == [ME]
    with database(settings) as db:
        assert all(not list(db.query(f"SELECT * FROM {table}")) for table in ("api_keys", "platform_usage"))


def test_a_reference_takes_the_place_of_a_stored_key_once_it_is_proved(
    settings: Settings, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(settings)
    monkeypatch.setenv("MY_KEY", OTHER_KEY)

    def change(reference: str, server: Anthropic) -> Connection:
        return change_key(settings, 1, reference, clock=lambda: NOW, transport=server.transport)

    with pytest.raises(InputError, match="another organization"):
        change("env:MY_KEY", Anthropic("org_2"))
    with pytest.raises(SecretKeyError, match="The variable NO_SUCH"):
        change("env:NO_SUCH", Anthropic())
    key_file.write_text(ANALYTICS_KEY)
    with pytest.raises(InputError, match="another organization"):
        change(f"file:{key_file}", Anthropic(watermark=NOW))
    with database(settings) as db:
        assert list_connections(db)[0].key_reference is None
    before = connected_as(settings)
    assert change("env:MY_KEY", Anthropic()) == replace(
        before, key_hint="env:MY_KEY", key_reference="env:MY_KEY"
    )


def connected_as(settings: Settings) -> Connection:
    with database(settings) as db:
        return list_connections(db)[0]
