"""A message on its way by each kind of channel: delivered once, refused, slow, redirected, hostile."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from core.alerts import hook, mail, message
from core.alerts.deliver import deliver, trial
from core.alerts.kinds import KINDS, hook_content, mail_content
from core.alerts.message import Told
from core.alerts.problems import NotSentError
from core.errors import InputError
from core.settings import Settings
from core.store.channels import ChannelContent
from tests.api.test_secrecy import spoken
from tests.support.patience import PATIENCE
from tests.support.ports import held_port
from tests.support.receivers import HookServer, MailServer, certificate, running

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
PASSWORD, SIGNING = "correct-horse-battery-31", "a long random text 55"
HOSTILE = "<!channel> <users/all> @everyone **[x](https://evil.example)** & <b>"
TOLD = Told(
    "token-ledger-1-1", "sync:1", "sync", "begun", HOSTILE, f"It failed: {HOSTILE}",
    "https://l.example/sync_page", NOW,
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, allow_private_webhooks=True)


def mailing(server: MailServer, **given: str) -> ChannelContent:
    usual = {
        "host": "127.0.0.1",
        "port": str(server.port),
        "security": "none",
        "sender": "ledger@acme.example",
    }
    return mail_content(**{**usual, "recipients": "ann@acme.example, ben@acme.example", **given})


def test_a_mail_arrives_once_and_whole(settings: Settings) -> None:
    with running(MailServer()) as server:
        assert deliver(settings, mailing(server), TOLD) == ""
    (sent,) = server.mails
    assert sent["subject"] == f"Token Ledger: {HOSTILE}"
    assert sent["to"] == "ann@acme.example, ben@acme.example"
    assert sent["from"] == "Token Ledger <ledger@acme.example>"
    assert sent["message-id"] == "<token-ledger-1-1@acme.example>"
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content() == f"It failed: {HOSTILE}\n\nhttps://l.example/sync_page\n"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_encrypted_and_somebody_signs_in(settings: Settings, tmp_path: Path, security: str) -> None:
    shown, trusted = certificate(tmp_path)
    server = MailServer(shown, tls=security == "tls")
    server.user, server.password = "ledger", PASSWORD
    with running(server):
        content = mailing(server, security=security, user="ledger", password=PASSWORD)
        deliver(settings, content, TOLD, trusted)
        assert len(server.mails) == 1
        with pytest.raises(NotSentError, match="certificate that is not to be trusted"):
            deliver(settings, content, TOLD)
        server.password = "another"
        with pytest.raises(NotSentError, match="refused user and password \\(535\\)") as refused:
            deliver(settings, content, TOLD, trusted)
    assert PASSWORD not in spoken(refused.value) and PASSWORD not in repr(content)
    assert len(server.mails) == 1


def test_without_starttls_no_word_of_a_mail_is_sent(settings: Settings) -> None:
    with running(MailServer()) as server:
        content = mailing(server, security="starttls", user="ledger", password=PASSWORD)
        with pytest.raises(NotSentError, match="does not offer"):
            deliver(settings, content, TOLD)
    assert not server.mails
    assert {line.split()[0] for line in server.said} == {"ehlo"}


@pytest.mark.parametrize(
    ("refuse", "says"),
    [
        ({"MAIL": "550 not you"}, "refused with 550"),
        ({"RCPT": "550 nobody"}, "refused every recipient"),
        ({"DATA": "451 later"}, "refused with 451"),
    ],
)
def test_what_a_mail_server_refuses_is_said(settings: Settings, refuse: dict[str, str], says: str) -> None:
    with running(MailServer()) as server:
        server.refuse = refuse
        with pytest.raises(NotSentError, match=says):
            deliver(settings, mailing(server), TOLD)
    assert not server.mails


def test_a_mail_server_that_does_not_answer_the_farewell_has_the_mail(settings: Settings) -> None:
    with running(MailServer()) as server:
        server.refuse = {"QUIT": "421 gone"}
        assert deliver(settings, mailing(server), TOLD) == ""
    assert len(server.mails) == 1


def test_nobody_there_is_said(settings: Settings) -> None:
    with held_port() as port, pytest.raises(NotSentError, match="cannot be reached"):
        content = mail_content(
            host="127.0.0.1", port=str(port), security="none", sender="a@b.example", recipients="a@b.example"
        )
        deliver(settings, content, TOLD)
    with held_port() as port, pytest.raises(NotSentError, match="cannot be reached"):
        deliver(settings, hook_content("slack", f"http://127.0.0.1:{port}/x"), TOLD)


def test_a_server_that_drips_is_left_in_time() -> None:
    """Each character in time, the whole never."""
    with running(MailServer()) as mails, running(HookServer()) as hooks:
        mails.drip = hooks.drip = 0.02
        config = mailing(mails).config
        for send in (
            lambda: mail.send_mail(message.mail(TOLD, config), config, "", seconds=0.2),
            lambda: hook.post(hooks.url, {}, {}, private=True, seconds=0.2),
        ):
            start = time.monotonic()
            with pytest.raises(NotSentError, match="took too long"):
                send()
            assert time.monotonic() - start < PATIENCE / 2


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("email", "apprise")])
def test_a_webhook_is_posted_to_once(settings: Settings, kind: str) -> None:
    with running(HookServer()) as server:
        deliver(settings, hook_content(kind, server.url, SIGNING), TOLD)
    ((path, headers, body),) = server.posts
    assert path == "/hook/T0p-Secret-Path-9981"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == message.BODIES[kind](TOLD)
    assert ("token-ledger-signature" in headers) == (kind == "webhook")


def test_the_signature_is_of_time_and_body(settings: Settings) -> None:
    with running(HookServer()) as server:
        deliver(settings, hook_content("webhook", server.url, SIGNING), TOLD)
    ((_, headers, body),) = server.posts
    at = headers["token-ledger-timestamp"]
    expected = hmac.new(SIGNING.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    assert headers["token-ledger-signature"] == f"v1={expected}"
    assert abs(int(at) - time.time()) < 60
    assert headers["token-ledger-delivery"] == json.loads(body)["delivery"] == "token-ledger-1-1"


def test_a_redirect_is_not_followed(settings: Settings) -> None:
    with running(HookServer()) as server, running(HookServer()) as other:
        server.status, server.location = 307, other.url
        with pytest.raises(NotSentError, match="redirects \\(307\\)"):
            deliver(settings, hook_content("discord", server.url), TOLD)
    assert len(server.posts) == 1 and not other.posts


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_a_refusal_says_its_status_and_no_address(settings: Settings, status: int) -> None:
    with running(HookServer()) as server:
        server.status = status
        with pytest.raises(NotSentError, match=str(status)) as refused:
            deliver(settings, hook_content("teams", server.url), TOLD)
    assert "Secret-Path" not in spoken(refused.value)


def test_private_addresses_are_refused_unless_allowed(tmp_path: Path) -> None:
    with running(HookServer()) as server:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            with pytest.raises(NotSentError, match="TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS"):
                deliver(Settings(tmp_path), hook_content("slack", url), TOLD)
    assert not server.posts


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - it is what is refused
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert hook.is_public(address) is public


@pytest.mark.parametrize(
    "url",
    ["", "hooks.example.com/x", "http://hooks.example.com/x", "ftp://a.example", "https://u:p@a.example/x",
     "https://a.example/x y", "https://a.example:0/x", "https://[::1/x", "https://a.example/\r\nx: y"],
)  # fmt: skip
def test_what_is_no_webhook_is_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as refused:
        hook_content("slack", url)
    assert not url or url not in spoken(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {"host": "smtp.example.com", "security": "none"},
        {"host": "evil\r\nhost"},
        {"port": "70000"},
        {"security": "ssl3"},
        {"recipients": "ann@acme.example\r\nBcc: x@y.example"},
        {"recipients": ""},
        {"sender": "no address"},
        {"user": "ledger"},
    ],
)
def test_what_is_no_mail_channel_is_refused(given: dict[str, str]) -> None:
    usual = {"host": "127.0.0.1", "security": "none", "sender": "a@b.example", "recipients": "c@d.example"}
    with pytest.raises(InputError):
        mail_content(**{**usual, **given})


def test_hints_tell_no_secret() -> None:
    content = hook_content("slack", "https://hooks.slack.com/services/T01/B02/very-secret-token-f3Kq")
    assert content.hint == "https://hooks.slack.com/…f3Kq"
    assert "secret" not in repr(content)
    assert hook_content("slack", "https://hooks.example.com/").hint == "https://hooks.example.com/"


# What each chat would read in a name

Body = Callable[[Told], dict[str, object]]


def test_slack_reads_nothing_but_text() -> None:
    body = message.slack(TOLD)
    assert "<" not in body["text"] and "&lt;!channel&gt;" in body["text"] and body["mrkdwn"] is False
    assert body["text"].endswith("\nhttps://l.example/sync_page")


def test_teams_has_no_block_that_knows_markdown() -> None:
    (card,) = (one["content"] for one in message.teams(TOLD)["attachments"])
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert [run["text"] for block in card["body"] for run in block["inlines"]] == [HOSTILE, TOLD.text]
    assert card["actions"][0]["url"] == TOLD.link


def test_discord_mentions_nobody_and_fits() -> None:
    body = message.discord(TOLD)
    assert body["allowed_mentions"] == {"parse": []}
    assert "\\*\\*\\[x\\]\\(https" in body["content"]
    long = message.discord(Told("d", "e", "r", "begun", "s", "*" * 5_000, TOLD.link, NOW))["content"]
    assert len(long) <= 2_000 and long.endswith(f"…\n{TOLD.link}")


def test_google_chat_has_no_sign_that_begins_a_mention() -> None:
    assert "<" not in message.google_chat(TOLD)["text"]


def test_a_name_is_one_short_printable_line() -> None:
    assert message.plain("a\r\nBcc: b\x1b[31m\u202e") == "a Bcc: b [31m"
    assert len(message.plain("x" * 5_000)) == 100
    assert message.plain("שלום") == "\u2068שלום\u2069"


def test_a_test_says_that_it_is_one(settings: Settings) -> None:
    assert "test" in trial(NOW, settings).text
