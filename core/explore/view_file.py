"""The file of a view: one row for each group and day, week or month."""

from __future__ import annotations

import polars as pl

from core.explore import export
from core.explore.asked import AskedView
from core.explore.sheets import Column
from core.explore.view_words import is_running


def by_time_columns(view: AskedView) -> list[Column]:
    """Each group and day; where a running total is drawn, that beside it."""
    columns = export.columns_of(view.over_time, view.over_time_query)
    query = view.state.query
    if not is_running(query, view.state.display):
        return columns
    groups = [pl.col(part) for name in query.group_by for part in (name, f"{name}_value")]
    summed = pl.col(view.measure.name).cum_sum().over(groups or pl.lit(0), order_by=view.grain)
    running = view.over_time.select(summed).to_series()
    return [*columns, Column(f"{view.measure.column}_running_total", running, view.measure.unit)]


def by_time_stem(view: AskedView) -> str:
    """The file's name, without what tells how it is written."""
    return view.file_name(export.file_stem(view.over_time_query))
