"""What a token costs where one dimension is another: read off the bill, never off a price list.

An *effect* prices the tokens of some rows at the rate of their reference: the same connection, day, model,
service tier, context window, inference geo, speed and token type, with one of these replaced. A day that
shows no reference rate takes it from the rest of its month; where that shows none either, it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from core.cost_basis import CostBasis
from core.explore.query import Query
from core.explore.scan import scan_sums
from core.ledger.reading import collected
from core.periods import Period, month_start, next_month

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

RATE_KEYS = (
    "connection_id",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
    "speed",
    "token_type",
)
"""What a token's price depends on, beside the day."""

ESTIMATED = (pl.col("cost_basis") == CostBasis.ESTIMATED.value).fill_null(False)


@dataclass(frozen=True)
class Effect:
    """Rows whose ``dimension`` is one of ``values``, priced as if it were ``reference``."""

    dimension: str
    values: tuple[str, ...]
    reference: str

    @property
    def keys(self) -> tuple[str, ...]:
        """What a row and its reference share."""
        return tuple(key for key in RATE_KEYS if key != self.dimension)

    @property
    def rows(self) -> pl.Expr:
        """Whether a row is one of those."""
        return pl.col(self.dimension).is_in(list(self.values)).fill_null(False)


_UNCACHED = "uncached_input_tokens"
_WRITES = ("cache_creation.ephemeral_5m_input_tokens", "cache_creation.ephemeral_1h_input_tokens")

EFFECTS: Mapping[str, Effect] = {
    "cache_read": Effect("token_type", ("cache_read_input_tokens",), _UNCACHED),
    "cache_write": Effect("token_type", _WRITES, _UNCACHED),
    "batch": Effect("service_tier", ("batch",), "standard"),
    "fast": Effect("speed", ("fast",), "standard"),
    "us": Effect("inference_geo", ("us",), "global"),
}


def rate_cells(ledger: Snapshot, period: Period) -> pl.DataFrame:
    """Cost and tokens of all priced tokens by day, ``RATE_KEYS`` and whether the cost is estimated.

    Of the whole months that ``period`` touches, and unfiltered: a day's rate is the same in every view.
    """
    months = Period(month_start(period.start), next_month(period.last)) if period.days else period
    priced = pl.col("cost_microcents").is_not_null() & pl.col("tokens").is_not_null()
    return collected(
        scan_sums(ledger, Query(("cost",), months, ("day",)), (*RATE_KEYS, "cost_basis"))
        .filter(priced)
        .group_by("day", *RATE_KEYS, estimated=ESTIMATED)
        .agg(
            pl.col("cost_microcents").cast(pl.Int128).sum().alias("cost"),
            pl.col("tokens").cast(pl.Int128).sum(),
        )
    )


def reference_rates(cells: pl.DataFrame, effect: Effect) -> pl.DataFrame:
    """For each day and ``effect.keys`` with tokens to price: ``rate_cost`` over ``rate_tokens`` (Int128).

    ``rate_estimated``: no billed or allocated cost shows the rate, only an estimate. ``rate_of_month``: the
    day itself does not show it. Days without any reference are left out.
    """
    keys, month = list(effect.keys), pl.col("day").dt.month_start().alias("month")
    reference = cells.filter(pl.col(effect.dimension) == effect.reference).with_columns(month)
    wanted = cells.filter(effect.rows).select("day", month, *keys).unique()
    of_day, of_month = (_rates(reference, [span, *keys]) for span in ("day", "month"))
    with_rates = wanted.join(of_day, on=["day", *keys], how="left", nulls_equal=True)
    with_rates = with_rates.join(
        of_month, on=["month", *keys], how="left", nulls_equal=True, suffix="_of_month"
    )
    rate = ("rate_cost", "rate_tokens", "rate_estimated")
    return with_rates.select(
        "day",
        *keys,
        *(pl.coalesce(name, f"{name}_of_month").alias(name) for name in rate),
        rate_of_month=pl.col("rate_cost").is_null(),
    ).drop_nulls("rate_cost")


def _rates(cells: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Each cell's rate, from what is not estimated if there is any; none without cost or tokens."""
    return (
        cells.group_by(*keys, "estimated")
        .agg(rate_cost=pl.col("cost").sum(), rate_tokens=pl.col("tokens").sum())
        .filter(pl.col("rate_cost") > 0, pl.col("rate_tokens") > 0)
        .sort("estimated")
        .unique(keys, keep="first", maintain_order=True)
        .rename({"estimated": "rate_estimated"})
    )
