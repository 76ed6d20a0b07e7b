"""The command ``digests``: what it lists, adds, sends and refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.cli import digest_commands, main
from core.settings import Settings
from core.store.audit import entries
from core.store.channels import add_channel
from core.store.database import database
from core.store.saved_views import ViewContent, add_view
from core.store.secrets import Vault
from tests.support.postbox import Postbox
from tests.ui import books


@pytest.fixture(autouse=True)
def machine(settings: Settings, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
    monkeypatch.setattr(digest_commands, "utc_now", lambda: books.NOW)
    with database(settings) as db:
        add_channel(db, Vault(settings), "Mail", box.channel(), books.NOW)
        add_view(db, "Models", ViewContent("cost", {"measure": ["cost"], "by": ["model"]}), books.NOW)


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, object]]]:
    capsys.readouterr()
    assert main(["digests", "--json"]) == 0
    told: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)
    return told


def test_nothing_yet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digests"]) == 0
    assert capsys.readouterr().out == "There is no digest yet.\n"
    assert listed(capsys) == {"digests": [], "sent": []}


def audited(settings: Settings) -> list[str]:
    """What the audit trail says of digests, the latest first."""
    with database(settings) as db:
        return [entry.about for entry in entries(db) if entry.action == "changed a digest"]


def test_one_is_added_switched_and_deleted(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--view", "models", "--weekday", "Friday", "--hour", "17", "--zone", "Europe/Berlin"]
    assert main(["digests", "add", "Weekly", *given, "--channel", "mail"]) == 0
    line = "1  Weekly: view “Models”; Every Friday at 17:00, Europe/Berlin; Mail"
    assert capsys.readouterr().out == f"on     {line}; next 2026-11-27T16:00:00Z\n"
    (digest,) = listed(capsys)["digests"]
    assert digest == {
        "id": 1, "name": "Weekly", "kind": "view", "of": "Models", "weekday": 4, "hour": 17,
        "zone": "Europe/Berlin", "channels": ["Mail"], "on": True, "next": "2026-11-27T16:00:00Z",
        "problem": None,
    }  # fmt: skip
    assert main(["digests", "off", "weekly", "--json"]) == 0
    (digest,) = json.loads(capsys.readouterr().out)["digests"]
    assert (digest["on"], digest["next"]) == (False, None)
    assert main(["digests", "on", "1"]) == 0
    assert capsys.readouterr().out.startswith(f"on     {line}")
    assert main(["digests", "delete", "weekly"]) == 0
    assert capsys.readouterr().out == "There is no digest yet.\n"
    assert audited(settings) == ["deleted weekly", "switched on 1", "switched off weekly", "added Weekly"]


def test_one_is_changed_and_what_is_not_given_stays(
    settings: Settings, box: Postbox, capsys: pytest.CaptureFixture[str]
) -> None:
    with database(settings) as db:
        add_channel(db, Vault(settings), "Other", box.channel(), books.NOW)
        add_view(db, "Tokens", ViewContent("usage", {"measure": ["tokens"]}), books.NOW)
    given = ["--view", "models", "--weekday", "friday", "--hour", "17", "--zone", "Europe/Berlin"]
    assert main(["digests", "add", "Weekly", *given, "--channel", "mail"]) == 0
    before = listed(capsys)["digests"][0]
    for words, changes in (
        (["--hour", "0"], {"hour": 0, "next": "2026-11-26T23:00:00Z"}),
        (["--weekday", "monday"], {"weekday": 0, "next": "2026-11-29T23:00:00Z"}),
        (
            ["--weekday", "daily", "--hour", "23"],
            {"weekday": None, "hour": 23, "next": "2026-11-23T22:00:00Z"},
        ),
        (["--zone", "UTC"], {"zone": "UTC", "next": "2026-11-23T23:00:00Z"}),
        (["--view", "tokens"], {"of": "Tokens"}),
        (["--channel", "other", "--channel", "mail"], {"channels": ["Mail", "Other"]}),
        (["--name", "Nightly"], {"name": "Nightly"}),
        ([], {}),
    ):
        name = str(before["name"])
        assert main(["digests", "change", name, *words]) == 0
        (after,) = listed(capsys)["digests"]
        assert after == before | changes, words
        before = after
    assert audited(settings)[0] == "changed Nightly"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Weekly", "--hour", "24"], "none of 0 to 23"),
        (["Weekly", "--channel", "Nobody"], "No channel is named"),
        (["Weekly", "--view", "Gone"], "No saved view is named"),
        (["Weekly", "--name", "Other"], "already used"),
        (["Nobody", "--hour", "3"], "No digest is named"),
    ],
)
def test_a_change_that_cannot_be_leaves_all_as_it_was(
    settings: Settings, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["digests", "add", "Weekly", "--channel", "mail"]) == 0
    assert main(["digests", "add", "Other", "--channel", "mail"]) == 0
    before, trail = listed(capsys), audited(settings)
    assert main(["digests", "change", *words]) == 2
    assert says in capsys.readouterr().err
    assert (listed(capsys), audited(settings)) == (before, trail)


@pytest.mark.slow
def test_one_is_sent_now(capsys: pytest.CaptureFixture[str], box: Postbox) -> None:
    assert main(["digests", "add", "Daily", "--channel", "Mail"]) == 0
    assert main(["digests", "send", "daily"]) == 0
    assert len(box.mails) == 1
    assert "Mail: Daily: " in capsys.readouterr().out
    box.refuses = "550 no"
    assert main(["digests", "send", "daily", "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)
    assert "refused with 550" in told["problem"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["add", "X"], "No channel is chosen"),
        (["add", "X", "--channel", "Nobody"], "No channel is named"),
        (["add", "X", "--channel", "Mail", "--view", "Gone"], "No saved view is named"),
        (["add", "X", "--channel", "Mail", "--view", "Models", "--dashboard", "B"], "a view or a dashboard"),
        (["add", "X", "--channel", "Mail", "--zone", "Nowhere"], "no time zone"),
        (["add", "X", "--channel", "Mail", "--hour", "24"], "none of 0 to 23"),
        (["send", "X"], "No digest is named"),
        (["send"], "needs a name"),
        (["delete", "X"], "No digest is named"),
        (["on", "X"], "No digest is named"),
        (["change"], "needs a name"),
    ],
)
def test_what_cannot_be_is_refused(given: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["digests", *given]) == 2
    assert says in capsys.readouterr().err


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["digests", "add", "X", "--weekday", "someday"])
    assert "no day from monday to sunday" in capsys.readouterr().err


def test_what_was_sent_is_told_with_how_it_ended(
    settings: Settings, box: Postbox, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_commands, "utc_now", lambda: datetime.now(UTC))
    assert main(["digests", "add", "Models", "--view", "Models", "--channel", "Mail"]) == 0
    box.refuses = "451 later"
    assert main(["digests", "send", "Models"]) == 1
    (sent,) = listed(capsys)["sent"]
    (message,) = sent["messages"]  # type: ignore[misc]
    assert (message["channel"], message["state"], message["sent_at"]) == ("Mail", "waiting", None)
    assert "451" in message["last_error"]
