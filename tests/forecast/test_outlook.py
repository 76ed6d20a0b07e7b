"""What a forecast says of series whose future is known by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.forecast.outlook import LEAST_DAYS, Outlook, outlook
from core.forecast.rules import kept_paths
from tests.properties import tried

MONDAY = date(2026, 1, 5)
WEEK = [100, 120, 130, 110, 90, 20, 10]
"""580 a week."""


def ahead(values: Sequence[int | None], days: int, start: date = MONDAY) -> Outlook:
    found = outlook(start, values, start + timedelta(days=len(values) + days))
    assert found
    return found


def test_a_week_that_repeats_is_told_to_the_day() -> None:
    found = ahead(WEEK * 10, 9)
    assert found.start == date(2026, 3, 16)
    assert [found.on(day) for day in found.period] == pytest.approx([*WEEK, *WEEK[:2]], abs=5)
    assert found.until[6].point == pytest.approx(580, abs=2)
    assert found.until[6].high - found.until[6].low <= 20


@pytest.mark.parametrize("known", [0, 1, LEAST_DAYS - 1])
def test_too_little_history_is_no_forecast(known: int) -> None:
    assert outlook(MONDAY, [100] * known, date(2026, 12, 1)) is None


def test_five_weeks_are_enough_however_many_empty_days_stand_before() -> None:
    assert outlook(MONDAY, [0] * 100 + [100] * (LEAST_DAYS - 1), date(2026, 12, 1)) is None
    assert ahead([0] * 100 + [100] * LEAST_DAYS, 30).until[-1].point == pytest.approx(3000, rel=0.01)


def test_nothing_is_forecast_of_what_was_never_used_or_is_not_known() -> None:
    assert outlook(MONDAY, [0] * 200, date(2026, 12, 1)) is None
    assert outlook(MONDAY, [None] * 200, date(2026, 12, 1)) is None


def test_there_is_no_forecast_of_days_that_are_known() -> None:
    assert outlook(MONDAY, [100] * 100, MONDAY + timedelta(days=100)) is None


def test_unknown_days_are_not_taken_for_empty_ones() -> None:
    holes = random.Random(1).sample(range(90), 25)
    values = [None if n in holes else 100 for n in range(91)]
    assert ahead(values, 10).until[-1].point == pytest.approx(1000, rel=0.01)


def test_unknown_days_at_the_end_belong_to_the_forecast() -> None:
    found = ahead([100] * 60 + [None] * 4, 3)
    assert found.start == MONDAY + timedelta(days=60)
    assert found.period.days == 7 and found.until[-1].point == pytest.approx(700, rel=0.01)


def test_weekends_without_use_stay_without() -> None:
    found = ahead([100, 100, 100, 100, 100, 0, 0] * 12, 14)
    assert sum(found.on(MONDAY + timedelta(days=84 + n)) for n in (5, 6, 12, 13)) < 25
    assert found.until[-1].point == pytest.approx(1000, rel=0.02)


def test_a_series_that_stopped_is_at_nothing() -> None:
    """Though it may come back."""
    assert ahead([100] * 90 + [0] * 6, 30).until[-1].point == 0


def test_a_new_level_is_followed_within_days() -> None:
    assert ahead([100] * 90 + [300] * 5, 10).until[-1].point == pytest.approx(3000, rel=0.05)


def test_one_day_out_of_line_changes_little() -> None:
    assert ahead([100] * 80 + [2000] + [100] * 9, 10).until[-1].point == pytest.approx(1000, rel=0.1)


@pytest.mark.parametrize("on", ["first", "last", "first working day"])
def test_a_batch_of_every_month_is_expected_on_its_day(on: str) -> None:
    start, values = date(2026, 1, 1), []
    for n in range(140):  # up to May 20
        day = start + timedelta(days=n)
        values.append(100 + 1000 * _is_due(day, on))
    found = ahead(values, 20, start)
    due = [day for day in found.period if _is_due(day, on)]
    assert [day for day in found.period if found.on(day) > 500] == due and due
    assert found.until[-1].point == pytest.approx(2000 + 1000 * len(due), rel=0.1)


def _is_due(day: date, on: str) -> bool:
    if on == "first":
        return day.day == 1
    if on == "last":
        return (day + timedelta(days=1)).day == 1
    return day.weekday() < 5 and (day.day == 1 or (day.weekday() == 0 and day.day <= 3))


def test_growth_goes_on() -> None:
    values = [round(1000 * 1.01**n) for n in range(150)]
    came = sum(1000 * 1.01**n for n in range(150, 164))
    assert ahead(values, 14).until[-1].point == pytest.approx(came, rel=0.04)


series = st.lists(st.one_of(st.none(), st.integers(0, 10**12)), max_size=120)


@tried(60)
@given(series, st.integers(1, 100))
def test_the_range_holds_the_point_and_all_is_whole(values: list[int | None], days: int) -> None:
    found = outlook(MONDAY, values, MONDAY + timedelta(days=len(values) + days))
    for one in found.until if found else ():
        assert 0 <= one.low <= one.point <= one.high
        assert all(isinstance(part, int) for part in (one.low, one.point, one.high))
    if found:
        assert found.period.end == MONDAY + timedelta(days=len(values) + days)
        assert sum(found.on(day) for day in found.period) == found.until[-1].point
        assert found == outlook(MONDAY, values, found.period.end)


@tried(30)
@given(st.lists(st.integers(0, 10**6), min_size=60, max_size=90), st.integers(2, 9))
def test_a_forecast_is_in_proportion(values: list[int], times: int) -> None:
    """In dollars or in micro-cents, it is the same."""
    end = MONDAY + timedelta(days=120)
    once, more = (outlook(MONDAY, [value * n for value in values], end) for n in (1000, 1000 * times))
    assert (once is None) is (more is None)
    if once and more:
        assert more.until[-1].point == pytest.approx(times * once.until[-1].point, rel=1e-6, abs=times)


def test_what_was_forecast_before_changes_no_forecast() -> None:
    """What a day's forecast keeps serves those of the days around, of other series too."""
    values = [round(1000 * (1 + 0.002 * n) * WEEK[n % 7] / 83) for n in range(320)]
    kept_paths.cache_clear()
    alone = ahead(values, 30)
    for length in (300, 310, 319):
        ahead(values[:length], 30)
        ahead([7 * value for value in values[:length]], 30)
    assert ahead(values, 30) == alone


def test_days_on_one_level_are_not_followed_and_days_that_wander_are() -> None:
    """By hand: the last five days stand a tenth higher. Where such days came and went, little is expected of
    them; where the level moved by as much each week and stayed, they are the new level."""
    rng = random.Random(2)
    noisy = [round(1000 * (1 + rng.uniform(-0.15, 0.15))) for _ in range(150)] + [1100] * 5
    levels = [1.1 ** rng.choice((-1, 1)) for _ in range(31)]
    moving = [round(1000 * prod(levels[: n // 5])) for n in range(155)]
    assert ahead(noisy, 10).until[-1].point == pytest.approx(10_000, rel=0.035)
    assert ahead(moving, 10).until[-1].point == pytest.approx(10 * moving[-1], rel=0.05)


def test_weekdays_that_differ_by_chance_are_no_profile() -> None:
    """Use on two fifths of all days, on whichever: the days ahead are expected alike."""
    rng = random.Random(4)
    values = [1000 if rng.random() < 0.4 else 0 for _ in range(150)]
    days = [ahead(values, 7).on(MONDAY + timedelta(days=150 + n)) for n in range(7)]
    assert max(days) < 1.5 * min(days)
