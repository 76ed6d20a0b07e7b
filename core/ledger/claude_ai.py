"""claude.ai's ledger rows: cost and usage by user, and what no user is behind.

Cost and usage come from two reports with the same keys and meet on one row. The organization's totals by
product are the control: what they hold beyond the users becomes ``unattributed`` rows of that product. It can
be negative: a credit, or a correction that only the organization's report has.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from core.cost_basis import CostBasis
from core.ledger.facts import PRODUCT, tokens_long
from core.ledger.schema import conform
from core.streams import TOKEN_COLUMNS

_KEYS = ["day", "user_id", "who", "product", "model", "context_window", "inference_geo", "speed"]
_JOIN = [*_KEYS, "cost_type", "token_type"]
_PRODUCT = ["day", "product"]
_USERS = "_of_users"
_COUNTS = [*TOKEN_COLUMNS, "web_search_requests", "requests"]


@dataclass(frozen=True)
class ClaudeAiFacts:
    """The four streams of one connection; ``cost_days`` are those whose cost by user was pulled.

    ``compared_cost`` and ``compared_usage``: the days whose users and totals tell of the same, see
    :func:`core.store.coverage.comparable_days`.
    """

    user_cost: pl.DataFrame
    user_usage: pl.DataFrame
    total_cost: pl.DataFrame
    total_usage: pl.DataFrame
    cost_days: Collection[date]
    compared_cost: Collection[date]
    compared_usage: Collection[date]


def claude_ai_rows(facts: ClaudeAiFacts) -> pl.DataFrame:
    """Ledger rows, without ``connection_id``."""
    facts = _of_one_spelling(facts)
    parts = [
        _user_rows(facts),
        _request_rows(facts.user_usage),
        _unattributed_cost(facts),
        _unattributed_usage(facts),
    ]
    return pl.concat([conform(part) for part in parts])


def _of_one_spelling(facts: ClaudeAiFacts) -> ClaudeAiFacts:
    frames = ("user_cost", "user_usage", "total_cost", "total_usage")
    return replace(facts, **{name: getattr(facts, name).with_columns(PRODUCT) for name in frames})


def _with_user(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``user``, and ``who``: what tells an actor without a user id apart."""
    return rows.with_columns(user=pl.coalesce("user_email", "user_name", "user_id")).with_columns(
        who=pl.when(pl.col("user_id").is_null()).then(pl.col("user"))
    )


def _user_rows(facts: ClaudeAiFacts) -> pl.DataFrame:
    cost = (
        _with_user(facts.user_cost)
        .group_by(_JOIN, maintain_order=True)
        .agg(
            pl.col("user").first(),
            cost_microcents=pl.col("amount_microcents").sum(),
            list_cost_microcents=_known_sum("list_amount_microcents"),
        )
    )
    used = _usage_long(_with_user(facts.user_usage))
    rows = cost.join(used, on=_JOIN, how="full", nulls_equal=True, coalesce=True)
    unpriced = pl.col("cost_microcents").is_null()
    return rows.with_columns(
        user=pl.coalesce("user", "user_right"),
        cost_basis=pl.when(~unpriced)
        .then(pl.lit(CostBasis.BILLED))
        .when(pl.col("day").is_in(list(facts.cost_days)))
        .then(pl.lit(CostBasis.NOT_PRICED)),
    )


def _usage_long(usage: pl.DataFrame) -> pl.DataFrame:
    """Tokens by token type and web searches, on rows keyed as cost is."""
    tokens = tokens_long(usage, [*_KEYS, "user"]).with_columns(
        cost_type=pl.lit("tokens"), web_searches=pl.lit(None, dtype=pl.Int64)
    )
    searches = usage.filter(pl.col("web_search_requests") > 0).select(
        *_KEYS,
        "user",
        token_type=pl.lit(None, dtype=pl.String),
        tokens=pl.lit(None, dtype=pl.Int64),
        cost_type=pl.lit("web_search"),
        web_searches="web_search_requests",
    )
    rows = pl.concat([tokens, searches.select(tokens.columns)])
    return rows.group_by(_JOIN, maintain_order=True).agg(
        pl.col("user").first(), _known_sum("tokens"), _known_sum("web_searches")
    )


def _request_rows(usage: pl.DataFrame) -> pl.DataFrame:
    """Requests on rows of their own: the API does not split them by cost type or token type."""
    return _with_user(usage).filter(pl.col("requests") > 0).select(*_KEYS, "user", "requests")


def _unattributed_cost(facts: ClaudeAiFacts) -> pl.DataFrame:
    columns = ["amount_microcents", "list_amount_microcents"]
    beyond = _beyond(facts.total_cost, facts.user_cost, columns, facts.compared_cost)
    rows = beyond.rename(
        {"amount_microcents": "cost_microcents", "list_amount_microcents": "list_cost_microcents"}
    )
    some = pl.any_horizontal(pl.col("cost_microcents", "list_cost_microcents").fill_null(0) != 0)
    return rows.filter(some)


def _unattributed_usage(facts: ClaudeAiFacts) -> pl.DataFrame:
    beyond = _beyond(facts.total_usage, facts.user_usage, _COUNTS, facts.compared_usage)
    keep = [*_PRODUCT, "cost_basis"]
    tokens = tokens_long(beyond, keep).with_columns(cost_type=pl.lit("tokens"))
    searches = beyond.filter(pl.col("web_search_requests") != 0).select(
        *keep, cost_type=pl.lit("web_search"), web_searches="web_search_requests"
    )
    requests = beyond.filter(pl.col("requests") != 0).select(*keep, "requests")
    return pl.concat([conform(part) for part in (tokens, searches, requests)])


def _beyond(
    total: pl.DataFrame, users: pl.DataFrame, columns: list[str], compared: Collection[date]
) -> pl.DataFrame:
    """By day and product, what the organization's total holds beyond its users, and on what that rests.

    Of a day that cannot be compared, a total below its users is of an earlier state and takes nothing away.
    """
    both = _by_product(total, columns).join(
        _by_product(users, columns), on=_PRODUCT, how="full", coalesce=True, nulls_equal=True, suffix=_USERS
    )
    beyond = {column: _total_of(column) - pl.col(column + _USERS).fill_null(0) for column in columns}
    is_compared = pl.col("day").is_in(list(compared))
    basis = (
        pl.when(is_compared).then(pl.lit(CostBasis.UNATTRIBUTED)).otherwise(pl.lit(CostBasis.USAGE_MISSING))
    )
    return both.select(
        *_PRODUCT,
        *(
            pl.when(is_compared | (more > 0) | pl.col(f"there{_USERS}").is_null()).then(more).alias(column)
            for column, more in beyond.items()
        ),
        cost_basis=basis,
    ).sort(_PRODUCT)


def _by_product(rows: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    return rows.group_by(_PRODUCT).agg(pl.lit(value=True).alias("there"), *map(_known_sum, columns))


def _total_of(column: str) -> pl.Expr:
    """Zero for a product that a day's totals leave out, if they tell of others; null is not told."""
    left_out = pl.col("there").is_null() & (pl.col(column).count().over("day") > 0)
    return pl.when(left_out).then(0).otherwise(pl.col(column))


def _known_sum(column: str) -> pl.Expr:
    """The sum, or null when nothing is known."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum()).alias(column)
