"""A table whose last row is its total: numbers as text in one precision, parts that add up to it as printed.

Streamlit sorts in the browser and would sort the total along. So a click on a head is a selection of that
column, which turns its own sorting off, and the rows are sorted here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.formats import count_of, exact
from core.ui.app import blocks, html
from core.ui.app.summed_columns import Amount, Column, Places, Text

_ORDER = "table.order."


@dataclass(frozen=True)
class Order:
    """By which column; ``turn`` is another number after each click."""

    title: str = ""
    falling: bool = True
    turn: int = 0


def show(
    name: str, columns: Sequence[Column], key: str, *, alt: str, picked: Callable[[int], None] | None = None
) -> None:
    """Draw it. ``name`` is where its order is kept; ``picked`` gets the place, as given, of a name clicked.

    Rows stand as given until somebody clicks a head: then by that column, after a second click the other way.
    A name is a button and no cell to select: the arrow keys select cells, and only mean to read.
    """
    order: Order = st.session_state.get(_ORDER + name, Order())
    places = _places(columns, order)
    widget = f"{key}.{order.turn}"
    opened = _Opening(f"{widget}.open", tuple(places.shown), picked) if picked else None
    st.dataframe(
        pl.DataFrame([pl.Series(column.title, column.cells(places), strict=False) for column in columns]),
        hide_index=True, width="stretch", placeholder="", key=widget, alt=alt,
        selection_mode="single-column", column_config=_configs(columns, order, opened),
        height=blocks.table_height(len(places.shown) + bool(places.more) + 1),
        on_select=partial(_selected, name, widget, order),
    )  # fmt: skip
    _exactly(columns)


def _exactly(columns: Sequence[Column]) -> None:
    """The totals to the last digit, which a cell has no room for."""
    sums = [
        column
        for column in columns
        if isinstance(column, Amount) and column.measure.additive and column.days == 1
    ]
    texts = [
        (column.title, exact(column.measure, column.total)) for column in sums if column.total is not None
    ]
    parts = (blocks.total(title, text, text) for title, text in texts)
    html.show(html.div(html.span("Exactly", cls="first"), parts, cls="tl-total"))


def extent(height: int) -> str:
    """How many rows there are, and that not all are shown."""
    if height <= blocks.MOST_ROWS:
        return count_of(height, "row")
    return f"The first {blocks.MOST_ROWS:,} of {height:,} rows; the files have all of them"


def _places(columns: Sequence[Column], order: Order) -> Places:
    chosen = next((column for column in columns if column.title == order.title), None)
    height = len(columns[0].key())
    places = list(range(height))
    if chosen:
        places = chosen.key().arg_sort(descending=order.falling, nulls_last=True).to_list()
    return Places(places[: blocks.MOST_ROWS], max(0, height - blocks.MOST_ROWS))


def _head(column: Column, order: Order) -> str:
    return f"{column.title} {'↓' if order.falling else '↑'}" if column.title == order.title else column.title


@dataclass(frozen=True)
class _Opening:
    """What a click on a name does; one on "Total" or on what is left over does nothing."""

    key: str
    shown: tuple[int, ...]
    picked: Callable[[int], None]

    def config(self, column: Text, head: str, place: int) -> ColumnConfig:
        key = f"{self.key}.{place}"
        return st.column_config.ButtonColumn(  # type: ignore[return-value]
            head, help=column.help, alignment="left", type="tertiary", key=key, on_click=self, args=(key,)
        )

    def __call__(self, key: str) -> None:
        place = st.session_state[key]["row"]
        if place < len(self.shown):
            self.picked(self.shown[place])


def _configs(columns: Sequence[Column], order: Order, opening: _Opening | None) -> dict[str, ColumnConfig]:
    heads = {column.title: _head(column, order) for column in columns}
    configs = {column.title: column.config(heads[column.title]) for column in columns}
    for place, column in enumerate(columns):
        if opening and isinstance(column, Text) and (column.is_first or column.is_name):
            configs[column.title] = opening.config(column, heads[column.title], place)
    return configs


def _selected(name: str, widget: str, order: Order) -> None:
    """A head was clicked."""
    selection = st.session_state[widget]["selection"]
    for title in selection["columns"]:
        falling = not order.falling if title == order.title else True
        st.session_state[_ORDER + name] = Order(title, falling, order.turn + 1)
