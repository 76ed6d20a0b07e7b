"""The Claude Platform's ledger rows: the bill spread over the usage behind it.

The cost report stops at workspace and description; the usage report goes down to the API key and user. Which
usage a cell of the bill covers and who pays how much of it is found in :mod:`core.ledger.allocate`. Parts add
up to the cell, cells to the bill, to the micro-cent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import polars as pl

from core.cost_basis import CostBasis
from core.ledger.allocate import reasons
from core.ledger.allocate.bill_names import CELL, SET, alias, with_said
from core.ledger.allocate.prices import tiers_under_batch
from core.ledger.allocate.searches import spread_searches
from core.ledger.allocate.spread import spread
from core.ledger.allocate.weigh import Told, prices_of, shares, weighed
from core.ledger.facts import CELL_NAMES, tokens_long
from core.ledger.schema import conform

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
_BILL_KEYS = [*CELL_NAMES, "description", "cost_type", "token_type"]
_PRICED = pl.col("service_tier").ne_missing("priority")
"""Priority tier's cost is in no report: such tokens never take part in a split."""

_IS_TOKEN = pl.col("cost_type").fill_null("tokens").eq("tokens") & pl.col("token_type").is_not_null()
"""Rows of the bill that are for tokens; older ones name no cost type."""


@dataclass(frozen=True)
class Known:
    """What is known beside the facts of some days.

    ``cost_days``: the days whose cost was pulled. ``usage_days``: those whose usage was pulled when the day
    was over; None: all. ``default_workspace``: its real id, which stands for the same as null. ``prices``:
    those that bills show, as :data:`core.ledger.allocate.prices.PRICES`; None: what these facts show.
    """

    cost_days: Collection[date]
    usage_days: Collection[date] | None = None
    default_workspace: str | None = None
    prices: pl.DataFrame | None = None


def platform_rows(usage: pl.DataFrame, cost: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Ledger rows, without ``connection_id``, of one connection's usage and cost facts."""
    names = {"api_key_name": "api_key", "account_id": "user_id", "account_email": "user"}
    usage = _in_workspaces(usage.rename(names), known.default_workspace).with_columns(
        pl.col("user").fill_null(pl.col("user_id")), pl.col("api_key").fill_null(pl.col("api_key_id"))
    )
    cost = _merged(_in_workspaces(cost, known.default_workspace))
    is_search = pl.col("cost_type").eq("web_search").fill_null(value=False) & pl.col("token_type").is_null()
    parts = [
        *_token_rows(usage, cost.filter(_IS_TOKEN), known),
        *_search_rows(usage, cost.filter(is_search), known),
        _unattributed(cost.filter(~_IS_TOKEN & ~is_search)),
    ]
    return pl.concat([conform(part) for part in parts])


def told_prices(usage: pl.DataFrame, cost: pl.DataFrame, default_workspace: str | None) -> Told:
    """What tokens cost on the days of these facts, as far as bills show it, and whose price it takes.

    ``usage`` needs no more than the names of a cell and the token columns: who used is of no matter.
    """
    usage = _in_workspaces(usage.with_columns(workspace_name=None), default_workspace)
    cost = _merged(_in_workspaces(cost, default_workspace))
    used = tokens_long(usage, CELL_NAMES).filter(_PRICED)
    return prices_of(_cells(used), _bills(cost.filter(_IS_TOKEN)))


def _in_workspaces(facts: pl.DataFrame, default_workspace: str | None) -> pl.DataFrame:
    """The default workspace has neither id nor name; one that no list names has its id for a name."""
    is_default = pl.col("workspace_id").eq_missing(pl.lit(default_workspace, pl.String))
    return facts.rename({"workspace_name": "workspace"}).with_columns(
        workspace_id=pl.when(~is_default).then("workspace_id"),
        workspace=pl.when(~is_default).then(pl.coalesce("workspace", "workspace_id")),
    )


def _merged(cost: pl.DataFrame) -> pl.DataFrame:
    """Bills of one name added up, in an order that does not depend on how they came, with their tier."""
    sums = cost.group_by(_BILL_KEYS).agg(pl.col("amount_microcents").sum(), pl.col("workspace").min())
    return sums.sort(_BILL_KEYS).with_columns(billed_tier="service_tier")


def _cells(used: pl.DataFrame) -> pl.DataFrame:
    """Usage added up to what the bill may name: ``CELL`` of ``bill_names`` with ``cell``."""
    sums = used.with_columns(alias=alias()).group_by(CELL).agg(pl.col("tokens").sum())
    return sums.sort(CELL).with_row_index("cell")


def _bills(cost: pl.DataFrame) -> pl.DataFrame:
    return with_said(cost).with_row_index("bill")


def _token_rows(usage: pl.DataFrame, cost: pl.DataFrame, known: Known) -> list[pl.DataFrame]:
    used = tokens_long(usage, _USAGE_DIMENSIONS).with_columns(alias=alias()).sort(*SET, *_USAGE_DIMENSIONS)
    priced = used.filter(_PRICED).with_row_index("use")
    cells, bills = _cells(priced), _bills(cost)
    priced = priced.join(cells.select("cell", *CELL), on=CELL, nulls_equal=True, maintain_order="left")
    prices = prices_of(cells, bills).shown if known.prices is None else known.prices
    covered = shares(cells, bills, tiers_under_batch(prices))
    spread_out = spread(priced, bills, weighed(covered, prices))
    open_bills = bills.join(covered.select("bill").unique(), on="bill", how="anti")
    open_use = priced.join(covered.select("cell").unique(), on="cell", how="anti")
    left = pl.concat([open_use.select(used.columns), used.filter(~_PRICED)]).with_columns(
        cost_type=pl.lit("tokens")
    )
    return [
        reasons.of_whole_days(
            spread_out.with_columns(pl.col("cost_type").fill_null("tokens")), known.usage_days
        ),
        reasons.usage_without_cost(left, open_bills, known.cost_days),
        reasons.cost_without_usage(open_bills, known.usage_days),
    ]


def _search_rows(usage: pl.DataFrame, cost: pl.DataFrame, known: Known) -> list[pl.DataFrame]:
    used = (
        usage.select(*_USAGE_DIMENSIONS, web_searches="web_search_requests")
        .filter(pl.col("web_searches") > 0)
        .sort(_USAGE_DIMENSIONS)
        .with_columns(cost_type=pl.lit("web_search"))
    )
    searches = spread_searches(used, cost)
    return [
        reasons.of_whole_days(searches.rows, known.usage_days),
        reasons.usage_without_cost(searches.open_use, searches.open_bills, known.cost_days),
        reasons.cost_without_usage(searches.open_bills, known.usage_days),
    ]


def _unattributed(cost: pl.DataFrame) -> pl.DataFrame:
    """What no usage is ever behind: code execution, session time, and cost types that are not known."""
    return cost.rename({"amount_microcents": "cost_microcents"}).with_columns(
        cost_basis=pl.lit(CostBasis.UNATTRIBUTED)
    )
