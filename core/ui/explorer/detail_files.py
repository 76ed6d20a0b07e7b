"""What the Detail card hands out: the table as it is shown, its rows by day, and the pivot."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from core.dimensions import DIMENSIONS, MEASURES, Unit
from core.explore import export
from core.explore.compare import OUTSIDE
from core.explore.pivot import pivot_columns
from core.explore.sheets import Column
from core.explore.view_file import by_time_columns, by_time_stem
from core.ui.app import downloads
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.downloads import File
from core.ui.explorer import days_ahead, pivot_card


def menu(answer: Answer, rows: pl.DataFrame, over_time: bool) -> None:
    """Every file of the answer; ``rows`` are all rows of the table, in the order that it shows."""
    downloads.menu(
        list(_files(answer, rows, over_time)),
        lambda: about(answer, totals=answer.measures),
        key="table",
    )


def _files(answer: Answer, rows: pl.DataFrame, over_time: bool) -> Iterator[File]:
    query = answer.over_time_query if over_time else answer.query
    stem = answer.file_name(export.file_stem(query))
    yield File("This table", f"{stem}_table", lambda: table_columns(answer, rows, over_time))
    yield File(
        f"By {answer.grain}, one row for each group", by_time_stem(answer),
        lambda: by_time_columns(answer),
    )  # fmt: skip
    across = DIMENSIONS[pivot_card.across_of(answer)].inline
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
    if OUTSIDE in rows.columns and answer.measure.additive:
        yield Column(f"{answer.measure.column}_not_complete", rows[OUTSIDE], answer.measure.unit)


def _compared(answer: Answer, rows: pl.DataFrame) -> Iterator[Column]:
    measure = answer.measure
    for side in ("before", "change"):
        yield Column(f"{measure.column}_{side}", rows[side], measure.unit)
    if measure.unit is not Unit.RATIO:
        before, change = (pl.col(side).cast(pl.Float64) for side in ("before", "change"))
        part = rows.select(pl.when(before > 0).then(change / before)).to_series()
        yield Column(f"{measure.name}_change_ratio", part, Unit.RATIO)
    if (rows["state"] != "").any():
        yield Column("new_or_gone", rows["state"])
