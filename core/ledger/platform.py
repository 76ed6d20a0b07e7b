"""The Claude Platform's ledger rows: the bill's cells spread over the usage behind them.

The cost report stops at workspace and description; the usage report goes down to the API key and user. Inside
one cell (day, workspace, model, tier, context window, geo, token type) every token has one price, so a cell's
cost is split over its usage rows by tokens. Parts add up to the cell, cells to the bill, to the micro-cent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from core.dimensions import CostBasis
from core.ledger.cells import STAGES, Matching
from core.ledger.facts import tokens_long
from core.ledger.fast import SCALE, fast_weights, is_fast
from core.ledger.schema import conform
from core.ledger.split import with_parts

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
_CELL_COLUMNS = [name for name in _USAGE_DIMENSIONS if name in STAGES[0] or name == "speed"]
_PRICED = pl.col("service_tier").ne_missing("priority")
"""Priority tier's cost is in no report: such tokens never take part in a split."""


def platform_rows(
    usage: pl.DataFrame,
    cost: pl.DataFrame,
    cost_days: Collection[date],
    weights: Sequence[pl.DataFrame] | None = None,
    default_workspace: str | None = None,
) -> pl.DataFrame:
    """Ledger rows, without ``connection_id``, of one connection's usage and cost facts.

    ``cost_days``: the days whose cost was pulled. On others a token's cost is unknown, not "not priced".
    ``weights``: those of :func:`cell_weights`, where facts of more days than these tell what fast mode costs.
    ``default_workspace``: its real id, which stands for the same as null.
    """
    names = {"api_key_name": "api_key", "account_id": "user_id", "account_email": "user"}
    usage = _in_workspaces(usage.rename(names), default_workspace).with_columns(
        pl.col("user").fill_null(pl.col("user_id")), pl.col("api_key").fill_null(pl.col("api_key_id"))
    )
    cost = _merged(_in_workspaces(cost, default_workspace))
    is_search = pl.col("cost_type") == "web_search"
    is_token = pl.col("token_type").is_not_null()
    tokens = _token_rows(usage, cost.filter(is_token), weights)
    searches = _search_rows(usage, cost.filter(is_search & ~is_token).drop("token_type"))
    others = cost.filter(~is_token & is_search.not_().fill_null(True))
    parts = [tokens, searches, _unattributed(others)]
    return _named_bases(pl.concat([conform(part) for part in parts]), cost_days)


def _in_workspaces(facts: pl.DataFrame, default_workspace: str | None) -> pl.DataFrame:
    """The default workspace has neither id nor name; one that no list names has its id for a name."""
    is_default = pl.col("workspace_id").eq_missing(pl.lit(default_workspace, pl.String))
    return facts.rename({"workspace_name": "workspace"}).with_columns(
        workspace_id=pl.when(~is_default).then("workspace_id"),
        workspace=pl.when(~is_default).then(pl.coalesce("workspace", "workspace_id")),
    )


def _merged(cost: pl.DataFrame) -> pl.DataFrame:
    keys = [column for column in cost.columns if column not in ("amount_microcents", "workspace")]
    return cost.group_by(keys, maintain_order=True).agg(
        pl.col("amount_microcents").sum(), pl.col("workspace").first()
    )


def cell_weights(
    usage: pl.DataFrame, cost: pl.DataFrame, default_workspace: str | None = None
) -> list[pl.DataFrame]:
    """What fast tokens weigh, as :func:`core.ledger.fast.fast_weights`, from facts.

    ``usage`` needs no more than the names of a cell, ``speed`` and the token columns.
    """
    usage = _in_workspaces(usage.with_columns(workspace_name=None), default_workspace)
    billed = _merged(_in_workspaces(cost, default_workspace)).filter(pl.col("token_type").is_not_null())
    used = tokens_long(usage, _CELL_COLUMNS).filter(_PRICED)
    return fast_weights(used.with_row_index("use"), billed.with_row_index("bill"))


def _token_rows(
    usage: pl.DataFrame, cost: pl.DataFrame, weights: Sequence[pl.DataFrame] | None
) -> pl.DataFrame:
    used = tokens_long(usage, _USAGE_DIMENSIONS).with_columns(cost_type=pl.lit("tokens"))
    used, billed = used.with_row_index("use"), cost.with_row_index("bill")
    weights = fast_weights(used.filter(_PRICED), billed) if weights is None else weights
    matching = Matching(used.filter(_PRICED), billed)
    rows = [_spread(matched, stage, weights[stage]) for stage, matched in enumerate(matching)]
    left = [matching.open_use, used.filter(~_PRICED), _unattributed(matching.open_bill)]
    return pl.concat(map(conform, [*rows, *left]))


def _spread(matched: pl.DataFrame, stage: int, weights: pl.DataFrame) -> pl.DataFrame:
    if matched.is_empty():
        return matched
    weighed = _weighed(matched, STAGES[stage], weights)
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


def _weighed(matched: pl.DataFrame, keys: list[str], weights: pl.DataFrame) -> pl.DataFrame:
    """Add ``weight`` and ``mixed``: fast tokens weigh more in a cell that mixes speeds."""
    if weights.is_empty():
        return matched.with_columns(weight=pl.col("tokens"), mixed=pl.lit(False))
    return (
        matched.join(weights, on=keys, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(mixed=pl.col("fast_weight").is_not_null())
        .with_columns(
            weight=pl.col("tokens").cast(pl.Int128)
            * pl.when(is_fast() & pl.col("mixed")).then(pl.col("fast_weight")).otherwise(SCALE)
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
