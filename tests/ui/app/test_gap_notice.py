"""Why a view without a known day is empty: the reason that holds, and no other."""

from __future__ import annotations

from datetime import date

import pytest

from core.dimensions import Origin
from core.explore.provenance import ConnectionCoverage, Provenance
from core.periods import Period
from core.store.days import DayKind, Gap
from core.ui.app import gap_notice, times
from tests.ui import books

TODAY = books.NOW.date()
WEEK = Period(date(2026, 11, 17), date(2026, 11, 24))
BEFORE_TODAY = Gap(Period(WEEK.start, TODAY), DayKind.NOT_PULLED, None)


def empty_because(monkeypatch: pytest.MonkeyPatch, *missing: Gap, syncing: bool) -> str:
    """Today's use is known, its cost cannot be yet, and these days are missing."""
    monkeypatch.setattr(times, "today", lambda: TODAY)
    monkeypatch.setattr(gap_notice.data, "is_syncing", lambda: syncing)
    coverage = ConnectionCoverage(
        1, "Engineering", Origin.PLATFORM, False, 7, 1, missing, (), (), None, awaited=(TODAY,)
    )
    period = WEEK if missing else Period(TODAY, WEEK.end)
    return gap_notice.why_empty(Provenance((), (coverage,), (), ()), period)[0]


def test_days_that_a_sync_is_about_to_pull_are_not_todays_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert empty_because(monkeypatch, BEFORE_TODAY, syncing=True) == "Days are still being pulled"
    assert empty_because(monkeypatch, BEFORE_TODAY, syncing=False) == "These days are not pulled yet"


def test_today_alone_is_not_reported_yet_whether_or_not_a_sync_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for syncing in (True, False):
        assert empty_because(monkeypatch, syncing=syncing) == "Today's cost is not reported yet"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (Period(date(2026, 11, 22), TODAY), "Nov 22, 2026 is still to come"),
        (Period(date(2026, 11, 21), TODAY), "Nov 21 – 22, 2026 are still to come"),
    ],
)
def test_a_place_with_little_room_says_which_days_are_late(days: Period, said: str) -> None:
    late = Gap(days, DayKind.NOT_REPORTED, None)
    coverage = ConnectionCoverage(1, "Engineering", Origin.PLATFORM, False, 7, 5, (late,), (), (), None)
    assert gap_notice.brief(Provenance((), (coverage,), (), ())) == said
