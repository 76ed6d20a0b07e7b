"""The Claude Platform's ledger rows: the bill's cells spread over the usage behind them.

The cost report stops at workspace and description; the usage report goes down to the API key and user. Inside
one cell (day, workspace, model, tier, context window, geo, token type) every token has one price, so a cell's
cost is split over its usage rows by tokens. Parts add up to the cell, cells to the bill, to the micro-cent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import polars as pl

from core.dimensions import CostBasis
from core.ledger.facts import tokens_long
from core.ledger.fast import SCALE, fast_weights
from core.ledger.schema import conform
from core.ledger.split import with_parts

_TOKEN_KEYS = ["day", "workspace_id", "model", "token_type"]
STAGES = (
    [*_TOKEN_KEYS, "service_tier", "context_window", "inference_geo"],
    [*_TOKEN_KEYS, "context_window", "inference_geo"],
    [*_TOKEN_KEYS, "inference_geo"],
    _TOKEN_KEYS,
)
"""Cells, finest first. A cost without usage is tried again without tier, then context window, then geo."""

_SEARCH_KEYS = ["day", "workspace_id"]
_USAGE_DIMENSIONS = [
    "day",
    "workspace_id",
    "workspace",
    "api_key_id",
    "api_key",
    "user_id",
    "user",
    "service_account_id",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
    "speed",
]
_PRIORITY = "priority"
"""Its cost is in no report: such tokens never take part in a split."""


def platform_rows(usage: pl.DataFrame, cost: pl.DataFrame, cost_days: Collection[date]) -> pl.DataFrame:
    """Ledger rows, without ``connection_id``, of one connection's usage and cost facts.

    ``cost_days``: the days whose cost was pulled. On others a token's cost is unknown, not "not priced".
    """
    usage = usage.rename(
        {
            "workspace_name": "workspace",
            "api_key_name": "api_key",
            "account_id": "user_id",
            "account_email": "user",
        }
    ).with_columns(
        pl.col("user").fill_null(pl.col("user_id")), pl.col("api_key").fill_null(pl.col("api_key_id"))
    )
    cost = _merged(cost.rename({"workspace_name": "workspace"}))
    is_search = pl.col("cost_type") == "web_search"
    is_token = pl.col("token_type").is_not_null()
    tokens = _token_rows(usage, cost.filter(is_token))
    searches = _search_rows(usage, cost.filter(is_search & ~is_token).drop("token_type"))
    others = cost.filter(~is_token & is_search.not_().fill_null(True))
    parts = [tokens, searches, _unattributed(others)]
    return _named_bases(pl.concat([conform(part) for part in parts]), cost_days)


def _merged(cost: pl.DataFrame) -> pl.DataFrame:
    keys = [column for column in cost.columns if column not in ("amount_microcents", "workspace")]
    return cost.group_by(keys, maintain_order=True).agg(
        pl.col("amount_microcents").sum(), pl.col("workspace").first()
    )


def _token_rows(usage: pl.DataFrame, cost: pl.DataFrame) -> pl.DataFrame:
    used = tokens_long(usage, _USAGE_DIMENSIONS).with_columns(cost_type=pl.lit("tokens"))
    used = used.with_row_index("use")
    billed = cost.with_row_index("bill")
    priced = pl.col("service_tier").ne_missing(_PRIORITY)
    rows = []
    open_use, open_bill = used.filter(priced), billed
    for stage, keys in enumerate(STAGES):
        matched = _matched(open_use, open_bill, keys)
        rows.append(_spread(matched, stage))
        open_use = open_use.join(matched.select("use").unique(), on="use", how="anti")
        open_bill = open_bill.join(matched.select("bill").unique(), on="bill", how="anti")
    unpriced = pl.concat([open_use, used.filter(~priced)])
    return pl.concat([*map(conform, rows), conform(unpriced), conform(_unattributed(open_bill))])


def _matched(used: pl.DataFrame, billed: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Every use beside every bill of its cell; ``cell`` numbers the cells."""
    bills = billed.select("bill", *keys, "description", "amount_microcents").with_columns(
        cell=pl.struct(keys).rank("dense")
    )
    return used.join(bills, on=keys, how="inner", nulls_equal=True)


def _spread(matched: pl.DataFrame, stage: int) -> pl.DataFrame:
    if matched.is_empty():
        return matched
    weighed = _weighed(matched)
    parts = with_parts(
        weighed, amount="amount_microcents", weight="weight", group="bill", part="cost_microcents"
    )
    alone = (pl.len().over("bill") == 1) & pl.lit(stage == 0)
    return (
        parts.sort("use", "bill")
        .with_columns(
            cost_basis=pl.when("mixed")
            .then(pl.lit(CostBasis.ESTIMATED))
            .when(alone)
            .then(pl.lit(CostBasis.BILLED))
            .otherwise(pl.lit(CostBasis.ALLOCATED)),
            # A use that several bills share is counted with the first of them.
            tokens=pl.when(pl.col("use").is_first_distinct()).then(pl.col("tokens")).otherwise(0),
        )
        .filter((pl.col("tokens") > 0) | (pl.col("cost_microcents") != 0))
    )


def _weighed(matched: pl.DataFrame) -> pl.DataFrame:
    """Add ``weight`` and ``mixed``: fast tokens weigh more in a cell that mixes speeds."""
    is_fast = pl.col("speed").eq_missing("fast")
    if not matched.select(is_fast.any()).item():
        return matched.with_columns(weight=pl.col("tokens"), mixed=pl.lit(False))
    keys = ["model", "token_type", "service_tier", "context_window", "inference_geo"]
    by_use = matched.unique("use", maintain_order=True)
    tokens = by_use.group_by("cell", maintain_order=True).agg(
        *(pl.col(key).first() for key in ("day", *keys)),
        standard=pl.col("tokens").filter(~is_fast).sum(),
        fast=pl.col("tokens").filter(is_fast).sum(),
    )
    bills = matched.unique("bill").group_by("cell").agg(cost=pl.col("amount_microcents").sum())
    weights = fast_weights(tokens.join(bills, on="cell"))
    return (
        matched.join(weights, on="cell", how="left", maintain_order="left")
        .with_columns(mixed=pl.col("fast_weight").is_not_null())
        .with_columns(
            weight=pl.col("tokens").cast(pl.Int128)
            * pl.when(is_fast & pl.col("mixed")).then(pl.col("fast_weight")).otherwise(SCALE)
        )
    )


def _search_rows(usage: pl.DataFrame, cost: pl.DataFrame) -> pl.DataFrame:
    used = (
        usage.select(*_USAGE_DIMENSIONS, web_searches="web_search_requests")
        .filter(pl.col("web_searches") > 0)
        .with_columns(cost_type=pl.lit("web_search"))
        .with_row_index("use")
    )
    billed = cost.with_row_index("bill")
    bills = billed.select("bill", *_SEARCH_KEYS, "description", "amount_microcents")
    matched = used.join(bills, on=_SEARCH_KEYS, how="inner", nulls_equal=True)
    alone = pl.len().over("bill") == 1
    spread = (
        with_parts(
            matched, amount="amount_microcents", weight="web_searches", group="bill", part="cost_microcents"
        )
        .sort("use", "bill")
        .with_columns(
            cost_basis=pl.when(alone).then(pl.lit(CostBasis.BILLED)).otherwise(pl.lit(CostBasis.ALLOCATED)),
            web_searches=pl.when(pl.col("use").is_first_distinct()).then(pl.col("web_searches")),
        )
    )
    left = used.join(matched.select("use").unique(), on="use", how="anti")
    unattributed = billed.join(matched.select("bill").unique(), on="bill", how="anti")
    return pl.concat([conform(spread), conform(left), conform(_unattributed(unattributed))])


def _unattributed(cost: pl.DataFrame) -> pl.DataFrame:
    return cost.rename({"amount_microcents": "cost_microcents"}).with_columns(
        cost_basis=pl.lit(CostBasis.UNATTRIBUTED)
    )


def _named_bases(rows: pl.DataFrame, cost_days: Collection[date]) -> pl.DataFrame:
    """Say ``not priced`` where the bill is known and has no cost for a use."""
    known = pl.col("day").is_in(list(cost_days))
    return rows.with_columns(
        cost_basis=pl.when(pl.col("cost_microcents").is_null() & known)
        .then(pl.lit(CostBasis.NOT_PRICED))
        .otherwise(pl.col("cost_basis"))
    )
