"""How far forecasts are off, and how often their range holds what came: ours beside what is usual.

Sums over the next 7, 14 and 30 days, of series of known shape and of the demo, forecast on many days of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import mean
from time import perf_counter

from core.demo import truth
from core.demo.northwind import ORGANIZATIONS
from core.forecast.outlook import outlook, usable
from core.forecast.rules import paths
from tests.bench import revisions
from tests.bench.daily import CUTS, SHAPES, Daily, generated
from tests.bench.timing import ms, print_table, say
from tests.demo.asking import simulate

HORIZONS = (7, 14, 30)
_MANY = 12
"""Series of each shape."""
_LEAST_OF_DEMO = 60
"""Known days that a series of the demo has to have."""
_SEEN = 220
_OWN = "rule "

Sums = dict[int, float]
"""By horizon."""


@dataclass
class Shape:
    """What came, how far each rule was off, and how often the range held."""

    came: Sums = field(default_factory=lambda: defaultdict(float))
    missed: dict[str, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    held: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    seconds: list[float] = field(default_factory=list)

    def wape(self, rule: str, horizon: int) -> float:
        return 100 * self.missed[rule][horizon] / self.came[horizon] if self.came[horizon] else 0.0


def run(seeds: Sequence[int] = (0,), many: int = _MANY) -> None:
    """Print a table: a row for each shape. ``many``: series of each shape and seed."""
    rules = competitors()
    by_seed = {shape: [measured(generated(shape, many, seed), rules) for seed in seeds] for shape in SHAPES}
    told = {shape: added(of) for shape, of in by_seed.items()}
    told["demo, all together"], told["demo, by user and key"] = (measured(of, rules) for of in demo())
    names = ["forecast", *rules]
    header = ["shape", *(f"{name}, {h} days" for h in HORIZONS for name in names), "range holds"]
    print_table(
        f"WAPE in % of the next days together, and how often the 80 % range held "
        f"({many} series a shape and seed, seeds {', '.join(map(str, seeds))})",
        header,
        [_line(shape, of, names) for shape, of in told.items()],
    )
    print_table(
        "WAPE beside the best of the others / beside the best of its own rules, known only afterwards "
        "(beside the others, for each seed)",
        ["shape", *(f"{horizon} days" for horizon in HORIZONS)],
        [_beside(shape, of, by_seed.get(shape, []), list(rules)) for shape, of in told.items()],
    )
    held = [is_held for of in told.values() for horizon in HORIZONS for is_held in of.held[horizon]]
    taken = [second for of in told.values() for second in of.seconds]
    share = f"{100 * mean(held):.0f} % of {len(held):,} sums"
    say(f"\nThe range holds {share}. A forecast takes {ms(mean(taken))}.")
    revisions.run()


def _beside(shape: str, of: Shape, seeds: Sequence[Shape], names: Sequence[str]) -> list[str]:
    cells = []
    for horizon in HORIZONS:
        each = ", ".join(f"{_more(seed, names, horizon):+.0f}" for seed in seeds if len(seeds) > 1)
        own = [name for name in of.missed if name.startswith(_OWN)]
        beside = f"{_more(of, names, horizon):+.0f} % / {_more(of, own, horizon):+.0f} %"
        cells.append(f"{beside} ({each})" if each else beside)
    return [shape, *cells]


def _more(of: Shape, names: Sequence[str], horizon: int) -> float:
    """How much more than the best of these the forecast was off, in %."""
    best = min(of.wape(name, horizon) for name in names)
    return 100 * (of.wape("forecast", horizon) / best - 1) if best else 0.0


def added(shapes: Sequence[Shape]) -> Shape:
    """Several as one."""
    whole = Shape()
    for of in shapes:
        for horizon in HORIZONS:
            whole.came[horizon] += of.came[horizon]
            whole.held[horizon] += of.held[horizon]
            for name, missed in of.missed.items():
                whole.missed[name][horizon] += missed[horizon]
        whole.seconds += of.seconds
    return whole


def _line(shape: str, of: Shape, names: Sequence[str]) -> list[str]:
    errors = []
    for horizon in HORIZONS:
        best = min(of.wape(name, horizon) for name in names)
        errors += [_marked(of.wape(name, horizon), best) for name in names]
    held = " / ".join(f"{100 * mean(of.held[horizon]):.0f}" for horizon in HORIZONS)
    return [shape, *errors, f"{held} %"]


def _marked(error: float, best: float) -> str:
    """Bold where it is the best, or within 2 % of it."""
    return f"**{error:.1f}**" if error <= 1.02 * best else f"{error:.1f}"


def measured(series: Sequence[Daily], rules: dict[str, Callable[[Daily, int], Sums]]) -> Shape:
    """Each forecast on each day it is made, where there is history enough for one."""
    found = Shape()
    for daily in series:
        for cut in daily.cuts:
            start = perf_counter()
            made = outlook(daily.start, daily.values[:cut], daily.start + timedelta(days=cut + HORIZONS[-1]))
            found.seconds.append(perf_counter() - start)
            if made is None:
                continue
            for horizon in HORIZONS:
                ahead, came = made.until[horizon - 1], sum(daily.values[cut : cut + horizon])
                found.came[horizon] += abs(came)
                found.missed["forecast"][horizon] += abs(ahead.point - came)
                found.held[horizon].append(ahead.low <= came <= ahead.high)
            others = {name: rule(daily, cut) for name, rule in rules.items()}
            for name, sums in {**others, **own_rules(daily, cut)}.items():
                for horizon, value in sums.items():
                    found.missed[name][horizon] += abs(value - sum(daily.values[cut : cut + horizon]))
    return found


def own_rules(daily: Daily, cut: int) -> dict[str, Sums]:
    """What each rule that the forecast mixes says alone."""
    history = usable(daily.start, daily.values[:cut])
    every = paths(history, HORIZONS[-1]) if history else []
    return {
        f"{_OWN}{n}": {horizon: path[horizon - 1] for horizon in HORIZONS} for n, path in enumerate(every)
    }


def competitors() -> dict[str, Callable[[Daily, int], Sums]]:
    """By name. The library only where it is installed, as ``requirements-dev.txt`` does."""
    rules: dict[str, Callable[[Daily, int], Sums]] = {"run rate": run_rate, "seasonal naive": seasonal_naive}
    try:
        import augurs  # noqa: F401
    except ImportError:
        say("augurs is not installed, so it is not compared.")
        return rules
    return {**rules, "augurs": augurs_mstl}


def run_rate(daily: Daily, cut: int) -> Sums:
    """The mean of four weeks."""
    day = mean(daily.values[max(0, cut - 28) : cut])
    return {horizon: day * horizon for horizon in HORIZONS}


def seasonal_naive(daily: Daily, cut: int) -> Sums:
    """The last week again and again."""
    week = daily.values[cut - 7 : cut]
    return {horizon: sum(week[n % 7] for n in range(horizon)) for horizon in HORIZONS}


def augurs_mstl(daily: Daily, cut: int) -> Sums:
    """Its weekly decomposition with an exponential smoothing of what is left; of the same days as ours."""
    import augurs
    import numpy as np

    model = augurs.MSTL.ets([7])
    try:
        model.fit(np.array(daily.values[max(0, cut - _SEEN) : cut]))
        points = model.predict(HORIZONS[-1], None).point()
    except Exception:  # it fits no model to some series of zeros
        return seasonal_naive(daily, cut)
    return {horizon: float(np.nan_to_num(points[:horizon]).sum()) for horizon in HORIZONS}


def demo() -> tuple[list[Daily], list[Daily]]:
    """A year of the simulated company: all its cost, and that of each user and key."""
    days = [date(2025, 11, 24) + timedelta(days=n) for n in range(340)]
    simulator = simulate(*ORGANIZATIONS.values())
    whole = [0.0] * len(days)
    parts: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(days))
    for organization in ORGANIZATIONS.values():
        for n, day in enumerate(days):
            for use in simulator.uses(organization.id, day):
                cost = truth.cost(use, organization.discount_percent)
                whole[n] += cost
                parts[f"{use.load.user_id} {use.load.api_key_id}"][n] += cost
    used = [values for values in parts.values() if sum(map(bool, values)) >= _LEAST_OF_DEMO]
    cuts = (*CUTS, 287, 304)
    return [Daily("demo", days[0], tuple(whole), cuts)], [
        Daily("demo", days[0], tuple(values), cuts) for values in used
    ]
