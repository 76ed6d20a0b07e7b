"""Which windows are pulled."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.dimensions import Origin
from core.periods import Period
from core.store.coverage import CLAUDE_AI_FIRST_DAY, REACH_DAYS, Coverage, is_final
from core.sync.planner import MAX_WINDOW_DAYS, first_day, plan_windows

TODAY = date(2026, 11, 23)
PLATFORM, CLAUDE_AI = Origin.PLATFORM, Origin.CLAUDE_AI


def pulled(day: date, *, watermark: datetime | None = None) -> Coverage:
    return Coverage(datetime.combine(day, time(9), UTC), watermark, 1)


def days_of(windows: list[Period]) -> list[date]:
    return [day for window in windows for day in window]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(list(Origin)),
    st.dates(date(2025, 10, 1), TODAY),
    st.dictionaries(st.integers(0, 400), st.integers(0, 60), max_size=60),
    st.booleans(),
)
def test_windows_together_are_the_days_not_final(
    origin: Origin, since: date, ages: dict[int, int], full: bool
) -> None:
    held = {
        TODAY - timedelta(days=back): pulled(TODAY - timedelta(days=max(0, back - age)))
        for back, age in ages.items()
    }
    windows = plan_windows(origin, since, TODAY, held, full=full)
    wanted = Period(first_day(origin, since, TODAY), TODAY + timedelta(days=1))
    expected = {day for day in wanted if full or day not in held or not is_final(held[day], day)}
    found = days_of(windows)
    assert len(found) == len(set(found)) and set(found) == expected
    assert all(1 <= window.days <= MAX_WINDOW_DAYS for window in windows)
    assert [window.start for window in windows] == sorted((w.start for w in windows), reverse=True)
    assert TODAY in found


@pytest.mark.parametrize("origin", list(Origin))
def test_the_day_after_a_full_pull_one_window_is_enough(origin: Origin) -> None:
    yesterday = TODAY - timedelta(days=1)
    first = plan_windows(origin, date(2020, 1, 1), yesterday, {})
    held = {day: pulled(yesterday) for day in days_of(first)}
    windows = plan_windows(origin, date(2020, 1, 1), TODAY, held)
    assert windows == [Period(TODAY - timedelta(days=30), TODAY + timedelta(days=1))]


def test_mistake_only_new_days_pulled() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY - timedelta(days=1)) for n in range(1, 300)}
    found = days_of(plan_windows(PLATFORM, TODAY - timedelta(days=299), TODAY, held))
    assert {TODAY - timedelta(days=n) for n in range(30)} <= set(found)


def test_a_second_sync_of_the_same_day_asks_for_thirty_days() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365)}
    assert plan_windows(PLATFORM, date(2020, 1, 1), TODAY, held) == [
        Period(TODAY - timedelta(days=29), TODAY + timedelta(days=1))
    ]


def test_a_gap_in_the_past_is_pulled_and_only_it() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365) if n not in (100, 101, 200)}
    windows = plan_windows(PLATFORM, date(2020, 1, 1), TODAY, held)
    assert [(w.days, (TODAY - w.start).days) for w in windows] == [(30, 29), (2, 101), (1, 200)]


def test_an_old_day_beyond_the_watermark_of_its_pull_is_asked_again() -> None:
    old = TODAY - timedelta(days=100)
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365)}
    held[old] = pulled(TODAY, watermark=datetime.combine(old, time(23), UTC))
    assert old in days_of(plan_windows(PLATFORM, date(2020, 1, 1), TODAY, held))


def test_the_first_pull_reaches_back_a_year_and_claude_ai_to_its_first_day() -> None:
    assert REACH_DAYS == 365 and date(2026, 1, 1) == CLAUDE_AI_FIRST_DAY
    platform = days_of(plan_windows(PLATFORM, date(2020, 1, 1), TODAY, {}))
    assert (min(platform), max(platform), len(platform)) == (TODAY - timedelta(days=364), TODAY, 365)
    assert min(days_of(plan_windows(CLAUDE_AI, date(2020, 1, 1), TODAY, {}))) == CLAUDE_AI_FIRST_DAY
    assert min(days_of(plan_windows(CLAUDE_AI, date(2020, 1, 1), date(2027, 6, 1), {}))) == date(2026, 6, 2)


def test_history_begins_where_it_was_wanted() -> None:
    assert plan_windows(PLATFORM, TODAY, TODAY, {}) == [Period(TODAY, TODAY + timedelta(days=1))]
    assert plan_windows(PLATFORM, TODAY + timedelta(days=5), TODAY, {}) == []


def test_full_asks_for_everything_in_reach_again() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(500)}
    assert len(days_of(plan_windows(PLATFORM, date(2020, 1, 1), TODAY, held, full=True))) == 365
