"""The series of a ranked answer: what a group is called, and which are grey."""

from __future__ import annotations

import polars as pl

from core.explore.labels import group_label
from core.explore.query import Query


def series_of(query: Query, ranked: pl.DataFrame) -> pl.Expr:
    """A group's labels joined; Other says so once."""
    joined = group_label(query.series)
    if query.series and "is_other" in ranked.columns:
        joined = pl.when(pl.col("is_other")).then(pl.col(query.series[0])).otherwise(joined)
    return joined.alias("series")


def unnamed(query: Query, ranked: pl.DataFrame) -> pl.Expr:
    """Other, and groups that are empty in every dimension: they are grey."""
    empties = [pl.col(f"{name}_value").is_null() for name in query.series]
    nothing = pl.all_horizontal(empties) if empties else pl.lit(False)
    other = pl.col("is_other") if "is_other" in ranked.columns else pl.lit(False)
    return (nothing | other).alias("unnamed")
