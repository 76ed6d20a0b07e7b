"""Half-open ranges of UTC days, and the presets people pick."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import inf

ONE_DAY = timedelta(days=1)

GRAINS = ("day", "week", "month")
"""Time dimensions. Weeks begin on Monday (ISO 8601)."""


@dataclass(frozen=True, order=True)
class Period:
    """UTC days from ``start`` up to, and without, ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"period ends before it starts: {self.start} to {self.end}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.end - ONE_DAY

    @property
    def starting_at(self) -> datetime:
        return datetime.combine(self.start, time(), UTC)

    @property
    def ending_at(self) -> datetime:
        return datetime.combine(self.end, time(), UTC)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=n) for n in range(self.days))

    def shifted(self, days: int) -> Period:
        return Period(self.start + timedelta(days=days), self.end + timedelta(days=days))

    def clipped(self, other: Period) -> Period:
        """The part inside ``other``; empty when there is none."""
        start = max(self.start, other.start)
        return Period(start, max(start, min(self.end, other.end)))


def day_of(instant: datetime) -> date:
    """The UTC day an instant falls on."""
    return instant.astimezone(UTC).date()


def closed_day(instant: datetime) -> Period:
    """The UTC day before: a question about a day under way is refused by reports of finished days."""
    return Period(day_of(instant) - ONE_DAY, day_of(instant))


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (month_start(day) + timedelta(days=32)).replace(day=1)


def previous_month(day: date) -> date:
    return month_start(month_start(day) - ONE_DAY)


def months_in(period: Period) -> list[date]:
    """First days of the months the period touches."""
    months: list[date] = []
    month = month_start(period.start)
    while period.days and month < period.end:
        months.append(month)
        month = next_month(month)
    return months


def runs_of(days: Iterable[date], *, at_most: float = inf) -> list[Period]:
    """Join neighbouring days into periods of no more than ``at_most`` days, latest first.

    Cut from the late end, so that the youngest period is full and the oldest takes the rest.
    """
    periods: list[Period] = []
    for day in sorted(set(days), reverse=True):
        if periods and periods[-1].start == day + ONE_DAY and periods[-1].days < at_most:
            periods[-1] = Period(day, periods[-1].end)
        else:
            periods.append(Period(day, day + ONE_DAY))
    return periods


PRESETS: dict[str, str] = {
    "last_7": "Last 7 days",
    "last_30": "Last 30 days",
    "last_90": "Last 90 days",
    "month_to_date": "Month to date",
    "last_month": "Last month",
    "year_to_date": "Year to date",
}
"""Range presets, by the name links use, with their label. All end with today, but ``last_month``."""


def preset(name: str, today: date) -> Period:
    """The period a preset means on ``today``.

    Raises:
        KeyError: no such preset.
    """
    tomorrow = today + ONE_DAY
    starts = {
        "last_7": tomorrow - timedelta(days=7),
        "last_30": tomorrow - timedelta(days=30),
        "last_90": tomorrow - timedelta(days=90),
        "month_to_date": month_start(today),
        "last_month": previous_month(today),
        "year_to_date": today.replace(month=1, day=1),
    }
    return Period(starts[name], month_start(today) if name == "last_month" else tomorrow)
