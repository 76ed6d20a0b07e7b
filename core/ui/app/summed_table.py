"""A table whose last row is its total: numbers as text in one precision, parts that add up to it as printed.

Streamlit sorts in the browser and would sort the total along. So a click on a head is a selection of that
column, which turns its own sorting off, and the rows are sorted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.formats import count_of, exact
from core.ui.app import blocks, html
from core.ui.app.summed_columns import Amount, Column, Places, Text
from core.ui.app.table_tree import Layout, Line, Tree, laid_out, told_once

_ORDER, _FOLDED = "table.order.", "table.folded."
FOLDS = "Rows"
"""The title of the column whose buttons show and hide the rows of a branch."""


Click = Callable[[], None] | None
"""What it does; nothing where None."""


@dataclass(frozen=True)
class Order:
    """By which column; ``turn`` is another number after each click."""

    title: str = ""
    falling: bool = True
    turn: int = 0


def show(
    name: str,
    columns: Sequence[Column],
    key: str,
    *,
    alt: str,
    picked: Callable[[int], None] | None = None,
    tree: Tree | None = None,
) -> None:
    """Draw it. ``name`` is where its order is kept; ``picked`` gets the place, as given, of a name clicked.

    Rows stand as given until somebody clicks a head: then by that column, after a second click the other way.
    With a ``tree`` they stay below their branches, and both are in that order.
    A name is a button and no cell to select: the arrow keys select cells, and only mean to read.
    """
    order = _order(name)
    widget = f"{key}.{order.turn}"
    drawn = _flat(columns, order) if tree is None else _in_branches(columns, order, tree, _folded(name))
    clicks = tuple(_click(line, picked, tree) for line in drawn.lines)
    configs = _configs(columns, drawn, order, _Opening(f"{widget}.open", clicks) if picked else None)
    if tree:
        configs[FOLDS] = _fold_config(
            _Opening(f"{widget}.fold", tuple(_fold_clicks(name, drawn.lines, tree)))
        )
    st.dataframe(
        pl.DataFrame([pl.Series(title, cells, strict=False) for title, cells in drawn.cells.items()]),
        hide_index=True, width="stretch", placeholder="", key=widget, alt=alt,
        selection_mode="single-column", column_config=configs,
        height=blocks.table_height(len(drawn.lines)),
        on_select=partial(_selected, name, widget, order, tree),
    )  # fmt: skip
    _exactly(columns)


@dataclass(frozen=True)
class _Drawn:
    """The cells of each column, by title, and what each line stands for."""

    cells: dict[str, list[Any]]
    lines: list[Line]


def _flat(columns: Sequence[Column], order: Order) -> _Drawn:
    places = _places(columns, order)
    lines = [*(Line(row=row) for row in places.shown), *[Line()] * (1 + bool(places.more))]
    return _Drawn({column.title: column.cells(places) for column in columns}, lines)


def _in_branches(columns: Sequence[Column], order: Order, tree: Tree, folded: frozenset[str]) -> _Drawn:
    layout = _layout(columns, order, tree, folded)
    cells = {column.title: layout.cells(column, tree.above(column)) for column in told_once(columns)}
    return _Drawn({FOLDS: layout.folds(), **cells}, layout.lines)


def _layout(columns: Sequence[Column], order: Order, tree: Tree, folded: frozenset[str]) -> Layout:
    rows = tree.rows_of(_sorted(columns, order))
    return laid_out(_sorted(tree.columns, order), rows, [label in folded for label in tree.labels])


def sorted_rows(name: str, columns: Sequence[Column], tree: Tree | None = None) -> list[int]:
    """All rows in the order of the table, whether it shows them or not."""
    return sorted_rows_in(columns, tree, _order(name))


def sorted_rows_in(columns: Sequence[Column], tree: Tree | None, order: Order) -> list[int]:
    """All rows in this order."""
    rows = _sorted(columns, order)
    if tree is None:
        return rows
    below = tree.rows_of(rows)
    return [row for branch in _sorted(tree.columns, order) for row in below[branch]]


def _order(name: str) -> Order:
    order: Order = st.session_state.get(_ORDER + name, Order())
    return order


def _click(line: Line, picked: Callable[[int], None] | None, tree: Tree | None) -> Click:
    """What a click on a name does; one on "Total" or on what is left over does nothing."""
    if line.is_branch and tree:
        return partial(tree.picked, line.branch)
    return partial(picked, line.row) if line.is_row and picked else None


def _fold_clicks(name: str, lines: Sequence[Line], tree: Tree) -> Iterator[Click]:
    for line in lines:
        yield partial(_fold, name, frozenset([tree.labels[line.branch]])) if line.is_branch else None


def _folded(name: str) -> frozenset[str]:
    labels: frozenset[str] = st.session_state.get(_FOLDED + name, frozenset())
    return labels


def _fold(name: str, labels: frozenset[str]) -> None:
    """Fold these branches; unfold them where all of them are folded."""
    folded = _folded(name)
    st.session_state[_FOLDED + name] = folded - labels if labels <= folded else folded | labels


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


def tree_extent(columns: Sequence[Column], tree: Tree) -> str:
    """``4 workspaces, 12 rows``, and whether some of them are only counted."""
    is_whole = _layout(columns, Order(), tree, frozenset()).is_whole
    rest = "" if is_whole else "; of each the first, and how many more: the files have all of them"
    return f"{len(tree.labels):,} subtotals over {count_of(len(tree.parents), 'row')}{rest}"


def _places(columns: Sequence[Column], order: Order) -> Places:
    places = _sorted(columns, order)
    return Places(places[: blocks.MOST_ROWS], max(0, len(places) - blocks.MOST_ROWS))


def _sorted(columns: Sequence[Column], order: Order) -> list[int]:
    """By the column that was chosen, equals as given."""
    chosen = next((column for column in columns if column.title == order.title), None)
    if chosen is None:
        return list(range(len(columns[0].key())))
    by = pl.arg_sort_by("key", descending=order.falling, nulls_last=True, maintain_order=True)
    return pl.DataFrame({"key": chosen.key()}).select(by).to_series().to_list()


def _head(column: Column, order: Order) -> str:
    return f"{column.title} {'↓' if order.falling else '↑'}" if column.title == order.title else column.title


@dataclass(frozen=True)
class _Opening:
    """What a click on a button does, line by line."""

    key: str
    clicks: tuple[Click, ...]

    def config(self, head: str, place: int, **look: Any) -> ColumnConfig:
        key = f"{self.key}.{place}"
        return st.column_config.ButtonColumn(  # type: ignore[return-value]
            head, alignment="left", type="tertiary", key=key, on_click=self, args=(key,), **look
        )

    def __call__(self, key: str) -> None:
        line = st.session_state[key]["row"]
        if line < len(self.clicks) and (click := self.clicks[line]):
            click()


def _fold_config(opening: _Opening) -> ColumnConfig:
    return opening.config(
        FOLDS, 0, width=60, help="Shows or hides the rows of a group. A click on this head: of all groups."
    )


def _configs(
    columns: Sequence[Column], drawn: _Drawn, order: Order, opening: _Opening | None
) -> dict[str, ColumnConfig]:
    configs = {}
    for place, column in enumerate(columns):
        head = _head(column, order)
        configs[column.title] = column.config(head)
        if opening and isinstance(column, Text) and column.opens:
            width = _width([head, *drawn.cells[column.title]])
            configs[column.title] = opening.config(head, place, help=column.help, width=width)
    return configs


def _width(names: Iterable[str | None]) -> int:
    """Pixels for the longest of them: left to itself, the browser takes it for an exception and cuts it."""
    return 28 + 7 * max(len(name or "") for name in names)


def _selected(name: str, widget: str, order: Order, tree: Tree | None) -> None:
    """A head was clicked."""
    selection = st.session_state[widget]["selection"]
    for title in selection["columns"]:
        if title == FOLDS and tree:
            _fold(name, frozenset(tree.labels))
            order, title = replace(order, falling=not order.falling), order.title
        falling = not order.falling if title == order.title else True
        st.session_state[_ORDER + name] = Order(title, falling, order.turn + 1)
