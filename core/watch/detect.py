"""Finds the runs of days that are outside their expected range, in many series at once.

Pure and deterministic: the same values give the same runs, on every machine. A day is judged by the days
before it alone, so what was found on a day does not depend on later ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from core.watch.baseline import LEAST_DAYS, WEEK, Baseline, Column, Mask, Matrix, Places
from core.watch.drift import Drift
from core.watch.pauses import Pauses
from core.watch.runs import Kind, Run, merged


@dataclass(frozen=True)
class Sensitivity:
    """How unusual a day must be to be told.

    ``day``: in usual spreads, for a day alone; ``run``: for days in a row, together; ``drift``: for a slow
    change of level. ``floor`` (in the unit of the values, a day) and ``ratio`` (of what was expected): a
    difference below either is never told.
    """

    day: float = 4.5
    run: float = 4.6
    drift: float = 5.0
    floor: float = 0.0
    ratio: float = 0.1


_GOES_ON = 1.5
"""Spreads by which a day must be off, on the same side, to belong to the run before it."""
_GAP = 2
"""Days without a difference that do not end a run, as a weekend does not."""
_WINDOWS = (2, 3, 5, 7, 10, 14)
_OTHER_SIDE = 5
"""One day of so many in a row may be on the other side."""
_ONE_SIDE = 0.7
_BEYOND_EXAMPLES = 1.3
"""What happened twice in eighteen weeks is usual, unless it is so many times as large: a monthly batch."""
_BEYOND_OF_IDLE = 2.0
"""Of a series that is often idle two days tell less: its use comes in lumps."""
_OF_A_WEEK = 5
"""So many days of the week, at least, are on the side of the run: two may be a weekend without use."""
_STOPPED_DAYS = 3
_BEYOND_PAUSES = 2
_NOTHING = 1e-9
_USUAL = Sensitivity()


def detect(values: Matrix, sensitivity: Sensitivity = _USUAL) -> list[Run]:
    """All runs in ``values``: rows are days, columns series, NaN a day that is not known."""
    watch = _Watch(values, sensitivity)
    first = int(watch.base.first.min(initial=len(values)))
    if len(values) - first <= LEAST_DAYS:
        return []
    begin = max(1, first // WEEK * WEEK)  # a baseline is learned at the start of a week
    for day in range(1, begin):
        watch.pauses.count(day)
    for day in range(begin, len(values)):
        watch.step(day)
    return watch.finish()


class _Watch:
    """Goes from day to day; keeps the run that each series is in."""

    def __init__(self, values: Matrix, sensitivity: Sensitivity) -> None:
        self.base = Baseline(values)
        self.sensitivity = sensitivity
        self.pauses = Pauses(values)
        self.told_pause = np.full(self.base.series, -1)
        self.drift = Drift(self.base, sensitivity.drift)
        self.z = np.full(values.shape, np.nan)
        self.start, self.last, self.seen = (np.full(self.base.series, -1) for _ in range(3))
        self.sign = np.zeros(self.base.series)
        self.barrier = np.full(self.base.series, -1)
        """The last day that was told of: days in a row are counted from there on."""
        self.runs: list[Run] = []

    @property
    def busy(self) -> Mask:
        """Which series are in a run."""
        return self.start >= 0

    def step(self, day: int) -> None:
        self.z[day] = z = self.base.judge(day)
        self._end(day)
        self.pauses.count(day)
        goes_on = (z * self.sign >= _GOES_ON) | self._is_without_use()
        self.last[self.busy & goes_on] = day
        self._begin_alone(day)
        self._begin_stopped(day)
        for width in _WINDOWS:
            if day > width:
                self._begin_together(day, width)
        self.base.keep(day, z, self.busy)
        self._accept(day)
        self._drifts(day)

    def finish(self) -> list[Run]:
        """With the runs that the last day is still in."""
        for column in np.flatnonzero(self.busy):
            self._close(int(column))
        return [_stopped(run, self.base) for run in merged(self.runs)]

    def _is_without_use(self) -> Mask:
        """Whether a run downward is one of days without any amount."""
        without: Mask = (self.sign < 0) & (self.pauses.length >= _STOPPED_DAYS)
        return without

    def _begin_alone(self, day: int) -> None:
        z = self.z[day]
        columns = np.flatnonzero(~self.busy & (np.abs(z) >= self.sensitivity.day) & self._is_large(day, 1))
        if len(columns):
            sign = np.sign(z[columns])
            beyond = np.where(self.base.is_often_idle(day)[columns], _BEYOND_OF_IDLE, _BEYOND_EXAMPLES)
            usual = self.base.second_largest(columns, day, sign) * beyond
            unusual = np.abs(self.base.lift[day, columns]) > usual
            self._open(columns[unusual], sign[unusual], day, day)

    def _begin_together(self, day: int, width: int) -> None:
        total = self.base.together(day - width + 1, day + 1)
        far = (np.abs(total) >= self.sensitivity.run) & ~self.busy & (self.barrier <= day - width)
        if not far.any():
            return
        judged = ~np.isnan(self.z[day - width + 1 : day + 1])
        sides = np.where(judged, self.base.off_before(day - width + 1, day + 1) * np.sign(total), np.nan)
        one_side = (sides > 0).sum(0) >= width - width // _OTHER_SIDE
        columns = np.flatnonzero(
            far & one_side & (sides[0] >= _ONE_SIDE) & (sides[-1] > 0) & self._is_large(day, width)
        )
        self._open(columns, np.sign(total[columns]), day - width + 1, day)

    def _begin_stopped(self, day: int) -> None:
        """Nothing for much longer than the series ever paused of late."""
        pause = self.pauses.length
        over = (pause >= _STOPPED_DAYS) & (pause > _BEYOND_PAUSES * self.pauses.longest(day)) & ~self.busy
        ready = (day - pause - self.base.first >= LEAST_DAYS) & (self.base.level_from <= day - pause)
        for column in map(int, np.flatnonzero(over & ready & (self.told_pause != day - pause))):
            since = day - int(pause[column]) + 1
            self.told_pause[column] = since - 1
            before = self.base.values[max(0, since - LEAST_DAYS) : since, column]
            if np.nanmean(before) >= max(self.sensitivity.floor, _NOTHING):
                self._open(np.array([column]), np.array([-1.0]), since, day)

    def _is_large(self, day: int, width: int) -> Mask:
        """Whether the difference over the last days is beyond both floors."""
        window = slice(day - width + 1, day + 1)
        expected = self.base.expected[window].sum(0)
        difference = np.abs(self.base.values[window].sum(0) - expected)
        floor = np.fmax(self.sensitivity.floor * width, self.sensitivity.ratio * np.abs(expected))
        large: Mask = difference >= floor
        return large

    def _open(self, columns: Places, sign: Column, since: int, day: int) -> None:
        self.start[columns], self.last[columns], self.seen[columns] = since, day, day
        self.sign[columns] = sign

    def _end(self, day: int) -> None:
        over = np.flatnonzero(self.busy & (day - self.last > _GAP))
        for column in over:
            self._close(int(column))
        self.start[over] = -1

    def _accept(self, day: int) -> None:
        """A run that has gone on for a week is a new level: what comes next is compared with it."""
        lasting = np.flatnonzero(self.busy & (day - self.start >= WEEK - 1) & (self.last == day))
        for column in map(int, lasting):
            window = self.z[day - WEEK + 1 : day + 1, column] * self.sign[column]
            if (window >= _ONE_SIDE).sum() >= _OF_A_WEEK or self.pauses.length[column] >= WEEK:
                self._close(column, lasting=True)
                self.base.accept(column, int(self.start[column]), day)
                self.start[column] = -1

    def _close(self, column: int, *, lasting: bool = False) -> None:
        first, last = int(self.start[column]), int(self.last[column])
        days = slice(first, last + 1)
        expected, actual = self.base.expected[days, column], self.base.values[days, column]
        known = ~np.isnan(actual) & ~np.isnan(expected)
        sums = float(expected[known].sum()), float(actual[known].sum())
        sign = int(self.sign[column])
        kind = Kind.LEVEL if lasting else Kind.SPIKE if sign > 0 else Kind.DROP
        self.runs.append(Run(column, kind, sign, first, last, int(self.seen[column]), *sums))
        self.barrier[column] = last
        self._keep_one_example(self.base.lift[days, column])

    def _keep_one_example(self, lift: Column) -> None:
        """A run stands for one unusual day among those that later ones are compared with."""
        if not np.isnan(lift).all():  # those of a level that was just accepted are forgotten already
            lift[np.arange(len(lift)) != int(np.nanargmax(np.abs(lift)))] = np.nan

    def _drifts(self, day: int) -> None:
        for column, since in self.drift.found(day, self.busy):
            width = day + 1 - since
            expected = self.drift.before(column, since) * width
            actual = float(np.nansum(self.base.values[since : day + 1, column]))
            floor = max(self.sensitivity.floor * width, self.sensitivity.ratio * abs(expected))
            if abs(actual - expected) >= floor:
                sign = 1 if actual > expected else -1
                self.runs.append(Run(column, Kind.DRIFT, sign, since, day, day, expected, actual))
                self.drift.quieten(column, day)


def _stopped(run: Run, base: Baseline) -> Run:
    """A drop to nothing that is still so at the end is a stop."""
    after = np.nan_to_num(base.values[run.first :, run.series])
    stopped = run.sign < 0 and len(after) >= _STOPPED_DAYS and not after.any()
    return replace(run, kind=Kind.STOPPED) if stopped else run
