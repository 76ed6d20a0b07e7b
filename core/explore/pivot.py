"""An answer as a table of rows by columns, with totals both ways that agree with the total of the page."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import polars as pl

from core.dimensions import TIME_DIMENSIONS
from core.explore.export import number_cell, safe_text
from core.explore.labels import JOINT
from core.explore.measures import regrouped
from core.explore.query import Query
from core.explore.top import free_label

Number = int | float | None
_BETWEEN = "\x1f"
"""Keeps labels apart until they are read: "a · b" and "c" are not "a" and "b · c"."""


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


def pivot(rows: pl.DataFrame, query: Query, across: str, *, most_rows: int, most_columns: int) -> Pivot:
    """Turn an answer to ``query``, which groups by ``across`` too, into a table of its first measure.

    Rows are the combinations of the other dimensions, the largest first. Columns are in order of time, or the
    largest first. Columns of time are never folded into Other.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    measure = query.measures[0]
    down = tuple(name for name in query.group_by if name != across)
    frame = rows.with_columns(_label(down).alias("_row"), _label((across,)).alias("_column"))
    for side, names, most in (("_row", down, most_rows), ("_column", (across,), most_columns)):
        frame = _folded(frame, measure, side, most, is_time=names == (across,) and across in TIME_DIMENSIONS)
    return _table(frame, measure)


def _label(names: tuple[str, ...]) -> pl.Expr:
    labels = [pl.col(f"{name}_value" if name in TIME_DIMENSIONS else name) for name in names]
    return pl.concat_str(labels, separator=_BETWEEN) if labels else pl.lit("Total")


def _folded(frame: pl.DataFrame, measure: str, side: str, most: int, *, is_time: bool) -> pl.DataFrame:
    """Add the rank of each row's label on ``side``; labels past ``most`` become one, ranked last."""
    sizes = regrouped(frame, [side], (measure,)).select(side, size=pl.col(measure).abs())
    order = (
        sizes.sort(side) if is_time else sizes.sort("size", side, descending=[True, False], nulls_last=True)
    )
    rank = pl.int_range(pl.len(), dtype=pl.Int64)
    ranked = frame.join(order.select(side, rank.alias(f"{side}_rank")), on=side, how="left")
    if is_time or order.height <= most:
        return ranked
    kept = order.head(most)[side]
    other = pl.col(f"{side}_rank") >= most
    return ranked.with_columns(
        pl.when(other)
        .then(pl.lit(free_label({label.replace(_BETWEEN, JOINT) for label in kept})))
        .otherwise(pl.col(side))
        .alias(side),
        pl.when(other).then(most).otherwise(pl.col(f"{side}_rank")).alias(f"{side}_rank"),
    )


def _table(frame: pl.DataFrame, measure: str) -> Pivot:
    down, across = (_sums(frame, [side, f"{side}_rank"], measure) for side in ("_row", "_column"))
    found = {
        (row, column): value
        for row, column, value in regrouped(frame, ["_row_rank", "_column_rank"], (measure,))
        .select("_row_rank", "_column_rank", measure)
        .iter_rows()
    }
    (total,) = regrouped(frame, [], (measure,))[measure]
    ranks = [[(row, column) for column in range(len(across))] for row in range(len(down))]
    return Pivot(
        measure,
        tuple(label.replace(_BETWEEN, JOINT) for label, _ in down),
        tuple(label for label, _ in across),
        tuple(tuple(found.get(key) for key in row) for row in ranks),
        tuple(tuple(key in found for key in row) for row in ranks),
        tuple(value for _, value in down),
        tuple(value for _, value in across),
        total,
    )


def _sums(frame: pl.DataFrame, keys: list[str], measure: str) -> list[tuple[str, Number]]:
    side, rank = keys
    return regrouped(frame, keys, (measure,)).sort(rank).select(side, measure).rows()


def pivot_csv_bytes(table: Pivot, corner: str) -> bytes:
    """The table with its totals as CSV: UTF-8 with a byte order mark, exact; ``corner`` heads the labels.

    A cell is empty where nothing is known, or nothing was used.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_text(corner), *map(safe_text, table.column_labels), "Total"])
    for label, cells, total in zip(table.row_labels, table.cells, table.row_totals, strict=True):
        writer.writerow([safe_text(label), *(number_cell(table.measure, cell) for cell in (*cells, total))])
    last = (*table.column_totals, table.total)
    writer.writerow(["Total", *(number_cell(table.measure, cell) for cell in last)])
    return text.getvalue().encode("utf-8-sig")
