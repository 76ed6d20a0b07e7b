"""When a digest is due: by the clocks of a zone, through their changes, on any day of the week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.digests.schedule import last_due, next_due, schedule_words, told_days, usable_schedule
from core.errors import InputError
from core.store.digests import Schedule


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "now", "last", "following"),
    [
        (Schedule(None, 8, "UTC"), "2026-11-23T07:59:59", "2026-11-22T08:00", "2026-11-23T08:00"),
        (Schedule(None, 8, "UTC"), "2026-11-23T08:00:00", "2026-11-23T08:00", "2026-11-24T08:00"),
        (Schedule(0, 8, "UTC"), "2026-11-22T23:00", "2026-11-16T08:00", "2026-11-23T08:00"),
        (Schedule(6, 0, "UTC"), "2026-11-23T00:30", "2026-11-22T00:00", "2026-11-29T00:00"),
        # Tokyo is nine hours ahead: its Monday morning begins on Sunday.
        (Schedule(0, 8, "Asia/Tokyo"), "2026-11-22T23:00", "2026-11-22T23:00", "2026-11-29T23:00"),
        (
            Schedule(None, 8, "America/Los_Angeles"),
            "2026-11-23T15:59",
            "2026-11-22T16:00",
            "2026-11-23T16:00",
        ),
        # On 29 March 2026 Berlin's clocks skip from 2:00 to 3:00, which is 1:00 in UTC.
        (Schedule(None, 2, "Europe/Berlin"), "2026-03-29T00:59", "2026-03-28T01:00", "2026-03-29T01:00"),
        (Schedule(None, 2, "Europe/Berlin"), "2026-03-29T01:00", "2026-03-29T01:00", "2026-03-30T00:00"),
        # On 25 October 2026 they show 2:00 twice; the first is 0:00 in UTC.
        (Schedule(None, 2, "Europe/Berlin"), "2026-10-25T00:30", "2026-10-25T00:00", "2026-10-26T01:00"),
        (Schedule(None, 2, "Europe/Berlin"), "2026-10-25T01:30", "2026-10-25T00:00", "2026-10-26T01:00"),
        # Samoa had no 30 December 2011.
        (Schedule(None, 8, "Pacific/Apia"), "2011-12-30T12:00", "2011-12-29T18:00", "2011-12-30T18:00"),
    ],
)
def test_the_last_and_the_next_time(schedule: Schedule, now: str, last: str, following: str) -> None:
    assert last_due(schedule, at(now)) == at(last)
    assert next_due(schedule, at(now)) == at(following)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
@pytest.mark.parametrize("hour", [0, 2, 3, 23])
def test_every_day_of_a_year_is_due_once(zone: str, hour: int) -> None:
    schedule, due, times = Schedule(None, hour, zone), at("2026-01-01T12:00"), set[datetime]()
    for _ in range(366):
        due = next_due(schedule, due)
        times.add(due)
        assert last_due(schedule, due) == due
        assert last_due(schedule, due - timedelta(seconds=1)) < due
    assert len(times) == 366
    assert max(times) - min(times) in (timedelta(days=365), timedelta(days=365, hours=1))


def test_which_days_are_told() -> None:
    monday = at("2026-11-23T08:00")
    daily, weekly = told_days(Schedule(None, 8, "UTC"), monday), told_days(Schedule(0, 8, "UTC"), monday)
    assert [str(day) for day in daily] == ["2026-11-22"]
    assert [str(day) for day in weekly] == [f"2026-11-{day}" for day in range(16, 23)]


def test_in_words() -> None:
    assert schedule_words(Schedule(0, 8, "Europe/Berlin")) == "Every Monday at 08:00, Europe/Berlin"
    assert schedule_words(Schedule(None, 17, "UTC")) == "Every day at 17:00, UTC"


@pytest.mark.parametrize(
    ("weekday", "hour", "zone", "says"),
    [
        (7, 8, "UTC", "no such weekday"),
        (-1, 8, "UTC", "no such weekday"),
        (0, 24, "UTC", "none of 0 to 23"),
        (0, -1, "UTC", "none of 0 to 23"),
        (0, 8, "Mars/Olympus", "no time zone"),
        (0, 8, "", "no time zone"),
        (0, 8, "../etc/passwd", "no time zone"),
    ],
)
def test_what_is_no_schedule_is_refused(weekday: int, hour: int, zone: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        usable_schedule(weekday, hour, zone)
