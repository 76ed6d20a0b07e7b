"""A daily series' forecast: the mixture of rules that did best before, with the range of its errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from core.forecast.rules import paths
from core.forecast.shape import TOLD_BY, WEEK, History, Values
from core.forecast.trials import TRIED_DAYS, day_half_width, half_widths, mixed, trials
from core.forecast.weights import weights
from core.periods import Period

LEAST_DAYS = 5 * WEEK
"""Fewer known days than this are too little history."""
_MOST_DAYS = TOLD_BY + TRIED_DAYS
"""What lies further back tells nothing."""


@dataclass(frozen=True)
class Ahead:
    """What is expected of some days together, and the range that four in five such sums lie in."""

    point: int
    low: int
    high: int

    def beside(self, actual: int) -> Ahead:
        """With what is already known."""
        return Ahead(self.point + actual, self.low + actual, self.high + actual)


@dataclass(frozen=True)
class Outlook:
    """From ``start`` on: by day, what is expected of it and all days before it, added up.

    ``day_half``: half the range of a single day.
    """

    start: date
    until: tuple[Ahead, ...]
    day_half: int = 0

    @property
    def period(self) -> Period:
        return Period(self.start, self.start + timedelta(days=len(self.until)))

    def up_to(self, end: date) -> Ahead:
        """All days before ``end``.

        Raises:
            IndexError: it lies beyond the forecast.
        """
        days = (end - self.start).days
        return self.until[days - 1] if days > 0 else Ahead(0, 0, 0)

    def within(self, period: Period) -> Ahead:
        """The days of a period that may begin later: as sure as all days up to its end."""
        whole, before = self.up_to(period.end), self.up_to(period.start).point
        return Ahead(whole.point - before, max(0, whole.low - before), whole.high - before)

    def on(self, day: date) -> int:
        """What is expected of one day."""
        return self.up_to(day + timedelta(days=1)).point - self.up_to(day).point

    def of_day(self, day: date) -> Ahead:
        """The same with the range of a single day."""
        return _ahead(self.on(day), self.day_half)


def outlook(start: date, values: Values, end: date) -> Outlook | None:
    """Forecast the days from the last known of ``values``, which begin on ``start``, up to ``end``.

    None with too little history.
    """
    history = usable(start, values)
    if history is None or history.end >= end:
        return None
    days = (end - history.end).days
    tried = trials(history)
    shares = weights(history, tried)
    points = [mixed(shares, column) for column in zip(*paths(history, days), strict=True)]
    halves = half_widths(tried, shares, history.scale, days)
    if not halves:
        return None
    until = tuple(_ahead(*pair) for pair in zip(points, halves, strict=True))
    return Outlook(history.end, until, round(day_half_width(tried, shares, history.scale)))


def _ahead(point: float, half: float) -> Ahead:
    """Whole, with the point inside."""
    whole = round(point)
    return Ahead(whole, min(whole, max(0, round(point - half))), max(whole, round(point + half)))


def usable(start: date, values: Values) -> History | None:
    """From the first day with anything to the last that is known, no further back than what tells; None if
    that is too little."""
    known = [n for n, value in enumerate(values) if value is not None]
    anything = [n for n in known if values[n]]
    if not anything:
        return None
    first, last = max(anything[0], known[-1] + 1 - _MOST_DAYS), known[-1]
    kept = tuple(values[first : last + 1])
    if sum(value is not None for value in kept) < LEAST_DAYS:
        return None
    return History(start + timedelta(days=first), kept)
