"""How well unusual days are found: changes of known size in generated series, and an organization's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from core.explore.insights import KnownDays
from core.ledger.snapshot import Snapshot
from core.watch.detect import Sensitivity, detect
from core.watch.findings import USUAL_FLOORS, find
from core.watch.runs import Run
from tests.bench.timing import print_table
from tests.explore.ledgers import CLAUDE_AI, CONNECTIONS, PLATFORM, PLATFORM_2, Row, ledger_of, tokens

Matrix = NDArray[np.float64]

DAYS = 400
WARM = 120
"""Days that are only history: nothing is put in before."""

OFFICE = np.array([1.18, 1.26, 1.29, 1.24, 1.07, 0.16, 0.12])
STEADY = np.array([1.03, 1.03, 1.04, 1.04, 1.0, 0.94, 0.92])
EMPTY_WEEKENDS = np.array([1.4, 1.45, 1.45, 1.4, 1.3, 0.0, 0.0])


@dataclass(frozen=True)
class Shape:
    """How a kind of series behaves: its week, its noise (a share of the level), and what its level does."""

    name: str
    week: NDArray[np.float64]
    noise: float
    growth: float = 0.0
    together: float = 0.0
    wander: float = 0.0
    idle: float = 0.0
    batch: bool = False


SHAPES = (
    Shape("office hours", OFFICE, 0.15),
    Shape("steady", STEADY, 0.08),
    Shape("growing 3 % a week", OFFICE, 0.15, growth=0.03),
    Shape("declining 2 % a week", STEADY, 0.12, growth=-0.02),
    Shape("nothing at weekends", EMPTY_WEEKENDS, 0.25),
    Shape("noisy", STEADY, 0.4),
    Shape("days alike", STEADY, 0.15, together=0.4),
    Shape("level wanders", OFFICE, 0.15, wander=0.01),
    Shape("idle two days of five", OFFICE, 0.5, idle=0.4),
    Shape("a batch a month", STEADY, 0.15, batch=True),
)


def series(shape: Shape, count: int, random: np.random.Generator, days: int = DAYS) -> Matrix:
    """Rows are series of a shape, columns days; the first day is a Monday."""
    level = np.exp(np.cumsum(random.normal(0, shape.wander, (count, days)), axis=1))
    level *= np.exp(np.arange(days) / 7 * np.log1p(shape.growth))
    values = 100 * level * shape.week[np.arange(days) % 7] * _noise(shape, (count, days), random)
    if shape.idle:
        values *= random.random((count, days)) >= shape.idle
    if shape.batch:
        values += np.where(np.arange(days) % 30 == 2, 600.0, 0.0) * _noise(shape, (count, days), random)
    return values


def _noise(shape: Shape, size: tuple[int, int], random: np.random.Generator) -> Matrix:
    """Log-normal around one: large days are further from the middle than small ones, as in real costs."""
    plain = random.normal(0, 1, size)
    for day in range(1, size[1]):
        plain[:, day] = shape.together * plain[:, day - 1] + np.sqrt(1 - shape.together**2) * plain[:, day]
    wide = np.sqrt(np.log1p(shape.noise**2))
    noise: Matrix = np.exp(plain * wide - wide**2 / 2)
    return noise


@dataclass(frozen=True)
class Change:
    """What is put in: ``shape`` times the usual spread of each day; told at most ``within`` days later."""

    name: str
    sign: int
    within: int
    shape: Callable[[NDArray[np.int64]], NDArray[np.float64]]


CHANGES = (
    Change("spike", 1, 0, lambda day: (day == 0) * 1.0),
    Change("drop for three days", -1, 4, lambda day: ((day >= 0) & (day < 3)) * -1.0),
    Change("step", 1, 21, lambda day: (day >= 0) * 1.0),
    Change("drift over four weeks", 1, 49, lambda day: np.clip(day / 28, 0, 1)),
)
SIZES = (1, 2, 3, 4, 6, 8, 10)
"""In standard deviations of a day around what was to be expected of it."""
STOP_WITHIN = 14
AT = 212


@dataclass(frozen=True)
class Hits:
    """How many of the series were told, on time and in the right direction, and how many days it took."""

    recall: float
    delays: list[int]
    precision: float


def put_in(values: Matrix, shape: Shape, change: Change, size: float) -> Matrix:
    """Series with the change; amounts never fall below nothing."""
    day = np.arange(values.shape[1])
    level = 100 * np.exp(day / 7 * np.log1p(shape.growth)) * shape.week[day % 7]
    return np.maximum(0.0, values + size * spread_of(shape) * level * change.shape(day - AT))


def spread_of(shape: Shape) -> float:
    """The standard deviation of a day, as a part of its level."""
    present = 1 - shape.idle
    return float(np.sqrt(present * (1 + shape.noise**2) - present**2))


def hits(runs: Sequence[Run], count: int, sign: int, within: int) -> Hits:
    """What is told of a change at ``AT``; precision: of all told from there on and in its time."""
    near = [run for run in runs if run.last >= AT and AT <= run.found_on <= AT + within]
    right = [run for run in near if run.sign == sign]
    first = {run.series: run.found_on - AT for run in reversed(right)}
    return Hits(len(first) / count, list(first.values()), len(right) / len(near) if near else 1.0)


def run(seeds: Sequence[int] = (0,), count: int = 200) -> None:
    """Print false findings, recall, precision and days until found, then an organization's.

    ``count``: series of a kind, of all seeds together.
    """
    each = count // len(seeds)
    looks = [_Looks(each, np.random.default_rng(12 + seed)) for seed in seeds]
    lines = [[shape.name, _spread([look.false(shape) for look in looks])] for shape in SHAPES]
    print_table("False findings a series and year", ["series", "a year"], lines)
    for change in CHANGES:
        header = [
            change.name,
            *(f"{size} sd" for size in SIZES),
            "days until found (3 sd)",
            "precision (3 sd)",
        ]
        print_table(f"Found: {change.name}", header, [_recall_line(change, shape, looks) for shape in SHAPES])
    stops = [_stop_line(shape, looks) for shape in SHAPES]
    print_table("Found: stop", ["stop", "found", "days until found"], stops)
    print_table("An organization", ["series", "findings a year", "seconds"], list(_organizations(seeds)))


SENSITIVITY = Sensitivity(ratio=USUAL_FLOORS.ratio)
"""As the product's, without a floor in dollars. A change of three sd is above the floor in per cent."""


@dataclass(frozen=True)
class _Looks:
    """Series of one seed, looked at."""

    count: int
    random: np.random.Generator

    def false(self, shape: Shape) -> float:
        """A series and year."""
        runs = self._detected(series(shape, self.count, self.random))
        return sum(run.first >= WARM for run in runs) / (self.count * (DAYS - WARM) / 365)

    def of_change(self, change: Change, shape: Shape, size: float) -> Hits:
        values = put_in(series(shape, self.count, self.random, AT + 60), shape, change, size)
        return hits(self._detected(values), self.count, change.sign, change.within)

    def of_stop(self, shape: Shape) -> Hits:
        values = series(shape, self.count, self.random, AT + 60)
        values[:, AT:] = 0
        return hits(self._detected(values), self.count, -1, STOP_WITHIN)

    def _detected(self, values: Matrix) -> list[Run]:
        return detect(np.ascontiguousarray(values.T), SENSITIVITY)


def _recall_line(change: Change, shape: Shape, looks: Sequence[_Looks]) -> list[str]:
    by_size = {size: [look.of_change(change, shape, size) for look in looks] for size in SIZES}
    told = [_spread([hit.recall for hit in of_seeds]) for of_seeds in by_size.values()]
    at_three = by_size[3]
    return [shape.name, *told, _days(at_three), f"{mean(hit.precision for hit in at_three):.2f}"]


def _stop_line(shape: Shape, looks: Sequence[_Looks]) -> list[str]:
    of_seeds = [look.of_stop(shape) for look in looks]
    return [shape.name, _spread([hit.recall for hit in of_seeds]), _days(of_seeds)]


def _days(of_seeds: Sequence[Hits]) -> str:
    """The median of days until a change was told."""
    delays = [days for hit in of_seeds for days in hit.delays]
    return f"{median(delays):.0f}" if delays else "–"


def _spread(values: Sequence[float]) -> str:
    """The mean; of several seeds, the least and the most too."""
    several = f" ({min(values):.2f}–{max(values):.2f})" if len(values) > 1 else ""
    return f"{mean(values):.2f}{several}"


YEAR_DAYS = 250
END = date(2026, 11, 2)


def _organizations(of: Sequence[int]) -> Iterator[list[str]]:
    """Three of the smaller size for each seed, one of the larger in all."""
    smaller = [3 * seed + n for seed in of for n in range(3)]
    for users, seeds in ((400, smaller), (4800, smaller[:1])):
        found, seconds = 0, 0.0
        for seed in seeds:
            with TemporaryDirectory() as folder:
                ledger = organization(Path(folder), users, np.random.default_rng(seed))
                known = [KnownDays(connection.id, END) for connection in ledger.connections]
                started = time.process_time()
                find(ledger, END, known)
                seconds += time.process_time() - started
                found += len(find(ledger, END, known, days=YEAR_DAYS))
        years = len(seeds) * YEAR_DAYS / 365
        yield [f"{users + 100:,}", f"{found / years:.1f}", f"{seconds / len(seeds):.1f}"]


MODELS = {"claude-opus-4-8": 15.0, "claude-sonnet-5": 9.0, "claude-haiku-4-5": 3.0}
"""With the dollars that a million tokens cost."""


def organization(folder: Path, users: int, random: np.random.Generator) -> Snapshot:
    """People on claude.ai and keys on the Platform, each with a shape, a size and a model of their own."""
    amounts = np.vstack([_sized(shape, users // 10 + 8, random) for shape in SHAPES[:8]])
    rows = [row for who, days in enumerate(amounts) for row in _rows_of(who, days, users)]
    return ledger_of(folder, rows, CONNECTIONS)


def _sized(shape: Shape, count: int, random: np.random.Generator) -> Matrix:
    """Few spend much and many little, as everywhere."""
    size = random.lognormal(0, 1.2, (count, 1)) * 0.05
    sized: Matrix = series(shape, count, random) * size
    return sized


def _rows_of(who: int, days: NDArray[np.float64], users: int) -> Iterator[Row]:
    model, price = list(MODELS.items())[who % 3]
    is_key = who % 6 == 0
    named = (
        _key(who) if is_key else {"user": f"user{who}@example.com", "user_id": f"u{who}", "product": "chat"}
    )
    connection = (PLATFORM, PLATFORM_2)[who % 2] if is_key else CLAUDE_AI
    for place, dollars in enumerate(days):
        if dollars > 0:
            yield tokens(
                connection,
                day=END - timedelta(days=len(days) - place),
                model=model,
                tokens=int(dollars / price * 1e6),
                cost=int(dollars * 1e8),
                cost_basis="billed",
                **named,
            )


def _key(who: int) -> Row:
    place = who % 20
    return {
        "api_key": f"key {who}",
        "api_key_id": f"k{who}",
        "workspace": f"Workspace {place}",
        "workspace_id": f"w{place}",
        "product": "api",
    }
