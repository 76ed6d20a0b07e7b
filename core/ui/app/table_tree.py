"""Rows of a table in branches: each below the subtotal of all its rows, whether they are shown or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import polars as pl

from core.ui.app import blocks
from core.ui.app.summed_columns import Column, Places, Text, Told

OPEN, FOLDED = "−", "+"

_MOST_BELOW = (100, 30, 10, 3)
"""So many rows of each branch are shown, where not all fit into the table."""


class Line(NamedTuple):
    """The branch or the row that a line of the table stands for; neither: what is left over, or the total."""

    branch: int = -1
    row: int = -1

    @property
    def is_branch(self) -> bool:
        return self.branch >= 0

    @property
    def is_row(self) -> bool:
        return self.row >= 0


@dataclass(frozen=True)
class Tree:
    """``columns`` of the branches; ``parents``: the branch of each row; ``picked``: a branch was clicked."""

    columns: Sequence[Column]
    parents: Sequence[int]
    picked: Callable[[int], None]

    @cached_property
    def labels(self) -> list[str]:
        return self.columns[0].key().to_list()

    def above(self, column: Column) -> Column:
        """The branches' column of the same title; words that are of rows only are blank there."""
        blank = Told(column.title, pl.Series([""] * len(self.labels)))
        return next((upper for upper in self.columns if upper.title == column.title), blank)

    def rows_of(self, order: Sequence[int]) -> list[list[int]]:
        """The rows of each branch, in this order."""
        rows: list[list[int]] = [[] for _ in self.labels]
        for row in order:
            rows[self.parents[row]].append(row)
        return rows


@dataclass(frozen=True)
class Layout:
    """Which branches are shown, and which rows below each."""

    branches: Places
    rows: tuple[Places, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out but what was folded."""
        return not self.branches.more and not any(places.more for places in self.rows)

    @cached_property
    def lines(self) -> list[Line]:
        """What each line of the table stands for."""
        parts = zip(self.branches.shown, self.rows, strict=True)
        rest = [Line()] * (1 + bool(self.branches.more))
        return [*chain.from_iterable(_lines(*part) for part in parts), *rest]

    def cells(self, column: Column, upper: Column) -> list[Any]:
        """A column, line by line; ``upper`` is that of the branches."""
        heads = upper.cells(self.branches)
        parts = zip(heads, column.under(upper, self.branches), self.rows, strict=False)
        lines = ([head, *below.cells(places)[:-1]] for head, below, places in parts)
        return [*chain.from_iterable(lines), *heads[len(self.rows) :]]

    def folds(self) -> list[str]:
        """The sign that a click on shows or hides the rows of a branch."""
        below = dict(zip(self.branches.shown, self.rows, strict=True))
        signs = {branch: OPEN if places.shown else FOLDED for branch, places in below.items()}
        return [signs[line.branch] if line.is_branch else "" for line in self.lines]


def _lines(branch: int, places: Places) -> Iterator[Line]:
    yield Line(branch=branch)
    yield from (Line(row=row) for row in places.shown)
    yield from [Line()] * bool(places.more)


def laid_out(branches: Sequence[int], rows: Sequence[Sequence[int]], folded: Sequence[bool]) -> Layout:
    """Branches and the rows of each in their order; folded ones show no row."""
    sizes = [0 if folded[branch] else len(rows[branch]) for branch in branches]
    most = next(
        (most for most in (max(sizes, default=0), *_MOST_BELOW) if _fits(sizes, most)), _MOST_BELOW[-1]
    )
    count = _fitting(sizes, most)
    shown = list(branches[:count])
    below = (
        Places([], 0)
        if folded[branch]
        else Places(list(rows[branch][:most]), max(0, len(rows[branch]) - most))
        for branch in shown
    )
    return Layout(Places(shown, len(branches) - count), tuple(below))


def _fits(sizes: Sequence[int], most: int) -> bool:
    return _fitting(sizes, most) == len(sizes)


def _fitting(sizes: Sequence[int], most: int) -> int:
    """How many branches fit into the table, with so many rows of each."""
    room = blocks.MOST_ROWS
    for count, size in enumerate(sizes):
        room -= 1 + min(size, most) + (size > most)
        if room < 0:
            return count
    return len(sizes)


def told_once(columns: Sequence[Column]) -> list[Column]:
    """The columns of rows below branches: a branch tells its own name, the next column what is left over."""
    first, second, *others = columns
    assert isinstance(second, Text)  # noqa: S101 - narrows for the type checker
    blank = pl.Series([""] * len(first.key()))
    return [Told(first.title, blank), replace(second, is_first=True), *others]
