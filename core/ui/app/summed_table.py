"""A table whose last row is its total: numbers as text in one precision, parts that add up to it as printed.

Streamlit sorts in the browser and would sort the total along. So a click on a head is a selection of that
column, which turns its own sorting off, and the rows are sorted here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.dimensions import Measure
from core.figures import Scale, Steps, growth, shares, table_scale
from core.formats import UNKNOWN, Number, exact
from core.ui.app import blocks, html
from core.ui.app.text import count_of

TOTAL = "Total"
_ORDER = "table.order."


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

    def config(self, head: str) -> ColumnConfig:
        align = "right" if self.is_number else "left"
        return st.column_config.TextColumn(head, help=self.help, alignment=align)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Text(Column):
    """Words; the first column's say which rows are left over, and which is the total."""

    title: str
    values: pl.Series
    is_first: bool = False
    help: str | None = None

    def key(self) -> pl.Series:
        return self.values

    def cells(self, places: Places) -> list[Any]:
        rest = [f"{places.more:,} more", TOTAL] if self.is_first else [None, None]
        return [*self.values.gather(places.shown), *rest[not places.more :]]


@dataclass(frozen=True)
class Amount(Column):
    """A measure, and its total; both as the mean of ``days``."""

    title: str
    measure: Measure
    values: pl.Series
    total: Number
    help: str | None = None
    days: int = 1
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
            return [*self.scale.apportioned(numbers, self.total), self.scale.steps(self.total)]
        return [self.scale.steps(value) for value in (*numbers, self.total)]

    def cells(self, places: Places) -> list[Any]:
        return [self.scale.text(steps) for steps in self.steps(places)]


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


@dataclass(frozen=True)
class Share(Column):
    """Each part of the total, in per cent."""

    title: str
    of: Amount
    help: str | None = None
    is_number = True

    def key(self) -> pl.Series:
        return self.of.values

    def cells(self, places: Places) -> list[Any]:
        numbers = self.of.numbers(places)
        return [*shares(numbers, self.of.total), *shares([self.of.total], self.of.total)]


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
        found = [*self.values.gather(places.shown), *[None] * bool(places.more), self.total]
        return [None if value is None else value * 100 for value in found]

    def config(self, head: str) -> ColumnConfig:
        return st.column_config.ProgressColumn(
            head, format="%.1f%%", min_value=0, max_value=100, help=self.help
        )


@dataclass(frozen=True)
class Order:
    """By which column; ``turn`` is another number after each click."""

    title: str = ""
    falling: bool = True
    turn: int = 0


def show(
    name: str, columns: Sequence[Column], key: str, *, alt: str, picked: Callable[[int], None] | None = None
) -> None:
    """Draw it. ``name`` is where its order is kept; ``picked`` gets the place of a ticked row, as given.

    Rows stand as given until somebody clicks a head: then by that column, after a second click the other way.
    """
    order: Order = st.session_state.get(_ORDER + name, Order())
    places = _places(columns, order)
    widget = f"{key}.{order.turn}"
    st.dataframe(
        pl.DataFrame([pl.Series(one.title, one.cells(places), strict=False) for one in columns]),
        hide_index=True, width="stretch", placeholder="", key=widget, alt=alt,
        selection_mode=["single-row", "single-column"] if picked else ["single-column"],
        column_config={one.title: one.config(_head(one, order)) for one in columns},
        height=blocks.table_height(len(places.shown) + bool(places.more) + 1),
        on_select=partial(_selected, name, widget, order, tuple(places.shown), picked),
    )  # fmt: skip
    _exactly(columns)


def _exactly(columns: Sequence[Column]) -> None:
    """The totals to the last digit, which a cell has no room for."""
    sums = [one for one in columns if isinstance(one, Amount) and one.measure.additive and one.days == 1]
    texts = [(one.title, exact(one.measure, one.total)) for one in sums if one.total is not None]
    parts = (blocks.total(title, text, text) for title, text in texts)
    html.show(html.div(html.span("Exactly", cls="first"), parts, cls="tl-total"))


def extent(height: int) -> str:
    """How many rows there are, and that not all are shown."""
    if height <= blocks.MOST_ROWS:
        return count_of(height, "row")
    return f"The first {blocks.MOST_ROWS:,} of {height:,} rows; the files have all of them"


def _places(columns: Sequence[Column], order: Order) -> Places:
    chosen = next((one for one in columns if one.title == order.title), None)
    height = len(columns[0].key())
    places = list(range(height))
    if chosen:
        places = chosen.key().arg_sort(descending=order.falling, nulls_last=True).to_list()
    return Places(places[: blocks.MOST_ROWS], max(0, height - blocks.MOST_ROWS))


def _head(column: Column, order: Order) -> str:
    return f"{column.title} {'↓' if order.falling else '↑'}" if column.title == order.title else column.title


def _selected(
    name: str, widget: str, order: Order, shown: tuple[int, ...], picked: Callable[[int], None] | None
) -> None:
    """A head was clicked, or a row ticked; ticking the total does nothing."""
    selection = st.session_state[widget]["selection"]
    for title in selection["columns"]:
        falling = not order.falling if title == order.title else True
        st.session_state[_ORDER + name] = Order(title, falling, order.turn + 1)
    for place in selection["rows"]:
        if picked and place < len(shown):
            picked(shown[place])
