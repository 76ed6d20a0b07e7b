"""Forecasts while the last days may still be revised: as these stand, and grown as such days did before.

Every series is pulled once a morning into a database of its own. A day is told of in part at first, and each
morning more of it; the sum over the last two weeks and the next two is forecast, and compared with what came.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from sqlite_utils import Database

from core.forecast.outlook import outlook
from core.store.gains import median_gains
from core.store.runs import ConnectionProgress, begin_run, record_progress
from tests.bench.daily import Daily, generated
from tests.bench.timing import print_table
from tests.store.books import connect, cost_row, day, in_memory, put, window

LATE = (0.03, 0.1, 0.3)
"""How much of a day is missing on its first morning."""
_LEFT = 0.45
"""Of what is missing, so much still is a morning later."""
_BACK = 45
"""Days that every pull asks for again."""
_CUTS = (115, 128)
_FORTNIGHT = 14
_MANY = 3


@dataclass(frozen=True)
class Told:
    """``shares``: of each day, by its age in mornings, in millionths."""

    daily: Daily
    shares: list[list[int]]

    def on(self, number: int, morning: int) -> int:
        """What a day holds as it is told on a morning."""
        age = morning - 1 - number
        share = self.shares[number][age] if age < _BACK else 10**6
        return int(self.daily.values[number]) * share // 10**6


def run(many: int = _MANY) -> None:
    """Print a table: a row for each way to be late."""
    lines = []
    for late in LATE:
        came, missed = 0.0, dict.fromkeys(("as they stand", "grown", "final"), 0.0)
        for shape in ("steady", "growth", "step"):
            for daily in generated(shape, many):
                for actual, of_rule in _forecasts(_told(daily, late)):
                    came += actual
                    for name, value in of_rule.items():
                        missed[name] += abs(value - actual)
        lines.append([f"{late:.0%}", *(f"{100 * off / came:.1f}" for off in missed.values())])
    print_table(
        "WAPE in % of the last 14 days and the next 14, while the last are told of in part",
        ["missing on the first morning", "as they stand", "grown", "if they were final"],
        lines,
    )


def _told(daily: Daily, late: float) -> Told:
    """Every day is late in its own measure."""
    rng = random.Random(f"{daily.values[:9]} {late}")
    return Told(
        daily,
        [
            [round(10**6 * (1 - mine * _LEFT**age)) for age in range(_BACK)]
            for mine in (late * rng.uniform(0.5, 1.5) for _ in daily.values)
        ],
    )


def _forecasts(told: Told) -> Iterator[tuple[float, Mapping[str, float]]]:
    """What came, and what each way of looking at the last days expected."""
    with in_memory() as db:
        connect(db)
        for morning in range(20, max(_CUTS) + 1):
            _pull(db, told, morning)
            if morning in _CUTS:
                yield (
                    sum(told.daily.values[morning - _FORTNIGHT : morning + _FORTNIGHT]),
                    _ways(db, told, morning),
                )


def _pull(db: Database, told: Told, morning: int) -> None:
    at = datetime.combine(day(morning), time(6), UTC)
    done = ConnectionProgress(1, "Research", "", 1, 1, 1, 1, 0, None, at, at, "ok", "", None)
    record_progress(db, begin_run(db, "bench", at), [done], at)
    first = max(0, morning - _BACK)
    rows = [cost_row(1, number, told.on(number, morning)) for number in range(first, morning)]
    put(db, window(1, first, morning - first, fetched_at=at), rows)


def _ways(db: Database, told: Told, morning: int) -> Mapping[str, float]:
    gains = median_gains(db, 1, "platform_cost", day(morning))
    stand = [float(told.on(number, morning)) for number in range(morning)]
    grown = [
        float(Fraction(told.on(number, morning)) * gains.get(morning - 1 - number, Fraction(1)))
        for number in range(morning)
    ]
    final = list(told.daily.values[:morning])
    return {
        name: _whole(day(0), values)
        for name, values in (("as they stand", stand), ("grown", grown), ("final", final))
    }


def _whole(start: date, values: list[float]) -> float:
    """The last fortnight as it is taken, and the next as it is forecast from that."""
    end = start + timedelta(days=len(values) + _FORTNIGHT)
    made = outlook(start, values, end)
    return sum(values[-_FORTNIGHT:]) + (made.until[-1].point if made else 0)
