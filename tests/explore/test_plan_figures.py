"""A plan's numbers, counted again from raw rows in plain Python."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.errors import InputError
from core.explore.insights import KnownDays
from core.explore.plan_figures import PlanFigures, figures, plan_query, scope_of
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period
from core.store.plans import Plan, PlanContent
from tests.explore.ledgers import PLATFORM, PLATFORM_2, Row, ledger_of, tokens

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
BOTH = (PLATFORM, PLATFORM_2)
KNOWN = [KnownDays(connection.id, TODAY) for connection in BOTH]
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
OPUS = {"in.model": ["opus"]}


def random_rows(seed: int) -> list[Row]:
    rng = random.Random(seed)
    return [
        tokens(
            day=day, cost=rng.randrange(10_000), tokens=rng.randrange(99), model=model, connection=connection
        )
        for day in Period(date(2026, 6, 1), TODAY)
        for model in ("opus", "haiku")
        for connection in BOTH
        if rng.random() < 0.8
    ]


def plan(amounts: dict[date, int], period: str = "month", measure: str = "cost", **params: list[str]) -> Plan:
    return Plan(1, "Plan", PlanContent(params, measure, period, amounts), NOW)


def of(ledger: Snapshot, made: Plan) -> PlanFigures:
    return figures(ledger, made, KNOWN, TODAY)


@pytest.mark.parametrize("measure", ["cost", "tokens"])
@pytest.mark.parametrize(("period", "start", "end"), [
    ("month", NOVEMBER.start, NOVEMBER.end),
    ("month", date(2026, 9, 1), date(2026, 10, 1)),
    ("quarter", date(2026, 10, 1), date(2027, 1, 1)),
    ("year", date(2026, 1, 1), date(2027, 1, 1)),
])  # fmt: skip
def test_actual_and_variance_are_the_rows(
    tmp_path: Path, measure: str, period: str, start: date, end: date
) -> None:
    rows, column = random_rows(1), "cost_microcents" if measure == "cost" else "tokens"
    found = of(ledger_of(tmp_path, rows, BOTH), plan({start: 50_000}, period, measure, **OPUS))
    (one,) = found.periods
    by_hand = sum(row[column] for row in rows if row["model"] == "opus" and start <= row["day"] < end)
    assert (one.actual, one.budget, one.variance) == (by_hand, 50_000, by_hand - 50_000)
    assert one.used == by_hand / 50_000
    assert one.gone == ((min(end, TODAY) - start).days) / (end - start).days
    assert (found.current is one) is (start <= TODAY < end)


def test_a_budget_that_is_used_up_breaks_on_the_day_it_was(tmp_path: Path) -> None:
    rows = [row for row in random_rows(2) if row["model"] == "opus"]
    spent, broken = 0, None
    for day in NOVEMBER:
        spent += sum(row["cost_microcents"] for row in rows if row["day"] == day)
        if spent > 40_000 and broken is None:
            broken = day
    found = of(ledger_of(tmp_path, rows, BOTH), plan({NOVEMBER.start: 40_000}, **OPUS))
    assert broken and found.breaks_on == broken and found.is_over


def test_a_budget_breaks_on_the_day_the_forecast_passes_it(tmp_path: Path) -> None:
    """1,000 a day: 25,500 is passed on the 26th."""
    rows = [tokens(day=day, cost=1000, tokens=1) for day in Period(date(2026, 6, 1), TODAY)]
    found = of(ledger_of(tmp_path, rows, BOTH), plan({NOVEMBER.start: 25_500}))
    assert found.breaks_on == date(2026, 11, 26) and not found.is_over


def test_a_budget_that_lasts_does_not_break(tmp_path: Path) -> None:
    rows = [tokens(day=day, cost=1000, tokens=1) for day in Period(date(2026, 6, 1), TODAY)]
    found = of(ledger_of(tmp_path, rows, BOTH), plan({NOVEMBER.start: 31_000}))
    assert found.breaks_on is None
    course = found.course(NOVEMBER)
    assert [point.actual for point in course[:19]] == [1000 * n for n in range(1, 20)]
    assert all(point.actual is None for point in course[19:])
    assert course[-1].expected == (found.current and found.current.expected)


def test_a_new_scope_has_no_forecast_and_no_day_it_breaks(tmp_path: Path) -> None:
    rows = [tokens(day=day, cost=1000, tokens=1) for day in Period(date(2026, 11, 1), TODAY)]
    found = of(ledger_of(tmp_path, rows, BOTH), plan({NOVEMBER.start: 25_500}))
    assert found.current and found.current.expected is None and found.breaks_on is None
    assert found.current.actual == 19_000


def test_without_a_budget_for_today_there_is_no_current_period(tmp_path: Path) -> None:
    found = of(ledger_of(tmp_path, random_rows(3), BOTH), plan({date(2026, 10, 1): 5, date(2027, 1, 1): 5}))
    assert [one.period.start for one in found.periods] == [date(2026, 10, 1)]
    assert found.current is None and found.breaks_on is None and not found.is_over


def test_unknown_days_are_in_no_actual(tmp_path: Path) -> None:
    known = [KnownDays(connection.id, TODAY, frozenset(NOVEMBER)) for connection in BOTH]
    rows = [row for row in random_rows(4) if row["day"] < NOVEMBER.start]
    found = figures(ledger_of(tmp_path, rows, BOTH), plan({NOVEMBER.start: 5}), known, TODAY)
    assert found.current and found.current.actual is None and found.current.used is None


def test_two_plans_of_the_same_use_know_nothing_of_each_other(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, random_rows(5), BOTH)
    alone = of(ledger, plan({NOVEMBER.start: 5}, **OPUS)).current
    everything = of(ledger, plan({NOVEMBER.start: 5})).current
    assert alone and everything and (alone.actual or 0) < (everything.actual or 0)


def test_a_scope_is_filters_and_nothing_else() -> None:
    (condition,) = scope_of({"not.model": ["opus", "~none"]})
    assert (condition.dimension, condition.exclude) == ("model", True)
    for wrong in ({"range": ["last_7"]}, {"in.day": ["2026-11-01"]}, {"in.nonsense": ["x"]}):
        with pytest.raises(InputError):
            scope_of(wrong)


def test_a_plan_asks_from_its_first_period_on() -> None:
    made = plan({date(2024, 2, 1): 1, NOVEMBER.start: 1})
    assert plan_query(made, TODAY).period == Period(date(2024, 2, 1), TODAY + ONE_DAY)
