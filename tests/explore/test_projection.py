"""What is known and expected of a question, counted again from the rows by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explore.insights import KnownDays
from core.explore.plan_figures import PlanPeriod
from core.explore.projected_days import Part
from core.explore.projection import HISTORY_DAYS, Projection, looked_at, projections
from core.explore.query import Filter, Query
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period
from tests.explore.ledgers import PLATFORM, PLATFORM_2, Row, ledger_of, tokens
from tests.properties import tried

TODAY = date(2026, 11, 20)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
SINCE = date(2026, 7, 1)
BOTH = (PLATFORM, PLATFORM_2)
KNOWN = [KnownDays(connection.id, TODAY) for connection in BOTH]
QUERY = Query(("cost",), NOVEMBER)


def use(since: date = SINCE, until: date = TODAY, cost: int = 1000, **values: object) -> list[Row]:
    return [tokens(day=day, cost=cost, tokens=10, **values) for day in Period(since, until)]  # type: ignore[arg-type]


def projected(ledger: Snapshot, known: list[KnownDays] = KNOWN, query: Query = QUERY) -> Projection:
    (found,) = projections(ledger, query, known, TODAY, NOVEMBER.end).values()
    return found


def test_what_is_known_and_what_is_expected_are_the_month(tmp_path: Path) -> None:
    total = projected(ledger_of(tmp_path, use(), BOTH)).within(NOVEMBER)
    assert (total.actual, len(total.known_days)) == (19 * 1000, 19)
    assert total.ahead and total.ahead.point == pytest.approx(11 * 1000, rel=0.01)
    assert total.expected and total.expected.point == total.actual + total.ahead.point
    assert (total.estimated, total.estimated_days, total.unknown_days) == (0, 0, 0)


def test_a_day_under_way_is_part_of_the_forecast_and_not_of_what_is_known(tmp_path: Path) -> None:
    rows = [*use(), tokens(day=TODAY, cost=400, tokens=1)]
    total = projected(ledger_of(tmp_path, rows, BOTH)).within(NOVEMBER)
    assert (total.actual, total.so_far) == (19_000, 19_400)
    assert total.expected and total.expected.point == pytest.approx(30_000, rel=0.01)


def test_the_forecast_is_never_below_what_there_is(tmp_path: Path) -> None:
    rows = [*use(), tokens(day=TODAY, cost=500_000, tokens=1)]
    total = projected(ledger_of(tmp_path, rows, BOTH)).within(NOVEMBER)
    assert total.expected and total.expected.low == total.expected.point == total.so_far == 519_000


def test_unknown_days_are_taken_for_their_weekday_and_never_for_nothing(tmp_path: Path) -> None:
    gone = frozenset({date(2026, 11, 4), date(2026, 11, 5)})
    rows = [row for row in use() if row["day"] not in gone]
    known = [KnownDays(PLATFORM.id, TODAY, gone), KNOWN[1]]
    total = projected(ledger_of(tmp_path, rows, BOTH), known).within(NOVEMBER)
    assert (total.actual, len(total.known_days)) == (17_000, 17)
    assert (total.estimated, total.estimated_days, total.unknown_days) == (2000, 2, 0)
    assert total.expected and total.expected.point == pytest.approx(30_000, rel=0.01)


def test_days_before_history_begins_are_in_nothing(tmp_path: Path) -> None:
    before = frozenset(Period(date(2026, 1, 1), date(2026, 11, 6)))
    known = [KnownDays(PLATFORM.id, TODAY, before)]
    ledger = ledger_of(tmp_path, use(date(2026, 11, 6)), (PLATFORM,))
    total = projected(ledger, known).within(NOVEMBER)
    assert (total.actual, total.unknown_days, total.estimated) == (14_000, 5, 0)
    assert total.ahead is None and total.expected is None, "two weeks are too little history"


def test_the_connection_that_is_too_young_for_a_forecast_is_named(tmp_path: Path) -> None:
    since = date(2026, 11, 6)
    unknown = frozenset(Period(date(2025, 1, 1), since))
    known = [KNOWN[0], KnownDays(PLATFORM_2.id, TODAY, unknown)]
    rows = [*use(), *use(since, connection=PLATFORM_2)]
    both = ledger_of(tmp_path, rows, BOTH)
    total = projected(both, known).within(NOVEMBER)
    assert (total.expected, total.young) == (None, ("Products",))
    assert total.lacks == (
        "Too little history in Products for a forecast: it takes five weeks of known days."
    )
    only = replace(QUERY, filters=(Filter("cost_center", ("Products",)),))
    alone = projected(both, known, only).within(NOVEMBER)
    assert (alone.expected, alone.young, alone.too_little) == (None, (), "Too little history")
    older = projected(both, KNOWN).within(NOVEMBER)
    assert older.expected and older.young == ()


def test_connections_that_know_other_days_are_forecast_apart(tmp_path: Path) -> None:
    """The second one's last ten days are late: they are expected of it alone."""
    late = date(2026, 11, 10)
    rows = use() + use(until=late, cost=300, connection=PLATFORM_2)
    known = [KNOWN[0], KnownDays(PLATFORM_2.id, late)]
    found = projected(ledger_of(tmp_path, rows, BOTH), known)
    total = found.within(NOVEMBER)
    assert total.actual == 19 * 1000 + 9 * 300
    assert total.ahead and total.ahead.point == pytest.approx(11 * 1000 + 21 * 300, rel=0.01)
    assert found.complete_until == late
    assert (len(total.known_days), total.most_known_days) == (9, 19)


def test_a_connection_without_any_use_takes_no_known_day(tmp_path: Path) -> None:
    """Of one that knows nine days, and that nothing is of, the days of the other are no fewer."""
    known = [KNOWN[0], KnownDays(PLATFORM_2.id, date(2026, 11, 10))]
    total = projected(ledger_of(tmp_path, use(), BOTH), known).within(NOVEMBER)
    assert (total.actual, len(total.known_days), total.most_known_days) == (19_000, 19, 19)


def test_what_only_some_connections_know_is_an_actual_too(tmp_path: Path) -> None:
    """On the second of the month the other's first day is not reported yet."""
    rows = use() + use(until=date(2026, 11, 1), cost=300, connection=PLATFORM_2)
    known = [KNOWN[0], KnownDays(PLATFORM_2.id, date(2026, 11, 1))]
    total = projected(ledger_of(tmp_path, rows, BOTH), known).within(NOVEMBER)
    assert (total.known_days, total.most_known_days) == (frozenset(), 19)
    assert PlanPeriod(10**6, total).actual == 19_000


def test_one_connection_with_too_little_history_leaves_no_forecast(tmp_path: Path) -> None:
    rows = use() + use(date(2026, 11, 5), cost=300, connection=PLATFORM_2)
    known = [KNOWN[0], KnownDays(PLATFORM_2.id, TODAY, frozenset(Period(SINCE, date(2026, 11, 5))))]
    assert projected(ledger_of(tmp_path, rows, BOTH), known).within(NOVEMBER).expected is None


def test_a_connection_without_use_of_the_scope_does_not_matter(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, use(), BOTH)
    known = [KNOWN[0], KnownDays(PLATFORM_2.id, date(2026, 11, 10))]
    assert projected(ledger, known).within(NOVEMBER).expected


def test_nothing_at_all_is_no_forecast(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, use(), BOTH)
    query = QUERY.narrowed(Filter("model", ("other",)))
    total = projected(ledger, query=query).within(NOVEMBER)
    assert (total.actual, total.expected) == (0, None)


def test_cost_that_nobody_told_is_unknown(tmp_path: Path) -> None:
    rows = [{**row, "cost_microcents": None} if row["day"].day == 3 else row for row in use()]
    total = projected(ledger_of(tmp_path, rows, BOTH)).within(NOVEMBER)
    assert (total.actual, total.estimated, total.estimated_days) == (18_000, 1000, 1)


def test_a_connection_that_never_tells_the_measure_leaves_the_forecast_of_the_others(tmp_path: Path) -> None:
    """As list cost, which Anthropic's older reports do not tell: no total has it, and no forecast."""
    rows = use(list_cost=2000) + use(cost=300, list_cost=None, connection=PLATFORM_2)
    ledger = ledger_of(tmp_path, rows, BOTH)
    total = projected(ledger, query=Query(("list_cost",), NOVEMBER)).within(NOVEMBER)
    assert total.so_far == 19 * 2000
    assert total.expected and total.expected.point == pytest.approx(30 * 2000, rel=0.01)


def test_groups_are_forecast_each(tmp_path: Path) -> None:
    rows = use(model="opus") + use(model="haiku", cost=50)
    query = Query(("cost",), NOVEMBER, ("model",))
    found = projections(ledger_of(tmp_path, rows, BOTH), query, KNOWN, TODAY, NOVEMBER.end)
    sums = {group: one.within(NOVEMBER).expected for group, one in found.items()}
    assert {group: round(ahead.point, -2) for group, ahead in sums.items() if ahead} == {
        ("opus",): 30_000,
        ("haiku",): 1500,
    }


def test_by_day_the_sums_grow_to_the_whole(tmp_path: Path) -> None:
    found = projected(ledger_of(tmp_path, use(), BOTH))
    course = found.by_day(NOVEMBER)
    assert [total.actual for total in course[:19]] == [1000 * n for n in range(1, 20)]
    points = [total.expected.point for total in course if total.expected]
    assert points == sorted(points) and len(points) == 30
    assert course[-1].expected == found.within(NOVEMBER).expected


def test_history_reaches_back_from_today_however_short_the_question() -> None:
    assert looked_at(QUERY, TODAY) == Period(TODAY - timedelta(days=HISTORY_DAYS), TODAY + ONE_DAY)


@tried(40)
@given(st.integers(0, 10**6), st.integers(30, 80), st.integers(0, 20), st.integers(1, 60))
def test_no_day_counts_twice_and_none_is_lost(seed: int, days: int, late: int, ahead: int) -> None:
    """Every day of a period is known, estimated, unknown, or after all that is known."""
    rng = random.Random(seed)
    end = SINCE + timedelta(days=days)
    values = {day: rng.choice([0, 5, 70, None]) for day in Period(SINCE, end)}
    unknown = frozenset(rng.sample(sorted(values), rng.randrange(10)))
    part = Part(end - late * ONE_DAY, unknown, values, end + ahead * ONE_DAY)
    period = Period(SINCE + rng.randrange(days) * ONE_DAY, part.end)
    total = part.within(period)
    after = sum(day >= part.later for day in period)
    assert len(total.known_days) + total.estimated_days + total.unknown_days + after == period.days
    by_hand = [
        value for day, value in values.items()
        if day in period and day < part.complete_until and day not in unknown and value is not None
    ]  # fmt: skip
    assert (total.actual, len(total.known_days)) == (sum(by_hand), len(by_hand))
    if total.expected and total.ahead:
        whole = total.actual + total.estimated + total.ahead.point
        assert total.expected.point == max(whole, total.so_far)
        assert total.expected.low <= total.expected.point <= total.expected.high


def test_days_that_may_still_change_are_forecast_at_what_they_will_become(tmp_path: Path) -> None:
    """Known sums stay as they are told; the whole has what each connection's days gain, in whole units."""
    rows = [
        *use(),
        *(row | {"connection_id": PLATFORM_2.id} for row in use(cost=500)),
    ]
    young = {date(2026, 11, 18): Fraction(11, 10), date(2026, 11, 19): Fraction(1001, 800)}
    known = [KnownDays(PLATFORM.id, TODAY, gains=young), KnownDays(PLATFORM_2.id, TODAY)]
    ledger = ledger_of(tmp_path, rows, BOTH)
    plain, grown = projected(ledger).within(NOVEMBER), projected(ledger, known).within(NOVEMBER)
    assert plain.actual == grown.actual == 19 * 1500
    assert (grown.gained, grown.grown_days) == (100 + 251, 2), "1001/800 of 1000 is 1251.25"
    assert grown.ahead and grown.expected
    assert grown.expected.point == grown.actual + grown.gained + grown.ahead.point
    assert (plain.gained, plain.grown_days) == (0, 0)


def test_a_day_that_is_not_known_gains_nothing(tmp_path: Path) -> None:
    young = {date(2026, 11, 19): Fraction(2), TODAY: Fraction(2), date(2026, 11, 18): Fraction(2)}
    known = [KnownDays(PLATFORM.id, TODAY, frozenset({date(2026, 11, 18)}), gains=young)]
    total = projected(ledger_of(tmp_path, use(), BOTH), known).within(NOVEMBER)
    assert (total.gained, total.grown_days) == (1000, 1)
