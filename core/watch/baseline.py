"""What a day should have been, from the days before it alone: for many series at once.

A series' expected value is its recent level times the share that its weekday usually has, moved on by half
of its recent trend. Days that were flagged do not count as they were: level and profile are computed from
*cleaned* values. The usual spread is relative to the expected value, so that it grows with it.

Rows are days, columns are series; NaN is a day that is not known.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
Column: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
Places: TypeAlias = NDArray[np.int64]

WEEK = 7
LEVEL_DAYS = 14
PROFILE_DAYS = 56
LEAST_DAYS = 28
"""So many days of history it takes before a day can be judged: four of each weekday."""

_TREND_LAG = 7.5 / LEVEL_DAYS
_TREND_TRUST = 0.5
_MOST_GROWTH = 0.3
_WANDER = 0.15
"""By about so much levels move in two weeks without a reason."""
_LEAST_SHARE = 0.25
"""A weekday that usually has nothing is given this part of a usual day's spread."""
_FAR = 3.0
"""A day counts for the level as no further from what was expected than so many spreads, ..."""
_OFTEN = 0.95
"""... or than one day in twenty is: a series that is often idle has large days among its usual ones."""
_LOOK_BACK = 126
_MOST_OF_A_DAY = 4.0
"""Among days in a row, a single one counts as no more than so many spreads."""
_LEAST_SPREAD = 0.02
_IN_SAMPLE = 1.2
"""Differences to a profile made from the same days are too small by about so much."""
_SHORT_SAMPLE = 2.8
"""Correlations measured over few days come out too small, by about so much over the days."""


class Baseline:
    """The state of the computation, a day at a time. What changes slowly is computed once a week."""

    def __init__(self, values: Matrix) -> None:
        self.values = values
        self.days, self.series = values.shape
        self.known = ~np.isnan(values)
        self.clean = np.where(self.known, values, 0.0)
        """What counts for level and profile; zero where nothing is known."""
        self.expected, self.unit, self.off, self.lift, self.level = (
            np.full(values.shape, np.nan) for _ in range(5)
        )
        """``off``, ``lift``: the difference to the expected value, in parts of ``unit`` and of the level."""
        self.first = _first_used(values)
        self.level_from = self.first.copy()
        self.spread, self.up, self.down = (np.full(self.series, np.nan) for _ in range(3))
        self.most_up, self.most_down = self.up, self.down
        self.alike, self.inflation = np.zeros(self.series), np.ones(self.series)
        """How much a day goes with the one before; how much wider that makes a sum of many days."""
        self.shares, self.usual = np.ones((WEEK, self.series)), np.zeros(self.series)
        self._long_level: Column | None = None

    def judge(self, day: int) -> Column:
        """How far the day is from what was expected, in usual spreads; NaN where nothing can be said."""
        if day % WEEK == 0 or day == 1:
            self.shares = self._shares(day)
            self.usual = self._usual(day)
            self._learn_spread(day, self.shares)
        shares = self.shares
        self.level[day] = level = self._level(day, shares)
        self.expected[day] = expected = level * shares[day % WEEK]
        self.unit[day] = _unit(expected, level, self.usual)
        off = _over(self.values[day] - expected, self.unit[day])
        off[day - self.first < LEAST_DAYS] = np.nan
        self.off[day] = off
        self.lift[day] = off * _over(
            self.unit[day], np.fmax(np.abs(level), np.abs(self.usual) * _LEAST_SHARE)
        )
        z: Column = off / np.where(off > 0, self.up, self.down)
        return z

    def keep(self, day: int, z: Column, frozen: Mask) -> None:
        """Take the day into the baseline: as it was, but not further than usual; not at all where frozen."""
        reach = np.where(z > 0, self.most_up, self.most_down) * self.unit[day]
        nearest = np.clip(self.values[day], self.expected[day] - reach, self.expected[day] + reach)
        value = np.where(np.isnan(z), self.values[day], nearest)
        value = np.where(frozen, self.expected[day], value)
        self.clean[day] = np.where(self.known[day], value, 0.0)

    def accept(self, column: int, start: int, day: int) -> None:
        """Let a lasting change be the new usual, since its first day."""
        self.clean[start : day + 1, column] = np.nan_to_num(self.values[start : day + 1, column])
        self.off[start : day + 1, column] = self.lift[start : day + 1, column] = np.nan
        self.level_from[column] = start
        self._long_level = None

    def second_largest(self, columns: Places, day: int, sign: Column) -> Column:
        """Of the differences of the last eighteen weeks, in the direction of ``sign``."""
        back = self.lift[max(0, day - _LOOK_BACK) : day, columns] * sign
        back = np.where(np.isnan(back), -np.inf, back)
        second: Column = np.partition(back, -2, axis=0)[-2]
        return second

    def is_often_idle(self, day: int) -> Mask:
        """Whether more than a third of the known days of eight weeks have nothing: more than weekends do."""
        span = slice(max(0, day - PROFILE_DAYS), day)
        nothing = (self.known[span] & (self.values[span] == 0)).sum(0)
        idle: Mask = nothing > self.known[span].sum(0) / 3
        return idle

    def together(self, start: int, end: int) -> Column:
        """How far the days from ``start`` up to ``end`` are off as a whole, in usual spreads of such a sum.

        They are compared with the level as it was before them, which they have moved since.
        """
        off = self.off_before(start, end)
        width = end - start
        level_days = np.clip(start - self.level_from, WEEK, LEVEL_DAYS)
        spread = np.sqrt(_of_sum(width, level_days, self.alike))
        total: Column = np.clip(off, -_MOST_OF_A_DAY, _MOST_OF_A_DAY).sum(0) / spread
        return total

    def off_before(self, start: int, end: int) -> Matrix:
        """How far each of these days is off the level as it was before them, in usual spreads."""
        days, level = slice(start, end), self.level[start]
        moved = _over(level[None, :], self.level[days])
        expected = self.expected[days] * moved
        unit = _unit(expected, level, self.usual)
        return _over(self.values[days] - expected, np.fmin(unit, self.unit[days]) * self.spread)

    def mean(self, start: int, end: int) -> Column:
        """Of the cleaned days that are known; NaN without any."""
        span = slice(max(0, start), max(0, end))
        return _over(self.clean[span].sum(0), self.known[span].sum(0))

    def _usual(self, day: int) -> Column:
        span = slice(max(0, day - PROFILE_DAYS), day)
        return _over(np.where(self.known[span], self.values[span], 0.0).sum(0), self.known[span].sum(0))

    def _level(self, day: int, shares: Matrix) -> Column:
        """That of two weeks; of a noisy series, whose two weeks tell little, partly that of eight."""
        recent = self._level_of(day - LEVEL_DAYS, day, shares)
        before = self._level_of(day - 2 * LEVEL_DAYS, day - LEVEL_DAYS, shares)
        growth = np.clip(_over(recent, before) - 1, -_MOST_GROWTH, _MOST_GROWTH)
        settled = (day - self.level_from >= 2 * LEVEL_DAYS) & np.isfinite(growth)
        moved = recent * (1 + np.where(settled, growth, 0) * _TREND_LAG * _TREND_TRUST)
        trust = 1 / (1 + np.nan_to_num(self.up**2) / LEVEL_DAYS / _WANDER**2)
        if self._long_level is None or day % WEEK == 0:
            self._long_level = self._level_of(day - PROFILE_DAYS, day, shares)
        level: Column = trust * moved + (1 - trust) * self._long_level
        return level

    def _level_of(self, start: int, end: int, shares: Matrix) -> Column:
        """Sum of the cleaned days over the sum of their weekdays' shares."""
        days = np.arange(max(0, start), max(0, end))
        span = slice(max(0, start), max(0, end))
        counts = self.known[span] & (days[:, None] >= self.level_from)
        return _over((self.clean[span] * counts).sum(0), (shares[days % WEEK] * counts).sum(0))

    def _shares(self, day: int) -> Matrix:
        """Of each weekday in a week, one on average; a row for the place of a day modulo seven.

        Drawn towards one as far as weekdays differ no more than by chance (James and Stein): else a weekday
        that happened to be idle would make the next use on it stand out.
        """
        start = max(0, day - PROFILE_DAYS)
        sums, squares, counts = (np.zeros((WEEK, self.series)) for _ in range(3))
        for place in range(start, min(start + WEEK, day)):
            clean, weekday = self.clean[place:day:WEEK], place % WEEK
            sums[weekday], squares[weekday] = clean.sum(0), (clean**2).sum(0)
            counts[weekday] = self.known[place:day:WEEK].sum(0)
        means = _over(sums, counts)
        level = np.nansum(means, axis=0) / WEEK
        shares = _over(means, level)
        within = np.nansum(_over(squares, counts) - means**2, axis=0) / WEEK / np.fmax(level**2, 1e-300)
        chance = _over(within, counts.sum(0) / WEEK - 1)
        between = np.nansum((shares - 1) ** 2, axis=0) / (WEEK - 1)
        trust = np.clip(1 - _over(chance, between), 0, 1)
        shares = 1 + np.nan_to_num(trust) * (shares - 1)
        return np.where(np.isfinite(shares), shares, 1.0)

    def _learn_spread(self, day: int, shares: Matrix) -> None:
        """Spreads upward and downward, and how much days in a row go together."""
        recent = self._recent_off(day, shares)
        known = (~np.isnan(recent)).sum(0)
        ordered, distances = np.sort(recent, axis=0), np.sort(np.abs(recent), axis=0)
        middle = 1.4826 * _quantile(distances, known, 0.5)
        wide = np.fmax(np.fmax(middle, _quantile(distances, known, 0.8) / 1.28), _LEAST_SPREAD)
        wide[known < WEEK] = np.nan
        self.spread = wide
        self.up = _tail(wide, ordered, known, 1)
        self.down = _tail(wide, ordered, known, -1)
        self.up[known < WEEK] = self.down[known < WEEK] = np.nan
        self.most_up = np.fmax(_FAR * self.up, _quantile(ordered, known, _OFTEN))
        self.most_down = np.fmax(_FAR * self.down, -_quantile(ordered, known, 1 - _OFTEN))
        longer = self._off_of(2 * PROFILE_DAYS, day)
        young = (~np.isnan(longer)).sum(0) < PROFILE_DAYS
        self.alike = np.where(young, _alike(recent, 3 * middle), _alike(longer, 3 * middle))
        self.inflation = np.sqrt((1 + self.alike) / (1 - self.alike))

    def _recent_off(self, day: int, shares: Matrix) -> Matrix:
        """Differences of eight weeks; of a young series those to its own profile, a bit widened.

        The last two weeks are left out: a change that is being found must not widen what is usual.
        """
        recent = self._off_of(PROFILE_DAYS, day)
        young = (~np.isnan(recent)).sum(0) < LEAST_DAYS
        if young.any():
            inner = self._inner_off(day, max(0, day - PROFILE_DAYS), shares, young)
            recent = np.vstack([recent, np.full((len(inner) - len(recent), self.series), np.nan)])
            recent[:, young] = inner
        return recent

    def _off_of(self, days: int, day: int) -> Matrix:
        """Differences of so many days before the last two weeks, without those that had to have nothing."""
        span = slice(max(0, day - days - LEVEL_DAYS), max(0, day - LEVEL_DAYS))
        off = self.off[span].copy()
        expected, level = np.abs(self.expected[span]), np.abs(self.level[span])
        off[(self.values[span] == 0) & (expected < _LEAST_SPREAD * level)] = np.nan
        return off

    def _inner_off(self, day: int, start: int, shares: Matrix, young: Mask) -> Matrix:
        days = np.arange(start, day)
        level = self._level_of(start, day, shares)[young]
        fitted = level * shares[days % WEEK][:, young]
        off = _over(self.clean[start:day, young] - fitted, _unit(fitted, level, np.zeros_like(level)))
        off[~self.known[start:day, young] | (days[:, None] < self.first[young])] = np.nan
        return off * _IN_SAMPLE


def _first_used(values: Matrix) -> Places:
    """The first day with any amount; beyond the last where there is none."""
    if not len(values):
        return np.zeros(values.shape[1], np.int64)
    there = np.nan_to_num(values) != 0
    return np.where(there.any(0), there.argmax(0), len(values))


def _unit(expected: Matrix, level: Column, usual: Column) -> Matrix:
    """What a difference is told in parts of: how large the expected amount is, of a credit too."""
    return np.fmax(np.abs(expected), np.fmax(np.abs(level), np.abs(usual)) * _LEAST_SHARE)


def _over(above: Matrix, below: NDArray[np.float64] | NDArray[np.int64]) -> Matrix:
    """NaN where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Matrix = above / below
    result[~np.isfinite(result)] = np.nan
    return result


def _quantile(ordered: Matrix, known: Places, share: float) -> Column:
    """The nearest of the known values of each column, which come first; NaN without any."""
    if not len(ordered):
        return np.full(len(known), np.nan)
    place = np.clip(np.round(share * (known - 1)).astype(np.int64), 0, len(ordered) - 1)
    quantile: Column = np.take_along_axis(ordered, place[None, :], 0)[0]
    return quantile


def _tail(wide: Column, ordered: Matrix, known: Places, side: int) -> Column:
    """The spread on one side, where large days go further than the usual ones let expect."""
    for share, spreads in _TAILS:
        far = side * _quantile(ordered, known, share if side > 0 else 1 - share)
        wide = np.fmax(wide, far / spreads)
    return wide


_TAILS = ((0.9, 1.28), (0.96, 1.75))
"""Shares of days, and the spreads that they lie within where large days are no more than chance."""


def _alike(off: Matrix, limit: Column) -> Column:
    """The correlation of neighbouring days, where it is more than chance: one over the root of the days."""
    days = np.fmax((~np.isnan(off)).sum(0), 1)
    near = np.nan_to_num(np.clip(off, -limit, limit))
    together = _over((near[1:] * near[:-1]).sum(0), (near**2).sum(0))
    return np.where(together > 1 / np.sqrt(days), np.clip(together + _SHORT_SAMPLE / days, 0, 0.7), 0.0)


def _of_sum(width: int, level_days: Places, alike: Column) -> Column:
    """How much ``width`` days together vary beside the level of ``level_days`` before them, in parts of a
    day's variance: days that go together do so across the border, too."""
    share, apart = width / level_days, (1 - alike) ** 2
    touching = alike * (1 - alike**width) * (1 - alike**level_days) / apart
    of_days, of_level = (
        n * (1 - alike**2) / apart - 2 * alike * (1 - alike**n) / apart for n in (width, level_days)
    )
    variance: Column = of_days + share**2 * of_level - 2 * share * touching
    return variance
