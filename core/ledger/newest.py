"""Makes ledger rows from the newest reports, of either origin. What a key and a user cost is taken as it is.

Both reports were asked in the same parts, so a cost and the usage behind it meet on one row of full grain.
Where a day is kept by who used what alone, :mod:`core.ledger.by_rates` estimates the prices behind it; what
then is still told by one side only, both sides drop.
"""

from __future__ import annotations

import polars as pl

from core.cost_basis import Bill, CostBasis
from core.dimensions import NOT_TOLD
from core.ledger.by_rates import RATES, Sides, completed
from core.ledger.facts import PRODUCT, tokens_long
from core.ledger.newest_cells import IDS, JOIN, KEYS, NAMES, PRICE, added_up, untold
from core.ledger.schema import conform

_SEARCH = pl.lit("web_search")
_OF_PLATFORM = ["workspace_id", "workspace", "api_key_id", "api_key", "service_tier"]
"""Names of the Platform that an Enterprise organization can have as well."""
_OF = [*IDS, "cost_type", "token_type"]


def newest_rows(
    cost: pl.DataFrame,
    usage: pl.DataFrame,
    default_workspace: str | None,
    rates: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Ledger rows, without ``connection_id``, of the days that these facts tell of.

    ``rates``: what they say of prices alone, as :data:`core.ledger.by_rates.RATES`; None: nothing.
    """
    cost, usage = (_named(facts, default_workspace) for facts in (cost, usage))
    requests = usage.filter(pl.col("requests") > 0).select(*KEYS, *NAMES, "requests")
    told = pl.DataFrame(schema=RATES) if rates is None else rates
    rows = _told_apart(_met(*_alike(*completed(Sides(_billed(cost), _used(usage)), told))))
    together = pl.concat([conform(part) for part in (rows, requests)])
    return together.with_columns(report=pl.lit(Bill.ANALYTICS))


def with_left_out(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of claude.ai: what is left empty there may be the only one there is, and is not told."""
    return rows.with_columns(pl.col(_OF_PLATFORM).fill_null(NOT_TOLD))


def _named(facts: pl.DataFrame, default_workspace: str | None) -> pl.DataFrame:
    """Add the names, and ``who``: what tells an actor without an id apart. The default workspace has none."""
    is_default = pl.col("workspace_id").eq_missing(pl.lit(default_workspace, pl.String))
    user = pl.coalesce("user_email", "user_name", "user_id")
    return facts.with_columns(
        PRODUCT,
        workspace_id=pl.when(~is_default).then("workspace_id"),
        workspace=pl.when(~is_default).then(pl.coalesce("workspace_name", "workspace_id")),
        api_key=pl.coalesce("api_key_name", "api_key_id"),
        user=user,
        who=pl.when(pl.col("user_id").is_null()).then(user),
    )


def _billed(cost: pl.DataFrame) -> pl.DataFrame:
    return added_up(cost, amount_microcents="cost_microcents", list_amount_microcents="list_cost_microcents")


def _used(usage: pl.DataFrame) -> pl.DataFrame:
    """Tokens by token type and web searches, on rows keyed as cost is."""
    tokens = tokens_long(usage, [*KEYS, *NAMES]).with_columns(cost_type=pl.lit("tokens"))
    searches = usage.filter(pl.col("web_search_requests") > 0).select(
        *KEYS, *NAMES, web_searches="web_search_requests", cost_type=_SEARCH
    )
    rows = pl.concat([tokens, searches], how="diagonal")
    return added_up(rows, tokens="tokens", web_searches="web_searches")


def _alike(billed: pl.DataFrame, used: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides at the grain that both tell, where one of them does not tell all of a price."""
    short_of = [pl.col(name).eq(NOT_TOLD).fill_null(value=False).any().alias(f"_{name}") for name in PRICE]
    flags = pl.concat([side.select(JOIN) for side in (billed, used)]).group_by(_OF).agg(short_of)
    short = flags.filter(pl.any_horizontal(f"_{name}" for name in PRICE))
    if short.is_empty():
        return billed, used
    return _at_grain(billed, short), _at_grain(used, short)


def _at_grain(side: pl.DataFrame, short: pl.DataFrame) -> pl.DataFrame:
    summed = (name for name in side.columns if name not in (*JOIN, *NAMES))
    return added_up(_forgotten(side, short), **{name: name for name in summed})


def _forgotten(side: pl.DataFrame, short: pl.DataFrame) -> pl.DataFrame:
    joined = side.join(short, on=_OF, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(
        pl.when(pl.col(f"_{name}").fill_null(value=False)).then(pl.lit(NOT_TOLD)).otherwise(name).alias(name)
        for name in PRICE
    )


def _met(billed: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    used = _searches_moved(billed, used)
    rows = billed.join(used, on=JOIN, how="full", nulls_equal=True, coalesce=True)
    return rows.with_columns(pl.coalesce(name, f"{name}_right").alias(name) for name in NAMES)


def _searches_moved(billed: pl.DataFrame, used: pl.DataFrame) -> pl.DataFrame:
    """Searches to where they are billed: a bill for searches may name no model and no price."""
    is_search = pl.col("cost_type").eq(_SEARCH).fill_null(value=False)
    who = [name for name in IDS if name != "model"]
    names = ["model", *PRICE]
    bills = billed.filter(is_search).join(used.filter(is_search), on=JOIN, how="anti", nulls_equal=True)
    lone = bills.filter(pl.len().over(who) == 1).select(
        *who, *(pl.col(name).alias(f"_{name}") for name in names)
    )
    if lone.is_empty():
        return used
    open_ = used.filter(is_search).join(billed, on=JOIN, how="anti", nulls_equal=True)
    moved = open_.join(lone, on=who, nulls_equal=True, maintain_order="left")
    stay = used.join(moved.select(JOIN), on=JOIN, how="anti", nulls_equal=True)
    changed = moved.with_columns(pl.col(f"_{name}").alias(name) for name in names).select(stay.columns)
    return added_up(pl.concat([stay, changed]), tokens="tokens", web_searches="web_searches")


def _told_apart(rows: pl.DataFrame) -> pl.DataFrame:
    """What each row's cost rests on, or why it has none. Days without cost are not here at all."""
    priority = pl.col("service_tier").eq("priority").fill_null(value=False)
    return rows.with_columns(
        cost_basis=pl.when(pl.col("estimated") > 0)
        .then(pl.lit(CostBasis.ESTIMATED))
        .when(pl.col("cost_microcents").is_not_null())
        .then(pl.lit(CostBasis.BILLED))
        .when(priority)
        .then(pl.lit(CostBasis.NOT_PRICED))
        .when(untold())
        .then(pl.lit(CostBasis.USAGE_NOT_MATCHED))
        .otherwise(pl.lit(CostBasis.NOT_BILLED))
    )
