"""The Alerts page: rules are switched, channels added, tested and deleted, and what was told is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.alerts.deliver import send_due
from core.alerts.kinds import hook_content
from core.alerts.rule_words import rule_words
from core.settings import Settings
from core.store.alert_kinds import RuleKind
from core.store.alert_rules import Rule, RuleContent, add_rule, list_rules
from core.store.channels import add_channel, delete_channel, list_channels
from core.store.connections import Connection
from core.store.database import database
from core.store.outbox import Alert, Phase, add_alert
from core.store.quiet_hours import quiet_hours
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


def field(app: AppTest, label: str) -> Any:
    return next(one for one in (*app.text_input, *app.selectbox) if one.label.startswith(label))


def rule_of(settings: Settings, name: str) -> Rule | None:
    with database(settings) as db:
        return next((rule for rule in list_rules(db) if rule.content.name == name), None)


def test_a_rule_is_switched_and_changed_and_removed(
    full_books: list[Connection], open_page: Open, settings: Settings
) -> None:
    app = open_page("alerts")
    next(t for t in app.toggle if t.label == "Anomaly").set_value(True).run()
    app.button(key="w.rule.edit.4").click().run()
    assert (field(app, "Name of the rule").value, field(app, "From, $").value) == ("Anomaly", "100.00")
    field(app, "From, $").input("a lot")
    press(app, "Save rule")
    assert "is not an amount" in shown(app) and not app.toast
    kept = rule_of(settings, "Anomaly")
    assert kept and kept.terms.threshold == 100 * 10**8
    field(app, "From, $").input("250")
    press(app, "Save rule")
    changed = rule_of(settings, "Anomaly")
    assert changed and changed.is_on and changed.terms.threshold == 250 * 10**8
    app.button(key="w.rule.delete.4").click().run()
    assert rule_of(settings, "Anomaly") is None


def test_a_rule_is_made_with_its_preview(
    full_books: list[Connection], open_page: Open, settings: Settings
) -> None:
    app = open_page("alerts")
    press(app, "New rule")
    field(app, "Name of the rule").input("*Big* days").run()
    field(app, "From, $").input("1").run()
    page = shown(app).replace("\\", "")
    assert "Cost over a day of $1.00 or more" in page and "it would have told of" in page
    press(app, "Save rule")
    made = rule_of(settings, "*Big* days")
    assert made and made.is_on and not app.exception
    assert "\\*Big\\* days" in "".join(t.label for t in app.toggle)


def test_the_form_of_every_kind_says_what_it_would_have_told(
    full_books: list[Connection], open_page: Open, settings: Settings
) -> None:
    app = open_page("alerts")
    press(app, "New rule")
    for kind in RuleKind:
        app.selectbox(key="w.rule.kind").select(kind.value).run()
        page = shown(app).replace("\\", "")
        assert (not app.exception and "would" in page) or "not kept" in page, kind
        assert rule_words(RuleContent("", kind)) in page


def test_a_rule_of_a_scope_and_a_channel_is_changed_and_keeps_both(
    full_books: list[Connection], open_page: Open, settings: Settings, hooks: HookServer
) -> None:
    with database(settings) as db:
        content = hook_content("webhook", hooks.url, SIGNING)
        channel = add_channel(db, Vault(settings), "Ops *", content, books.NOW)
        made = RuleContent("Own", RuleKind.NEW, scope={"in.model": ["m"]}, channels=(channel.id,))
        rule = add_rule(db, made, books.NOW)
    app = open_page("alerts")
    app.button(key=f"w.rule.edit.{rule.id}").click().run()
    assert app.selectbox(key="w.rule.of.new.scope").value == "As it is"
    field(app, "From, $").input("25").run()
    press(app, "Save rule")
    changed = rule_of(settings, "Own")
    assert changed and changed.terms.threshold == 25 * 10**8
    assert (changed.content.scope, changed.content.channels) == ({"in.model": ["m"]}, (channel.id,))
    with database(settings) as db:
        delete_channel(db, channel.id)
    app = open_page("alerts")
    assert "By no channel" in shown(app)
    app.button(key=f"w.rule.edit.{rule.id}").click().run()
    assert not app.exception and app.multiselect(key="w.rule.channels").value == []


def test_quiet_hours_are_set(full_books: list[Connection], open_page: Open, settings: Settings) -> None:
    app = open_page("alerts")
    next(s for s in app.selectbox if s.label == "Time zone").select("Europe/Berlin")
    press(app, "Save quiet hours")
    assert "From 22:00 to 07:00, Europe/Berlin" in shown(app)
    press(app, "No quiet hours")
    with database(settings) as db:
        assert quiet_hours(db) is None


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
    assert "Ops: waits after 1 try" in page and "It does not deliver" in page and "500" in page
    assert "Too old" not in page
