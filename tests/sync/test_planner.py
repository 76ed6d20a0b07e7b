"""Which windows are pulled."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import Origin
from core.periods import Period
from core.reach import MAX_DAYS, first_day
from core.store.coverage import Coverage, is_final
from core.store.windows import WindowSize
from core.sync.planner import (
    PROBE_PAGES,
    WINDOW_PAGES,
    WINDOW_ROWS,
    StreamPlan,
    due_days,
)
from tests.properties import tried

TODAY = date(2026, 11, 23)
YEAR_AGO = date(2025, 11, 24)
PLATFORM, CLAUDE_AI = Origin.PLATFORM, Origin.CLAUDE_AI


"""365 days, today included."""


def pulled(day: date, *, watermark: datetime | None = None) -> Coverage:
    return Coverage(datetime.combine(day, time(9), UTC), watermark, 1)


def days_of(windows: list[Period]) -> list[date]:
    return [day for window in windows for day in window]


def taken(plan: StreamPlan) -> list[Period]:
    return list(iter(plan.take, None))


def plan_windows(
    origin: Origin, since: date, today: date, held: dict[date, Coverage], **again: Any
) -> list[Period]:
    """The windows of a stream of which nothing is known."""
    return taken(StreamPlan(set(due_days(origin, since, today, held, **again))))


@tried(200)
@given(
    st.sampled_from(list(Origin)),
    st.dates(date(2025, 10, 1), TODAY),
    st.dictionaries(st.integers(0, 400), st.integers(0, 60), max_size=60),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(0, 500),
)
def test_windows_together_are_the_days_not_final(
    origin: Origin, since: date, ages: dict[int, int], full: bool, finished_only: bool, reached: int | None
) -> None:
    held = {
        TODAY - timedelta(days=back): pulled(TODAY - timedelta(days=max(0, back - age)))
        for back, age in ages.items()
    }
    again = {"full": full, "finished_only": finished_only, "reached": reached}
    windows = plan_windows(origin, since, TODAY, held, **again)
    end = TODAY if finished_only else TODAY + timedelta(days=1)
    wanted = Period(min(end, first_day(origin, since, TODAY, reached)), end)
    expected = {day for day in wanted if full or day not in held or not is_final(held[day], day, TODAY)}
    found = days_of(windows)
    assert len(found) == len(set(found)) and set(found) == expected
    assert all(1 <= window.days <= MAX_DAYS for window in windows)
    assert [window.start for window in windows] == sorted((w.start for w in windows), reverse=True)
    assert (TODAY in found) is not finished_only


@pytest.mark.parametrize("origin", list(Origin))
def test_the_day_after_a_full_pull_one_window_is_enough(origin: Origin) -> None:
    yesterday = TODAY - timedelta(days=1)
    first = plan_windows(origin, date(2025, 1, 1), yesterday, {})
    held = {day: pulled(yesterday) for day in days_of(first)}
    windows = plan_windows(origin, date(2025, 1, 1), TODAY, held)
    assert windows == [Period(TODAY - timedelta(days=30), TODAY + timedelta(days=1))]


def test_mistake_only_new_days_pulled() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY - timedelta(days=1)) for n in range(1, 300)}
    found = days_of(plan_windows(PLATFORM, TODAY - timedelta(days=299), TODAY, held))
    assert {TODAY - timedelta(days=n) for n in range(30)} <= set(found)


def test_a_second_sync_of_the_same_day_asks_for_thirty_days() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365)}
    assert plan_windows(PLATFORM, YEAR_AGO, TODAY, held) == [
        Period(TODAY - timedelta(days=29), TODAY + timedelta(days=1))
    ]


def test_a_gap_in_the_past_is_pulled_and_only_it() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365) if n not in (100, 101, 200)}
    windows = plan_windows(PLATFORM, YEAR_AGO, TODAY, held)
    assert [(w.days, (TODAY - w.start).days) for w in windows] == [(30, 29), (2, 101), (1, 200)]


def test_an_old_day_beyond_the_watermark_of_its_pull_is_asked_again() -> None:
    old = TODAY - timedelta(days=100)
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365)}
    held[old] = pulled(TODAY, watermark=datetime.combine(old, time(23), UTC))
    assert old in days_of(plan_windows(PLATFORM, YEAR_AGO, TODAY, held))


def test_the_platform_is_asked_as_far_back_as_wanted_and_claude_ai_to_its_first_day() -> None:
    windows = plan_windows(PLATFORM, date(2020, 1, 1), TODAY, {})
    assert (windows[-1].start, windows[0].last) == (date(2020, 1, 1), TODAY)
    assert sum(window.days for window in windows) == (TODAY - date(2019, 12, 31)).days
    assert min(days_of(plan_windows(CLAUDE_AI, date(2020, 1, 1), TODAY, {}))) == date(2026, 1, 1)
    assert min(days_of(plan_windows(CLAUDE_AI, date(2020, 1, 1), date(2027, 6, 1), {}))) == date(2026, 6, 2)


@pytest.mark.parametrize(
    ("origin", "today", "reached", "first"),
    [
        (PLATFORM, TODAY, None, date(2020, 1, 1)),
        (PLATFORM, TODAY, 62, date(2026, 9, 23)),
        (PLATFORM, TODAY, 1, TODAY),
        (PLATFORM, TODAY, 0, TODAY),
        (PLATFORM, TODAY, 1000, date(2024, 2, 28)),
        (CLAUDE_AI, date(2027, 6, 1), None, date(2026, 6, 2)),
        (CLAUDE_AI, date(2027, 6, 1), 90, date(2027, 3, 4)),
        (CLAUDE_AI, date(2027, 6, 1), 1000, date(2026, 6, 2)),
        (CLAUDE_AI, TODAY, 1000, date(2026, 1, 1)),
    ],
)
def test_what_was_learned_of_the_reach_bounds_history(
    origin: Origin, today: date, reached: int | None, first: date
) -> None:
    days = due_days(origin, date(2020, 1, 1), today, {}, reached=reached)
    assert (days[0], days[-1]) == (first, today)


def test_mistake_a_report_of_finished_days_asked_for_today() -> None:
    days = due_days(PLATFORM, TODAY - timedelta(days=2), TODAY, {}, finished_only=True)
    assert days == [TODAY - timedelta(days=2), TODAY - timedelta(days=1)]
    assert due_days(PLATFORM, TODAY, TODAY, {}, finished_only=True) == []
    again = Period(TODAY, TODAY + timedelta(days=1))
    assert due_days(PLATFORM, TODAY, TODAY, {}, finished_only=True, full=True, period=again) == []


def test_history_begins_where_it_was_wanted() -> None:
    assert plan_windows(PLATFORM, TODAY, TODAY, {}) == [Period(TODAY, TODAY + timedelta(days=1))]
    assert plan_windows(PLATFORM, TODAY + timedelta(days=5), TODAY, {}) == []


def test_a_history_that_begins_later_is_nothing_to_pull_even_in_full() -> None:
    assert plan_windows(PLATFORM, TODAY + timedelta(days=5), TODAY, {}, full=True) == []


def test_full_asks_for_everything_in_reach_again() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(500)}
    assert len(days_of(plan_windows(PLATFORM, YEAR_AGO, TODAY, held, full=True))) == 365
    far = plan_windows(PLATFORM, date(2020, 1, 1), TODAY, held, full=True, reached=400)
    assert len(days_of(far)) == 400
    assert len(days_of(plan_windows(CLAUDE_AI, date(2020, 1, 1), date(2027, 6, 1), {}, full=True))) == 365


def test_a_period_is_pulled_again_whole_beside_what_is_due() -> None:
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365)}
    again = Period(TODAY - timedelta(days=400), TODAY - timedelta(days=360))
    windows = plan_windows(PLATFORM, YEAR_AGO, TODAY, held, period=again)
    assert [(w.days, (TODAY - w.start).days) for w in windows] == [(30, 29), (4, 364)]


@pytest.mark.parametrize("age", [31, 100, 364])
def test_a_day_past_its_watermark_is_pulled_again_however_old(age: int) -> None:
    old = TODAY - timedelta(days=age)
    held = {TODAY - timedelta(days=n): pulled(TODAY) for n in range(365)}
    for mark, due in ((time(23, 59, 59), True), (time.min, True)):
        held[old] = pulled(TODAY, watermark=datetime.combine(old, mark, UTC))
        assert (old in due_days(PLATFORM, YEAR_AGO, TODAY, held)) is due
    held[old] = pulled(TODAY, watermark=datetime.combine(old + timedelta(days=1), time(), UTC))
    assert old not in due_days(PLATFORM, YEAR_AGO, TODAY, held)


def test_mistake_a_day_final_before_the_months_last_revision() -> None:
    """1 October is revised on 3 November; whoever pulls on each of these days has it in the end."""
    revised, told = date(2026, 10, 1), "as first reported"
    held: dict[date, Coverage] = {}
    last = date(2026, 11, 2)
    stored = {}
    for today in (last, *(date(2026, 11, n) for n in (3, 5, 6, 7, 8, 9, 10))):
        told = "revised" if today > date(2026, 11, 3) else told
        for day in due_days(PLATFORM, date(2026, 9, 1), today, held):
            held[day], stored[day] = pulled(today), told
    assert stored[revised] == "revised"
    assert day_pulled(held[revised]) == date(2026, 11, 9), "the last pull follows the last revision"


def day_pulled(coverage: Coverage) -> date:
    return coverage.fetched_at.date()


@pytest.mark.parametrize(
    ("today", "earliest"),
    [
        (date(2026, 11, 8), date(2026, 10, 1)),
        (date(2026, 11, 9), date(2026, 10, 1)),
        (date(2026, 11, 10), date(2026, 10, 11)),
        (date(2026, 11, 30), date(2026, 10, 31)),
        (date(2027, 3, 9), date(2027, 2, 1)),
        (date(2027, 3, 10), date(2027, 2, 8)),
    ],
)
@pytest.mark.parametrize("origin", list(Origin))
def test_daily_syncs_pull_the_month_before_until_its_ninth_day(
    origin: Origin, today: date, earliest: date
) -> None:
    """Today, the 30 days before it, and all of a month whose revisions are not over."""
    held = {today - timedelta(days=n): pulled(today - timedelta(days=1)) for n in range(1, 90)}
    assert due_days(origin, today - timedelta(days=89), today, held)[0] == earliest


# Windows sized by pages


def pull(plan: StreamPlan, pages_a_day: float, rows_a_page: int = 1000) -> tuple[list[Period], int]:
    """Play a sync: the windows pulled, and the pages wasted on windows given up."""
    done, wasted = [], 0
    while (window := plan.take()) is not None:
        left = plan.windows_left
        pages = max(1, math.ceil(window.days * pages_a_day))
        most = plan.most_pages(window)
        if most is not None and pages > most:
            plan.cut(window)
            wasted += most + 1
        else:
            plan.measured(WindowSize(window.days, pages, pages * rows_a_page))
            done.append(window)
            assert plan.windows_left <= max(31, left * 31)
    return done, wasted


sizes = st.builds(WindowSize, st.integers(1, MAX_DAYS), st.integers(0, 20_000), st.integers(0, 10_000_000))


@tried(200)
@given(
    st.sets(st.integers(0, 364), max_size=365),
    st.floats(0.01, 500),
    st.integers(1, 6000),
    st.lists(sizes, max_size=40),
    st.lists(sizes, max_size=3),
)
def test_whatever_the_density_windows_are_exactly_the_days_needed(
    ages: set[int], pages_a_day: float, rows_a_page: int, own: list[WindowSize], others: list[WindowSize]
) -> None:
    days = {TODAY - timedelta(days=age) for age in ages}
    done, _ = pull(StreamPlan(set(days), own, StreamPlan(set(), others)), pages_a_day, rows_a_page)
    assert sorted(days_of(done), reverse=True) == sorted(days, reverse=True)
    assert all(1 <= window.days <= MAX_DAYS for window in done)
    assert [w.start for w in done] == sorted((w.start for w in done), reverse=True)


@tried(60)
@given(st.floats(0.01, 500), st.integers(1, 365))
def test_windows_stay_within_twice_their_pages_and_little_is_asked_in_vain(
    pages_a_day: float, days: int
) -> None:
    wanted = {TODAY - timedelta(days=n) for n in range(days)}
    done, wasted = pull(StreamPlan(wanted), pages_a_day, 1)
    assert wasted <= PROBE_PAGES + 1 + (2 * WINDOW_PAGES + 1 if pages_a_day > WINDOW_PAGES else 0)
    for window in done:
        assert window.days == 1 or math.ceil(window.days * pages_a_day) <= 2 * WINDOW_PAGES


def test_a_small_organization_has_windows_of_31_days() -> None:
    days = {TODAY - timedelta(days=n) for n in range(365)}
    done, wasted = pull(StreamPlan(days), PROBE_PAGES / 31)
    assert [w.days for w in done] == [31] * 11 + [24] and wasted == 0


def test_windows_of_a_large_one_need_a_minutes_requests() -> None:
    days = {TODAY - timedelta(days=n) for n in range(365)}
    plan = StreamPlan(days, [WindowSize(31, 620, 1)])
    assert plan.pages_left == 365 * 20
    assert plan.windows_left == 122 and plan.most_pages(Period(TODAY, TODAY + timedelta(days=2))) == 120
    done, wasted = pull(plan, 20, 1)
    assert {w.days for w in done} == {3, 2} and wasted == 0


def test_rows_bound_a_window_too_for_a_page_of_days_has_any_number() -> None:
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(31)}, [WindowSize(31, 1, 3 * WINDOW_ROWS)])
    assert [w.days for w in taken(plan)] == [10, 10, 10, 1]


def test_a_quiet_weekend_says_nothing_of_the_week() -> None:
    sizes = [WindowSize(1, 1, 1), WindowSize(1, 1, 1), WindowSize(1, 60, 1), WindowSize(4, 238, 1)]
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(31)}, sizes)
    assert plan.take() == Period(TODAY, TODAY + timedelta(days=1))


def test_the_latest_windows_tell_not_those_of_long_ago() -> None:
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(31)}, [WindowSize(31, 600, 1)] * 5)
    for _ in range(2):
        plan.measured(WindowSize(4, 2, 1))
    assert plan.take().days == 31


def test_a_stream_is_sized_by_the_one_like_it_until_its_own_windows_tell() -> None:
    other = StreamPlan(set())
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(31)}, like=other)
    assert plan.windows_left == 1
    other.measured(WindowSize(1, 60, 1))
    assert plan.windows_left == 31 and plan.take().days == 1
    plan.measured(WindowSize(10, 60, 1))
    assert plan.windows_left == 3


def test_little_knowledge_makes_no_large_window() -> None:
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(62)}, [WindowSize(2, 1, 1)])
    found = []
    while (window := plan.take()) is not None:
        found.append(window.days)
        plan.measured(WindowSize(window.days, 1, 1))
    assert found == [6, 31, 25]


def test_a_window_given_up_is_cut_until_one_is_whole() -> None:
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(31)})
    found = []
    for most in (PROBE_PAGES, 2 * WINDOW_PAGES):
        found.append(plan.take())
        assert plan.most_pages(found[-1]) == most
        plan.cut(found[-1])
    last = plan.take()
    assert [w.days for w in found] == [31, 2] and last == Period(TODAY, TODAY + timedelta(days=1))
    assert plan.most_pages(last) is None
    plan.measured(WindowSize(1, 20, 1))
    assert plan.take().days == 3


# Asking for less, after a refusal


def month(*, by_rows: bool = True, **given: Any) -> StreamPlan:
    return StreamPlan({TODAY - timedelta(days=n) for n in range(31)}, by_rows=by_rows, **given)


@pytest.mark.parametrize("by_rows", [True, False])
@pytest.mark.parametrize(("granted", "windows"), [(31, [31]), (30, [7, 7, 7, 7, 3]), (7, [7] * 4 + [3])])
@pytest.mark.parametrize("small", [6, 1])
def test_a_refused_window_comes_again_a_week_at_a_time_then_day_by_day(
    by_rows: bool, granted: int, windows: list[int], small: int
) -> None:
    assert _played(month(by_rows=by_rows), lambda window: window.days <= granted)[0] == windows
    done, lost = _played(month(by_rows=by_rows), lambda window: window.days <= small)
    assert (done, lost) == ([1] * 31, [])


def _played(plan: StreamPlan, answers: Callable[[Period], bool]) -> tuple[list[int], list[Period]]:
    """Days of the windows that were answered, and the windows that were lost."""
    done, lost, asked = [], [], 0
    while (window := plan.take()) is not None:
        asked += 1
        if answers(window):
            done.append(window.days)
            plan.measured(WindowSize(window.days, 1, 1))
        elif not plan.ask_for_less(window):
            lost.append(plan.lose(window))
    assert asked < 200
    return done, lost


@tried(100)
@given(
    st.sets(st.integers(0, 364), min_size=1, max_size=200),
    st.sets(st.integers(0, 364), max_size=20),
    st.integers(1, 31),
    st.booleans(),
)
def test_no_day_is_lost_but_those_refused_by_themselves(
    ages: set[int], bad: set[int], most: int, by_rows: bool
) -> None:
    days = {TODAY - timedelta(days=age) for age in ages}
    refused = {TODAY - timedelta(days=age) for age in bad}
    plan = StreamPlan(set(days), by_rows=by_rows)
    done: list[date] = []
    lost: list[date] = []
    while (window := plan.take()) is not None:
        if window.days <= most and not refused & set(window):
            done.extend(window)
            plan.measured(WindowSize(window.days, 1, 1))
        elif not plan.ask_for_less(window):
            lost.extend(window)
    assert sorted(done) == sorted(days - refused) and sorted(lost) == sorted(days & refused)


def test_what_was_granted_is_told_once_the_refused_window_is_whole() -> None:
    plan = month()
    first = plan.take()
    assert first is not None and plan.ask_for_less(first) and plan.refused == first
    told = []
    while (window := plan.take()) is not None:
        told.append(plan.measured(WindowSize(window.days, 1, 1)))
    assert told == [None, None, None, None, 7] and plan.refused is None


def test_a_window_that_was_not_refused_tells_nothing_of_what_is_granted() -> None:
    plan = month()
    window = plan.take()
    assert window is not None and plan.measured(WindowSize(window.days, 1, 1)) is None


def test_what_was_granted_holds_for_the_windows_that_follow() -> None:
    plan = StreamPlan({TODAY - timedelta(days=n) for n in range(100)})
    done, lost = _played(plan, lambda window: window.days <= 10)
    assert set(done[:-1]) == {7} and sum(done) == 100 and lost == []
    known = StreamPlan({TODAY - timedelta(days=n) for n in range(100)}, granted=7)
    assert [window.days for window in taken(known)] == [7] * 14 + [2]


def test_a_single_day_refused_says_nothing_of_how_many_days_are_granted() -> None:
    days = {TODAY - timedelta(days=n) for n in range(62)}
    bad = TODAY - timedelta(days=5)
    done, lost = _played(StreamPlan(set(days)), lambda window: bad not in window)
    assert lost == [Period(bad, bad + timedelta(days=1))] and sum(done) == 61
    assert max(done) == 31  # not a week, not a day: the day was to blame


# Pages of days


def test_a_report_by_days_is_sized_by_its_rows_alone() -> None:
    days = {TODAY - timedelta(days=n) for n in range(62)}
    many_pages = [WindowSize(31, 31 * 7, 10)]  # seven questions of which every page holds a day
    assert [w.days for w in taken(StreamPlan(set(days), many_pages, by_rows=False))] == [31, 31]
    assert max(w.days for w in taken(StreamPlan(set(days), many_pages, by_rows=True))) < 10
    dense = [WindowSize(31, 1, 31 * WINDOW_ROWS)]
    assert {w.days for w in taken(StreamPlan(set(days), dense, by_rows=False))} == {1}


def test_a_report_by_days_is_never_given_up_for_its_pages() -> None:
    plan = month(by_rows=False)
    window = plan.take()
    assert window is not None and plan.most_pages(window) is None
    plan = month(by_rows=False, sizes=[WindowSize(31, 4, 100)])
    assert plan.pages_left == 4 and plan.most_pages(window) is None
