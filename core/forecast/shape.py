"""What a daily series is made of: spikes, a weekday profile, a level since its last shift, growth.

Plain floats: amounts become them here, and whole again where a forecast leaves the package.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from math import exp, log
from operator import mul
from statistics import median

WEEK = 7
_PROFILE_WEEKS = 12
_LEVEL_DAYS = 26 * WEEK
_AROUND = 2 * WEEK
"""Days on each side that tell what is a spike."""
TOLD_BY = _LEVEL_DAYS + _AROUND
"""Days further back change no forecast."""
_SPIKE = 2.5
"""So many times what both sides expect of a day."""
_STEEPEST_RISE, _STEEPEST_FALL = 0.03, 0.12
"""Growth and decline a day that are believed."""
_BEFORE_SHIFT, _LATEST_SHIFT, _EARLIEST_SHIFT = 3 * WEEK, 2, 3 * WEEK
_CLEAR, _LARGE = 5.0, 0.3
"""A shift of level is so many standard errors, and such a share of the level before."""

Values = Sequence[float | None]
"""A day after the other; None is unknown."""
Days = tuple[float | None, ...]


@dataclass(frozen=True)
class History:
    """Known days up to the one a forecast is made on; the last value is the last known."""

    start: date
    values: Days

    @property
    def end(self) -> date:
        """The first day that is forecast."""
        return self.start + timedelta(days=len(self.values))

    @cached_property
    def smooth(self) -> Days:
        """The values with each spike cut to what the days around expect."""
        return self._smooth_from(0)

    def until(self, length: int) -> History:
        """As it was known ``length`` days after its start: the last days' spikes as they were seen then."""
        first = max(0, length - TOLD_BY)
        shorter = History(self.start + timedelta(days=first), self.values[first:length])
        settled = max(0, length - first - _AROUND)
        smooth = self.smooth[first : first + settled] + shorter._smooth_from(settled)
        shorter.__dict__["smooth"] = smooth
        return shorter

    def _smooth_from(self, first: int) -> Days:
        values = self.values
        return tuple(
            _cut(values[n], values[max(0, n - _AROUND) : n], values[n + 1 : n + 1 + _AROUND])
            for n in range(first, len(values))
        )

    @property
    def scale(self) -> float:
        """The average of the last four weeks' days."""
        return _mean(self.values[-4 * WEEK :]) or 0.0

    @property
    def is_mostly_idle(self) -> bool:
        """Whether most of the days that tell the level are empty."""
        return _mostly_idle(self._latest)

    @cached_property
    def profile(self) -> list[float]:
        """Each weekday's share of its week's average day, over twelve weeks; drawn towards one as far as
        weekdays differ no more than by chance (James and Stein).

        It begins with the weekday of the first day that is forecast.
        """
        weeks = min(_PROFILE_WEEKS, len(self.smooth) // WEEK)
        shares: list[list[float]] = [[] for _ in range(WEEK)]
        for back in range(weeks, 0, -1):
            week = self.smooth[len(self.smooth) - WEEK * back :][:WEEK]
            if mean := _mean(week):
                for place, value in enumerate(week):
                    shares[place] += [] if value is None else [value / mean]
        typical, trust = list(map(_typical, shares)), _trust(shares)
        drawn = [1 + trust * (share - 1) for share in typical]
        return [share * WEEK / sum(drawn) for share in drawn] if sum(drawn) else [1.0] * WEEK

    @cached_property
    def _latest(self) -> list[float]:
        """The values, the last first; unknown is 0, and counts for nothing."""
        return [value or 0.0 for value in reversed(self.smooth[-_LEVEL_DAYS:])]

    @cached_property
    def _parts(self) -> list[float]:
        """The share of an average day that each of them is of; 0 where unknown."""
        profile = self.profile
        return [
            0.0 if value is None else profile[-age % WEEK]
            for age, value in enumerate(reversed(self.smooth[-_LEVEL_DAYS:]), 1)
        ]

    @cached_property
    def since_shift(self) -> int:
        """Days since the level last shifted; all days where it did not."""
        latest, parts = self._latest, self._parts
        best, clearest = len(latest), _CLEAR
        if _mostly_idle(latest):
            return best
        for days in range(_LATEST_SHIFT, min(_EARLIEST_SHIFT, len(latest) - WEEK) + 1):
            before = slice(days, days + _BEFORE_SHIFT)
            weight = sum(parts[before])
            level = sum(latest[before]) / weight if weight else 0.0
            expected = level * sum(parts[:days])
            moved = abs(sum(latest[:days]) - expected)
            if level <= 0 or moved < _LARGE * expected:
                continue
            misses = [(a - level * b) ** 2 for a, b in zip(latest[before], parts[before], strict=True) if b]
            spread = max((sum(misses) / len(misses)) ** 0.5, 0.05 * level)
            clear = moved / spread / (days + days * days / len(misses)) ** 0.5
            if clear > clearest:
                best, clearest = days, clear
        return best

    def level(self, half_life: float, growth: float = 0.0) -> float:
        """The average day at the end; a day counts half as much ``half_life`` days earlier."""
        latest, parts = self._latest[: self.since_shift], self._parts[: self.since_shift]
        weights = _weights(half_life)
        below = sum(map(mul, _grown(half_life, growth) if growth else weights, parts))
        return sum(map(mul, weights, latest)) / below if below > 0 else 0.0

    def since(self) -> list[tuple[float, float]]:
        """Each day since the shift with its share of an average day, which is 0 where it is unknown."""
        days = list(zip(self._latest[: self.since_shift], self._parts[: self.since_shift], strict=True))
        return days[::-1]

    def growth(self, weeks: int) -> float:
        """Growth a day, as the logarithm of its factor: the median slope between any two weeks."""
        n = len(self.smooth)
        weeks = min(weeks, n // WEEK, self.since_shift // WEEK)
        levels = [_mean(self.smooth[n - WEEK * (k + 1) : n - WEEK * k]) for k in range(weeks)]
        least = max((level or 0.0 for level in levels), default=0.0) / 100
        known = [(k, log(max(level, least))) for k, level in enumerate(levels) if level is not None and least]
        slopes = [(a - b) / (j - i) / WEEK for i, a in known for j, b in known if j > i]
        return max(-_STEEPEST_FALL, min(_STEEPEST_RISE, median(slopes))) if slopes else 0.0


@lru_cache(maxsize=16)
def _weights(half_life: float) -> list[float]:
    return [0.5 ** (age / half_life) for age in range(1, _LEVEL_DAYS + 1)]


def _grown(half_life: float, growth: float) -> list[float]:
    """The weights of days whose level was lower, or higher, by their age."""
    return [weight * exp(-growth * age) for age, weight in enumerate(_weights(half_life), 1)]


def _typical(shares: list[float]) -> float:
    """Their mean, but for the largest and the smallest; that of an average day without any."""
    kept = sorted(shares)[1:-1] if len(shares) > 4 else shares
    return sum(kept) / len(kept) if kept else 1.0


def _trust(shares: list[list[float]]) -> float:
    """How much of what tells weekdays apart is no chance."""
    several = [weekday for weekday in shares if len(weekday) > 1]
    if not several:
        return 0.0
    chance = sum(_variance(weekday) / len(weekday) for weekday in several) / len(several)
    between = _variance(map(_typical, shares))
    return max(0.0, 1 - chance / between) if between else 0.0


def _variance(values: Iterable[float]) -> float:
    known = list(values)
    mean = sum(known) / len(known)
    return sum((value - mean) ** 2 for value in known) / (len(known) - 1)


def _mean(values: Values) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@lru_cache(maxsize=4096)
def _cut(value: float | None, days_before: Days, days_after: Days) -> float | None:
    """A day's value; no more than the second largest of the days on either side, if it is a spike."""
    if value is None or value <= 0:
        return value
    before = sorted(v for v in days_before if v is not None)
    after = sorted(v for v in days_after if v is not None)
    highest = max([*before[-2:-1], *after[-2:-1]], default=0.0)
    if len(before) + len(after) < WEEK or _mostly_idle(before + after):
        return value
    return highest if value > _SPIKE * highest else value


def _mostly_idle(values: list[float]) -> bool:
    """Where most days are empty, the others are no spikes."""
    return 2 * len([value for value in values if value > 0]) <= len(values)
