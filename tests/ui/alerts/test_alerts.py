"""The Alerts page: rules are switched, channels added, tested and deleted, and what was told is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from core.alerts.deliver import send_due
from core.alerts.kinds import hook_content
from core.settings import Settings
from core.store.alert_rules import RuleName, list_rules
from core.store.channels import add_channel, list_channels
from core.store.connections import Connection
from core.store.database import database
from core.store.outbox import Alert, Phase, add_alert
from core.store.secrets import Vault
from tests.support.receivers import HookServer, running
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
SIGNING = "planted-signing-secret-77"


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[HookServer]:
    monkeypatch.setenv("TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS", "1")
    with running(HookServer()) as server:
        yield server


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_a_rule_is_switched_on_and_given_a_threshold(
    full_books: list[Connection], open_page: Open, settings: Settings
) -> None:
    app = open_page("alerts")
    next(t for t in app.toggle if t.label.startswith("An anomaly")).set_value(True).run()
    next(n for n in app.number_input if n.label.startswith("An anomaly")).set_value(250).run()
    with database(settings) as db:
        rule = list_rules(db)[RuleName.ANOMALY]
    assert (rule.is_on, rule.threshold) == (True, 250)
    app = open_page("alerts")
    assert next(n for n in app.number_input if n.label.startswith("An anomaly")).value == 250


def test_a_channel_is_added_tested_and_deleted(
    full_books: list[Connection], open_page: Open, settings: Settings, hooks: HookServer
) -> None:
    app = open_page("alerts")
    next(s for s in app.selectbox if s.label == "Kind").select("webhook").run()
    fields = {t.label: t for t in app.text_input}
    fields["Name of the channel"].input("*Ops* <b>")
    fields["Webhook address"].input(hooks.url)
    fields["Signing secret"].input(SIGNING)
    press(app, "Add channel")
    assert not app.exception
    with database(settings) as db:
        assert [one.name for one in list_channels(db)] == ["*Ops* <b>"]
    page = shown(app) + "".join(str(t.value) for t in app.text_input)
    assert "\\*Ops\\*" in page and "T0p-Secret" not in page and SIGNING not in page
    press(app, "Test")
    assert len(hooks.posts) == 1 and not app.error
    hooks.status = 404
    press(app, "Test")
    assert "answered 404" in shown(app)
    press(app, "Delete")
    assert "told nobody" in shown(app)


def test_what_is_no_channel_is_refused_and_its_secret_gone(
    full_books: list[Connection], open_page: Open, settings: Settings
) -> None:
    app = open_page("alerts")
    next(s for s in app.selectbox if s.label == "Kind").select("slack").run()
    fields = {t.label: t for t in app.text_input}
    fields["Name of the channel"].input("Ops")
    fields["Webhook address"].input("http://hooks.example.com/T0p-Secret")
    press(app, "Add channel")
    page = shown(app) + "".join(str(t.value) for t in app.text_input)
    assert "unencrypted" in page and "T0p-Secret" not in page
    with database(settings) as db:
        assert list_channels(db) == []


def test_what_was_told_and_how_it_ended(
    full_books: list[Connection], open_page: Open, settings: Settings, hooks: HookServer
) -> None:
    alert = Alert("sync:1", "sync", Phase.BEGUN, "The sync of <b>Main</b> failed", "Why.", "sync", books.NOW)
    with database(settings) as db:
        add_alert(db, alert)
        add_channel(db, Vault(settings), "Ops", hook_content("webhook", hooks.url, SIGNING), books.NOW)
        add_alert(db, replace(alert, phase=Phase.WORSE, subject="It is worse"))
        add_alert(db, replace(alert, subject="Too old", told_at=books.NOW - timedelta(days=31)))
    hooks.status = 500
    send_due(replace(settings, allow_private_webhooks=True), lambda: books.NOW)
    page = shown(open_page("alerts"))
    assert "The sync of &lt;b&gt;Main&lt;/b&gt; failed" in page and "Told nobody" in page
    assert "Ops: waits after 1 try" in page and "500" in page
    assert "Too old" not in page
