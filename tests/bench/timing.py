"""Medians and tables, the same for every section."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median


def interleaved(competitors: Mapping[str, Callable[[], object]], times: int) -> dict[str, float]:
    """Median seconds of each, run in turn ``times`` times after one round that warms up."""
    taken: dict[str, list[float]] = {name: [] for name in competitors}
    for _ in range(times + 1):
        for name, run in competitors.items():
            taken[name].append(seconds(run))
    return {name: median(found[1:]) for name, found in taken.items()}


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def ms(value: float) -> str:
    return f"{value * 1000:,.0f} ms" if value >= 0.01 else f"{value * 1000:.1f} ms"


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As Markdown, so that it can go into ``docs/speed.md`` as it is."""
    widths = [max(len(line[n]) for line in [header, *rows]) for n in range(len(header))]
    say(f"\n{title}\n")
    for line in [header, ["-" * width for width in widths], *rows]:
        say(f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
