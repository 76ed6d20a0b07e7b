"""What the Detail card hands out: the table as it is shown, its rows by day, and the pivot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

import polars as pl

from core.dimensions import DIMENSIONS, MEASURES, Unit
from core.explore import export
from core.explore.compare import OUTSIDE
from core.explore.pivot import pivot_columns
from core.explore.sheets import Column
from core.explore.view_file import by_time_columns, by_time_stem
from core.explore.workbook import Sheet
from core.ui.app import downloads
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.downloads import File
from core.ui.app.table_tree import Line
from core.ui.explorer import days_ahead, pivot_card
from core.ui.explorer.levels import GroupLevel

_TABLE = "This table"
SUBTOTALS = "Excel has the subtotals on a sheet of their own. CSV and Parquet have the rows that add up."
ON_SHEET = (
    "Subtotals: each row stands for several rows of the sheet Data, and some rows for others of this sheet. "
    "Do not add them up. An empty name stands for all of its values."
)


def menu(answer: Answer, table: File) -> None:
    """Every file of the answer, its table first."""
    downloads.menu([table, *others(answer)], lambda: about(answer, totals=answer.measures), key="table")


def table_file(answer: Answer, rows: pl.DataFrame, over_time: bool) -> File:
    """The table; ``rows`` are all its rows, in the order that it shows."""
    stem = _stem(answer, over_time)
    return File(_TABLE, f"{stem}_table", lambda: table_columns(answer, rows, over_time))


def tree_file(answer: Answer, groups: Sequence[GroupLevel], lines: Sequence[Line]) -> File:
    """A table that is a tree, whose ``lines`` are in the order that it shows.

    Its subtotals stand apart from its rows: in one table with them, all would be counted twice.
    """
    shown = [line.row for line in lines if line.level == len(groups) - 1]
    table = table_file(answer, groups[-1].rows[shown], over_time=groups[-1].grain is not None)
    return replace(table, caption=SUBTOTALS, more=lambda: [_subtotals(groups, lines)])


def _subtotals(groups: Sequence[GroupLevel], lines: Sequence[Line]) -> Sheet:
    """All rows of the table above its last level; a group that such a row leaves open is empty there."""
    *above, last = (table_columns(level.answer, level.rows, level.grain is not None) for level in groups)
    frames = [pl.DataFrame({column.header: column.series for column in columns}) for columns in above]
    starts = [0, *accumulate(frame.height for frame in frames)]
    order = [starts[line.level] + line.row for line in lines if line.level < len(frames)]
    rows = pl.concat(frames, how="diagonal_relaxed")[order]
    blank = pl.Series([None] * rows.height, dtype=pl.String)
    columns = [Column(of.header, rows.get_column(of.header, default=blank), of.unit) for of in last]
    return Sheet("Subtotals", ON_SHEET, columns)


def _stem(answer: Answer, over_time: bool) -> str:
    return answer.file_name(export.file_stem(answer.over_time_query if over_time else answer.query))


def others(answer: Answer) -> Iterator[File]:
    """What is no copy of the table."""
    yield File(
        f"By {answer.grain}, one row for each group", by_time_stem(answer),
        lambda: by_time_columns(answer),
    )  # fmt: skip
    across = DIMENSIONS[pivot_card.across_of(answer)].inline
    stem = _stem(answer, over_time=False)
    yield File(f"Pivot by {across}", f"{stem}_pivot", lambda: pivot_columns(*pivot_card.whole(answer)))
    if forecast := days_ahead.file(answer):
        yield forecast


def table_columns(answer: Answer, rows: pl.DataFrame, over_time: bool) -> list[Column]:
    """The table's columns in its order, exact; its total is no row among them."""
    names = ([answer.grain] if over_time else []) + list(answer.state.group_by)
    columns = [export.dimension_column(rows, name) for name in names]
    for name in answer.measures:
        columns.append(Column(MEASURES[name].column, rows[name], MEASURES[name].unit))
        if name == answer.state.measure:
            columns += _beside(answer, rows, over_time)
    return columns


def _beside(answer: Answer, rows: pl.DataFrame, over_time: bool) -> Iterator[Column]:
    """Share and comparison of the chosen measure."""
    name, whole = answer.state.measure, answer.totals[answer.state.measure]
    if answer.measure.additive and not over_time and whole:
        yield Column(f"{name}_share", rows[name].cast(pl.Float64) / float(whole), Unit.RATIO)
    if answer.versus and "change" in rows.columns:
        yield from _compared(answer, rows)
    if OUTSIDE in rows.columns and answer.measure.additive and answer.outside_totals[name] is not None:
        yield Column(f"{answer.measure.column}_not_complete", rows[OUTSIDE], answer.measure.unit)


def _compared(answer: Answer, rows: pl.DataFrame) -> Iterator[Column]:
    measure, per_day = answer.measure, answer.is_per_day(answer.state.measure)
    sides = _means(answer, rows) if per_day else rows.select("before", "change")
    for side in sides.columns:
        header = measure.column if side == "now" else f"{measure.column}_{side}"
        yield Column(header + "_per_day" * per_day, sides[side], measure.unit)
    if measure.unit is not Unit.RATIO:
        before, change = (pl.col(side).cast(pl.Float64) for side in ("before", "change"))
        part = sides.select(pl.when(before > 0).then(change / before)).to_series()
        yield Column(f"{measure.name}_change_ratio", part, Unit.RATIO)
    if (rows["state"] != "").any():
        yield Column("new_or_gone", rows["state"])


def _means(answer: Answer, rows: pl.DataFrame) -> pl.DataFrame:
    """Both sides as the mean of their days, dollars to the micro-cent, and one less the other."""
    assert answer.versus  # noqa: S101 - narrows for the type checker
    periods = answer.versus.periods
    now = _mean(pl.col(answer.state.measure), periods.period.days, answer.measure.unit)
    before = _mean(pl.col("before"), periods.earlier.days, answer.measure.unit)
    return rows.select(now=now, before=before).with_columns(change=pl.col("now") - pl.col("before"))


def _mean(values: pl.Expr, days: int, unit: Unit) -> pl.Expr:
    return (values * 2 + days) // (2 * days) if unit is Unit.USD else values / days
