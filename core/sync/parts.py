"""Plans the questions that add up to full grain, for a report that takes few dimensions a question.

A report groups by at most ``cap`` dimensions, and the ledger needs more. Filters split one question into
several whose rows add up to it. The plan depends on the values in use: a dimension with one value needs no
grouping, nor does one that follows from others (a geo from the model, a workspace from the key).

Everything here is pure: from cells in use to questions. A *cell* is a combination of values that was seen.
No filter can name an empty value (None), so cells that only such a filter would reach stay *left*: the caller
finds them as the difference to the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations

Value = str | None
Cell = tuple[Value, ...]
Cells = frozenset[Cell]
Filters = tuple[tuple[str, tuple[str, ...]], ...]

_Numbers = frozenset[int]
"""Some of the cells, each by its number."""
_ByValue = Mapping[Value, Sequence[int]]
_Cost = tuple[int, int]
"""Cells left, and questions."""
_UNBEATEN = (2**63, 0)
_Groups = tuple[frozenset[Value], ...]
_Split = tuple[int, _Groups]
"""The place of a dimension, and its values in groups."""

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
    """The fewest questions that separate ``dimensions``. Each also groups by ``beside``.

    ``cells``: the values of ``dimensions`` in use. A question has ``cap`` dimensions at most; where
    ``beside`` alone has more, its last ones are left out.
    """
    return _planned(tuple(dimensions), cells, tuple(beside[:cap]), cap)


@lru_cache(maxsize=64)
def _planned(dimensions: tuple[str, ...], cells: Cells, kept: tuple[str, ...], cap: int) -> Plan:
    """Windows of one sync have mostly the same cells."""
    scopes, left = _Search(dimensions, cap - len(kept), cells).scopes()
    return Plan(tuple(_part(scope, dimensions, kept, cap) for scope in scopes), left)


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


class _Search:
    """The smallest tree of splits whose leaves have room for what tells their cells apart.

    Thousands of sets of cells are looked at. So cells are numbers here, and what each question could tell of
    them is numbered once.
    """

    def __init__(self, dimensions: tuple[str, ...], room: int, cells: Cells) -> None:
        self._dimensions, self._cells = dimensions, tuple(cells)
        self._best: dict[_Numbers, tuple[_Cost, _Split | None]] = {}
        places = range(len(dimensions))
        # What tells cells apart does so with one dimension more: smaller questions need not be looked at.
        self._told = [self._numbered(key) for key in combinations(places, min(max(0, room), len(dimensions)))]
        self._others = [self._numbered([other for other in places if other != place]) for place in places]

    def _numbered(self, places: Collection[int]) -> list[int]:
        """Each cell's values at these places, as a number that cells of equal values share."""
        numbers: dict[Cell, int] = {}
        told = (tuple(cell[place] for place in places) for cell in self._cells)
        return [numbers.setdefault(values, len(numbers)) for values in told]

    def scopes(self) -> tuple[list[_Scope], Cells]:
        """The leaves, and the cells that none of them can hold."""
        leaves: list[_Scope] = []
        left: set[Cell] = set()
        waiting: list[tuple[_Numbers, Mapping[str, tuple[str, ...]]]] = []
        if self._cells:
            waiting.append((frozenset(range(len(self._cells))), {}))
        while waiting:
            numbers, filters = waiting.pop()
            _, split = self._cost(numbers)
            if split is None:
                leaves.append(_Scope(self._of(numbers), filters))
                continue
            place, groups = split
            by_value = self._by_value(place, numbers)
            for values in groups:
                part = _together(by_value, values)
                if None in values:
                    left |= self._of(part)
                else:
                    chosen = tuple(sorted(value for value in values if value is not None))
                    waiting.append((part, {**filters, self._dimensions[place]: chosen}))
        return sorted(leaves, key=lambda s: sorted(s.filters.items())), frozenset(left)

    def _of(self, numbers: Iterable[int]) -> Cells:
        return frozenset(self._cells[number] for number in numbers)

    def _cost(self, numbers: _Numbers) -> tuple[_Cost, _Split | None]:
        """(cells left, questions) at the least, and the split that leads there; None: no split is needed."""
        if numbers not in self._best:
            self._best[numbers] = self._least(numbers)
        return self._best[numbers]

    def _least(self, numbers: _Numbers) -> tuple[_Cost, _Split | None]:
        if any(_are_apart(told, numbers) for told in self._told):
            return (0, 1), None
        thorough = len(self._best) < _MOST_STATES
        cost, best = _UNBEATEN, None
        # The first dimensions have the most values, and new ones most often: they are the last to be split.
        for place in range(len(self._dimensions))[::-1]:
            by_value = self._by_value(place, numbers)
            for groups in self._ways(place, by_value, thorough):
                if better := self._below(cost, by_value, groups):
                    cost, best = better, (place, groups)
        return cost, best

    def _below(self, least: _Cost, by_value: _ByValue, groups: _Groups) -> _Cost | None:
        """What a split costs; None as soon as it is not less than what is known to do."""
        asked = [values for values in groups if None not in values]
        left, questions = len(by_value.get(None, ())), len(asked)
        for values in asked:
            if (left, questions) >= least:
                return None
            (more_left, more), _ = self._cost(_together(by_value, values))
            left, questions = left + more_left, questions + more - 1
        return (left, questions) if (left, questions) < least else None

    def _by_value(self, place: int, numbers: _Numbers) -> _ByValue:
        by_value: dict[Value, list[int]] = {}
        for number in numbers:
            by_value.setdefault(self._cells[number][place], []).append(number)
        return by_value

    def _ways(self, place: int, by_value: _ByValue, thorough: bool) -> Iterator[_Groups]:
        """Ways to put the values of a dimension into two or more groups; an empty value stands alone."""
        if len(by_value) < 2:
            return
        values = sorted(value for value in by_value if value is not None)
        alone = (frozenset({None}),) if None in by_value else ()
        exact = thorough and len(values) <= _FEW
        for groups in _partitions(values) if exact else self._coarse(place, by_value, values):
            if len(groups) + len(alone) > 1:
                yield (*groups, *alone)

    def _coarse(self, place: int, by_value: _ByValue, values: Sequence[str]) -> Iterator[_Groups]:
        """Of many values: each by itself, and those together that occur with the same other values."""
        alike: dict[frozenset[int], set[Value]] = {}
        for value in values:
            others = frozenset(map(self._others[place].__getitem__, by_value[value]))
            alike.setdefault(others, set()).add(value)
        yield tuple(frozenset({value}) for value in values)
        yield tuple(frozenset(group) for group in alike.values())
        for group in alike.values():
            rest_values = frozenset(values) - group
            yield (frozenset(group), rest_values) if rest_values else (frozenset(group),)


def _together(by_value: _ByValue, values: Iterable[Value]) -> _Numbers:
    return frozenset(chain.from_iterable(by_value[value] for value in values))


def _are_apart(told: Sequence[int], numbers: _Numbers) -> bool:
    return len(set(map(told.__getitem__, numbers))) == len(numbers)


def _part(scope: _Scope, dimensions: tuple[str, ...], kept: tuple[str, ...], cap: int) -> Part:
    """The room that is left goes to dimensions that need not be told apart: a new value then shows itself."""
    key = determining(dimensions, scope.cells)
    spare = [name for name in dimensions if name not in key and len(scope.filters.get(name, ())) != 1]
    group_by = (*kept, *key, *spare)[:cap]
    return Part(Question(group_by, tuple(sorted(scope.filters.items()))), scope.cells)


def _subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Smallest first."""
    for size in range(len(names) + 1):
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
