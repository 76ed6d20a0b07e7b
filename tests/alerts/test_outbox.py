"""From the event to the other side: once, again after a failure, twice at most for who is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.alerts import deliver
from core.alerts.deliver import Outcome, send_due
from core.alerts.kinds import hook_content, mail_content
from core.cli import main
from core.errors import InputError
from core.settings import Settings
from core.store import outbox
from core.store.audit import entries
from core.store.backup import back_up, restore
from core.store.channels import (
    Channel,
    add_channel,
    delete_channel,
    find_channel,
    list_channels,
    read_content,
)
from core.store.database import database, writing
from core.store.outbox import Alert, Message, MessageState, Phase, list_alerts
from core.store.secrets import Vault
from tests.support.folders import empty_folder
from tests.support.receivers import HookServer, MailServer, running

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PASSWORD, SIGNING = "correct-horse-battery-31", "planted-signing-secret-77"
ALERT = Alert("sync:1", "sync", Phase.BEGUN, "The sync of Main failed", "It failed.", "sync", NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return empty_folder(Settings(tmp_path, allow_private_webhooks=True))


def hooked(settings: Settings, server: HookServer, name: str = "Ops") -> Channel:
    with database(settings) as db:
        return add_channel(db, Vault(settings), name, hook_content("webhook", server.url, SIGNING), NOW)


def tell(settings: Settings, alert: Alert = ALERT) -> int:
    with database(settings) as db:
        return outbox.add_alert(db, alert)


def send(settings: Settings, at: datetime = NOW) -> list[Outcome]:
    return send_due(settings, lambda: at)


def messages(settings: Settings) -> list[Message]:
    with database(settings) as db:
        return [message for _, sent in list_alerts(db, NOW - DAY) for message in sent]


def test_an_alert_is_sent_once_by_every_channel(settings: Settings) -> None:
    with running(HookServer()) as server:
        hooked(settings, server), hooked(settings, server, "Others")
        tell(settings)
        assert [outcome.problem for outcome in send(settings)] == ["", ""]
        assert send(settings, NOW + DAY) == []
    assert len(server.posts) == 2
    assert {(one.state, one.attempts, one.sent_at) for one in messages(settings)} == {("sent", 1, NOW)}


@pytest.mark.parametrize(
    ("page", "path"), [("sync", "sync"), ("overview", ""), ("plans?plan=3", "plans?plan=3")]
)
def test_the_link_leads_to_a_page_that_there_is(settings: Settings, page: str, path: str) -> None:
    """The Overview is at the program's own address; below a name it is not."""
    public = replace(settings, public_url="https://ledger.example.com/spend")
    with running(HookServer()) as server:
        hooked(public, server)
        tell(public, replace(ALERT, page=page))
        send(public)
        (told,) = [json.loads(body) for *_, body in server.posts]
    assert told["link"] == f"https://ledger.example.com/spend/{path}"


def test_an_alert_that_is_rolled_back_is_not_sent(settings: Settings) -> None:
    with running(HookServer()) as server:
        hooked(settings, server)
        with pytest.raises(InputError), database(settings) as db, writing(db):
            outbox.add_alert(db, ALERT)
            raise InputError("something else went wrong")
        assert send(settings) == []
    assert not server.posts


def test_down_then_up_is_tried_again_later_each_time(settings: Settings) -> None:
    with running(HookServer()) as server:
        hooked(settings, server)
        tell(settings)
        server.status = 503
        tries, at = [], NOW
        for _ in range(4):
            assert "503" in send(settings, at)[0].problem
            (message,) = messages(settings)
            tries.append(message.next_attempt_at - at)
            assert message.state is MessageState.WAITING and "503" in message.last_error
            assert send(settings, message.next_attempt_at - timedelta(seconds=1)) == []
            at = message.next_attempt_at
        assert tries == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
        server.status = 200
        assert send(settings, at)[0].problem == ""
    (message,) = messages(settings)
    assert (message.state, message.attempts, message.sent_at, message.last_error) == ("sent", 5, at, "")
    assert len(server.posts) == 5


def told_of_channels(server: HookServer) -> list[tuple[str, str]]:
    """Phase and subject of what a server was told of other channels."""
    bodies = [json.loads(body) for *_, body in server.posts]
    return [(body["phase"], body["subject"]) for body in bodies if body["rule"] == "channel"]


DOWN, UP = ("begun", "The channel “Bad” does not deliver"), ("ended", "The channel “Bad” delivers again")


def test_the_others_are_told_after_three_tries_once_and_when_it_is_over(settings: Settings) -> None:
    with running(HookServer()) as bad, running(HookServer()) as good:
        bad.status = 500
        hooked(settings, bad, "Bad"), hooked(settings, good, "Good")
        tell(settings), tell(settings)
        for minutes, told in (
            (0, []),
            (1, []),
            (2.9, []),
            (3, [DOWN]),
            (7, [DOWN]),
            (20, [DOWN]),
            (300, [DOWN]),
        ):
            send(settings, NOW + timedelta(minutes=minutes))
            assert told_of_channels(good) == told, f"after {minutes} minutes"
        (text,) = [json.loads(body)["text"] for *_, body in good.posts if b"does not deliver" in body]
        assert "did not get through by the channel “Bad” in 3 tries." in text and "500" in text
        assert "until 2026-11-28 08:00 UTC" in text
        bad.status = 200
        send(settings, NOW + timedelta(hours=8))
        assert told_of_channels(good) == [DOWN, UP]
        assert told_of_channels(bad) == [], "nothing is told of it by itself"
        bad.status = 500
        tell(settings)
        for hours in (9, 10, 11):
            send(settings, NOW + timedelta(hours=hours))
        assert told_of_channels(good) == [DOWN, UP, DOWN], "another outage is another event"


@pytest.mark.slow
def test_two_that_fail_tell_of_each_other_once_and_a_third_hears_of_both(settings: Settings) -> None:
    with running(HookServer()) as a, running(HookServer()) as b, running(HookServer()) as c:
        a.status = b.status = 500
        for name, server in (("A", a), ("B", b), ("C", c)):
            hooked(settings, server, name)
        tell(settings)
        at = NOW
        while at < NOW + 3 * DAY:
            send(settings, at)
            at += 5 * MINUTE
    says = "The channel “{}” does not deliver"
    assert told_of_channels(c) == [("begun", says.format("A")), ("begun", says.format("B"))]
    with database(settings) as db:
        told = [alert.subject for alert, _ in list_alerts(db, NOW - DAY) if alert.rule == "channel"]
    assert sorted(told) == [says.format("A"), says.format("B")]


def test_where_tries_are_rare_the_others_are_told_at_the_second(settings: Settings) -> None:
    """As where nothing but a sync every hour sends."""
    with running(HookServer()) as bad, running(HookServer()) as good:
        bad.status = 500
        hooked(settings, bad, "Bad"), hooked(settings, good, "Good")
        tell(settings)
        send(settings, NOW + 20 * MINUTE)
        assert told_of_channels(good) == [], "one failure is none yet"
        send(settings, NOW + 60 * MINUTE)
        assert told_of_channels(good) == [DOWN], "in the same call"


@pytest.mark.slow
def test_one_message_that_is_refused_among_others_that_arrive_is_told_when_it_begins_and_is_given_up(
    settings: Settings,
) -> None:
    with running(HookServer()) as bad, running(HookServer()) as good:
        hooked(settings, bad, "Bad"), hooked(settings, good, "Good")
        tell(settings)
        for round_ in range(30):
            refused = next(one for one in messages(settings) if one.id == 1)
            if refused.state is MessageState.FAILED:
                break
            bad.status = 500
            send(settings, refused.next_attempt_at)
            bad.status = 200
            tell(settings)
            send(settings, refused.next_attempt_at + timedelta(seconds=1))
            assert told_of_channels(good)[:2] == [DOWN, UP][: 2 * (round_ >= 2)]
        assert refused.state is MessageState.FAILED and refused.attempts > 10
        assert told_of_channels(good) == [DOWN, UP] * 2


def test_a_channel_that_is_deleted_leaves_no_outage_open(settings: Settings) -> None:
    with running(HookServer()) as bad:
        bad.status = 500
        channel = hooked(settings, bad, "Bad")
        tell(settings)
        for minutes in (0, 1, 3):
            send(settings, NOW + minutes * MINUTE)
        with database(settings) as db:
            assert outbox.open_events(db) == {f"channel:{channel.id}": 1}
            delete_channel(db, channel.id)
            assert outbox.open_events(db) == {}


@pytest.mark.slow
def test_after_a_day_it_is_given_up_and_the_others_say_so_once(settings: Settings) -> None:
    with running(HookServer()) as bad, running(HookServer()) as good:
        bad.status = 500
        hooked(settings, bad, "Bad *name*"), hooked(settings, good, "Good")
        for alert in (ALERT, ALERT):
            tell(settings, alert)
        send(settings)
        for hours in (22, 23, 24, 25, 26):
            send(settings, NOW + timedelta(hours=hours))
        failed = [one for one in messages(settings) if one.channel_name.startswith("Bad")]
        assert {one.state for one in failed} == {"failed"} and len(failed) == 2
        said = [body for *_, body in good.posts if b"does not deliver" in body]
        assert len(said) == 1 and b"Bad *name*" in said[0] and b"500" in said[0]
        assert send(settings, NOW + 2 * DAY) == []


def test_a_channel_that_fails_does_not_hold_up_the_others(settings: Settings) -> None:
    with running(HookServer()) as bad, running(HookServer()) as good:
        bad.status = 500
        hooked(settings, bad, "A"), hooked(settings, good, "B")
        tell(settings), tell(settings)
        send(settings)
    assert (len(bad.posts), len(good.posts)) == (1, 2)


def test_a_deleted_channel_is_sent_nothing(settings: Settings) -> None:
    with running(HookServer()) as server:
        channel = hooked(settings, server)
        tell(settings)
        with database(settings) as db:
            delete_channel(db, channel.id)
        assert send(settings) == []
    (message,) = messages(settings)
    assert (message.state, message.last_error) == ("failed", "The channel was deleted.")
    assert not server.posts


@pytest.mark.slow
def test_two_at_once_send_each_message_once(settings: Settings) -> None:
    with running(HookServer()) as server:
        hooked(settings, server)
        for _ in range(20):
            tell(settings)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: send(settings), range(4)))
    assert len(server.posts) == 20
    deliveries = {headers["token-ledger-delivery"] for _, headers, _ in server.posts}
    assert len(deliveries) == 20


def test_a_message_whose_connection_goes_while_it_is_sent_is_no_fault(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed(*_: object) -> str:
        with database(settings) as db:
            outbox.forget_connection(db, 1)
        return ""

    monkeypatch.setattr(deliver, "deliver", removed)
    with running(HookServer()) as server:
        hooked(settings, server)
        tell(settings), tell(settings)
        assert [outcome.problem for outcome in send(settings)] == [""]
    assert messages(settings) == []


_KILLED = """
import os, signal
from datetime import datetime
from core.alerts import deliver
from core.settings import from_environment
deliver.outbox.mark_sent = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
deliver.send_due(from_environment(), lambda: datetime.fromisoformat("{now}"))
"""
"""Dies after the other side has the message, before that is stored."""


@pytest.mark.slow
def test_who_is_killed_between_sending_and_noting_it_sends_that_one_twice(settings: Settings) -> None:
    with running(HookServer()) as server:
        hooked(settings, server)
        tell(settings), tell(settings)
        environment = {
            **os.environ,
            "TOKEN_LEDGER_DATA": str(settings.data_dir),
            "TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS": "1",
        }
        script = _KILLED.format(now=NOW.isoformat())
        ended = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
        assert ended.returncode == -signal.SIGKILL and len(server.posts) == 1
        send(settings, NOW + MINUTE)
        assert len(server.posts) == 2, "the second is free, the first still belongs to the dead"
        send(settings, NOW + outbox.LEASE)
        send(settings, NOW + DAY)
    deliveries = [headers["token-ledger-delivery"] for _, headers, _ in server.posts]
    assert len(deliveries) == 3 and deliveries[0] == deliveries[2] != deliveries[1]
    assert {one.state for one in messages(settings)} == {"sent"}


def planted(settings: Settings) -> tuple[bytes, ...]:
    with running(HookServer()) as hooks, running(MailServer()) as mails:
        hooks.status = 500
        mails.refuse = {"MAIL": f"550 go away with {PASSWORD}"}
        hooked(settings, hooks)
        content = mail_content(
            host="127.0.0.1", port=str(mails.port), security="none", user="ledger", password=PASSWORD,
            sender="a@b.example", recipients="c@d.example",
        )  # fmt: skip
        with database(settings) as db:
            add_channel(db, Vault(settings), "Mail", content, NOW)
        tell(settings)
        assert all(outcome.problem for outcome in send(settings))
        return (PASSWORD.encode(), SIGNING.encode(), b"T0p-Secret-Path", hooks.url.encode())


@pytest.mark.slow
def test_planted_secrets_are_in_no_file_and_no_output(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level("DEBUG")
    secrets = planted(settings)
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    for words in (["alerts"], ["alerts", "--json"], ["channels"], ["channels", "--json"], ["notify"]):
        main(words)
    main(["channels", "test", "Ops"]), main(["channels", "test", "Mail"])
    printed = "".join(capsys.readouterr())
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in secrets:
        assert secret not in files and secret.decode() not in printed and secret.decode() not in caplog.text


def test_a_copy_without_secrets_has_channels_that_say_what_to_do(settings: Settings, tmp_path: Path) -> None:
    planted(settings)
    with database(settings) as db:
        tokens = [
            bytes(row["encrypted_secrets"]) for row in db.query("SELECT encrypted_secrets FROM channels")
        ]
    (tmp_path / "out").mkdir()
    file = tmp_path / "out" / "copy.db"
    back_up(settings, file, with_secrets=False)
    assert len(tokens) == 2 and not any(token in file.read_bytes() for token in tokens)
    elsewhere = Settings(tmp_path / "elsewhere")
    restore(elsewhere, file)
    with database(elsewhere) as db:
        assert [(one.name, one.hint) for one in list_channels(db)] == [("Mail", ""), ("Ops", "")]
    assert "secret" in send_due(elsewhere, lambda: NOW + DAY)[0].problem


# Command line


@pytest.fixture
def machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setenv("TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS", "1")
    return settings


def test_a_channel_is_added_tested_and_deleted(
    machine: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(HookServer()) as server:
        monkeypatch.setenv("HOOK", server.url)
        monkeypatch.setenv("SIGNS", SIGNING)
        given = ["--kind", "webhook", "--secret-env", "HOOK", "--signing-env", "SIGNS"]
        assert main(["channels", "add", "Ops", *given]) == 0
        assert main(["channels", "add", "ops", *given]) == 2
        assert "already used" in capsys.readouterr().err
        assert main(["channels", "test", "OPS"]) == 0
        assert b"This is a test" in server.posts[0][2]
        server.status = 404
        assert main(["channels", "test", "Ops"]) == 1
        assert "answered 404" in capsys.readouterr().err
    assert main(["channels", "test", "Nobody"]) == 2
    assert main(["channels", "delete", "Ops"]) == 0
    assert "no channel yet" in capsys.readouterr().out


def test_a_channel_is_changed_and_what_is_not_given_stays(
    machine: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def secrets(name: str) -> dict[str, str]:
        with database(machine) as db:
            return dict(read_content(db, Vault(machine), find_channel(db, name).id).secrets)

    def refused(says: str, *words: str) -> None:
        before = secrets("Post"), secrets("Ops")
        assert main(["channels", "change", *words]) == 2
        assert says in capsys.readouterr().err and (secrets("Post"), secrets("Ops")) == before

    for name, value in {
        "PW": "planted-1",
        "PW2": "planted-2",
        "URL": "https://h.example/a",
        "EMPTY": "",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SIGNS", SIGNING)
    mail = ["--kind", "email", "--host", "smtp.example.com", "--user", "ledger", "--sender", "l@example.com"]
    assert main(["channels", "add", "Post", *mail, "--to", "ann@example.com", "--secret-env", "PW"]) == 0
    hook = ["--kind", "webhook", "--secret-env", "URL", "--signing-env", "SIGNS"]
    assert main(["channels", "add", "Ops", *hook]) == 0
    capsys.readouterr()
    assert main(["channels", "change", "post", "--to", "ben@example.com", "--name", "Letters"]) == 0
    assert "Letters: smtp.example.com:587, password set, to ben@example.com" in capsys.readouterr().out
    assert secrets("Letters") == {"password": "planted-1"}
    assert main(["channels", "change", "Letters", "--name", "Post", "--secret-env", "PW2"]) == 0
    assert secrets("Post") == {"password": "planted-2"}
    refused("The password is for another mail server", "Post", "--host", "evil.example.com")
    refused("The password is for another mail server", "Post", "--user", "eve")
    refused("The password is for another mail server", "Post", "--security", "tls")
    refused("keeps its kind", "Post", "--kind", "slack")
    refused("already used", "Post", "--name", "Ops")
    refused("Only a channel of e-mail", "Ops", "--host", "smtp.example.com")
    refused("no https address", "Ops", "--secret-env", "EMPTY")
    refused("less than 16 characters", "Ops", "--signing-env", "EMPTY")
    refused("No channel is named", "Nobody", "--to", "ann@example.com")
    assert main(["channels", "change", "Post", "--security", "tls", "--secret-env", "PW"]) == 0
    assert "smtp.example.com:465, password set" in capsys.readouterr().out
    assert (
        main(["channels", "change", "Post", "--host", "localhost", "--security", "none", "--user", ""]) == 0
    )
    assert "localhost:25, no sign-in" in capsys.readouterr().out
    monkeypatch.setenv("URL", "https://h.example/b")
    assert main(["channels", "change", "Ops", "--secret-env", "URL"]) == 0
    assert secrets("Ops") == {"url": "https://h.example/b", "signing_secret": SIGNING}
    with database(machine) as db:
        trail = [entry.about for entry in entries(db) if entry.action == "changed a channel"]
    assert trail[:2] == ["changed Ops", "changed Post"]
    assert "planted" not in str(trail) + "".join(capsys.readouterr())


def test_rules_are_switched_and_changed(machine: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alerts", "change", "anomaly", "--on", "--threshold", "250.50"]) == 0
    assert "on     4  Anomaly: An anomaly of $250.50 or more" in capsys.readouterr().out
    assert main(["alerts", "off", "1"]) == 0
    assert "off    1  Sync failed" in capsys.readouterr().out
    for wrong in (
        ["change", "Sync failed", "--threshold", "3"],
        ["change", "anomaly", "--threshold", "0"],
        ["change", "anomaly", "--threshold", "much"],
        ["change", "anomaly", "--kind", "new"],
        ["change", "nobody"],
        ["on"],
        ["on", "nobody"],
        ["delete"],
        ["add", "--kind", "sync"],
    ):
        assert main(["alerts", *wrong]) == 2


def test_a_rule_is_added_with_scope_and_channel_and_removed(
    machine: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(HookServer()) as server:
        hooked(machine, server, "Ops")
    usual = ["alerts", "add", "Nightly", "--kind", "amount", "--threshold", "$1,500"]
    assert main([*usual, "--period", "week", "--where", "api_key=nightly", "--channel", "ops"]) == 0
    line = "Nightly: Cost over a week of $1,500.00 or more; API key is nightly (Ops)"
    assert line in capsys.readouterr().out
    assert main(["alerts", "--json"]) == 0
    (rule,) = [one for one in json.loads(capsys.readouterr().out)["rules"] if one["name"] == "Nightly"]
    assert rule["terms"] == {"threshold": "1500.00", "period": "week", "measure": "cost"}
    assert (rule["on"], rule["channels"], rule["scope"]) == (True, ["Ops"], {"in.api_key": ["nightly"]})
    assert main(usual) == 2
    assert "already used" in capsys.readouterr().err
    assert main(["alerts", "delete", "nightly"]) == 0
    assert "Nightly" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "given",
    [
        ["--kind", "late", "--where", "api_key=nightly"],
        ["--kind", "plan_actual", "--where", "cost_center=Main"],
        ["--kind", "plan_actual", "--shares", "100,80"],
        ["--kind", "plan_actual", "--plan", "nobody's"],
        ["--kind", "cache", "--threshold", "101"],
        ["--kind", "amount", "--where", "day=2026-11-01"],
        ["--kind", "amount", "--step", "3"],
        ["--kind", "amount", "--channel", "nobody"],
        ["--kind", "new", "--period", "day"],
    ],
)
def test_what_is_no_rule_is_refused(machine: Settings, given: list[str]) -> None:
    assert main(["alerts", "add", "New", *given]) == 2
    assert main(["alerts", "preview", *given]) == 2


def test_quiet_hours_are_set_and_taken_away(machine: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    night = ["--from", "22:00", "--to", "7:00", "--zone", "Europe/Berlin"]
    assert main(["alerts", "quiet", *night, "--syncs-pass"]) == 0
    assert "Quiet from 22:00 to 07:00, Europe/Berlin" in capsys.readouterr().out
    for wrong in (["--zone", "Mars/Crater"], ["--from", "25:00"], ["--to", "22:00"]):
        assert main(["alerts", "quiet", *night, *wrong]) == 2
    assert main(["alerts", "quiet"]) == 2
    assert main(["alerts", "quiet", "--off"]) == 0
    capsys.readouterr()
    assert main(["alerts"]) == 0
    assert "Quiet" not in capsys.readouterr().out


def test_a_preview_of_an_empty_folder_tells_nothing(
    machine: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "preview", "--kind", "amount", "--threshold", "5"]) == 0
    assert "would not have told anything" in capsys.readouterr().out


def test_notify_in_an_empty_folder_has_nothing_to_say(
    machine: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notify"]) == 0
    assert capsys.readouterr().out == "0 new, 0 to send\n"
