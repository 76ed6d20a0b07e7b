"""Runs of unusual days, and which of them are one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What happened to a series."""

    SPIKE = "spike"
    DROP = "drop"
    LEVEL = "level"
    DRIFT = "drift"
    STOPPED = "stopped"
    NEW = "new"
    RATE = "rate"
    CACHE = "cache"


LASTING = (Kind.LEVEL, Kind.DRIFT, Kind.STOPPED)
"""What goes on once it has begun."""

_GAP = 2
"""Days between two that are one, such as a weekend, ..."""
_PAUSE = 7
"""... and where one of them is lasting."""


@dataclass(frozen=True)
class Run:
    """Days in a row on one side of what was expected; days are places, ``last`` is inside.

    ``found_on``: the day on which it was first told. ``expected`` and ``actual`` are sums over the run.
    """

    series: int
    kind: Kind
    sign: int
    first: int
    last: int
    found_on: int
    expected: float
    actual: float

    @property
    def width(self) -> int:
        return self.last - self.first + 1


def merged(runs: Iterable[Run]) -> list[Run]:
    """Runs of one series in one direction that follow each other are one.

    A level that goes on moving is compared, all along, with what was expected at first.
    """
    whole: dict[tuple[int, int], list[Run]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: (run.first, run.last)):
        before = whole[run.series, run.sign]
        if before and _follows(before[-1], run):
            before[-1] = _joined(before[-1], run)
        else:
            before.append(run)
    return sorted((run for joined in whole.values() for run in joined), key=lambda r: (r.first, r.series))


def _follows(first: Run, second: Run) -> bool:
    lasting = first.kind in LASTING or second.kind in LASTING
    return second.first - first.last <= (_PAUSE if lasting else _GAP + 1)


def _joined(first: Run, second: Run) -> Run:
    added = max(0, second.last - max(first.last, second.first - 1))
    return replace(
        first,
        kind=second.kind if second.kind in LASTING else first.kind,
        last=max(first.last, second.last),
        found_on=min(first.found_on, second.found_on),
        expected=first.expected * (1 + added / first.width),
        actual=first.actual + second.actual * added / second.width,
    )
