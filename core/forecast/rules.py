"""The rules that a forecast is a mixture of: each a level, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import exp
from operator import add, mul

from core.forecast.monthly_spikes import returning
from core.forecast.shape import WEEK, History


@dataclass(frozen=True)
class Rule:
    """``half_life``: days after which a day counts half for the level. ``growth_weeks``: how many weeks tell
    how it grows; 0: no growth. ``fades``: what is left of a day's growth a day later. ``prior``: how much it
    is believed before anything is tried."""

    half_life: float
    growth_weeks: int = 0
    fades: float = 0.0
    prior: float = 1.0


RULES = (
    Rule(3, prior=1.0),
    Rule(6, prior=2.0),
    Rule(12, prior=2.0),
    Rule(30, prior=2.0),
    Rule(120, prior=8.0),
    Rule(12, 8, 0.97, prior=0.5),
    Rule(60, 16, 1.0, prior=1.0),
)
"""From quick to slow, then those that go on growing or falling."""


def paths(history: History, days: int) -> list[list[float]]:
    """For each rule, what it expects of the next ``days`` days, added up from the first."""
    shape = [history.profile[n % WEEK] for n in range(days)]
    extra = returning(history, days)
    return [_path(history, rule, shape, extra) for rule in RULES]


@lru_cache(maxsize=512)
def kept_paths(history: History, days: int) -> list[list[float]]:
    """The same, kept: forecasts made on days near each other are tried on the same former days."""
    return paths(history, days)


def _path(history: History, rule: Rule, shape: list[float], extra: list[float]) -> list[float]:
    growth = history.growth(rule.growth_weeks) if rule.growth_weeks else 0.0
    level = history.level(rule.half_life, growth)
    daily: Iterable[float] = (level * part for part in shape)
    if growth:
        daily = map(mul, daily, _factors(growth, rule.fades, len(shape)))
    return list(accumulate(map(add, daily, extra) if extra else daily))


def _factors(growth: float, fades: float, days: int) -> Iterable[float]:
    """The level of each day, as a share of the last known."""
    return map(exp, accumulate(growth * fades**n for n in range(days)))
