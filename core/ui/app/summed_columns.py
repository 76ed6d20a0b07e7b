"""The columns of a table whose last row is its total: one precision, and parts that add up as printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.bidi import isolated
from core.dimensions import Measure
from core.figures import Scale, Steps, growth, share_steps, share_text, table_scale
from core.formats import UNKNOWN, Number
from core.long_names import shortened

TOTAL = "Total"


@dataclass(frozen=True)
class Places:
    """Which rows are shown, in order; ``more`` are left over, and are one row before the total."""

    shown: list[int]
    more: int


class Column:
    """A title, what its rows are sorted by, and its cells: those shown, of what is left over, of all."""

    title: str
    help: str | None = None
    is_number = False

    def key(self) -> pl.Series:
        raise NotImplementedError

    def cells(self, places: Places) -> list[Any]:
        raise NotImplementedError

    def under(self, upper: Any, places: Places) -> Sequence[Column]:
        """The same for the rows below each row of ``upper`` that is shown; as printed they add up to it."""
        raise NotImplementedError

    def config(self, head: str) -> ColumnConfig:
        align = "right" if self.is_number else "left"
        return st.column_config.TextColumn(head, help=self.help, alignment=align)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Text(Column):
    """Words; the first column's say which rows are left over, and which is the total.

    They open their row where the table leads on.
    """

    title: str
    values: pl.Series
    is_first: bool = False
    help: str | None = None

    @property
    def longest(self) -> int:
        """Characters of a name."""
        return 30

    def key(self) -> pl.Series:
        return self.values

    def cells(self, places: Places) -> list[Any]:
        rest = [f"{places.more:,} more", TOTAL] if self.is_first else [None, None]
        values = self.values.gather(places.shown)
        shown = [self._name(value) for value in values] if self.is_first else values
        return [*shown, *rest[not places.more :]]

    def _name(self, label: str | None) -> str | None:
        """In a cell there is room for so much: what tells it from others stays. Files have the whole."""
        return isolated(shortened(label, self.longest)) if label else label

    def under(self, upper: Any, places: Places) -> Sequence[Column]:  # noqa: ARG002 - no word adds up
        return [self] * len(places.shown)


LONGEST_INDENTED = 24
"""Characters of a name in a tree with its indent: beside it the first number is in sight on a phone."""
_INDENT = "\u2003"


@dataclass(frozen=True)
class Indented(Text):
    """The names of a level of a tree: all levels are one column, each further in than the one above."""

    depth: int = 0

    @property
    def longest(self) -> int:
        return LONGEST_INDENTED - 2 * self.depth

    def cells(self, places: Places) -> list[Any]:
        return [f"{_INDENT * self.depth}{cell}" for cell in super().cells(places)]


@dataclass(frozen=True)
class Told(Text):
    """Words that no order is made of: such rows stay as they stand."""

    def key(self) -> pl.Series:
        return pl.Series([0] * len(self.values))


@dataclass(frozen=True)
class Amount(Column):
    """A measure, and its total; both as the mean of ``days``. ``printed``: the total as it stands above."""

    title: str
    measure: Measure
    values: pl.Series
    total: Number
    help: str | None = None
    days: int = 1
    printed: Steps = None
    is_number = True

    @property
    def scale(self) -> Scale:
        return table_scale(self.measure).per(self.days)

    def key(self) -> pl.Series:
        return self.values / self.days

    def numbers(self, places: Places) -> list[Number]:
        """Without the total."""
        shown: list[Number] = self.values.gather(places.shown).to_list()
        return [*shown, self._rest(shown)] if places.more else shown

    def _rest(self, shown: Sequence[Number]) -> Number:
        if not self.measure.additive or self.total is None:
            return None
        return self.total - sum(value for value in shown if value is not None)

    def steps(self, places: Places) -> list[Steps]:
        """As printed, with the total."""
        numbers = self.numbers(places)
        if self.measure.additive:
            whole = self.scale.steps(self.total) if self.printed is None else self.printed
            return [*self.scale.apportioned(numbers, self.total, whole), whole]
        return [self.scale.steps(value) for value in (*numbers, self.total)]

    def cells(self, places: Places) -> list[Any]:
        return [self.scale.text(steps) for steps in self.steps(places)]

    def under(self, upper: Amount, places: Places) -> Sequence[Amount]:
        wholes = zip(upper.values.gather(places.shown), upper.steps(places), strict=False)
        return [replace(self, total=total, printed=printed) for total, printed in wholes]


@dataclass(frozen=True)
class Step(Column):
    """One column less another, of what is printed there; a change, with its sign, unless it is none."""

    title: str
    now: Amount
    before: Amount
    help: str | None = None
    is_change: bool = True
    is_number = True

    def key(self) -> pl.Series:
        return self.now.key() - self.before.key()

    def pairs(self, places: Places) -> list[tuple[Steps, Steps]]:
        return list(zip(self.now.steps(places), self.before.steps(places), strict=True))

    def cells(self, places: Places) -> list[Any]:
        write = self.now.scale.signed if self.is_change else self.now.scale.text
        return [
            write(None if now is None or before is None else now - before)
            for now, before in self.pairs(places)
        ]

    def under(self, upper: Step, places: Places) -> Sequence[Step]:
        sides = zip(self.now.under(upper.now, places), self.before.under(upper.before, places), strict=True)
        return [replace(self, now=now, before=before) for now, before in sides]


@dataclass(frozen=True)
class Growth(Column):
    """The change as a share of what was before."""

    title: str
    step: Step
    help: str | None = None
    is_number = True

    def key(self) -> pl.Series:
        before = self.step.before.key().cast(pl.Float64)
        return self.step.key().cast(pl.Float64) / before.set(before <= 0, None)

    def cells(self, places: Places) -> list[Any]:
        return [growth(now, before) or UNKNOWN for now, before in self.step.pairs(places)]

    def under(self, upper: Growth, places: Places) -> Sequence[Growth]:
        return [replace(self, step=step) for step in self.step.under(upper.step, places)]


@dataclass(frozen=True)
class Share(Column):
    """Each part of the total, in per cent. ``whole``: of what, where the column is of a part of it."""

    title: str
    of: Amount
    help: str | None = None
    whole: Number = None
    printed: Steps = None
    is_number = True

    @property
    def of_all(self) -> Number:
        """What it is a share of."""
        return self.of.total if self.whole is None else self.whole

    def key(self) -> pl.Series:
        return self.of.values

    def steps(self, places: Places) -> list[Steps]:
        """As printed, with the total."""
        numbers, total, whole = self.of.numbers(places), self.of.total, self.of_all
        (own,) = share_steps([total], whole) if self.printed is None else (self.printed,)
        return [*share_steps(numbers, whole, total, own), own]

    def cells(self, places: Places) -> list[Any]:
        numbers = [*self.of.numbers(places), self.of.total]
        return [share_text(*part) for part in zip(numbers, self.steps(places), strict=True)]

    def under(self, upper: Share, places: Places) -> Sequence[Share]:
        parts = zip(self.of.under(upper.of, places), upper.steps(places), strict=False)
        return [replace(self, of=of, whole=upper.of_all, printed=printed) for of, printed in parts]


def sum_of(title: str, measure: Measure, values: pl.Series, help_: str | None = None) -> Amount:
    """An additive measure whose total is the sum of its rows; unknown where none is known."""
    return Amount(title, measure, values, int(values.sum()) if values.count() else None, help_)


@dataclass(frozen=True)
class Picture(Column):
    """Something drawn in a cell, which neither sorts nor adds up."""

    title: str
    values: list[list[float]]
    drawn: Callable[[str], ColumnConfig]

    def key(self) -> pl.Series:
        return pl.Series([0] * len(self.values))

    def cells(self, places: Places) -> list[Any]:
        return [*(self.values[place] for place in places.shown), *[None] * (1 + bool(places.more))]

    def config(self, head: str) -> ColumnConfig:
        return self.drawn(head)


@dataclass(frozen=True)
class Bar(Column):
    """A share drawn as a bar; ``total`` is that of all rows."""

    title: str
    values: pl.Series
    total: Number
    help: str | None = None
    is_number = True

    def key(self) -> pl.Series:
        return self.values

    def cells(self, places: Places) -> list[Any]:
        values = [*self.values.gather(places.shown), *[None] * bool(places.more), self.total]
        return [None if value is None else value * 100 for value in values]

    def config(self, head: str) -> ColumnConfig:
        return st.column_config.ProgressColumn(
            head, format="%.1f%%", min_value=0, max_value=100, help=self.help
        )
