"""When a digest is due, by the clocks of its time zone, and which days it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from core.errors import InputError
from core.periods import ONE_DAY, Period, day_of
from core.store.digests import Schedule

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WAITS = timedelta(hours=12)
"""So long after its due time a digest waits for days that are not known yet."""
_WEEK = 7
_zones = cache(available_timezones)
"""Python looks through hundreds of files at each call."""


def usable_schedule(weekday: int | None, hour: int, zone: str) -> Schedule:
    """Raises InputError for what is on no calendar, no clock or no map."""
    if weekday is not None and weekday not in range(_WEEK):
        raise InputError("There is no such weekday.", field="weekday", remedy="Choose from Monday to Sunday.")
    if hour not in range(24):
        raise InputError("The hour is none of 0 to 23.", field="hour", remedy="Enter one of them.")
    if zone not in _zones():
        raise InputError(
            f"There is no time zone {zone[:40]!r}.", field="zone", remedy="Enter one such as Europe/Berlin."
        )
    return Schedule(weekday, hour, zone)


def zone_names() -> list[str]:
    """Every time zone by its IANA name; UTC first."""
    return ["UTC", *sorted(name for name in _zones() if "/" in name and name[:4] != "Etc/")]


def last_due(schedule: Schedule, now: datetime) -> datetime:
    """The latest due time that is not after ``now``, in UTC.

    An hour that the clocks skip is an hour later; of one that they repeat it is the first.
    """
    return max(due for due in _around(schedule, now) if due <= now)


def next_due(schedule: Schedule, now: datetime) -> datetime:
    """The first due time after ``now``, in UTC."""
    return min(due for due in _around(schedule, now) if due > now)


def _around(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    """The due times of the week before and the week after."""
    zone, today = ZoneInfo(schedule.zone), day_of(now)
    for step in range(-_WEEK - 1, _WEEK + 2):
        day = today + step * ONE_DAY
        if schedule.weekday in (None, day.weekday()):
            local = datetime(day.year, day.month, day.day, schedule.hour, tzinfo=zone)
            yield local.astimezone(UTC)


def told_days(schedule: Schedule, due: datetime) -> Period:
    """The UTC day, or the seven, before the day on which it is due."""
    end = day_of(due)
    return Period(end - ONE_DAY * (1 if schedule.weekday is None else _WEEK), end)


def schedule_words(schedule: Schedule) -> str:
    """``Every Monday at 08:00, Europe/Berlin``."""
    day = "day" if schedule.weekday is None else WEEKDAYS[schedule.weekday]
    return f"Every {day} at {schedule.hour:02}:00, {schedule.zone}"
