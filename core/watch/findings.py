"""What is unusual in a ledger: every series judged, and what belongs together told once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from core.explore.insights import KnownDays
from core.money import MICROCENTS_PER_USD
from core.periods import Period
from core.watch.baseline import LEAST_DAYS, Matrix
from core.watch.detect import Sensitivity, detect
from core.watch.explain import Candidate, Told, told_once
from core.watch.runs import Kind, Run
from core.watch.series import DailySeries, daily_series, day_at

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

HISTORY_DAYS = 400
"""What is read: a value that was not seen in so many days is new."""
TOLD_DAYS = 92
"""Runs that ended earlier are over, and what was told of them stays."""
_WARM_DAYS = 140
"""What the first of those days is compared with."""


@dataclass(frozen=True)
class Floors:
    """What is worth telling: a difference of so many micro-cents a day, and of this part of what was
    expected.

    ``share``: the same as a part of what the organization usually spends a day; the larger one counts.
    ``tokens``: where there is no cost.
    """

    microcents: int = 10 * MICROCENTS_PER_USD
    share: float = 0.01
    ratio: float = 0.15
    tokens: int = 1_000_000
    points: float = 0.1


USUAL_FLOORS = Floors()


def find(
    ledger: Snapshot,
    until: date,
    known_days: Iterable[KnownDays],
    floors: Floors = USUAL_FLOORS,
    days: int = TOLD_DAYS,
) -> list[Told]:
    """Everything unusual in the ``days`` before ``until``, whoever was told before.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    period = Period(until - timedelta(days=HISTORY_DAYS), until)
    series = daily_series(ledger, period, known_days)
    return told_once(ledger, list(candidates(series, floors, days))) if series.scopes else []


def candidates(series: DailySeries, floors: Floors, days: int = TOLD_DAYS) -> Iterator[Candidate]:
    """The runs of all series and measures that reach into the last ``days``."""
    told_from = series.period.end - timedelta(days=days)
    judge = _Judge(series, floors, max(0, series.period.days - days - _WARM_DAYS))
    return (candidate for candidate in judge.all() if candidate.last >= told_from)


def sensitivity_of(count: int) -> tuple[float, float]:
    """How far a day, and days in a row, must be off: further where more series are watched.

    The chance of a false finding is shared among all series.
    """
    more = max(0.0, math.log10(max(count, 1) / 10))
    return 4.5 + 0.75 * more, 4.6 + 0.6 * more


class _Judge:
    def __init__(self, series: DailySeries, floors: Floors, start: int) -> None:
        self.series, self.floors, self.start = series, floors, start
        self.floor = max(floors.microcents, floors.share * self._usual_day())
        day, run = sensitivity_of(len(series.scopes))
        self.sensitivity = Sensitivity(day, run, run + 0.4, self.floor, floors.ratio)

    def all(self) -> Iterator[Candidate]:
        cost = self.series.values("cost")
        yield from self._of("cost", cost, self.sensitivity)
        yield from self._new()
        yield from self._rates()
        yield from self._tokens()
        yield from self._caches()

    def _usual_day(self) -> float:
        """The median of what all spent on the last four weeks' days."""
        whole = self.series.values("cost")[-LEAST_DAYS:, 0]
        return float(np.nanmedian(whole)) if not np.isnan(whole).all() else 0.0

    def _of(self, column: str, values: Matrix, sensitivity: Sensitivity) -> Iterator[Candidate]:
        for run in self._runs(values, sensitivity):
            yield self._candidate(column, run)

    def _runs(self, values: Matrix, sensitivity: Sensitivity) -> list[Run]:
        """Of the series that have anything."""
        judged = values[self.start :]
        there = np.flatnonzero((np.nan_to_num(judged) != 0).any(0))
        runs = detect(np.ascontiguousarray(judged[:, there]), sensitivity)
        return [replace(run, series=int(there[run.series])) for run in runs]

    def _candidate(self, column: str, run: Run) -> Candidate:
        first, last, found_on = (
            day_at(self.series.period, self.start + place) for place in (run.first, run.last, run.found_on)
        )
        scope = self.series.scopes[run.series]
        return Candidate(scope, run.kind, column, run.sign, first, last, found_on, run.expected, run.actual)

    def _new(self) -> Iterator[Candidate]:
        """Series that were never seen before, with what they had in their first week."""
        cost = self.series.values("cost")
        there = np.nan_to_num(cost) > 0
        first_of_all = int(there[:, 0].argmax()) if there[:, 0].any() else len(cost)
        for column in np.flatnonzero(there.any(0)):
            first = int(there[:, column].argmax())
            known_before = self.series.known[first_of_all:first, column].sum()
            if known_before < LEAST_DAYS:
                continue
            spent = np.nancumsum(cost[first : first + 7, column])
            reached = np.flatnonzero(spent >= self.floor * _NEW_DAYS)
            if len(reached):
                yield self._new_candidate(
                    int(column), first, len(spent) - 1, int(reached[0]), float(spent[-1])
                )

    def _new_candidate(self, column: int, first: int, more: int, found_after: int, spent: float) -> Candidate:
        begun, last, seen = (
            day_at(self.series.period, place) for place in (first, first + more, first + found_after)
        )
        return Candidate(self.series.scopes[column], Kind.NEW, "cost", 1, begun, last, seen, 0.0, spent)

    def _rates(self) -> Iterator[Candidate]:
        """Jumps of dollars a token, where the tokens used since make them worth telling."""
        rate = self.series.ratio("_priced_cost", "_priced_tokens")
        tokens = self.series.values("_priced_tokens")
        plain = replace(self.sensitivity, floor=0.0)
        for run in self._runs(rate, plain):
            days = slice(self.start + run.first, self.start + run.last + 1)
            used = tokens[days, run.series]
            width = run.width
            expected = float(np.nansum(used) * run.expected / width)
            actual = float(np.nansum(self.series.values("_priced_cost")[days, run.series]))
            if run.sign > 0 and actual - expected >= self.floor * width:
                yield self._candidate("_rate", replace(run, kind=Kind.RATE, expected=expected, actual=actual))

    def _tokens(self) -> Iterator[Candidate]:
        """Where cost is known it tells of tokens too: these are the series that have none."""
        values = np.where(self.series.has_cost, np.nan, self.series.values("tokens"))
        yield from self._of("tokens", values, replace(self.sensitivity, floor=float(self.floors.tokens)))

    def _caches(self) -> Iterator[Candidate]:
        """Falls of the cache hit rate by at least ten points, where a day's input is worth it."""
        rate = self.series.ratio("_cache_read_tokens", "_input_tokens")
        cost = self.series.values("cost")
        sensitivity = replace(self.sensitivity, floor=self.floors.points, ratio=0.0)
        for run in self._runs(rate, sensitivity):
            days = slice(self.start + run.first, self.start + run.last + 1)
            width = run.width
            if run.sign < 0 and np.nansum(cost[days, run.series]) >= self.floor * width * _TOUCHED:
                run = replace(run, kind=Kind.CACHE, expected=run.expected / width, actual=run.actual / width)
                yield self._candidate("_cache", run)


_NEW_DAYS = 3
_TOUCHED = 3
"""A fall of the hit rate is told where the cost it touches is so many times the floor."""
