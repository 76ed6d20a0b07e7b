"""Services through Apprise: what is sent, what is refused, and what is said where it is not installed."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.alerts import services
from core.alerts.deliver import deliver
from core.alerts.message import Told
from core.alerts.problems import NotSentError
from core.alerts.services import service_content
from core.cli import main
from core.errors import InputError
from core.settings import Settings
from core.store.channels import add_channel, list_channels
from core.store.database import database
from core.store.secrets import Vault
from tests.api.test_secrecy import spoken
from tests.support.receivers import HookServer, running

pytestmark = pytest.mark.slow
"""Apprise takes a second to load."""

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
HOSTILE = "<!channel> @everyone <b>ann@acme.example</b>"
TOLD = Told("d-1", "sync:1", "sync", "begun", HOSTILE, f"It failed: {HOSTILE}", "https://l.example/sync", NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, allow_private_webhooks=True)


def address(server: HookServer) -> str:
    return server.url.replace("http://", "json://")


def test_a_message_is_sent_once_and_mentions_nobody(settings: Settings) -> None:
    with running(HookServer()) as server:
        assert deliver(settings, service_content(address(server)), TOLD) == ""
    ((path, _, body),) = server.posts
    sent = json.loads(body)
    assert path == "/hook/T0p-Secret-Path-9981"
    assert sent["title"].replace("\u2060", "") == "‹!channel› @everyone ‹b›ann@acme.example‹/b›"
    text = sent["title"] + sent["message"]
    assert "<" not in text and "@everyone" not in text and "@acme" not in text
    assert "https://l.example/sync" in sent["message"]


@pytest.mark.parametrize("status", [307, 403, 500])
def test_what_a_service_refuses_is_said_without_its_address(
    settings: Settings, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with running(HookServer()) as server, running(HookServer()) as other:
        server.status, server.location = status, other.url if status == 307 else ""
        with caplog.at_level(logging.DEBUG), pytest.raises(NotSentError, match="did not take") as refused:
            deliver(settings, service_content(address(server)), TOLD)
    assert len(server.posts) == 1 and not other.posts
    assert "Secret-Path" not in spoken(refused.value) + caplog.text


def test_private_addresses_are_refused_unless_allowed(tmp_path: Path) -> None:
    with running(HookServer()) as server:
        for url in (address(server), address(server).replace("127.0.0.1", "localhost")):
            with pytest.raises(NotSentError, match="TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS"):
                deliver(Settings(tmp_path), service_content(url), TOLD)
    assert not server.posts


def test_nothing_goes_unencrypted_to_another_machine() -> None:
    for url, instead in (("json://hooks.example.com/x", "jsons"), ("gotify://10.0.0.1/token", "gotifys")):
        with pytest.raises(InputError, match=f"unencrypted to another machine. Use {instead}://"):
            service_content(url)
    assert service_content("jsons://hooks.example.com/x").hint == "JSON, jsons://…"
    assert service_content("tgram://123456789:abcdefg_hijklmnop/12315544/").hint == "Telegram, tgram://…"


@pytest.mark.parametrize(
    "url", ["", "nope://x", "file:///etc/passwd", "https://hooks.example.com/x", "ntfys://" + "x" * 2_000]
)
def test_what_apprise_does_not_know_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="knows no such address"):
        service_content(url)


def test_the_address_is_kept_encrypted(settings: Settings) -> None:
    content = service_content("jsons://hooks.example.com/T0p-Secret-Path")
    with database(settings) as db:
        add_channel(db, Vault(settings), "More", content, NOW)
        (kept,) = list_channels(db)
    assert kept.hint == "JSON, jsons://…" and "T0p-Secret" not in repr(content)
    assert b"T0p-Secret" not in b"".join(f.read_bytes() for f in settings.data_dir.iterdir() if f.is_file())


def test_without_apprise_it_is_said_how_to_get_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = service_content("jsons://hooks.example.com/x")
    monkeypatch.setattr(services, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="pip install"):
        service_content("jsons://hooks.example.com/x")
    with pytest.raises(NotSentError, match=r"not installed any more\..*pip install"):
        deliver(settings, content, TOLD)
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setenv("MORE", "jsons://hooks.example.com/x")
    assert main(["channels", "add", "More", "--kind", "apprise", "--secret-env", "MORE"]) == 2
    assert "Apprise is not installed." in capsys.readouterr().err


def test_one_is_added_and_tested_at_the_command_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setenv("TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS", "1")
    with running(HookServer()) as server:
        monkeypatch.setenv("MORE", address(server))
        assert main(["channels", "add", "More", "--kind", "apprise", "--secret-env", "MORE"]) == 0
        assert main(["channels", "test", "More"]) == 0
        assert b"This is a test" in server.posts[0][2]
    assert "T0p-Secret" not in capsys.readouterr().out
