"""A table whose last row is its total: numbers as text in one precision, parts that add up to it as printed.

Streamlit sorts in the browser and would sort the total along. So a click on a head is a selection of that
column, which turns its own sorting off, and the rows are sorted here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core.bidi import seen_length
from core.formats import count_of, exact
from core.ui.app import blocks, html
from core.ui.app.summed_columns import Amount, Bar, Column, Indented, Places, Text
from core.ui.app.table_tree import Line, Ordered, Path, Tree

_ORDER, _FOLDED = "table.order.", "table.folded."
FOLDS = "Rows"
"""The title of the column whose buttons show and hide what is below a subtotal."""


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
) -> None:
    """Draw it. ``name`` is where its order is kept; ``picked`` gets the place, as given, of a name clicked.

    Rows stand as given until somebody clicks a head: then by that column, after a second click the other way.
    A name is a button and no cell to select: the arrow keys select cells, and only mean to read.
    """
    order = _order(name)
    widget = f"{key}.{order.turn}"
    places = _places(columns, order)
    lines = [*(Line(row=row) for row in places.shown), *[Line()] * (1 + bool(places.more))]
    cells = {column.title: column.cells(places) for column in columns}
    clicks = [partial(picked, line.row) if picked and line.is_row else None for line in lines]
    configs = _configs(columns, cells, order, _Opening(f"{widget}.open", clicks) if picked else None)
    _draw(widget, cells, configs, alt, partial(_selected, name, widget, order, frozenset()))
    _exactly(columns)


def show_tree(name: str, tree: Tree, key: str, *, alt: str) -> None:
    """Draw it as a tree: in any order, rows stay below what they are part of, which is in that order too."""
    order, columns = _order(name), tree.rows.columns
    widget = f"{key}.{order.turn}"
    cells, lines = tree_cells(tree, order, _folded(name))
    clicks = [partial(tree.levels[line.level].picked, line.row) if line.is_row else None for line in lines]
    folds = [_fold_click(name, tree, line) for line in lines]
    configs = {
        FOLDS: _fold_config(_Opening(f"{widget}.fold", folds)),
        **_configs(columns, cells, order, _Opening(f"{widget}.open", clicks)),
    }
    _draw(widget, cells, configs, alt, partial(_selected, name, widget, order, frozenset(tree.paths[0])))
    _exactly(columns)


def _draw(
    widget: str,
    cells: Mapping[str, list[Any]],
    configs: Mapping[str, ColumnConfig],
    alt: str,
    selected: Callable[[], None],
) -> None:
    height = max(map(len, cells.values()))
    st.dataframe(
        pl.DataFrame([pl.Series(title, column, strict=False) for title, column in cells.items()]),
        hide_index=True, width="stretch", placeholder="", key=widget, alt=alt,
        selection_mode="single-column", column_config=configs,
        height=blocks.table_height(height), on_select=selected,
    )  # fmt: skip


def tree_cells(tree: Tree, order: Order, folded: frozenset[Path]) -> tuple[dict[str, list[Any]], list[Line]]:
    """The cells of each column, by title, and what each line stands for."""
    ordered = _ordered(tree, order, folded)
    part = ordered.laid_out()
    lines = [*part.lines(), Line()]
    cells = {column.title: part.cells(tree.titled(column.title)) for column in tree.rows.columns}
    return {FOLDS: ordered.fold_texts(lines), **cells}, lines


def _ordered(tree: Tree, order: Order, folded: frozenset[Path] = frozenset()) -> Ordered:
    return Ordered(tree, [_sorted(level.columns, order) for level in tree.levels], folded)


def sorted_rows(name: str, columns: Sequence[Column]) -> list[int]:
    """All rows in the order of the table, whether it shows them or not."""
    return _sorted(columns, _order(name))


def sorted_lines(name: str, tree: Tree) -> list[Line]:
    """All subtotals and rows in the order of the table, whether it shows them or not."""
    return sorted_lines_in(tree, _order(name))


def sorted_lines_in(tree: Tree, order: Order) -> list[Line]:
    """All subtotals and rows in this order."""
    return list(_ordered(tree, order).part().lines())


def _order(name: str) -> Order:
    order: Order = st.session_state.get(_ORDER + name, Order())
    return order


def _fold_click(name: str, tree: Tree, line: Line) -> Click:
    """What a click on its sign does; there is none where nothing is below."""
    if not line.is_row or line.level + 1 == len(tree.levels):
        return None
    return partial(_fold, name, frozenset([tree.paths[line.level][line.row]]))


def _folded(name: str) -> frozenset[Path]:
    paths: frozenset[Path] = st.session_state.get(_FOLDED + name, frozenset())
    return paths


def _fold(name: str, paths: frozenset[Path]) -> None:
    """Fold what is below these; unfold it where all of it is folded."""
    folded = _folded(name)
    st.session_state[_FOLDED + name] = folded - paths if paths <= folded else folded | paths


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


def tree_extent(tree: Tree) -> str:
    """``4 subtotals over 12 rows``, and whether some of them are only counted."""
    is_whole = _ordered(tree, Order()).laid_out().is_whole
    rest = "" if is_whole else "; of each the first, and how many more: the files have all of them"
    return f"{count_of(tree.subtotals, 'subtotal')} over {count_of(len(tree.rows.labels), 'row')}{rest}"


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
    clicks: Sequence[Click]

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
        FOLDS, 0, width=60,
        help="How many rows a subtotal is of. A click shows or hides them; on this head, those of all.",
    )  # fmt: skip


def _configs(
    columns: Sequence[Column], cells: Mapping[str, list[Any]], order: Order, opening: _Opening | None
) -> dict[str, ColumnConfig]:
    configs = {}
    for place, column in enumerate(columns):
        head = _head(column, order)
        configs[column.title] = column.config(head)
        if column.is_number and not isinstance(column, Bar):
            configs[column.title]["width"] = _width_of_numbers(head, cells[column.title])
        if opening and isinstance(column, Text) and column.is_first:
            width = _width(column, head, cells[column.title])
            configs[column.title] = opening.config(head, place, help=column.help, width=width)
    return configs


def _width_of_numbers(head: str, cells: Iterable[str | None]) -> int:
    """Pixels for the longest number: one that is longer than most would be cut, and read as another."""
    return 18 + 6 * max(len(text or "") for text in (head, *cells))


def _width(column: Text, head: str, cells: Iterable[str | None]) -> int:
    """Pixels for the longest name: left to itself, the browser takes it for an exception and cuts it.

    The head of a tree names all its groups, and has to do with the width of their values.
    """
    names = [*cells] if isinstance(column, Indented) else [head, *cells]
    return 28 + 7 * max(seen_length(name or "") for name in names)


def _selected(name: str, widget: str, order: Order, foldable: frozenset[Path]) -> None:
    """A head was clicked. ``foldable``: all that is folded by the head of a tree."""
    selection = st.session_state[widget]["selection"]
    for title in selection["columns"]:
        if title == FOLDS and foldable:
            _fold(name, foldable)
            order, title = replace(order, falling=not order.falling), order.title
        falling = not order.falling if title == order.title else True
        st.session_state[_ORDER + name] = Order(title, falling, order.turn + 1)
