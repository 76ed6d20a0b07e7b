"""Changes of level that come too slowly for a day or a week to stand out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from core.watch.baseline import WEEK, Baseline, Column, Mask

_NOW = 14
_BEFORE = 28
_BETWEENS = (21, 42)
"""Days from the end of the weeks that are compared with to today. Six weeks ago, what takes a month had not
begun: but so far back the trend is a guess, whose own error counts."""
_EVERY = 3
"""Days from one look to the next: what came slowly can wait."""
_USUAL_WANDER = 84
_BEYOND_WANDER = 1.5
_QUIET = 49
_TREND_TRUST = {21: 0.7, 42: 0.8}


class Drift:
    """The last two weeks beside four that ended three or six weeks ago, and beside the trend until then."""

    def __init__(self, base: Baseline, threshold: float) -> None:
        self.base, self.threshold = base, threshold
        self.moved = {between: np.full(base.values.shape, np.nan) for between in _BETWEENS}
        self.quiet_until = np.full(base.series, -1)

    def found(self, day: int, busy: Mask) -> Iterator[tuple[int, int]]:
        """The series that have drifted by now, each with the day since when."""
        for between in _BETWEENS if day % _EVERY == 0 else ():
            if day < _BEFORE + between:
                continue
            far = self._is_far(day, between) & ~busy
            for column in np.flatnonzero(far & (self.quiet_until < day)):
                yield int(column), day - between + 1

    def _is_far(self, day: int, between: int) -> Mask:
        every = self.moved[between]
        every[day] = moved = self._moved(day, between)
        past = np.nan_to_num(np.abs(every[max(0, day - _USUAL_WANDER) : day - 2 * WEEK]))
        wander = past.max(0) if len(past) else np.zeros(self.base.series)
        settled = self.base.level_from <= day - 2 * _BEFORE - between
        far: Mask = (np.abs(moved) >= self.threshold) & (np.abs(moved) > _BEYOND_WANDER * wander) & settled
        return far

    def before(self, column: int, since: int) -> float:
        """What a day usually was in the weeks compared with."""
        known = self.base.known[since - _BEFORE : since, column]
        return float(self.base.clean[since - _BEFORE : since, column].sum() / max(1, known.sum()))

    def quieten(self, column: int, day: int) -> None:
        """Leave the series alone until the drift is in all that is compared."""
        self.quiet_until[column] = day + _QUIET

    def _moved(self, day: int, between: int) -> Column:
        """In standard errors; beyond the trend that was there before."""
        end = day - between + 1
        now, before = self.base.mean(day - _NOW + 1, day + 1), self.base.mean(end - _BEFORE, end)
        earlier = self.base.mean(end - 2 * _BEFORE, end - _BEFORE)
        reach = (between - _NOW / 2 + _BEFORE / 2) / _BEFORE * _TREND_TRUST[between]
        trend = np.nan_to_num((before - earlier) * reach)
        spread = self.base.spread * self.base.inflation * before
        guessed = 2 * reach**2 if between == max(_BETWEENS) else 0.0
        error = spread * np.sqrt(1 / _NOW + (1 + guessed) / _BEFORE)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved: Column = (now - before - trend) / error
        moved[~np.isfinite(moved)] = np.nan
        return moved
