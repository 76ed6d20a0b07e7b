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
    "yesterday": "Yesterday",
    "last_7": "Last 7 days",
    "last_28": "Last 28 days",
    "last_30": "Last 30 days",
    "last_90": "Last 90 days",
    "this_week": "This week",
    "last_week": "Last week",
    "month_to_date": "Month to date",
    "last_month": "Last month",
    "this_quarter": "This quarter",
    "last_quarter": "Last quarter",
    "year_to_date": "Year to date",
    "last_12_months": "Last 12 months",
    "all": "All days",
}
"""Range presets, by the name links use, with their label. All end with today, but yesterday and those of
last week, month and quarter."""

DEFAULT_PRESET = "last_28"
"""What a page shows at first: four weeks, so that each weekday counts alike on both sides of a comparison."""

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2200, 1, 1)
"""Ranges outside these are a slip of the keyboard; inside them no date arithmetic can overflow."""


def preset(name: str, today: date) -> Period:
    """The period a preset means on ``today``.

    Raises:
        KeyError: no such preset.
    """
    week, quarter = today - today.weekday() * ONE_DAY, quarter_start(today)
    ended = {
        "yesterday": Period(today - ONE_DAY, today),
        "last_week": Period(week - 7 * ONE_DAY, week),
        "last_month": Period(previous_month(today), month_start(today)),
        "last_quarter": Period(quarter_start(quarter - ONE_DAY), quarter),
    }
    return ended.get(name) or Period(_start(name, today), today + ONE_DAY)


def _start(name: str, today: date) -> date:
    """The first day of a preset that ends with today."""
    starts = {
        "this_week": today - today.weekday() * ONE_DAY,
        "month_to_date": month_start(today),
        "this_quarter": quarter_start(today),
        "year_to_date": today.replace(month=1, day=1),
        "last_12_months": next_month(today.replace(year=today.year - 1, day=1)),
        "all": FIRST_DAY,
    }
    days = {"last_7": 7, "last_28": 28, "last_30": 30, "last_90": 90}
    return starts[name] if name in starts else today - (days[name] - 1) * ONE_DAY


def quarter_start(day: date) -> date:
    return calendar_period("quarter", day).start


CALENDAR: dict[str, str] = {"month": "Month", "quarter": "Quarter", "year": "Year"}
"""Periods of the calendar, by name, with their label."""
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def calendar_period(name: str, day: date) -> Period:
    """The month, quarter or year that ``day`` lies in."""
    months = _MONTHS_IN[name]
    start = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    return Period(start, months_after(start, months))


def months_after(day: date, months: int) -> date:
    """The first of the month so many months later, or earlier."""
    month = day.year * 12 + day.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)


def calendar_label(name: str, start: date) -> str:
    """Short, and sorted by time as text: ``2026-11``, ``2026-Q4``, ``2026``."""
    if name == "month":
        return f"{start:%Y-%m}"
    return f"{start.year}-Q{(start.month + 2) // 3}" if name == "quarter" else str(start.year)
