"""When a day is final, and when it can still change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.store.coverage import Coverage, covered_days, is_final
from tests.store.books import connect, day, put, window

DAY = date(2026, 3, 1)
LATE = datetime(2026, 6, 1, tzinfo=UTC)
TODAY = date(2027, 1, 1)


@pytest.mark.parametrize(("days", "final"), [(0, False), (1, False), (29, False), (30, True), (300, True)])
def test_mistake_only_new_days_pulled_so_revisions_never_arrive(days: int, final: bool) -> None:
    fetched_at = datetime(2026, 3, 1, 23, 59, tzinfo=UTC) + timedelta(days=days)
    assert is_final(Coverage(fetched_at, None, 0), DAY, TODAY) is final


def test_the_day_of_the_pull_is_the_utc_day() -> None:
    zone = datetime.fromisoformat("2026-03-31T01:00:00+02:00")  # in UTC still the 30th, 29 days after
    assert not is_final(Coverage(zone, None, 0), DAY, TODAY)


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
