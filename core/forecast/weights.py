"""How much of each rule is in a forecast: the less it erred on days gone by, the more."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

from core.forecast.rules import RULES, Rule
from core.forecast.shape import WEEK, History
from core.forecast.trials import Trial

_LONG = (14, 30, 45)
"""Sums of so many days are told well by what goes on growing, if the series does; ..."""
_SHARPNESS = 3
"""... a rule that errs a tenth more than another in these weighs a quarter less."""
_TRUST_NEXT_DAYS = 0.5
"""How near a level follows the days is told by the next ones. There are many, and they are not independent:
each counts half."""
_LATER = 0.985
"""How much a day counts beside the next later one."""
_FIRST_MISS = 2 * WEEK
_LONG_OF_IDLE, _SHARPNESS_OF_IDLE, _BELIEF_OF_IDLE = (30,), 10, 2
"""Where most days are empty, the next ones are mostly chance: only a long sum tells, and what was believed
before counts twice."""
_RECENT = 0.9
"""How much a trial counts beside the next later one."""
_SURE = 0.01
"""An error of a hundredth of an average day is as good as none."""


def weights(history: History, tried: Sequence[Trial]) -> list[float]:
    """Of each rule; one together."""
    scores = _of_idle(tried) if history.is_mostly_idle else _of_busy(history, tried)
    best = max(scores)
    raw = [exp(score - best) for score in scores]
    return [weight / sum(raw) for weight in raw]


def _of_idle(tried: Sequence[Trial]) -> list[float]:
    return [
        _BELIEF_OF_IDLE * log(rule.prior) - _SHARPNESS_OF_IDLE * log(error)
        for rule, error in zip(RULES, _errors(tried, _LONG_OF_IDLE), strict=True)
    ]


def _of_busy(history: History, tried: Sequence[Trial]) -> list[float]:
    missed, unit = next_day_misses(history), history.scale or 1.0
    told = _TRUST_NEXT_DAYS * sum(_LATER**age for age in range(history.since_shift - _FIRST_MISS))
    return [
        log(rule.prior) - _SHARPNESS * log(error) - told * log(_SURE + miss / unit)
        for rule, error, miss in zip(RULES, _errors(tried, _LONG), missed, strict=True)
    ]


def _errors(tried: Sequence[Trial], horizons: Sequence[int]) -> list[float]:
    """Of each rule's sums, a day, in average days."""
    unit = max((trial.scale for trial in tried), default=0.0) or 1.0
    return [
        _SURE + sum(_mean_error(tried, rule, horizon) for horizon in horizons) / unit
        for rule in range(len(RULES))
    ]


def _mean_error(tried: Sequence[Trial], rule: int, horizon: int) -> float:
    """Of a day, of the trials that reach so far."""
    above = below = 0.0
    weight = 1.0
    for trial in tried:
        if horizon in trial.actual:
            above += weight * abs(trial.expected[horizon][rule] - trial.actual[horizon])
            below += weight
            weight *= _RECENT
    return above / below / horizon if below else 0.0


def next_day_misses(history: History) -> list[float]:
    """How far each rule's level missed the next day, on average, since the level last shifted."""
    days = history.since()
    return [_next_day_miss(days, rule, history.growth(rule.growth_weeks)) for rule in RULES]


def _next_day_miss(days: Sequence[tuple[float, float]], rule: Rule, growth: float) -> float:
    """The later a day, the more it counts."""
    kept = 0.5 ** (1 / rule.half_life)
    grown = kept * exp(growth)
    above = below = missed = counted = 0.0
    for place, (value, part) in enumerate(days):
        missed, counted = missed * _LATER, counted * _LATER
        if place >= _FIRST_MISS and part and below:
            missed += abs(above / below * part - value)
            counted += 1
        above, below = (above + value) * grown, (below + part) * kept
    return missed / counted if counted else 0.0
