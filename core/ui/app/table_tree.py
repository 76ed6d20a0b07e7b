"""Rows of a table as a tree: each below the subtotal of all its rows, whether they are shown or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import polars as pl

from core.ui.app import blocks
from core.ui.app.summed_columns import Column, Places, Told

OPEN, FOLDED = "−", "+"

_MOST_BELOW = (100, 30, 10, 3)
"""So many rows below each are shown, where not all fit into the table."""

Path = tuple[str, ...]
"""The labels from the first level down to a row: what it is remembered by while it is folded."""


class Line(NamedTuple):
    """The row of a level that a line of the table stands for; none: what is left over, or the total."""

    level: int = 0
    row: int = -1

    @property
    def is_row(self) -> bool:
        return self.row >= 0


@dataclass(frozen=True)
class Level:
    """``columns``, the names first; ``parents``: of each row its place in the level above, if there is one.

    ``picked``: the name of a row was clicked.
    """

    columns: Sequence[Column]
    parents: Sequence[int]
    picked: Callable[[int], None]

    @cached_property
    def labels(self) -> list[str]:
        return self.columns[0].key().to_list()


@dataclass(frozen=True)
class Tree:
    """``levels`` from the first group to the last, whose rows are those that the others are subtotals of."""

    levels: Sequence[Level]

    @property
    def rows(self) -> Level:
        return self.levels[-1]

    @property
    def subtotals(self) -> int:
        return sum(len(level.labels) for level in self.levels[:-1])

    @cached_property
    def paths(self) -> list[list[Path]]:
        """Of each row, level by level."""
        paths: list[list[Path]] = []
        for level in self.levels:
            above = [paths[-1][parent] for parent in level.parents] if paths else [()] * len(level.labels)
            paths.append([(*path, label) for path, label in zip(above, level.labels, strict=True)])
        return paths

    @cached_property
    def sizes(self) -> list[list[int]]:
        """How many rows of the last level each stands for, level by level."""
        sizes = [[1] * len(self.rows.labels)]
        for level, below in zip(self.levels[-2::-1], self.levels[:0:-1], strict=True):
            sums = [0] * len(level.labels)
            for parent, size in zip(below.parents, sizes[0], strict=True):
                sums[parent] += size
            sizes.insert(0, sums)
        return sizes

    def titled(self, title: str) -> list[Column]:
        """The column of each level; words that a level does not have are blank there."""
        return [_titled(level, title) for level in self.levels]


def _titled(level: Level, title: str) -> Column:
    blank = Told(title, pl.Series([""] * len(level.labels)))
    return next((column for column in level.columns if column.title == title), blank)


@dataclass(frozen=True)
class Part:
    """Which rows of a level are shown below one above, and what is below each of them."""

    places: Places
    below: tuple[Part, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out but what was folded."""
        return not self.places.more and all(part.is_whole for part in self.below)

    @cached_property
    def height(self) -> int:
        """How many lines it takes."""
        rows = len(self.places.shown) + bool(self.places.more)
        return rows + sum(part.height for part in self.below)

    def lines(self, level: int = 0) -> Iterator[Line]:
        """What each line stands for, without the total."""
        for place, row in enumerate(self.places.shown):
            yield Line(level, row)
            yield from self.below[place].lines(level + 1) if self.below else ()
        yield from [Line(level)] * bool(self.places.more)

    def cells(self, columns: Sequence[Column]) -> list[Any]:
        """A column line by line, and its total; ``columns``: what it is at each level."""
        column, *lower = columns
        heads = column.cells(self.places)
        if not self.below:
            return heads
        inner = zip(heads, lower[0].under(column, self.places), self.below, strict=False)
        lines = ([head, *part.cells([under, *lower[1:]])[:-1]] for head, under, part in inner)
        return [*chain.from_iterable(lines), *heads[len(self.below) :]]

    def cut(self, room: int) -> Part:
        """As many of the first rows as there is room for, each with all that is below it."""
        count = 0
        for part in self.below:
            room -= 1 + part.height
            if room < 0:
                break
            count += 1
        shown, more = self.places.shown[:count], self.places.more + len(self.places.shown) - count
        return Part(Places(shown, more), self.below[:count])


@dataclass(frozen=True)
class Ordered:
    """A tree whose rows are in ``order``, level by level; what is below a path of ``folded`` is not shown."""

    tree: Tree
    order: Sequence[Sequence[int]]
    folded: frozenset[Path] = frozenset()

    @cached_property
    def _below(self) -> list[list[list[int]]]:
        """At each level but the first: the rows below each of the level above."""
        levels = zip(self.tree.levels, self.tree.levels[1:], self.order[1:], strict=False)
        return [_by_parent(len(above.labels), level.parents, order) for above, level, order in levels]

    def part(self, most: int | None = None) -> Part:
        """At most so many rows below each; all of them where None."""
        rows = self.order[0]
        return Part(Places(list(rows), 0), tuple(self._part(0, row, most) for row in rows))

    def _part(self, level: int, row: int, most: int | None) -> Part:
        if self.tree.paths[level][row] in self.folded:
            return Part(Places([], 0))
        rows = self._below[level][row]
        shown = rows[:most]
        below = (self._part(level + 1, inner, most) for inner in shown)
        is_last = level + 2 == len(self.tree.levels)
        return Part(Places(shown, len(rows) - len(shown)), () if is_last else tuple(below))

    def laid_out(self) -> Part:
        """What the table has room for."""
        for most in (blocks.MOST_ROWS, *_MOST_BELOW):
            part = self.part(most)
            if part.height <= blocks.MOST_ROWS:
                return part
        return part.cut(blocks.MOST_ROWS)

    def fold_texts(self, lines: Sequence[Line]) -> list[str]:
        """A sign that a click on shows or hides what is below, and how many rows that is."""
        return [self._fold_text(line) for line in lines]

    def _fold_text(self, line: Line) -> str:
        if not line.is_row or line.level + 1 == len(self.tree.levels):
            return ""
        is_folded = self.tree.paths[line.level][line.row] in self.folded
        return f"{FOLDED if is_folded else OPEN} {self.tree.sizes[line.level][line.row]:,}"


def _by_parent(height: int, parents: Sequence[int], order: Sequence[int]) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(height)]
    for row in order:
        rows[parents[row]].append(row)
    return rows
