"""When a day is final, and when it can still change."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.periods import Period
from core.store.coverage import Coverage, coverage_of, covered_days, is_final, last_covered, reached_at
from tests.store.books import connect, day, put, window

DAY = date(2026, 3, 1)
LATE = datetime(2026, 6, 1, tzinfo=UTC)
TODAY = date(2027, 1, 1)


@pytest.mark.parametrize(("days", "final"), [(0, False), (1, False), (29, False), (30, True), (250, True)])
def test_mistake_only_new_days_pulled_so_revisions_never_arrive(days: int, final: bool) -> None:
    fetched_at = datetime(2026, 3, 20, 23, 59, tzinfo=UTC) + timedelta(days=days)
    assert is_final(Coverage(fetched_at, None, 0), date(2026, 3, 20), TODAY) is final


@given(st.dates(date(2025, 1, 1), date(2026, 6, 30)), st.integers(0, 60), st.integers(0, 86_399))
def test_a_day_is_final_30_days_after_it_and_8_after_its_month(day: date, after: int, second: int) -> None:
    pulled_at = datetime.combine(day + timedelta(days=after), time(), UTC) + timedelta(seconds=second)
    month_days = monthrange(day.year, day.month)[1]
    month_ended_at = datetime(day.year, day.month, month_days, tzinfo=UTC) + timedelta(days=1)
    final = after >= 30 and pulled_at - month_ended_at >= timedelta(days=8)
    assert is_final(Coverage(pulled_at, None, 0), day, TODAY) is final


def test_the_day_of_the_pull_is_the_utc_day() -> None:
    zone = datetime.fromisoformat("2026-04-09T01:00:00+02:00")  # in UTC still the 8th, 7 days after the month
    assert not is_final(Coverage(zone, None, 0), DAY, TODAY)
    assert is_final(Coverage(zone + timedelta(hours=1), None, 0), DAY, TODAY)


@pytest.mark.parametrize(
    ("fetched", "watermark", "reached"),
    [
        ("2026-03-03T12:00:00", None, "2026-03-03T00:00:00"),
        ("2026-03-02T12:00:00", None, "2026-03-02T12:00:00"),
        ("2026-03-03T12:00:00", "2026-03-02T20:00:00", "2026-03-02T20:00:00"),
        ("2026-03-05T12:00:00", "2026-03-04T20:00:00", "2026-03-03T00:00:00"),
    ],
)
def test_data_reach_no_further_than_their_newest_day(
    db: Database, fetched: str, watermark: str | None, reached: str
) -> None:
    """The newest day held is the second of March."""
    connect(db)
    fetched_at, mark, expected = (
        datetime.fromisoformat(f"{text}+00:00") if text else None for text in (fetched, watermark, reached)
    )
    put(db, window(1, 0, 2, fetched_at=fetched_at, watermark_at=mark), [])
    put(db, window(1, 0, 1, fetched_at=LATE), [])
    assert reached_at(db, 1) == {"platform_cost": expected}


def test_what_a_day_lacks_is_read_with_it(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 2), [])
    db.conn.execute("UPDATE coverage SET set_aside = 3, reduced = 1 WHERE day = '2026-03-02'")
    found = covered_days(db, 1, "platform_cost")
    assert [(c.set_aside, c.reduced) for c in found.values()] == [(0, False), (3, True)]
    assert coverage_of(db, 1, Period(day(1), day(2)))["platform_cost"][day(1)].set_aside == 3
    assert last_covered(db, 1)["platform_cost"][1].reduced


@pytest.mark.parametrize(
    ("watermark", "final"),
    [
        ("2026-03-01T23:59:59+00:00", False),
        ("2026-03-02T00:00:00+00:00", True),
        ("2026-03-02T01:00:00+02:00", False),
        ("2026-05-31T00:00:00+00:00", True),
    ],
)
def test_a_day_ends_before_the_watermark_or_is_not_final(watermark: str, final: bool) -> None:
    assert is_final(Coverage(LATE, datetime.fromisoformat(watermark), 3), DAY, TODAY) is final


def test_a_day_never_pulled_is_absent_not_zero(db: Database) -> None:
    connect(db)
    put(db, window(1, 1, 1), [])
    assert list(covered_days(db, 1, "platform_cost")) == [day(1)]
    assert covered_days(db, 1, "platform_usage") == {} == covered_days(db, 2, "platform_cost")


def test_the_watermark_is_kept_with_the_day(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 1, watermark_at=LATE), [])
    assert covered_days(db, 1, "platform_cost")[day(0)].watermark_at == LATE
