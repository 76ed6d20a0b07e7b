"""Splits the cost of web searches. All have one price, so a workspace's bill is shared by their number."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from core.cost_basis import CostBasis
from core.ledger.split import with_parts

_KEYS = ["day", "workspace_id"]


class Searches(NamedTuple):
    """Rows with their share, and what is left on both sides."""

    rows: pl.DataFrame
    open_use: pl.DataFrame
    open_bills: pl.DataFrame


def spread_searches(used: pl.DataFrame, cost: pl.DataFrame) -> Searches:
    """Share each bill by ``web_searches``; two bills of one workspace and day are estimates."""
    used, bills = used.with_row_index("use"), cost.with_row_index("bill")
    matched = used.join(
        bills.select("bill", *_KEYS, "description", "billed_tier", "amount_microcents"),
        on=_KEYS,
        nulls_equal=True,
    )
    spread = with_parts(
        matched, amount="amount_microcents", weight="web_searches", group="bill", part="cost_microcents"
    ).sort("use", "bill")
    rows = spread.with_columns(
        cost_basis=_basis(),
        web_searches=pl.when(pl.col("use").is_first_distinct()).then(pl.col("web_searches")),
    )
    return Searches(
        rows,
        used.join(matched.select("use").unique(), on="use", how="anti"),
        bills.join(matched.select("bill").unique(), on="bill", how="anti"),
    )


def _basis() -> pl.Expr:
    alone = pl.len().over("bill") == 1
    return (
        pl.when(pl.len().over("use") > 1)
        .then(pl.lit(CostBasis.ESTIMATED))
        .when(alone)
        .then(pl.lit(CostBasis.BILLED))
        .otherwise(pl.lit(CostBasis.ALLOCATED))
    )
