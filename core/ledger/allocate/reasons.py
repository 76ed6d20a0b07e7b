"""Why tokens have no cost, and why a cost has no usage. Only reasons that are known are given."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from core.cost_basis import CostBasis

_PRIORITY = pl.col("service_tier").eq("priority").fill_null(value=False)


def usage_without_cost(
    left: pl.DataFrame, unmatched: pl.DataFrame, cost_days: Collection[date]
) -> pl.DataFrame:
    """Say why usage has no cost. ``unmatched``: the bills of this kind that found no usage.

    A day without any such bill owes nothing: what it has no cost for, Anthropic did not bill.
    """
    reported = pl.col("day").is_in(list(cost_days))
    open_ = pl.col("day").is_in(unmatched["day"].unique().to_list())
    return left.with_columns(
        cost_basis=pl.when(~reported)
        .then(pl.lit(CostBasis.COST_MISSING))
        .when(_PRIORITY)
        .then(pl.lit(CostBasis.NOT_PRICED))
        .when(open_)
        .then(pl.lit(CostBasis.USAGE_NOT_MATCHED))
        .otherwise(pl.lit(CostBasis.NOT_BILLED))
    )


def cost_without_usage(left: pl.DataFrame, usage_days: Collection[date] | None) -> pl.DataFrame:
    """Say why bills for tokens or searches have no usage. ``usage_days``: whose usage is whole; None: all."""
    whole = pl.lit(value=True) if usage_days is None else pl.col("day").is_in(list(usage_days))
    return left.rename({"amount_microcents": "cost_microcents"}).with_columns(
        cost_basis=pl.when(whole)
        .then(pl.lit(CostBasis.COST_NOT_MATCHED))
        .otherwise(pl.lit(CostBasis.USAGE_MISSING))
    )


def of_whole_days(rows: pl.DataFrame, usage_days: Collection[date] | None) -> pl.DataFrame:
    """Where a day's usage may be incomplete every share is an estimate: others may have a part."""
    if usage_days is None:
        return rows
    whole = pl.col("day").is_in(list(usage_days))
    return rows.with_columns(
        cost_basis=pl.when(whole).then("cost_basis").otherwise(pl.lit(CostBasis.ESTIMATED))
    )
