"""Which days an answer tells about, which are late, and which it wrongly leaves out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Period
from core.sync.told import Told, told

TODAY = date(2026, 11, 27)
WEEK = Period(date(2026, 11, 21), date(2026, 11, 28))


def days(*numbers: int) -> set[date]:
    return {date(2026, 11, number) for number in numbers}


def split(found: Told) -> tuple[list[int], list[int], list[int]]:
    """Days of November: covered, late, missing."""
    return sorted(d.day for d in found.covered), [d.day for d in found.late], [d.day for d in found.missing]


@pytest.mark.parametrize(
    ("present", "late", "missing"),
    [
        ([21, 22, 23, 24, 25, 26, 27], [], []),
        ([21, 22, 23, 24, 25, 26], [27], []),  # today may be missing
        ([21, 22, 23, 24, 25], [26, 27], []),  # and yesterday,
        ([21, 22, 23], [24, 25, 26, 27], []),  # and up to three finished days
        ([21, 22], [24, 25, 26, 27], [23]),  # but not four
        ([21, 22, 23, 24, 25, 27], [], [26]),  # a day before one that is there is not late
        ([21, 22, 23, 25], [26, 27], [24]),
        ([22, 23, 24, 25, 26, 27], [], [21]),
        ([27], [], [21, 22, 23, 24, 25, 26]),
        ([], [24, 25, 26, 27], [21, 22, 23]),
    ],
)
def test_without_a_watermark_only_what_is_missing_at_the_end_is_late(
    present: list[int], late: list[int], missing: list[int]
) -> None:
    assert split(told(WEEK, days(*present), set(), None, TODAY)) == (present, late, missing)


def test_in_a_window_of_the_past_no_day_is_late() -> None:
    later = TODAY + timedelta(days=4)
    assert split(told(WEEK, days(21, 22, 23, 24, 25, 26), set(), None, later)) == (
        [21, 22, 23, 24, 25, 26],
        [],
        [27],
    )


@pytest.mark.parametrize(
    ("mark", "covered", "late"),
    [
        (datetime(2026, 11, 25, tzinfo=UTC), [21, 22, 23, 24], [25, 26, 27]),  # midnight: nothing of the 25th
        (datetime(2026, 11, 25, 0, 0, 1, tzinfo=UTC), [21, 22, 23, 24, 25], [26, 27]),
        (datetime(2026, 11, 25, 23, tzinfo=UTC), [21, 22, 23, 24, 25], [26, 27]),
        (datetime(2026, 11, 30, tzinfo=UTC), [21, 22, 23, 24, 25, 26, 27], []),
        (datetime(2026, 11, 1, tzinfo=UTC), [], [21, 22, 23, 24, 25, 26, 27]),
    ],
)
def test_an_empty_day_beyond_the_watermark_is_not_believed(
    mark: datetime, covered: list[int], late: list[int]
) -> None:
    assert split(told(WEEK, set(WEEK), set(), mark, TODAY)) == (covered, late, [])


def test_rows_beyond_the_watermark_are_taken() -> None:
    mark = datetime(2026, 11, 23, tzinfo=UTC)
    assert split(told(WEEK, set(WEEK), days(26), mark, TODAY)) == ([21, 22, 26], [23, 24, 25, 27], [])


@pytest.mark.parametrize(
    ("mark", "present", "late", "missing"),
    [
        (datetime(2026, 11, 25, tzinfo=UTC), [21, 22, 23, 24], [25, 26, 27], []),
        (datetime(2026, 11, 25, tzinfo=UTC), [21, 22, 23], [25, 26, 27], [24]),  # no patience: it says so
        (datetime(2026, 11, 26, 12, tzinfo=UTC), [21, 22, 23, 24, 25], [26, 27], []),
        (datetime(2026, 11, 27, 9, tzinfo=UTC), [21, 22, 23, 24, 25], [27], [26]),
    ],
)
def test_a_report_with_a_watermark_may_leave_out_what_lies_beyond(
    mark: datetime, present: list[int], late: list[int], missing: list[int]
) -> None:
    assert split(told(WEEK, days(*present), set(), mark, TODAY)) == (present, late, missing)


@pytest.mark.parametrize(("late", "finished"), [([27], 0), ([26, 27], 1), ([24, 25, 26, 27], 3), ([], 0)])
def test_a_late_day_that_is_not_over_is_no_lag(late: list[int], finished: int) -> None:
    found = Told(frozenset(), tuple(date(2026, 11, number) for number in late), ())
    assert found.finished_late(TODAY) == finished


_BEFORE = datetime(2026, 11, 18, tzinfo=UTC)


@given(
    st.sets(st.sampled_from(list(WEEK))),
    st.sets(st.sampled_from(list(WEEK))),
    st.none() | st.integers(0, 24 * 13).map(lambda hours: _BEFORE + timedelta(hours=hours)),
    st.integers(0, 40),
)
def test_every_day_is_one_of_the_three(
    present: set[date], rows: set[date], mark: datetime | None, passed: int
) -> None:
    with_rows = rows & present
    found = told(WEEK, present, with_rows, mark, TODAY + timedelta(days=passed))
    assert sorted([*found.covered, *found.late, *found.missing]) == list(WEEK)
    assert with_rows <= found.covered <= present
    assert list(found.late) == sorted(found.late) and list(found.missing) == sorted(found.missing)
    if mark is None:
        assert found.covered == present
        over = {day for day in found.late if day < TODAY + timedelta(days=passed)}
        assert len(over) <= 3 and not any(day > late for late in found.late for day in present)
