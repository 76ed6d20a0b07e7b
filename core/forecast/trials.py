"""What each rule would have said on former days, and what came: the range rests on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.forecast.rules import kept_paths
from core.forecast.shape import WEEK, History, Values

HORIZONS = (1, 3, 7, 14, 21, 30, 45)
"""Sums of so many days are tried."""
_FEWEST_KNOWN = 2 * WEEK
_STEP, _MOST = 6, 16
"""Days between two trials, and how many: of every weekday, in a hundred days."""
TRIED_DAYS = _STEP * _MOST
_RECENT = 0.9
"""How much a trial counts beside the next later one."""
_SHARE = 0.8
_FEWEST = 3
_DAYS = 2 * WEEK
"""So many days after each trial tell how far off a single day is."""


@dataclass(frozen=True)
class Trial:
    """By horizon, what each rule expected and what came. ``scale``: the average day before.

    ``days``: for the first days, what each rule expected up to it, and what came on it.
    """

    scale: float
    expected: dict[int, list[float]]
    actual: dict[int, float]
    days: list[tuple[list[float], float | None]]


def trials(history: History) -> list[Trial]:
    """The latest first."""
    lengths = range(len(history.values) - HORIZONS[0], _FEWEST_KNOWN - 1, -_STEP)
    return [_trial(history, length) for length in lengths[:_MOST]]


def _trial(history: History, length: int) -> Trial:
    before, after = history.until(length), history.values[length:]
    known = {h: total for h in HORIZONS if h <= len(after) and (total := _added(after[:h])) is not None}
    expected = kept_paths(before, HORIZONS[-1])
    by_day = [[path[n] for path in expected] for n in range(min(_DAYS, len(after), len(expected[0])))]
    days = list(zip(by_day, after, strict=False))
    return Trial(before.scale, {h: [path[h - 1] for path in expected] for h in known}, known, days)


def _added(values: Values) -> float | None:
    """None where more than a seventh is unknown; else the unknown as the mean of the known."""
    known = [value for value in values if value is not None]
    if not known or len(known) * WEEK < len(values) * (WEEK - 1):
        return None
    return sum(known) * len(values) / len(known)


def mixed(shares: Sequence[float], of_rules: Sequence[float]) -> float:
    return sum(share * value for share, value in zip(shares, of_rules, strict=True))


def half_widths(tried: Sequence[Trial], shares: Sequence[float], scale: float, days: int) -> list[float]:
    """Half the range of the sum of the first day, of two, and so on; empty where too little was tried."""
    widths: dict[int, float] = {}
    for horizon in HORIZONS:
        misses = [_miss(trial, shares, horizon, scale) for trial in tried if horizon in trial.actual]
        if len(misses) >= _FEWEST:
            widths[horizon] = _quantile(misses)
    return [scale * _between(widths, n) for n in range(1, days + 1)] if widths else []


def day_half_width(tried: Sequence[Trial], shares: Sequence[float], scale: float) -> float:
    """Half the range of a single day: what four in five single days missed, whichever day it was."""
    misses = [miss for trial in tried for miss in _day_misses(trial, shares, scale)]
    ordered = sorted(misses)
    return scale * ordered[int(_SHARE * (len(ordered) - 1))] if ordered else 0.0


def _day_misses(trial: Trial, shares: Sequence[float], scale: float) -> Iterator[float]:
    before, unit = 0.0, max(trial.scale, scale / 4)
    for expected, actual in trial.days:
        after = mixed(shares, expected)
        if actual is not None and unit:
            yield abs(after - before - actual) / unit
        before = after


def _miss(trial: Trial, shares: Sequence[float], horizon: int, scale: float) -> float:
    """How far off the mixture was, in average days of its time."""
    unit = max(trial.scale, scale / 4)
    return abs(mixed(shares, trial.expected[horizon]) - trial.actual[horizon]) / unit if unit else 0.0


def _quantile(misses: Sequence[float]) -> float:
    """What four in five did not exceed, the latest counting most; a little more, as the few tell little."""
    ordered = sorted((miss, _RECENT**age) for age, miss in enumerate(misses))
    wanted = _SHARE * (sum(weight for _, weight in ordered) + 0.5)
    below = 0.0
    for miss, weight in ordered:
        below += weight
        if below >= wanted:
            return miss
    return ordered[-1][0]


def _between(widths: dict[int, float], days: int) -> float:
    """Never less than of fewer days; past what was tried, in proportion."""
    known = sorted(widths)
    if days >= known[-1]:
        return widths[known[-1]] * days / known[-1]
    if days <= known[0]:
        return widths[known[0]]
    high = next(horizon for horizon in known if horizon >= days)
    low = known[known.index(high) - 1]
    return widths[low] + (widths[high] - widths[low]) * (days - low) / (high - low)
