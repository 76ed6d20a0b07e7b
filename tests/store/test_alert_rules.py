"""Rules as they are kept, those from the start, and those of folders in which each stood for itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.store import alert_rules
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import (
    RuleContent,
    add_rule,
    change_rule,
    delete_rule,
    find_rule,
    get_rule,
    list_rules,
    switch_rule,
)
from core.store.alert_tables import ALERTS
from core.store.outbox import keep_open, open_events
from core.store.rule_tables import make_rules
from tests.store.books import in_memory

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DOLLAR = 10**8
AMOUNT = RuleContent("Big", RuleKind.AMOUNT, Terms(threshold=5 * DOLLAR), {"in.model": ["x"]}, 20, (2, 1))


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as made:
        yield made


def test_from_the_start_only_syncs_and_totals_are_told(db: Database) -> None:
    rules = list_rules(db)
    assert [rule.kind for rule in rules if rule.is_on] == ["sync", "totals"]
    assert {rule.kind for rule in rules} >= {
        "anomaly",
        "plan_actual",
        "plan_forecast",
        "new",
        "late",
        "revised",
    }
    for rule in rules:
        assert RuleContent(rule.content.name, rule.kind, rule.terms).terms == rule.terms, "each has its terms"


def test_a_rule_is_kept_as_it_is(db: Database) -> None:
    made = add_rule(db, AMOUNT, NOW)
    assert made == get_rule(db, made.id) == find_rule(db, " BIG ") == find_rule(db, str(made.id))
    assert (made.is_on, made.on_since) == (True, NOW)
    assert (made.content.scope, made.content.step, made.content.channels) == ({"in.model": ["x"]}, 20, (1, 2))
    assert made.terms == Terms(threshold=5 * DOLLAR, period="day", measure="cost")
    with pytest.raises(InputError, match="already used"):
        add_rule(db, RuleContent("bIG", RuleKind.SYNC), NOW)
    delete_rule(db, made.id)
    delete_rule(db, made.id)
    with pytest.raises(InputError, match="no longer exists"):
        get_rule(db, made.id)


def test_an_id_is_never_given_again(db: Database) -> None:
    """What was told is known by it."""
    first = add_rule(db, AMOUNT, NOW)
    delete_rule(db, first.id)
    assert add_rule(db, AMOUNT, NOW).id > first.id


def test_switching_begins_anew_once(db: Database) -> None:
    made = add_rule(db, AMOUNT, NOW)
    assert switch_rule(db, made.id, LATER, is_on=True).on_since == NOW
    assert switch_rule(db, made.id, LATER, is_on=False).on_since is None
    assert switch_rule(db, made.id, LATER, is_on=True).on_since == LATER


def test_what_judges_otherwise_forgets_its_own_events_only(db: Database) -> None:
    made, other = add_rule(db, AMOUNT, NOW), add_rule(db, RuleContent("Other", RuleKind.SYNC), NOW)
    keys = [made.event_key("amount:2026-11-01"), other.event_key("sync:1"), "channel:1"]
    for key in keys:
        keep_open(db, key, 1)
    renamed = RuleContent("Huge", AMOUNT.kind, AMOUNT.terms, AMOUNT.scope, AMOUNT.step, None)
    assert change_rule(db, made.id, renamed, LATER).on_since == NOW and len(open_events(db)) == 3
    changed = RuleContent("Huge", AMOUNT.kind, Terms(threshold=6 * DOLLAR), AMOUNT.scope, AMOUNT.step)
    assert change_rule(db, made.id, changed, LATER).on_since == LATER
    assert set(open_events(db)) == set(keys[1:])


def test_there_are_not_endlessly_many(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_rules, "MOST_RULES", len(list_rules(db)) + 1)
    add_rule(db, RuleContent("The last", RuleKind.SYNC), NOW)
    with pytest.raises(InputError, match="already"):
        add_rule(db, RuleContent("One more", RuleKind.SYNC), NOW)


def test_rules_that_stood_for_themselves_keep_their_switch_and_dollars() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        db = Database(conn, execute_plugins=False)
        conn.executescript(ALERTS)
        db.table("alert_rules").insert_all(
            [
                {"name": "sync", "is_on": 0, "threshold": 0, "on_since": None},
                {"name": "anomaly", "is_on": 1, "threshold": 250, "on_since": "2026-11-20T08:00:00Z"},
                {"name": "model", "is_on": 1, "threshold": 7, "on_since": "2026-11-21T08:00:00Z"},
                {"name": "plan_actual", "is_on": 1, "threshold": 90, "on_since": "2026-11-22T08:00:00Z"},
            ]
        )
        for key in ("sync:1", "channel:3"):
            keep_open(db, key, 2)
        make_rules(db)
        rules = {rule.content.name: rule for rule in list_rules(db)}
        assert open_events(db) == {"channel:3": 2}
    on = {name for name, rule in rules.items() if rule.is_on}
    assert on == {"Differs from Anthropic's totals", "Anomaly", "New model", "Plan is used up"}
    assert (
        rules["Anomaly"].terms.threshold == 250 * DOLLAR and rules["New model"].terms.threshold == 7 * DOLLAR
    )
    assert rules["Anomaly"].on_since == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert rules["New API key"].terms == Terms(threshold=10 * DOLLAR, dimension="api_key")
    assert not rules["New API key"].is_on and json.loads(rules["Plan is used up"].terms.text())["shares"]
