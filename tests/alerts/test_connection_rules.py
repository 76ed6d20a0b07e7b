"""Rules on connections, plans and what is new: late data, refused keys, revised days, previews of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from core.alerts.preview import preview
from core.clock import rfc3339
from core.ledger.snapshot import Snapshot
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import RuleContent
from core.store.connections import remove_connection
from core.store.failures import KEY, SyncFailure, record_failure
from core.store.outbox import list_alerts, open_events
from core.store.plans import PlanContent, add_plan, delete_plan
from core.store.runs import ConnectionProgress, begin_run, finish_run, record_progress
from tests.alerts.worlds import (
    BOTH,
    DOLLAR,
    LONG_AGO,
    SINCE,
    days,
    know,
    look,
    morning,
    rule,
    spending,
    spent,
    two_connections,
)
from tests.explore.ledgers import ledger_of
from tests.store.books import in_memory

NOVEMBER = date(2026, 11, 1)


def day(number: int) -> date:
    """The number-th day of November, from 1."""
    return NOVEMBER + timedelta(days=number - 1)


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as made:
        two_connections(made)
        know(made, date(2026, 12, 1), 2)
        yield made


@pytest.fixture
def nothing(tmp_path: Path) -> Snapshot:
    return ledger_of(tmp_path, [], BOTH)


def would_tell(db: Database, ledger: Snapshot, kind: str, today: date, **terms: int | str) -> list[str]:
    content = RuleContent("", RuleKind(kind), Terms(**terms))  # type: ignore[arg-type]
    fired = preview(ledger, db, content, morning(today)).fired
    return [f"{told.at:%m-%d} {told.phase}: {told.subject}" for told in fired]


# Late data


def test_data_are_late_by_the_hours_since_they_end(db: Database, nothing: Snapshot) -> None:
    """Known to the end of November 9: at 8 in the morning of the 11th that is 32 hours ago."""
    know(db, day(10))
    rule(db, "late", threshold=33)
    assert look(db, nothing, day(11)) == []
    rule(db, "late", threshold=32)
    assert look(db, nothing, day(11)) == ["begun: The data of Research are 32 hours old"]
    assert look(db, nothing, day(11)) == []
    assert look(db, nothing, day(12)) == ["worse: Worse: The data of Research are 56 hours old"]
    know(db, day(12))
    assert look(db, nothing, day(12)) == ["ended: The data of Research are up to date again"]


def test_a_connection_without_any_data_is_late_since_it_was_added(db: Database, nothing: Snapshot) -> None:
    """It was added on November 23 at 9:30."""
    rule(db, "late", threshold=48)
    assert look(db, nothing, day(25)) == []
    assert look(db, nothing, day(28)) == ["begun: Research has no data, 4 days after it was added"]


def test_a_rule_of_connections_looks_at_its_scope_only(db: Database, nothing: Snapshot) -> None:
    know(db, day(10))
    rule(db, "late", scope={"in.cost_center": ["Products"]}, threshold=24)
    assert look(db, nothing, day(20)) == []


def test_what_is_not_kept_is_said(db: Database, nothing: Snapshot) -> None:
    for kind in ("late", "totals"):
        content = RuleContent("", RuleKind(kind))
        assert "not kept" in preview(nothing, db, content, morning(day(20))).lacks


# Syncs and keys


def ran(db: Database, at: datetime, outcome: str, kind: str = "") -> None:
    run_id = begin_run(db, "test", at)
    part = ConnectionProgress(1, "Research", "", 1, 1, 0, 1, 0, None, at, at, outcome, "", None)
    record_progress(db, run_id, [part], at)
    if kind:
        record_failure(db, SyncFailure(run_id, 1, "", kind, "It went wrong.", None, None, at))
    finish_run(db, run_id, outcome, at)


def test_the_preview_of_syncs_goes_through_every_run(db: Database, nothing: Snapshot) -> None:
    for hours, (outcome, kind) in enumerate(
        [("ok", ""), ("failed", ""), ("ok", ""), ("partial", ""), ("failed", KEY), ("ok", "")]
    ):
        ran(db, morning(day(20)) + timedelta(hours=hours), outcome, kind)
    assert would_tell(db, nothing, "sync", day(21)) == [
        "11-20 begun: The sync of Research failed",
        "11-20 ended: Research syncs again",
        "11-20 begun: The sync of Research is incomplete",
        "11-20 worse: Worse: The API key of Research was refused",
        "11-20 ended: Research syncs again",
    ]
    assert would_tell(db, nothing, "key", day(21)) == [
        "11-20 begun: The API key of Research was refused",
        "11-20 ended: The API key of Research works again",
    ]


def test_a_rule_of_keys_tells_of_nothing_else(db: Database, nothing: Snapshot) -> None:
    rule(db, "key")
    ran(db, morning(day(20)), "failed")
    assert look(db, nothing, day(21)) == []
    ran(db, morning(day(21)), "failed", KEY)
    assert look(db, nothing, day(22)) == ["begun: The API key of Research was refused"]


def test_a_key_works_again_only_once_something_was_pulled_with_it(db: Database, nothing: Snapshot) -> None:
    """A sync that failed before it asked says nothing of the key."""
    rule(db, "key")
    ran(db, morning(day(20)), "failed", KEY)
    assert look(db, nothing, day(21)) == ["begun: The API key of Research was refused"]
    ran(db, morning(day(21)), "failed")
    assert look(db, nothing, day(22)) == []
    ran(db, morning(day(22)), "ok")
    assert look(db, nothing, day(23)) == ["ended: The API key of Research works again"]


# Revised days


def revise(db: Database, number: int, changed: datetime, before: int, after: int, stream: str = "") -> None:
    db.table("day_changes").insert(
        {
            "connection_id": 1,
            "stream": stream or "platform_cost",
            "day": day(number).isoformat(),
            "changed_at": rfc3339(changed),
            "before_amount": before * DOLLAR,
            "after_amount": after * DOLLAR,
            "before_rows": 1,
            "after_rows": 1,
            "before_reached_at": None,
        }
    )


def test_revised_days_are_told_together_and_small_moves_are_not(db: Database, nothing: Snapshot) -> None:
    rule(db, "revised", threshold=100 * DOLLAR)
    at = morning(day(20))
    revise(db, 5, at, 500, 400)
    revise(db, 6, at, 500, 650)
    revise(db, 7, at, 500, 401)
    revise(db, 8, at, 5_000, 9_000, "platform_usage")
    assert look(db, nothing, day(20)) == ["begun: 2 past days of Research were revised by +$50.00"]
    ((alert, _),) = list_alerts(db, LONG_AGO)
    assert "The largest: Nov 6, 2026, by +$150.00" in alert.text
    assert look(db, nothing, day(21)) == []
    revise(db, 9, at + timedelta(hours=1), 0, 125)
    assert look(db, nothing, day(21)) == ["worse: Worse: 3 past days of Research were revised by +$175.00"]
    remove_connection(db, 1)
    assert list_alerts(db, LONG_AGO) == [] and open_events(db) == {}


def test_a_day_that_moved_there_and_back_was_not_revised(db: Database, nothing: Snapshot) -> None:
    for hours, (before, after) in enumerate([(100, 900), (900, 100)]):
        revise(db, 5, morning(day(20)) + timedelta(hours=hours), before, after)
    assert would_tell(db, nothing, "revised", day(25), threshold=100 * DOLLAR) == []


def test_the_preview_of_revisions_tells_the_day_of_pulling(db: Database, nothing: Snapshot) -> None:
    revise(db, 5, morning(day(20)), 0, 100)
    revise(db, 6, morning(day(22)), 300, 100)
    assert would_tell(db, nothing, "revised", day(25), threshold=100 * DOLLAR) == [
        "11-20 begun: 1 past day of Research was revised by +$100.00",
        "11-22 begun: 1 past day of Research was revised by −$200.00",
    ]


# What is new


def with_newcomer(folder: Path, dollars: list[int], **values: object) -> Snapshot:
    """A key of long ago beside one that begins on November 10."""
    old = spent(days(SINCE, [5] * 160), api_key="old", model="m")
    return ledger_of(folder, [*old, *spent(days(day(10), dollars), **values)], BOTH)


def test_a_new_key_is_told_once_it_has_cost_enough_on_known_days(db: Database, tmp_path: Path) -> None:
    rule(db, "new", threshold=10 * DOLLAR, dimension="api_key")
    ledger = with_newcomer(tmp_path, [4, 5, 1, 90], api_key="new\r\n<b>")
    told = []
    for number in (10, 11, 12, 13, 14, 20):
        know(db, day(number))
        told.append(look(db, ledger, day(number)))
    assert told == [[], [], [], ["begun: New API key new <b>"], [], []]
    ((alert, _),) = list_alerts(db, LONG_AGO)
    assert "has cost $10.00 since Nov 10, 2026, and nothing in the known days before." in alert.text


@pytest.mark.parametrize(("many", "subjects"), [(3, 3), (4, 1), (25, 1)])
def test_many_that_are_new_at_once_are_told_in_one_message(
    db: Database, tmp_path: Path, many: int, subjects: int
) -> None:
    know(db, day(25))
    rule(db, "new", threshold=DOLLAR, dimension="user")
    rows = spent(days(SINCE, [5] * 160), user="old")
    rows += [new for n in range(many) for new in spent({day(10): 5}, user=f"u{n:02}")]
    ledger = ledger_of(tmp_path, rows, BOTH)
    told = look(db, ledger, day(12))
    assert len(told) == subjects
    if subjects == 1:
        assert told == [f"begun: New user u00 and {many - 1} others"]
        ((alert, _),) = list_alerts(db, LONG_AGO)
        named = [n for n in range(many) if f"u{n:02} has cost" in alert.text]
        assert len(named) == min(many, 20) and ("And 5 others." in alert.text) is (many == 25)
    assert look(db, ledger, day(13)) == []


def test_the_preview_of_what_is_new_tells_the_day_it_had_cost_enough(db: Database, tmp_path: Path) -> None:
    ledger = with_newcomer(tmp_path, [4, 5, 1, 90], model="later")
    know(db, day(25))
    terms = {"threshold": 10 * DOLLAR, "dimension": "model"}
    assert would_tell(db, ledger, "new", day(25), **terms) == ["11-13 begun: New model later"]


def test_without_history_nothing_is_new(db: Database, tmp_path: Path) -> None:
    know(db, day(25))
    rule(db, "new", threshold=1, dimension="model")
    ledger = ledger_of(tmp_path, spent(days(day(10), [90] * 5), model="first"), BOTH)
    assert look(db, ledger, day(16)) == []


def test_what_is_new_in_a_scope_may_be_old_elsewhere(db: Database, tmp_path: Path) -> None:
    know(db, day(25))
    old = spent(days(SINCE, [5] * 160), api_key="a", model="m")
    other = spent(days(SINCE, [5] * 160), api_key="b", model="n")
    ledger = ledger_of(tmp_path, [*old, *other, *spent(days(day(10), [50]), api_key="a", model="n")], BOTH)
    rule(db, "new", threshold=DOLLAR, dimension="model", scope={"in.api_key": ["a"]})
    assert look(db, ledger, day(12)) == ["begun: New model n"]
    rule(db, "new", threshold=DOLLAR, dimension="model")
    assert look(db, ledger, day(12)) == []


# Plans


@pytest.mark.slow
def test_the_preview_of_a_plan_tells_the_days_of_its_shares(db: Database, tmp_path: Path) -> None:
    """Ten dollars a day: half of 200 is used when the tenth day is over, all of it after the twentieth."""
    know(db, day(25))
    ledger = spending(tmp_path, days(SINCE, [10] * 200))
    plan = add_plan(db, "All", PlanContent({}, "cost", "month", {NOVEMBER: 200 * DOLLAR}), LONG_AGO)
    content = RuleContent("", RuleKind.PLAN_ACTUAL, Terms(shares=(50, 100)))
    told = [(one.at.date(), one.phase, one.subject) for one in preview(ledger, db, content, NOW).fired]
    assert told == [
        (day(11), "begun", "Plan All, 2026-11 is used up to 50%"),
        (day(21), "worse", "Worse: Plan All, 2026-11 is used up to 100%"),
    ]
    db.execute("UPDATE plans SET owner = 'ann@acme.example', private = 1")
    assert preview(ledger, db, content, NOW).fired == (), "a rule of every plan leaves it out"
    rule(db, "plan_forecast", shares=(100,), plan=plan.id)
    assert look(db, ledger, day(25)) == ["begun: Plan All, 2026-11 is expected to end at 150%"]
    delete_plan(db, plan.id)
    assert look(db, ledger, day(25)) == [] and open_events(db) == {}


NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
