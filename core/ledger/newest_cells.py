"""What tells rows of the newest reports apart, and how those that are alike are added up."""

from __future__ import annotations

from functools import reduce
from operator import or_

import polars as pl

from core.dimensions import NOT_TOLD

IDS = ["day", "workspace_id", "api_key_id", "user_id", "service_account_id", "who", "product", "model"]
"""Who used what. ``who`` tells actors without an id apart."""
PRICE = ["service_tier", "context_window", "inference_geo", "speed"]
KEYS = [*IDS, *PRICE]
JOIN = [*KEYS, "cost_type", "token_type"]
NAMES = ["workspace", "api_key", "user"]


def added_up(rows: pl.DataFrame, **sums: str) -> pl.DataFrame:
    """One row for each of what rows are told apart by: several with an actor that cannot be told are one."""
    return rows.group_by(JOIN, maintain_order=True).agg(
        *(pl.col(name).first() for name in NAMES),
        *(known_sum(column).alias(name) for column, name in sums.items()),
    )


def known_sum(column: str) -> pl.Expr:
    """The sum, or null when nothing is known."""
    return pl.when(pl.col(column).count() > 0).then(pl.col(column).sum())


def untold() -> pl.Expr:
    """Whether something that a price depends on is not told."""
    return reduce(or_, (pl.col(name).eq(NOT_TOLD).fill_null(value=False) for name in PRICE))
