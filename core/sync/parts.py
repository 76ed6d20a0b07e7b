"""Full grain from a report that takes few dimensions a question: which questions add up to it.

A report groups by at most ``cap`` dimensions, and the ledger needs more. Filters split one question into
several whose rows add up to it. What decides is which values are in use: a dimension with one value needs no
grouping, nor does one that follows from others (a geo from the model, a workspace from the key).

Everything here is pure: from cells in use to questions. A *cell* is a combination of values that was seen.
No filter can name an empty value (None), so cells that only such a filter would reach stay *left*: the caller
finds them as the difference to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

Value = str | None
Cell = tuple[Value, ...]
Cells = frozenset[Cell]
Filters = tuple[tuple[str, tuple[str, ...]], ...]

_FEW = 4
"""Up to so many values of a dimension, every way to put them into groups is looked at."""
_MOST_STATES = 4_000
"""Sets of cells that are looked at; past that a plan need no longer be the smallest."""


@dataclass(frozen=True)
class Question:
    """What to ask: which dimensions to group by, and which values of others to keep."""

    group_by: tuple[str, ...]
    filters: Filters = ()


@dataclass(frozen=True)
class Part:
    """A question, and the cells that its answer should hold."""

    question: Question
    cells: Cells


@dataclass(frozen=True)
class Plan:
    """``parts`` add up to everything but the cells that are ``left``: no filter reaches those."""

    parts: tuple[Part, ...]
    left: Cells = frozenset()


def plan(dimensions: Sequence[str], cells: Cells, beside: Sequence[str], cap: int) -> Plan:
    """The fewest questions that tell ``dimensions`` apart, each of which groups by ``beside`` as well.

    ``cells``: the values of ``dimensions`` in use. A question has ``cap`` dimensions at most; where
    ``beside`` alone has more, its last ones are left out.
    """
    kept = tuple(beside[:cap])
    scopes, left = _Search(tuple(dimensions), cap - len(kept)).scopes(cells)
    return Plan(tuple(_part(scope, tuple(dimensions), kept, cap) for scope in scopes), left)


def determining(dimensions: Sequence[str], cells: Iterable[Cell]) -> tuple[str, ...]:
    """The fewest dimensions from which all the others follow in these cells, the first ones preferred."""
    distinct = frozenset(cells)
    return next(key for key in _subsets(tuple(dimensions)) if _determines(key, tuple(dimensions), distinct))


def completion(
    dimensions: Sequence[str], cells: Iterable[Cell], grouped: Collection[str]
) -> Callable[[Mapping[str, object]], Mapping[str, Value]]:
    """From the values of the ``grouped`` dimensions to what the cells tell of all.

    What they do not tell is absent: all of it for values that are not among them, and a dimension on which
    cells of equal values do not agree.
    """
    names = tuple(name for name in dimensions if name in grouped)
    known: dict[tuple[object, ...], dict[str, Value]] = {}
    torn: set[tuple[tuple[object, ...], str]] = set()
    for cell in cells:
        values = dict(zip(dimensions, cell, strict=True))
        key: tuple[object, ...] = tuple(values[name] for name in names)
        first = known.setdefault(key, values)
        torn.update((key, name) for name, value in values.items() if first[name] != value)
    for key, name in torn:
        known[key] = {other: value for other, value in known[key].items() if other != name}
    return lambda told: known.get(tuple(told[name] for name in names), {})


def joined(first: tuple[Sequence[str], Cells], second: tuple[Sequence[str], Cells]) -> Cells:
    """All cells that fit both: each is known in some of the dimensions, the shared ones must agree.

    Dimensions of the result: those of ``first``, then what ``second`` adds.
    """
    (names, cells), (others, more) = first, second
    shared = [(list(names).index(name), place) for place, name in enumerate(others) if name in names]
    added = [place for place, name in enumerate(others) if name not in names]
    return frozenset(
        (*cell, *(other[place] for place in added))
        for cell in cells
        for other in more
        if all(cell[here] == other[there] for here, there in shared)
    )


@dataclass(frozen=True)
class _Scope:
    """Some of the cells, and the filters that select them."""

    cells: Cells
    filters: Mapping[str, tuple[str, ...]]

    def within(self, name: str, values: frozenset[Value], cells: Cells) -> _Scope:
        return _Scope(cells, {**self.filters, name: tuple(sorted(v for v in values if v is not None))})


class _Search:
    """The smallest tree of splits whose leaves have room for what tells their cells apart."""

    def __init__(self, dimensions: tuple[str, ...], room: int) -> None:
        self._dimensions, self._room = dimensions, max(0, room)
        self._best: dict[Cells, tuple[tuple[int, int], tuple[str, tuple[frozenset[Value], ...]] | None]] = {}

    def scopes(self, cells: Cells) -> tuple[list[_Scope], Cells]:
        """The leaves, and the cells that none of them can hold."""
        leaves: list[_Scope] = []
        left: set[Cell] = set()
        waiting = [_Scope(cells, {})] if cells else []
        while waiting:
            scope = waiting.pop()
            _, split = self._cost(scope.cells)
            if split is None:
                leaves.append(scope)
                continue
            for values, part in self._divided(scope.cells, *split):
                if None in values:
                    left |= part
                else:
                    waiting.append(scope.within(split[0], values, part))
        return sorted(leaves, key=lambda s: sorted(s.filters.items())), frozenset(left)

    def _cost(self, cells: Cells) -> tuple[tuple[int, int], tuple[str, tuple[frozenset[Value], ...]] | None]:
        """(cells left, questions) at the least, and the split that leads there; None: no split is needed."""
        if cells not in self._best:
            self._best[cells] = self._least(cells)
        return self._best[cells]

    def _least(self, cells: Cells) -> tuple[tuple[int, int], tuple[str, tuple[frozenset[Value], ...]] | None]:
        if any(_determines(key, self._dimensions, cells) for key in _subsets(self._dimensions, self._room)):
            return (0, 1), None
        thorough = len(self._best) < _MOST_STATES
        # The first dimensions have the most values, and new ones most often: they are the last to be split.
        names = self._dimensions[::-1]
        splits = [split for name in names for split in self._splits(name, cells, thorough)]
        costs = [(self._sum(cells, *split), number) for number, split in enumerate(splits)]
        cost, number = min(costs)
        return cost, splits[number]

    def _sum(self, cells: Cells, name: str, groups: tuple[frozenset[Value], ...]) -> tuple[int, int]:
        left = questions = 0
        for values, part in self._divided(cells, name, groups):
            if None in values:
                left += len(part)
                continue
            (more_left, more), _ = self._cost(part)
            left, questions = left + more_left, questions + more
        return left, questions

    def _divided(
        self, cells: Cells, name: str, groups: tuple[frozenset[Value], ...]
    ) -> Iterator[tuple[frozenset[Value], Cells]]:
        place = self._dimensions.index(name)
        for values in groups:
            yield values, frozenset(cell for cell in cells if cell[place] in values)

    def _splits(
        self, name: str, cells: Cells, thorough: bool
    ) -> Iterator[tuple[str, tuple[frozenset[Value], ...]]]:
        """Ways to put the values of a dimension into two or more groups; an empty value stands alone."""
        place = self._dimensions.index(name)
        seen = {cell[place] for cell in cells}
        values = sorted(value for value in seen if value is not None)
        alone = (frozenset({None}),) if None in seen else ()
        if len(seen) < 2:
            return
        ways = _partitions(values) if thorough and len(values) <= _FEW else self._coarse(place, cells, values)
        for groups in ways:
            if len(groups) + len(alone) > 1:
                yield name, (*groups, *alone)

    def _coarse(
        self, place: int, cells: Cells, values: Sequence[str]
    ) -> Iterator[tuple[frozenset[Value], ...]]:
        """Of many values: each by itself, and those together that occur with the same other values."""
        alike: dict[frozenset[Cell], set[Value]] = {}
        for value in values:
            rest = frozenset((*c[:place], *c[place + 1 :]) for c in cells if c[place] == value)
            alike.setdefault(rest, set()).add(value)
        yield tuple(frozenset({value}) for value in values)
        yield tuple(frozenset(group) for group in alike.values())
        for group in alike.values():
            rest_values = frozenset(values) - group
            yield (frozenset(group), rest_values) if rest_values else (frozenset(group),)


def _part(scope: _Scope, dimensions: tuple[str, ...], kept: tuple[str, ...], cap: int) -> Part:
    """The room that is left goes to dimensions that need not be told apart: a new value then shows itself."""
    key = determining(dimensions, scope.cells)
    spare = [name for name in dimensions if name not in key and len(scope.filters.get(name, ())) != 1]
    group_by = (*kept, *key, *spare)[:cap]
    return Part(Question(group_by, tuple(sorted(scope.filters.items()))), scope.cells)


def _subsets(names: tuple[str, ...], at_most: int | None = None) -> Iterator[tuple[str, ...]]:
    """Smallest first."""
    for size in range((len(names) if at_most is None else min(at_most, len(names))) + 1):
        yield from combinations(names, size)


def _determines(key: tuple[str, ...], dimensions: tuple[str, ...], cells: Cells) -> bool:
    """Whether no two of the cells agree in the key alone."""
    places = [dimensions.index(name) for name in key]
    return len({tuple(cell[place] for place in places) for cell in cells}) == len(cells)


def _partitions(values: Sequence[str]) -> Iterator[tuple[frozenset[Value], ...]]:
    """Every way to put values into groups."""
    if not values:
        yield ()
        return
    first, rest = values[0], values[1:]
    for groups in _partitions(rest):
        yield (frozenset({first}), *groups)
        for number, group in enumerate(groups):
            yield (*groups[:number], group | {first}, *groups[number + 1 :])
