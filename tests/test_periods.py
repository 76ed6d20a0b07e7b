"""Half-open ranges of UTC days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import PRESETS, Period, day_of, months_in, next_month, preset, previous_month, runs_of

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def test_a_period_ends_before_its_end() -> None:
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    assert (october.days, october.last) == (31, date(2026, 10, 31))
    assert date(2026, 10, 31) in october
    assert date(2026, 11, 1) not in october
    assert october.ending_at == datetime(2026, 11, 1, tzinfo=UTC)


def test_a_period_cannot_run_backwards() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Period(date(2026, 2, 2), date(2026, 2, 1))


def test_mistake_a_day_cut_at_local_midnight() -> None:
    evening_in_california = datetime(2026, 11, 22, 20, tzinfo=timezone(timedelta(hours=-8)))
    assert day_of(evening_in_california) == date(2026, 11, 23)


@given(st.sets(DAYS, max_size=60), st.integers(1, 31))
def test_runs_hold_exactly_their_days_and_no_run_is_too_long(days: set[date], at_most: int) -> None:
    runs = runs_of(days, at_most=at_most)
    assert sorted(day for run in runs for day in run) == sorted(days)
    assert all(1 <= run.days <= at_most for run in runs)
    assert runs == sorted(runs, reverse=True)


def test_runs_are_full_at_the_late_end() -> None:
    days = [TODAY - timedelta(days=n) for n in range(40)]
    assert [run.days for run in runs_of(days, at_most=31)] == [31, 9]


@given(DAYS, DAYS)
def test_months_touch_the_period(one: date, other: date) -> None:
    period = Period(min(one, other), max(one, other))
    months = months_in(period)
    assert {day.replace(day=1) for day in period} == set(months)


@given(DAYS)
def test_next_and_previous_month_are_neighbours(day: date) -> None:
    assert previous_month(next_month(day)) == day.replace(day=1)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("yesterday", date(2026, 11, 22), date(2026, 11, 23)),
        ("last_7", date(2026, 11, 17), date(2026, 11, 24)),
        ("last_28", date(2026, 10, 27), date(2026, 11, 24)),
        ("this_week", date(2026, 11, 23), date(2026, 11, 24)),
        ("last_week", date(2026, 11, 16), date(2026, 11, 23)),
        ("this_quarter", date(2026, 10, 1), date(2026, 11, 24)),
        ("last_quarter", date(2026, 7, 1), date(2026, 10, 1)),
        ("last_12_months", date(2025, 12, 1), date(2026, 11, 24)),
        ("all", date(2000, 1, 1), date(2026, 11, 24)),
        ("last_30", date(2026, 10, 25), date(2026, 11, 24)),
        ("last_90", date(2026, 8, 26), date(2026, 11, 24)),
        ("month_to_date", date(2026, 11, 1), date(2026, 11, 24)),
        ("last_month", date(2026, 10, 1), date(2026, 11, 1)),
        ("year_to_date", date(2026, 1, 1), date(2026, 11, 24)),
    ],
)
def test_presets(name: str, start: date, end: date) -> None:
    assert preset(name, TODAY) == Period(start, end)


@given(DAYS, st.sampled_from(list(PRESETS)))
def test_a_preset_has_days_and_none_to_come(today: date, name: str) -> None:
    period = preset(name, today)
    assert period.days and period.last <= today


def test_every_preset_is_tested_above_and_no_other_exists() -> None:
    assert len(PRESETS) == 14
    with pytest.raises(KeyError):
        preset("last_century", TODAY)
