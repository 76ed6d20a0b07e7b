"""Daily series of known shape: what a forecast has to cope with."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from core.periods import next_month

START = date(2025, 9, 1)
DAYS = 300
_WEEK = (1.0, 1.08, 1.1, 1.05, 0.9, 0.35, 0.3)


@dataclass(frozen=True)
class Daily:
    """``values`` from ``start``; forecasts are made at the ``cuts``: so many days after the start."""

    shape: str
    start: date
    values: tuple[float, ...]
    cuts: tuple[int, ...]


def _noise(rng: random.Random, size: float) -> float:
    return math.exp(rng.gauss(0, size))


def _office(n: int) -> float:
    return _WEEK[(START + timedelta(days=n)).weekday()]


def _series(level: Callable[[int], float], rng: random.Random, size: float = 0.12) -> list[float]:
    return [1000 * level(n) * _office(n) * _noise(rng, size) for n in range(DAYS)]


def steady(rng: random.Random) -> list[float]:
    return _series(lambda n: 1.0, rng)


def growth(rng: random.Random) -> list[float]:
    rate = rng.uniform(0.003, 0.009)
    return _series(lambda n: math.exp(rate * n), rng)


def decline(rng: random.Random) -> list[float]:
    rate = rng.uniform(0.003, 0.008)
    return _series(lambda n: math.exp(-rate * n), rng)


def step(rng: random.Random) -> list[float]:
    at, size = rng.randrange(95, 240), rng.choice((0.4, 0.6, 1.6, 2.5))
    return _series(lambda n: size if n >= at else 1.0, rng)


def spike(rng: random.Random) -> list[float]:
    at = set(rng.sample(range(60, DAYS), 5))
    return _series(lambda n: rng.uniform(4, 9) if n in at else 1.0, rng)


def wandering(rng: random.Random) -> list[float]:
    levels, level = [], 0.0
    for _ in range(DAYS):
        level += rng.gauss(0, 0.03)
        levels.append(math.exp(level))
    return _series(lambda n: levels[n], rng)


def sparse(rng: random.Random) -> list[float]:
    often = rng.uniform(0.1, 0.3)
    return [1000 * _noise(rng, 0.7) if rng.random() < often else 0.0 for _ in range(DAYS)]


def weekend_free(rng: random.Random) -> list[float]:
    return [v if (START + timedelta(days=n)).weekday() < 5 else 0.0 for n, v in enumerate(steady(rng))]


def monthly_batch(rng: random.Random) -> list[float]:
    last, size = rng.random() < 0.5, rng.uniform(5, 12)
    days = [START + timedelta(days=n) for n in range(DAYS)]
    due = [(next_month(day) - day).days == 1 if last else day.day == 1 for day in days]
    return [
        v + (1000 * size * _noise(rng, 0.1) if is_due else 0)
        for v, is_due in zip(steady(rng), due, strict=True)
    ]


def new(rng: random.Random) -> list[float]:
    """Begins shortly before the first cut, and takes weeks to its level."""
    first, ramp = rng.randrange(30, 60), rng.uniform(5, 25)
    return _series(lambda n: max(0.0, 1 - math.exp(-(n - first) / ramp)) if n >= first else 0.0, rng)


def dying(rng: random.Random) -> list[float]:
    """Fades within weeks, or stops."""
    at, fade = rng.randrange(90, 220), rng.choice((0.5, 8.0, 20.0))
    return _series(lambda n: math.exp(-(n - at) / fade) if n > at else 1.0, rng)


SHAPES: dict[str, Callable[[random.Random], list[float]]] = {
    "steady": steady,
    "growth": growth,
    "decline": decline,
    "step": step,
    "spike": spike,
    "wandering level": wandering,
    "sparse": sparse,
    "weekend-free": weekend_free,
    "monthly batch": monthly_batch,
    "new": new,
    "dying": dying,
}
CUTS = (100, 117, 134, 151, 168, 185, 202, 219, 236, 253, 270)


def generated(shape: str, many: int, seed: int = 0) -> list[Daily]:
    """Series of one shape, the same every time; of another ``seed`` all are others."""
    made = []
    for number in range(seed * many, (seed + 1) * many):
        values = SHAPES[shape](random.Random(f"{shape} {number}"))
        made.append(Daily(shape, START, tuple(float(round(v)) for v in values), CUTS))
    return made
