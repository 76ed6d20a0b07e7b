"""Splitting an amount so that the parts add up to it, to the last micro-cent."""

from __future__ import annotations

import polars as pl


def with_parts(rows: pl.DataFrame, *, amount: str, weight: str, group: str, part: str) -> pl.DataFrame:
    """Add ``part``: each group's ``amount`` split over its rows by ``weight``, by largest remainder.

    ``amount`` (Int64, equal within a group, may be negative) and ``weight`` (integer, positive) are whole.
    Leftover units go to the largest remainders; among equals, to the row that comes first. Amount times
    weight outgrows 64 bits, hence Int128 inside.
    """
    alone = pl.len().over(group) == 1
    shared = rows.filter(~alone)
    single = rows.filter(alone).with_columns(pl.col(amount).alias(part))
    return pl.concat([single, _split(shared, amount, weight, group, part)]) if shared.height else single


def _split(rows: pl.DataFrame, amount: str, weight: str, group: str, part: str) -> pl.DataFrame:
    wide = pl.col(weight).cast(pl.Int128)
    product = pl.col(amount).abs().cast(pl.Int128) * wide
    total = wide.sum().over(group)
    return (
        rows.with_columns(_floor=(product // total).cast(pl.Int64), _remainder=product % total)
        .sort(group, "_remainder", descending=[False, True], maintain_order=True)
        .with_columns(
            _left=pl.col(amount).abs() - pl.col("_floor").sum().over(group),
            _rank=pl.int_range(pl.len()).over(group),
        )
        .with_columns(
            ((pl.col("_floor") + (pl.col("_rank") < pl.col("_left"))) * pl.col(amount).sign()).alias(part)
        )
        .drop("_floor", "_remainder", "_left", "_rank")
    )
