"""Which days an answer tells about: late ones at the end are no error, those left out in the middle are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Period
from core.sync.told import told

TODAY = date(2026, 11, 27)


def nov(*days: int) -> set[date]:
    return {date(2026, 11, day) for day in days}


def month(first: int, last: int) -> Period:
    return Period(date(2026, 11, first), date(2026, 11, last + 1))


@pytest.mark.parametrize(
    ("period", "present", "late", "missing"),
    [
        (month(20, 26), range(20, 27), (), ()),
        (month(20, 26), range(20, 26), (26,), ()),
        (month(25, 27), (25,), (26, 27), ()),
        (month(20, 27), range(20, 24), (24, 25, 26, 27), ()),
        (month(20, 27), range(20, 23), (24, 25, 26, 27), (23,)),
        (month(20, 27), (), (24, 25, 26, 27), (20, 21, 22, 23)),
        (month(20, 27), (20, 22, 23, 26, 27), (), (21, 24, 25)),
        (month(20, 27), (20, 22, 23, 24, 25), (26, 27), (21,)),
        (month(26, 26), (), (26,), ()),
        (month(1, 10), range(1, 10), (), (10,)),
        (month(1, 10), (), (), range(1, 11)),
    ],
)
def test_mistake_yesterdays_missing_bucket_taken_for_a_broken_answer(
    period: Period, present: range, late: tuple[int, ...], missing: tuple[int, ...]
) -> None:
    found = told(period, nov(*present), set(), None, TODAY)
    assert (set(found.late), set(found.missing)) == (nov(*late), nov(*missing))
    assert found.covered == nov(*present), "a bucket without rows is a true zero"
    assert found.finished_late(TODAY) == len(set(late) - {27})


@pytest.mark.parametrize(
    ("watermark", "covered", "late", "missing"),
    [
        (datetime(2026, 11, 27, 5, tzinfo=UTC), range(20, 28), (), ()),
        (datetime(2026, 11, 27, tzinfo=UTC), range(20, 27), (27,), ()),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), range(20, 23), range(23, 28), ()),
    ],
)
def test_what_lies_beyond_the_watermark_is_not_believed_to_be_empty(
    watermark: datetime, covered: range, late: range, missing: tuple[int, ...]
) -> None:
    period = month(20, 27)
    found = told(period, set(period), set(), watermark, TODAY)
    assert (found.covered, set(found.late), found.missing) == (nov(*covered), nov(*late), missing)
    with_rows = told(period, set(period), set(period), watermark, TODAY)
    assert with_rows.covered == set(period), "rows tell of their day, whatever the watermark says"


def test_a_report_with_a_watermark_may_not_leave_out_what_lies_behind_it() -> None:
    watermark = datetime(2026, 11, 26, 12, tzinfo=UTC)
    found = told(month(20, 27), nov(*range(20, 25)), set(), watermark, TODAY)
    assert (found.late, found.missing) == ((date(2026, 11, 26), TODAY), (date(2026, 11, 25),))


DAYS = st.integers(-3, 40).map(lambda n: TODAY - timedelta(days=n))


@given(
    st.tuples(DAYS, DAYS).map(lambda pair: Period(min(pair), max(pair))),
    st.sets(DAYS),
    st.none() | st.tuples(DAYS, st.integers(0, 23)),
    st.randoms(use_true_random=False),
)
def test_every_day_is_covered_late_or_missing(period, present, mark, random) -> None:
    with_rows = {day for day in sorted(present) if random.random() < 0.5}
    watermark = datetime.combine(mark[0], time(mark[1]), UTC) if mark else None
    found = told(period, present, with_rows, watermark, TODAY)
    assert sorted([*found.covered, *found.late, *found.missing]) == list(period)
    assert with_rows & set(period) <= found.covered <= present
    assert not present & set(found.missing)
    if watermark is None:
        assert found.covered == present & set(period)
        assert found.finished_late(TODAY) <= 3
        assert all(day < min(found.late, default=date.max) for day in found.covered)
    else:
        assert all(datetime.combine(day, time(), UTC) < watermark for day in found.covered - with_rows)
        assert all(day < watermark.date() for day in found.missing)
