"""Exact sums of a newest report's answers, and where one set of them says other than another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple

from core.sync.newest_rows import Splits, Values
from core.sync.parts import Cell


class At(NamedTuple):
    """A day, the values of the dimensions that were grouped by, and cost type and token type."""

    day: str
    cell: Cell
    splits: Splits


class Sums(dict[At, Values]):
    """What is measured, added up exactly."""

    def add(self, at: At, values: Values, sign: int = 1) -> None:
        before = self.get(at) or (0,) * len(values)
        self[at] = tuple(a + sign * b for a, b in zip(before, values, strict=True))

    def beyond(self, other: Sums, compared: int) -> Sums:
        """What this has more than the other, or less, where the first ``compared`` numbers differ."""
        found = Sums(self)
        for at, values in other.items():
            found.add(at, values, -1)
        return Sums({at: values for at, values in found.items() if any(values[:compared])})

    def by(self, name: Callable[[At], Hashable], compared: int) -> dict[Hashable, Values]:
        """The first ``compared`` numbers added up by what ``name`` makes of their place; zeros left out."""
        found: defaultdict[Hashable, Values] = defaultdict(lambda: (0,) * compared)
        for at, values in self.items():
            found[name(at)] = tuple(a + b for a, b in zip(found[name(at)], values, strict=False))
        return {at: values for at, values in found.items() if any(values)}


def days_apart(first: dict[Hashable, Values], second: dict[Hashable, Values]) -> Iterable[Hashable]:
    """Where two sums by the same names differ."""
    return (at for at in first.keys() | second.keys() if first.get(at) != second.get(at))
