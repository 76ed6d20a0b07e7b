"""Rules on amounts, changes and rates of a scope: counted again by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.alerts.preview import preview
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import RuleContent, add_rule, change_rule, delete_rule
from core.store.outbox import list_alerts, open_events
from tests.alerts.worlds import (
    BOTH,
    DOLLAR,
    LONG_AGO,
    SINCE,
    days,
    forget_day,
    know,
    look,
    morning,
    rule,
    spending,
    spent,
    two_connections,
)
from tests.explore.ledgers import ledger_of, row, tokens
from tests.properties import tried
from tests.store.books import in_memory

MONDAY = date(2026, 11, 2)


def day(number: int) -> date:
    """The number-th day after that Monday."""
    return MONDAY + timedelta(days=number)


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as made:
        two_connections(made)
        know(made, date(2026, 12, 1), 2)
        yield made


def looks(db: Database, ledger: Snapshot, numbers: range, since: date = SINCE) -> list[list[str]]:
    """Each morning, with the days before it known."""
    told = []
    for number in numbers:
        know(db, day(number), since=min(since, day(number)))
        since = day(number)
        told.append(look(db, ledger, day(number)))
    return told


# An amount over a day


def test_days_above_an_amount_are_one_event_that_worsens_and_ends(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    ledger = spending(tmp_path, days(day(0), [99, 100, 149, 150, 120, 99, 100]))
    name = "Rule 11"
    assert looks(db, ledger, range(8)) == [
        [],
        [],
        [f"begun: {name}: $100.00 on Nov 3, 2026"],
        [],
        [f"worse: Worse: {name}: $150.00 on Nov 5, 2026"],
        [],
        [f"ended: {name} is over: $99.00 on Nov 7, 2026"],
        [f"begun: {name}: $100.00 on Nov 8, 2026"],
    ]


def test_the_step_says_when_it_is_told_again(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost", step=10)
    ledger = spending(tmp_path, days(day(0), [100, 109, 110, 120, 121]))
    assert [len(told) for told in looks(db, ledger, range(6))] == [0, 1, 0, 1, 0, 1]


def test_what_began_and_ended_between_two_looks_is_told_once(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    ledger = spending(tmp_path, days(day(0), [10, 500, 10, 10]))
    know(db, day(4))
    assert look(db, ledger, day(4)) == ["begun: Rule 11: $500.00 on Nov 3, 2026"]
    assert look(db, ledger, day(5)) == []
    ((alert, _),) = list_alerts(db, LONG_AGO)
    assert "api_key" not in alert.text and alert.page.startswith("cost?")


def test_what_was_over_before_the_rule_was_on_is_not_told(db: Database, tmp_path: Path) -> None:
    ledger = spending(tmp_path, days(day(0), [500, 10, 10, 10]))
    know(db, day(4))
    rule(db, "amount", morning(day(3)), threshold=100 * DOLLAR, period="day", measure="cost")
    assert look(db, ledger, day(4)) == []


def test_a_day_waits_until_it_is_known(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    ledger = spending(tmp_path, days(day(0), [10, 500]))
    know(db, day(1))
    assert look(db, ledger, day(1)) == look(db, ledger, day(3)) == []
    know(db, day(2))
    assert len(look(db, ledger, day(3))) == 1


def test_an_unknown_day_is_not_below_the_line(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    ledger = spending(tmp_path, days(day(0), [500, 10, 500]))
    know(db, day(3))
    forget_day(db, day(1))
    assert look(db, ledger, day(3)) == ["begun: Rule 11: $500.00 on Nov 2, 2026"]
    know(db, day(3))
    told = look(db, ledger, day(3))
    assert told == [
        "ended: Rule 11 is over: $10.00 on Nov 3, 2026",
        "begun: Rule 11: $500.00 on Nov 4, 2026",
    ], "two events after all"


def test_a_connection_in_the_dark_hides_no_spike_and_ends_none(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    rows = [*spent(days(day(0), [500, 10])), *spent(days(day(0), [1, 1]), 2)]
    ledger = ledger_of(tmp_path, rows, BOTH)
    know(db, day(2))
    for number in (0, 1):
        forget_day(db, day(number), 2)
    assert len(look(db, ledger, day(2))) == 1
    know(db, date(2026, 12, 1), 2)
    assert look(db, ledger, day(2)) == ["ended: Rule 11 is over: $11.00 on Nov 3, 2026"]


@pytest.mark.slow
def test_what_lasts_for_half_a_year_is_one_event(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    first = date(2026, 6, 1)
    ledger = spending(tmp_path, days(first, [120] * 180))
    told = []
    for number in range(1, 180, 7):
        know(db, first + timedelta(days=number))
        told += look(db, ledger, first + timedelta(days=number))
    assert told == ["begun: Rule 11: $120.00 on Jun 1, 2026"]


# Over a week


@pytest.mark.slow
def test_each_week_above_an_amount_is_told_as_soon_as_it_is_reached(db: Database, tmp_path: Path) -> None:
    rule(db, "amount", threshold=300 * DOLLAR, period="week", measure="cost")
    ledger = spending(tmp_path, days(day(0), [100] * 14))
    subject = "begun: Rule 11: $300.00 in Nov {}, 2026, as far as it is known"
    told = looks(db, ledger, range(15))
    assert [number for number, subjects in enumerate(told) if subjects] == [3, 5, 10, 12]
    assert told[3] == [subject.format("2 – 8")] and told[10] == [subject.format("9 – 15")]
    assert told[5] == ["worse: Worse: Rule 11: $500.00 in Nov 2 – 8, 2026, as far as it is known"]


# Changes


def test_a_week_is_compared_with_the_one_before(db: Database, tmp_path: Path) -> None:
    rule(db, "change", threshold=50, floor=50 * DOLLAR, period="week", measure="cost", direction="rise")
    ledger = spending(tmp_path, days(day(0), [100] * 7 + [149] * 7 + [224] * 7))
    told = looks(db, ledger, range(7, 23), since=day(0))
    assert [(n + 7, subjects) for n, subjects in enumerate(told) if subjects] == [
        (21, ["begun: Rule 11: $1,568.00 in Nov 16 – 22, 2026 after $1,043.00 the week before"])
    ]


@pytest.mark.parametrize(("direction", "fires"), [("rise", False), ("fall", True)])
def test_a_fall_is_no_rise(db: Database, tmp_path: Path, direction: str, fires: bool) -> None:
    rule(db, "change", threshold=50, floor=DOLLAR, period="day", measure="cost", direction=direction)
    ledger = spending(tmp_path, days(day(0), [100] * 7 + [50]))
    know(db, day(8), since=day(0))
    assert bool(look(db, ledger, day(8))) is fires


def test_a_change_is_of_the_connections_that_know_both_sides(db: Database, tmp_path: Path) -> None:
    """The other connection spent its first dollars in the second week: nobody knows what it did before."""
    rule(db, "change", threshold=50, floor=DOLLAR, period="week", measure="cost", direction="rise")
    rows = [*spent(days(day(0), [100] * 14)), *spent(days(day(7), [900] * 7), 2)]
    ledger = ledger_of(tmp_path, rows, BOTH)
    know(db, day(14), since=day(0))
    db.execute("DELETE FROM coverage WHERE connection_id = 2 AND day < ?", [day(7).isoformat()])
    assert look(db, ledger, day(14)) == []
    know(db, date(2026, 12, 1), 2, since=day(0))
    assert look(db, ledger, day(14)) == [
        "begun: Rule 11: $7,000.00 in Nov 9 – 15, 2026 after $700.00 the week before"
    ]


# Rates


def test_an_effective_rate_above_a_line_is_told_where_enough_is_spent(db: Database, tmp_path: Path) -> None:
    """A row is a million tokens: its dollars are the rate."""
    terms = {"threshold": 10 * DOLLAR, "period": "day"}
    ledger = spending(tmp_path, days(day(0), [9, 10, 9]))
    know(db, day(3))
    rule(db, "rate", floor=11 * DOLLAR, **terms)  # type: ignore[arg-type]
    assert look(db, ledger, day(3)) == []
    rule(db, "rate", floor=10 * DOLLAR, **terms)  # type: ignore[arg-type]
    assert look(db, ledger, day(2)) == [
        "begun: Rule 12: $10.00 / 1M tokens on Nov 3, 2026, where $10.00 was spent"
    ]


def test_a_cache_hit_rate_below_a_line_is_told(db: Database, tmp_path: Path) -> None:
    rule(db, "cache", threshold=50, floor=DOLLAR, period="day")
    kinds = (("cache_read_input_tokens", (50, 49)), ("uncached_input_tokens", (50, 51)))
    rows = [
        tokens(type_=kind, day=day(number), cost=DOLLAR, tokens=count)
        for kind, counts in kinds
        for number, count in enumerate(counts)
    ]
    ledger = ledger_of(tmp_path, rows, BOTH)
    know(db, day(1))
    assert look(db, ledger, day(1)) == [], "half is not below the half"
    know(db, day(2))
    assert look(db, ledger, day(2)) == [
        "begun: Rule 11: cache hit rate 49.0% on Nov 3, 2026, where $2.00 was spent"
    ]


def test_a_day_without_tokens_has_no_rate(db: Database, tmp_path: Path) -> None:
    rule(db, "rate", threshold=1, floor=0, period="day")
    ledger = ledger_of(tmp_path, [row(day=day(0), cost=DOLLAR, cost_type="web_search")], BOTH)
    know(db, day(1))
    assert look(db, ledger, day(1)) == []


# Scopes, rules that change


def test_a_rule_looks_at_its_scope_only(db: Database, tmp_path: Path) -> None:
    loud, quiet = (
        spent(days(day(0), [amount]), api_key=key) for key, amount in (("loud", 500), ("quiet", 5))
    )
    ledger = ledger_of(tmp_path, [*loud, *quiet], BOTH)
    know(db, day(1))
    terms = {"threshold": 100 * DOLLAR, "period": "day", "measure": "cost"}
    rule(db, "amount", scope={"in.api_key": ["quiet"]}, **terms)  # type: ignore[arg-type]
    assert look(db, ledger, day(1)) == []
    rule(db, "amount", scope={"in.api_key": ["loud"]}, **terms)  # type: ignore[arg-type]
    assert len(look(db, ledger, day(1))) == 1
    ((alert, _),) = list_alerts(db, LONG_AGO)
    assert "API key is loud" in alert.text and "in.api_key=loud" in alert.page


def test_two_rules_of_one_kind_tell_each_for_itself(db: Database, tmp_path: Path) -> None:
    terms = Terms(threshold=100 * DOLLAR, period="day", measure="cost")
    first = rule(db, "amount", threshold=50 * DOLLAR, period="day", measure="cost")
    change_rule(db, first.id, RuleContent("Low", RuleKind.AMOUNT, terms), LONG_AGO)
    ledger = spending(tmp_path, days(day(0), [500]))
    know(db, day(1))
    assert len(look(db, ledger, day(1))) == 1
    rule(db, "amount", threshold=200 * DOLLAR, period="day", measure="cost")
    assert look(db, ledger, day(1)) == ["begun: Rule 12: $500.00 on Nov 2, 2026"]


def test_a_rule_that_judges_otherwise_begins_anew_and_one_renamed_goes_on(
    db: Database, tmp_path: Path
) -> None:
    made = rule(db, "amount", threshold=100 * DOLLAR, period="day", measure="cost")
    ledger = spending(tmp_path, days(day(0), [500]))
    know(db, day(1))
    look(db, ledger, day(1))
    change_rule(db, made.id, RuleContent("Renamed", made.kind, made.terms), LONG_AGO)
    assert look(db, ledger, day(1)) == []
    lower = Terms(threshold=50 * DOLLAR, period="day", measure="cost")
    change_rule(db, made.id, RuleContent("Renamed", made.kind, lower), LONG_AGO)
    assert look(db, ledger, day(1)) == ["begun: Renamed: $500.00 on Nov 2, 2026"]
    delete_rule(db, made.id)
    assert open_events(db) == {} and look(db, ledger, day(1)) == []


def test_a_scope_that_can_no_longer_be_read_silences_its_own_rule_alone(db: Database, tmp_path: Path) -> None:
    terms = {"threshold": 100 * DOLLAR, "period": "day", "measure": "cost"}
    rule(db, "amount", scope={"in.gone_dimension": ["x"]}, **terms)  # type: ignore[arg-type]
    other = RuleContent("Other", RuleKind.AMOUNT, Terms(**terms))  # type: ignore[arg-type]
    add_rule(db, other, LONG_AGO)
    know(db, day(1))
    assert len(look(db, spending(tmp_path, days(day(0), [500])), day(1))) == 1


# The preview


@pytest.mark.slow
@given(st.lists(st.integers(0, 300), min_size=20, max_size=40))
@tried(0.1)
@pytest.mark.slow
def test_the_preview_tells_what_a_look_each_day_would_have_told(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[int]
) -> None:
    ledger = spending(tmp_path_factory.mktemp("ledger"), days(day(-len(amounts)), amounts))
    terms = Terms(threshold=150 * DOLLAR, period="day", measure="cost")
    content = RuleContent("Rule 11", RuleKind.AMOUNT, terms)
    with in_memory() as db:
        two_connections(db)
        know(db, date(2026, 12, 1), 2)
        know(db, day(0))
        fired = preview(ledger, db, content, morning(day(0))).fired
        beyond = [0, *(amount >= 150 for amount in amounts)]
        begins = [n for n in range(1, len(beyond)) if beyond[n] and not beyond[n - 1]]
        first = day(-len(amounts))
        told_on = [(one.at.date() - first).days for one in fired if one.phase == "begun"]
        assert told_on == begins, "each on the day after"
        rule(db, "amount", threshold=150 * DOLLAR, period="day", measure="cost")
        db.execute("DELETE FROM coverage WHERE connection_id = 1")
        told = []
        for at in Period(first, day(1)):
            know(db, at, since=max(first, at - ONE_DAY))
            told += look(db, ledger, at)
    assert told == [f"{one.phase}: {one.subject}" for one in fired]


def test_the_preview_changes_nothing(db: Database, tmp_path: Path) -> None:
    ledger = spending(tmp_path, days(day(0), [500]))
    know(db, day(1))
    before = db.conn.total_changes
    terms = Terms(threshold=100 * DOLLAR, period="day", measure="cost")
    assert preview(ledger, db, RuleContent("", RuleKind.AMOUNT, terms), morning(day(5))).begun == 1
    assert db.conn.total_changes == before and not db.conn.in_transaction


def test_the_preview_reaches_ninety_days_back(db: Database, tmp_path: Path) -> None:
    """What was over before is not told; what lasts into them is told on their first day."""
    today = SINCE + timedelta(days=150)
    know(db, today)
    amounts = [500 if n in (50, 70) else 1 for n in range(150)]
    ledger = spending(tmp_path, days(SINCE, amounts))
    terms = Terms(threshold=100 * DOLLAR, period="day", measure="cost")
    fired = preview(ledger, db, RuleContent("", RuleKind.AMOUNT, terms), morning(today)).fired
    assert [(one.at.date(), one.phase) for one in fired] == [
        (SINCE + 71 * ONE_DAY, "begun"), (SINCE + 72 * ONE_DAY, "ended")
    ]  # fmt: skip
    assert [one.subject.split(":")[0] for one in fired] == ["This rule", "This rule is over"], (
        "none is typed yet"
    )
