"""An answer as a table of rows by columns, with totals both ways that agree with the total of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from core.dimensions import MEASURES, TIME_DIMENSIONS
from core.explore.labels import group_label
from core.explore.measures import regrouped
from core.explore.query import Query
from core.explore.sheets import Column
from core.explore.top import free_label

Number = int | float | None


@dataclass(frozen=True)
class Pivot:
    """Cells by row and column; None is unknown, or no row there (see ``has_rows``).

    Labels are text; of a time column, the ISO date of its first day. Beyond the largest, rows and columns are
    one "Other" each, the last. Totals of a ratio are taken from its sums, never added up.
    """

    measure: str
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    cells: tuple[tuple[Number, ...], ...]
    has_rows: tuple[tuple[bool, ...], ...]
    row_totals: tuple[Number, ...]
    column_totals: tuple[Number, ...]
    total: Number


def pivot(
    rows: pl.DataFrame,
    query: Query,
    across: str,
    *,
    most_rows: int,
    most_columns: int,
    buckets: Sequence[str] = (),
) -> Pivot:
    """Turn an answer to ``query``, which groups by ``across`` too, into a table of its first measure.

    Rows are the combinations of the other dimensions, the largest first, and so are columns. ``buckets`` are
    the columns where ``across`` is time, by their first day: all of them, in this order, never folded.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    measure = query.measures[0]
    down = tuple(name for name in query.group_by if name != across)
    frame = rows.with_columns(_label(down).alias("_row"), _label((across,)).alias("_column"))
    frame, row_labels = _folded(frame, measure, "_row", most_rows)
    if buckets:
        frame, column_labels = _placed(frame, tuple(buckets)), tuple(buckets)
    else:
        frame, column_labels = _folded(frame, measure, "_column", most_columns)
    return _table(frame, measure, row_labels, column_labels)


def _label(names: tuple[str, ...]) -> pl.Expr:
    return group_label([f"{name}_value" if name in TIME_DIMENSIONS else name for name in names])


def _placed(frame: pl.DataFrame, buckets: tuple[str, ...]) -> pl.DataFrame:
    """The place of each row's bucket as ``_column_rank``."""
    places = {bucket: place for place, bucket in enumerate(buckets)}
    rank = pl.col("_column").replace_strict(places, return_dtype=pl.Int64)
    return frame.with_columns(rank.alias("_column_rank"))


def _folded(frame: pl.DataFrame, measure: str, side: str, most: int) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Add the rank of each row's label on ``side``, and name the ranks; past ``most`` they are one."""
    sizes = regrouped(frame, [side], (measure,)).select(side, size=pl.col(measure).abs())
    order = sizes.sort("size", side, descending=[True, False], nulls_last=True)
    rank = pl.int_range(pl.len(), dtype=pl.Int64).clip(upper_bound=most)
    ranked = frame.join(order.select(side, rank.alias(f"{side}_rank")), on=side, how="left")
    labels = order[side].head(most).to_list()
    return ranked, (*labels, *([free_label(set(labels))] if order.height > most else []))


def _table(
    frame: pl.DataFrame, measure: str, row_labels: tuple[str, ...], column_labels: tuple[str, ...]
) -> Pivot:
    down, across = (_sums(frame, [f"{side}_rank"], measure) for side in ("_row", "_column"))
    cells = _sums(frame, ["_row_rank", "_column_rank"], measure)
    ranks = [[(row, column) for column in range(len(column_labels))] for row in range(len(row_labels))]
    (total,) = regrouped(frame, [], (measure,))[measure]
    return Pivot(
        measure,
        row_labels,
        column_labels,
        tuple(tuple(cells.get(key) for key in row) for row in ranks),
        tuple(tuple(key in cells for key in row) for row in ranks),
        tuple(down[(row,)] for row in range(len(row_labels))),
        tuple(across.get((column,)) for column in range(len(column_labels))),
        total,
    )


def _sums(frame: pl.DataFrame, keys: list[str], measure: str) -> dict[tuple[int, ...], Number]:
    """The measure by rank, of one side or of both."""
    return {line[:-1]: line[-1] for line in regrouped(frame, keys, (measure,)).select(*keys, measure).rows()}


def pivot_columns(table: Pivot, corner: str) -> list[Column]:
    """The table with its totals as columns; ``corner`` heads the labels.

    A cell is empty where nothing is known, or nothing was used.
    """
    unit = MEASURES[table.measure].unit
    headers = (*table.column_labels, "Total")
    rows = [(*cells, total) for cells, total in zip(table.cells, table.row_totals, strict=True)]
    columns = zip(*rows, (*table.column_totals, table.total), strict=True)
    labels = Column(corner, (*table.row_labels, "Total"))
    return [labels, *(Column(name, cells, unit) for name, cells in zip(headers, columns, strict=True))]
