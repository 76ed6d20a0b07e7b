"""What is worth a look beside anomalies: planted cases are found, and in a quiet world there is nothing."""

from __future__ import annotations

from datetime import date, timedelta

from core.explore import findings
from core.explore.control_differences import ControlDifference
from core.explore.findings import Finding, Kind
from core.explore.idle import Idle, Suspect
from core.explore.query import Filter
from core.periods import Period
from core.store.days import DayKind, Gap

DOLLAR = 10**8
TODAY = date(2026, 11, 27)
DAYS = Period(date(2026, 10, 1), TODAY)
MONTH = date(2026, 11, 1)
HISTORY = Period(DAYS.start - timedelta(weeks=8), TODAY)
KNOWN = {"Engineering": frozenset(HISTORY), "Staff": frozenset(HISTORY)}


def test_a_quiet_world_has_nothing() -> None:
    course = {"Engineering": dict.fromkeys(HISTORY, 30 * DOLLAR)}
    assert list(findings.watched_keys([], {}, DAYS)) == list(findings.idle_keys([])) == []
    assert list(findings.gaps_found([], course, KNOWN, DAYS)) == []
    assert list(findings.differences_found([], DAYS)) == []


def test_keys_to_look_at_with_their_dollars_and_idle_ones_without() -> None:
    suspect = Suspect(1, "apikey_1", "old", ("Its state is “inactive”.", "Its creator left."), None, TODAY)
    (found,) = findings.watched_keys([suspect], {"apikey_1": 3 * DOLLAR}, DAYS)
    assert (
        found.query.filters == (Filter("api_key_id", ("apikey_1",)),)
        and found.dollars == found.cost == 3 * DOLLAR
    )
    assert found.words == (
        "old: Its state is “inactive”. Its creator left. It cost $3.00 in Oct 1 – Nov 26, 2026."
    )
    (free,) = findings.watched_keys([suspect], {}, DAYS)
    assert free.dollars == 0
    idle = [Idle(f"k{n}", f"key {n}", (1,), None, None, known=n != 3) for n in range(4)]
    (found,) = findings.idle_keys(idle)
    assert found.words == "key 0, key 1 and 1 more are active keys without use in 30 days."
    assert (found.page, found.query, found.dollars) == ("keys", None, 0)
    assert list(findings.idle_keys(idle[3:])) == [], "it may have been used on a day that is not known"


def test_a_gap_with_what_such_days_usually_cost() -> None:
    gap = Gap(Period(date(2026, 11, 17), date(2026, 11, 19)), DayKind.FAILED, None)
    known = {"Engineering": frozenset(HISTORY) - frozenset(gap.period)}
    course = {name: dict.fromkeys(HISTORY, 20 * DOLLAR) for name in ("Engineering", "Staff")}
    for week, cost in enumerate((20, 26, 90, 26, 10, 26, 26, 26), 1):
        course["Engineering"][date(2026, 11, 17) - timedelta(weeks=week)] = cost * DOLLAR
    (found,) = findings.gaps_found([("Engineering", gap)], course, known, DAYS)
    assert found.dollars == (26 + 20) * DOLLAR, "one day that cost 90 is not what such days usually cost"
    assert found.page == "sync"
    assert found.words == (
        "Nov 17 – 18, 2026 of Engineering is not known: failed. Such days usually cost $46.00."
    )
    young = {"Engineering": dict.fromkeys(Period(date(2026, 10, 27), TODAY), 10 * DOLLAR)}
    (found,) = findings.gaps_found([("Engineering", gap)], young, known, DAYS)
    assert found.dollars is None, "of three same weekdays nothing is usual"
    (found,) = findings.gaps_found([("Other", gap)], {}, {}, DAYS)
    assert found.dollars is None, "unknown, not zero"
    old = Gap(Period(date(2026, 9, 1), date(2026, 9, 3)), DayKind.FAILED, None)
    assert list(findings.gaps_found([("Engineering", old)], {}, known, DAYS)) == []


def test_differences_to_anthropics_totals() -> None:
    days = [date(2026, 11, 3), date(2026, 11, 5)]
    lines = [ControlDifference(1, "Engineering", day, "cost", 5 * DOLLAR, 3 * DOLLAR) for day in days]
    lines.append(ControlDifference(1, "Engineering", days[0], "tokens", 100, 40))
    lines.append(ControlDifference(1, "Engineering", date(2026, 8, 1), "cost", 5, 3))
    cost, tokens = findings.latest_first(findings.differences_found(lines, DAYS), MONTH, DAYS.start)
    assert (cost.dollars, cost.page, cost.query.period) == (
        4 * DOLLAR,
        "cost",
        Period(days[0], date(2026, 11, 6)),
    )
    assert "differ in cost, by $4.00." in cost.words and cost.query.filters == (
        Filter("cost_center", ("Engineering",)),
    )
    assert (tokens.dollars, tokens.page, tokens.query.measures) == (None, "usage", ("tokens",))
    assert "by 60." in tokens.words


def test_the_dearest_come_first_and_those_without_dollars_last() -> None:
    amounts = [None, 0, -7, 5, 3]
    told = [Finding(Kind.UNUSUAL, str(n), amount, "cost") for n, amount in enumerate(amounts)]
    assert [each.dollars for each in findings.latest_first(told, MONTH, DAYS.start)] == [-7, 5, 3, 0, None]


def test_what_is_older_comes_after_all_that_is_new_however_dear() -> None:
    told = [
        Finding(Kind.LEVEL, "since long", -9_000, "cost", since=DAYS.start - timedelta(days=1)),
        Finding(Kind.UNUSUAL, "the last of October", 500, "cost", since=MONTH - timedelta(days=1)),
        Finding(Kind.UNUSUAL, "a rate", None, "usage", since=date(2026, 11, 15)),
        Finding(Kind.UNUSUAL, "the first", 3, "cost", since=MONTH),
        Finding(Kind.KEY, "a key, now", 40, "cost"),
    ]
    assert [each.words for each in findings.latest_first(told, MONTH, DAYS.start)] == [
        "the first", "a rate", "the last of October", "a key, now", "since long",
    ]  # fmt: skip
