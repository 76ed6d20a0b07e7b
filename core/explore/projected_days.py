"""The days of connections that know the same ones, and a question's sum over a period of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from core.bidi import isolated_list
from core.forecast.outlook import Ahead, Outlook, outlook
from core.periods import ONE_DAY, Period

_WEEK = 7
_NEAR = 4 * _WEEK
"""An unknown day is taken for the mean of its weekday, so many days around."""

TAKES = "it takes five weeks of known days"
"""What a forecast needs."""


def too_little(young: Collection[str]) -> str:
    """Why there is no forecast. ``young``: the connections whose history alone is too short."""
    return f"Too little history in {isolated_list(young)}" if young else "Too little history"


@dataclass(frozen=True)
class Total:
    """A question's sum over a period, as far as it is known, and to the end of it.

    ``actual``: of the ``known_days`` of all, and of more that only some connections know, up to
    ``most_known_days`` of one. ``estimated``: of the ``estimated_days`` between them, whose values are
    not known. ``unknown_days`` are in nothing. ``so_far``: with what days under way have already. ``ahead``:
    of all days after the known ones; None: too little history. ``gained``: what ``grown_days`` of the known
    ones, which may still change, are expected to gain. ``young``: where the question has too little history,
    though others have enough.
    """

    period: Period
    actual: int
    known_days: frozenset[date]
    estimated: int
    estimated_days: int
    unknown_days: int
    so_far: int
    ahead: Ahead | None
    gained: int = 0
    grown_days: int = 0
    most_known_days: int = 0
    young: tuple[str, ...] = ()

    @property
    def too_little(self) -> str:
        """Why nothing is expected, in a few words."""
        return too_little(self.young)

    @property
    def lacks(self) -> str:
        """The same as a sentence."""
        return f"{self.too_little} for a forecast: {TAKES}."

    @property
    def expected(self) -> Ahead | None:
        """The whole period; never less than there is."""
        if self.ahead is None:
            return None
        whole = self.ahead.beside(self.actual + self.estimated + self.gained)
        low, point, high = (max(part, self.so_far) for part in (whole.low, whole.point, whole.high))
        return Ahead(point, low, high)


@dataclass(frozen=True)
class Part:
    """Connections that know the same days, together. ``values``: by day; None is unknown.

    ``gained``: what days that may still change are expected to gain. ``names``: of the connections.
    """

    complete_until: date
    unknown: frozenset[date]
    values: Mapping[date, int | None]
    end: date
    gained: Mapping[date, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def value(self, day: date) -> int | None:
        """A complete day without a row is a true zero."""
        if day >= self.complete_until or day in self.unknown:
            return None
        return self.values.get(day, 0)

    def grown(self, day: date) -> int | None:
        """The value with what the day is expected to gain."""
        value = self.value(day)
        return None if value is None else value + self.gained.get(day, 0)

    @cached_property
    def first(self) -> date:
        """The first day with anything."""
        return min((day for day, value in self.values.items() if value), default=self.complete_until)

    @cached_property
    def ahead(self) -> Outlook | None:
        """From the first day after the last known one."""
        days = Period(self.first, max(self.first, self.complete_until))
        return outlook(days.start, [self.grown(day) for day in days], self.end)

    @cached_property
    def later(self) -> date:
        """The first day that only a forecast tells."""
        return self.ahead.start if self.ahead else self.complete_until

    @property
    def is_empty(self) -> bool:
        return not any(self.values.values())

    def typical(self, day: date) -> int | None:
        """What an unknown day between known ones is taken for; None before the first with anything."""
        if day < self.first:
            return None
        around = (day + n * ONE_DAY for n in range(-_NEAR, _NEAR + 1, _WEEK))
        values = [v for other in around if other >= self.first and (v := self.value(other)) is not None]
        return round(sum(values) / len(values)) if values else None

    def expected(self, period: Period) -> Ahead | None:
        """Of its days from ``later`` on; None with too little history."""
        start = max(period.start, self.later)
        if start >= period.end or self.is_empty:
            return Ahead(0, 0, 0)
        return self.ahead.within(Period(start, period.end)) if self.ahead else None

    def within(self, period: Period) -> Total:
        days = [day for day in period if day < self.later]
        known = {day: value for day in days if (value := self.value(day)) is not None}
        guesses = {day: self.typical(day) for day in days if day not in known}
        estimated = [guess for guess in guesses.values() if guess is not None]
        return Total(
            period, sum(known.values()), frozenset(known), sum(estimated), len(estimated),
            len(guesses) - len(estimated), sum(self.values.get(day) or 0 for day in period),
            self.expected(period), sum(self.gained.get(day, 0) for day in known),
            sum(day in self.gained for day in known), len(known),
        )  # fmt: skip
