"""Changes of level that come too slowly for a day or a week to stand out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.watch.baseline import WEEK, Baseline, Column, Mask

_NOW = 14
_BEFORE = 28
_BETWEEN = 21
"""Days from the end of the weeks that are compared with to today."""
_APART = _BETWEEN - _NOW / 2 + _BEFORE / 2
_EVERY = 3
"""Days from one look to the next: what came slowly can wait."""
_USUAL_WANDER = 84
_BEYOND_WANDER = 1.5
_QUIET = 49
_TREND_TRUST = 0.7


class Drift:
    """The last two weeks beside four that ended three weeks ago, and beside the trend until then."""

    def __init__(self, base: Baseline, threshold: float) -> None:
        self.base, self.threshold = base, threshold
        self.moved = np.full(base.values.shape, np.nan)
        self.quiet_until = np.full(base.series, -1)

    def found(self, day: int, busy: Mask) -> Iterator[tuple[int, int]]:
        """The series that have drifted by now, each with the day since when."""
        if day < _BEFORE + _BETWEEN or day % _EVERY:
            return
        self.moved[day] = moved = self._moved(day)
        past = np.nan_to_num(np.abs(self.moved[max(0, day - _USUAL_WANDER) : day - 2 * WEEK]))
        wander = past.max(0) if len(past) else np.zeros(self.base.series)
        settled = self.base.level_from <= day - 2 * _BEFORE - _BETWEEN
        far = (np.abs(moved) >= self.threshold) & (np.abs(moved) > _BEYOND_WANDER * wander)
        for column in np.flatnonzero(far & settled & ~busy & (self.quiet_until < day)):
            yield int(column), day - _BETWEEN + 1

    def before(self, column: int, day: int) -> float:
        """What a day usually was in the weeks compared with."""
        end = day - _BETWEEN + 1
        known = self.base.known[end - _BEFORE : end, column]
        return float(self.base.clean[end - _BEFORE : end, column].sum() / max(1, known.sum()))

    def quieten(self, column: int, day: int) -> None:
        """Leave the series alone until the drift is in all that is compared."""
        self.quiet_until[column] = day + _QUIET

    def _moved(self, day: int) -> Column:
        """In standard errors; beyond the trend that was there before."""
        end = day - _BETWEEN + 1
        now, before = self.base.mean(day - _NOW + 1, day + 1), self.base.mean(end - _BEFORE, end)
        earlier = self.base.mean(end - 2 * _BEFORE, end - _BEFORE)
        trend = np.nan_to_num((before - earlier) / _BEFORE * _APART * _TREND_TRUST)
        spread = self.base.spread * self.base.inflation * before
        error = spread * np.sqrt(1 / _NOW + 1 / _BEFORE)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved: Column = (now - before - trend) / error
        moved[~np.isfinite(moved)] = np.nan
        return moved
