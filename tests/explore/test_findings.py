"""What is worth a look: planted cases are found, and in a quiet world there is nothing."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explore import findings
from core.explore.control_differences import ControlDifference
from core.explore.findings import Finding, Group, Kind
from core.explore.idle import Idle, Suspect
from core.explore.query import Empty, Filter
from core.periods import Period
from core.store.days import DayKind, Gap
from tests.properties import tried

DOLLAR = 10**8
TODAY = date(2026, 11, 27)
DAYS = Period(date(2026, 10, 1), TODAY)
HISTORY = Period(DAYS.start - timedelta(weeks=8), TODAY)
CHECKOUT = Group("Engineering", "Checkout", "Checkout")
SEARCH = Group("Engineering", "Search", "Search")
STAFF = Group("Staff", Empty.NOT_APPLICABLE, "Not applicable")
KNOWN = {"Engineering": frozenset(HISTORY), "Staff": frozenset(HISTORY)}


def quiet(scale: int = 1) -> dict[date, int]:
    """Less on weekends, slowly more, a few per cent up and down."""
    return {
        day: scale
        * DOLLAR
        * (20 if day.weekday() > 4 else 100)
        * (100 + n // 7 + day.toordinal() * 7 % 5)
        // 100
        for n, day in enumerate(HISTORY)
    }


def unusual(course, known=KNOWN, days=DAYS) -> list[Finding]:
    return findings.by_weight(findings.unusual_days(course, known, days))


def test_a_quiet_world_has_nothing() -> None:
    course = {CHECKOUT: quiet(), SEARCH: quiet(30), STAFF: quiet(7)}
    assert unusual(course) == []
    models = {"claude-opus-5": quiet(), "claude-sonnet-5": quiet()}
    assert list(findings.new_models(models, DAYS, HISTORY.start)) == []
    assert list(findings.watched_keys([], {}, DAYS)) == list(findings.idle_keys([])) == []
    assert list(findings.gaps_found([], course, KNOWN, DAYS)) == []
    assert list(findings.differences_found([], DAYS)) == []


def test_a_day_far_off_its_weekday() -> None:
    day = date(2026, 10, 14)
    costs = quiet() | {day: 350 * DOLLAR}
    (found,) = unusual({CHECKOUT: costs, STAFF: quiet()})
    before = sorted(quiet()[day - timedelta(weeks=n)] for n in range(1, 9))
    assert found.dollars == 350 * DOLLAR - (before[3] + before[4]) // 2
    assert found.cost == 350 * DOLLAR and found.page == "cost"
    assert found.query.period == Period(day, day + timedelta(days=1))
    assert set(found.query.filters) == {
        Filter("cost_center", ("Engineering",)),
        Filter("workspace", ("Checkout",)),
    }
    assert found.words.startswith("Checkout cost $350.00 on Oct 14, 2026: $2")
    assert found.words.endswith(" more than Wednesdays before.") and found.kind is Kind.DAY


def test_a_connection_without_workspaces_is_called_by_its_name() -> None:
    (found,) = unusual({STAFF: quiet() | {date(2026, 11, 10): 0}})
    assert (
        found.words.startswith("Staff cost $0.00 on Nov 10, 2026: $1") and "less than Tuesdays" in found.words
    )
    assert found.query.filters == (Filter("cost_center", ("Staff",)),) and found.dollars < -100 * DOLLAR


def test_a_day_without_a_row_is_a_true_zero_where_it_is_known() -> None:
    """And nothing at all where it is not."""
    day = date(2026, 11, 10)
    costs = {one: cost for one, cost in quiet().items() if one != day}
    assert [one.cost for one in unusual({CHECKOUT: costs})] == [0]
    assert unusual({CHECKOUT: costs}, {"Engineering": KNOWN["Engineering"] - {day}}) == []


def test_the_newest_days_are_not_low_yet() -> None:
    newest = {TODAY - timedelta(days=n): 0 for n in (1, 2)}
    assert unusual({CHECKOUT: quiet() | newest}) == []
    high = {TODAY - timedelta(days=1): 900 * DOLLAR}
    assert len(unusual({CHECKOUT: quiet() | high})) == 1


def test_days_near_each_other_are_one_stretch_and_workspaces_of_a_connection_one_finding() -> None:
    days = [date(2026, 11, n) for n in (5, 6, 9, 10)]
    course = {group: quiet() | dict.fromkeys(days, 400 * DOLLAR) for group in (CHECKOUT, SEARCH)}
    (found,) = unusual(course)
    assert found.query.period == Period(days[0], date(2026, 11, 11))
    weekend = sum(quiet()[date(2026, 11, n)] for n in (7, 8))
    assert found.cost == 2 * (4 * 400 * DOLLAR + weekend)
    assert Filter("workspace", ("Checkout", "Search")) in found.query.filters
    assert (
        found.words.startswith("Checkout and Search cost $3,2") and "the same weekdays before" in found.words
    )
    assert len(unusual(course | {STAFF: quiet() | dict.fromkeys(days, 400 * DOLLAR)})) == 2


@pytest.mark.parametrize(
    ("cost", "scale"),
    [(129, 1), (24, 0)],
    ids=["under 30 per cent", "under 25 dollars"],
)
def test_small_differences_are_none(cost: int, scale: int) -> None:
    """However steady the days before were."""
    steady = dict.fromkeys(HISTORY, 100 * DOLLAR * scale)
    day = date(2026, 11, 10)
    assert unusual({CHECKOUT: steady | {day: cost * DOLLAR}}) == []
    assert len(unusual({CHECKOUT: steady | {day: (cost + 1) * DOLLAR}})) == 1


def test_what_varies_much_is_far_off_from_farther_away() -> None:
    """Wednesdays of 50 and 150 dollars: the median deviation is 50, and five of them, scaled, are 370."""
    wild = {day: (50 if day.toordinal() // 7 % 2 else 150) * DOLLAR for day in HISTORY}
    day = date(2026, 11, 11)
    assert unusual({CHECKOUT: wild | {day: 400 * DOLLAR}}) == []
    assert len(unusual({CHECKOUT: wild | {day: 800 * DOLLAR}})) == 1


def test_a_workspace_that_just_began_has_no_usual() -> None:
    young = dict.fromkeys(Period(date(2026, 11, 1), TODAY), 100 * DOLLAR)
    assert unusual({CHECKOUT: young}) == []
    assert unusual({CHECKOUT: young | {date(2026, 11, 24): 900 * DOLLAR}}) == [], "three Tuesdays are too few"


@tried(60)
@given(st.lists(st.integers(0, 500), min_size=9, max_size=9), st.booleans())
def test_far_off_as_counted_in_floats(dollars: list[int], rises: bool) -> None:
    """Against the median and its median deviation, written out anew; close calls aside."""
    *before, cost = (one * DOLLAR for one in dollars)
    before = before[:7]  # odd, so that both medians are a value
    middle = median(before)
    bound = max(7.413 * median(abs(one - middle) for one in before), 25 * DOLLAR, 0.3 * middle)
    if abs(abs(cost - middle) - bound) > DOLLAR / 100:
        assert findings.is_far_off(cost, before) is (abs(cost - middle) > bound)


def test_a_model_never_seen_before() -> None:
    first = date(2026, 11, 20)
    models = {
        "claude-new": {first: 5 * DOLLAR, date(2026, 11, 22): 7 * DOLLAR},
        "claude-old": {HISTORY.start: 1, first: 9 * DOLLAR},
    }
    (found,) = findings.new_models(models, DAYS, HISTORY.start)
    assert (found.kind, found.dollars, found.cost) == (Kind.MODEL, 12 * DOLLAR, 12 * DOLLAR)
    assert found.query.period == Period(first, DAYS.end)
    assert found.words == "claude-new was never used before Nov 20, 2026; since then it cost $12.00."
    assert list(findings.new_models(models, DAYS, date(2026, 11, 1))) == [], (
        "the history is too short to tell"
    )


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
    steady = dict.fromkeys(HISTORY, 10 * DOLLAR)
    (found,) = findings.gaps_found(
        [("Engineering", gap)], {CHECKOUT: steady, SEARCH: steady, STAFF: steady}, known, DAYS
    )
    assert found.dollars == 40 * DOLLAR and found.page == "sync"
    assert found.words == (
        "Nov 17 – 18, 2026 of Engineering is not known: failed. Such days usually cost $40.00."
    )
    (found,) = findings.gaps_found([("Other", gap)], {}, {}, DAYS)
    assert found.dollars is None, "unknown, not zero"
    old = Gap(Period(date(2026, 9, 1), date(2026, 9, 3)), DayKind.FAILED, None)
    assert list(findings.gaps_found([("Engineering", old)], {}, known, DAYS)) == []


def test_differences_to_anthropics_totals() -> None:
    days = [date(2026, 11, 3), date(2026, 11, 5)]
    lines = [ControlDifference(1, "Engineering", day, "cost", 5 * DOLLAR, 3 * DOLLAR) for day in days]
    lines.append(ControlDifference(1, "Engineering", days[0], "tokens", 100, 40))
    lines.append(ControlDifference(1, "Engineering", date(2026, 8, 1), "cost", 5, 3))
    cost, tokens = findings.by_weight(findings.differences_found(lines, DAYS))
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
    found = findings.by_weight(Finding(Kind.DAY, str(n), amount, "cost") for n, amount in enumerate(amounts))
    assert [one.dollars for one in found] == [-7, 5, 3, 0, None]


def test_names_from_right_to_left_leave_the_numbers_alone() -> None:
    turned = Group("Engineering", "שלום", "שלום")
    (found,) = unusual({turned: quiet() | {date(2026, 11, 10): 900 * DOLLAR}})
    assert found.words.startswith("\u2068שלום\u2069 cost $900.00")
