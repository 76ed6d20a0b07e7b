"""What one thing is called by the two reports: the usage report's names, and the bill's beside them.

``model``, ``service_tier``, ``context_window``, ``inference_geo`` and ``speed`` of a bill become ``said_…``:
its fields, and what only its description tells. Null there means "not said".
"""

from __future__ import annotations

import polars as pl

from core.dimensions import NOT_TOLD

PRICE = ("service_tier", "context_window", "inference_geo", "speed")
"""What a token's price depends on, beside model and token type."""
SET = ["day", "workspace_id", "alias", "token_type"]
"""What a bill and the usage it covers always share."""
CELL = [*SET, "model", *PRICE]
"""What tells cells of usage apart."""
PRICE_KEY = ["alias", "token_type", *(f"price_{name}" for name in PRICE)]
"""What has one price on one day, as :func:`with_price_key` names it."""

GEOS_ALIKE = ("global", "not_available")
"""No place was asked for: which of the two is said depends on the model, and on the report."""
FLEX = ("flex", "flex_discount")

_DATED = r"-\d{8}$"
_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "service_tier": (
        ("priority_on_demand", r"(?i)\bpriority[ -]on[ -]demand\b"),
        ("flex_discount", r"(?i)\bflex discount\b"),
        ("flex", r"(?i)\bflex\b"),
        ("batch", r"(?i)\bbatch\b"),
    ),
    "context_window": (("200k-1M", r"(?i)\blong context\b"),),
    "inference_geo": (("us", r"\bUS\b"), ("global", r"(?i)\bglobal\b")),
    "speed": (("fast", r"(?i)\bfast\b"),),
}
"""Words in a bill's description, and what they say; the first that is there counts."""


def alias() -> pl.Expr:
    """The model without a date: ``claude-opus-4-5-20251101`` is ``claude-opus-4-5``."""
    return pl.col("model").str.replace(_DATED, "")


def with_said(cost: pl.DataFrame) -> pl.DataFrame:
    """Bills with ``said_…`` in place of their own names; ``alias`` is added, the model's name stays too."""
    described = cost.select("description").unique()
    told = described.with_columns(_told(name).alias(f"told_{name}") for name in PRICE)
    tier = pl.col("service_tier")
    finer = tier.is_null() | (tier.eq("standard") | pl.col("told_service_tier").ne("batch"))
    said = {
        **{name: pl.coalesce(name, f"told_{name}") for name in PRICE},
        "model": pl.col("model"),
        "service_tier": pl.coalesce(pl.when(finer).then("told_service_tier"), tier),
    }
    return (
        cost.join(told, on="description", how="left", nulls_equal=True, maintain_order="left")
        .with_columns(alias=alias(), **{f"said_{name}": value for name, value in said.items()})
        .drop(f"told_{name}" for name in PRICE)
    )


def _told(name: str) -> pl.Expr:
    told_value = pl.lit(None, pl.String)
    for value, pattern in reversed(_WORDS[name]):
        there = pl.col("description").str.contains(pattern).fill_null(value=False)
        told_value = pl.when(there).then(pl.lit(value)).otherwise(told_value)
    return told_value


def told(name: str) -> pl.Expr:
    """A name of usage; null where it could not be told apart."""
    return pl.when(pl.col(name).ne(NOT_TOLD)).then(name)


def with_price_key(cells: pl.DataFrame) -> pl.DataFrame:
    """Add what the price goes by: null as empty text, and geos that are one kind under one name."""
    geo = pl.col("inference_geo")
    own = {
        **{name: pl.col(name) for name in PRICE},
        "inference_geo": pl.when(geo.is_in(GEOS_ALIKE)).then(pl.lit(GEOS_ALIKE[0])).otherwise(geo),
    }
    return cells.with_columns(value.fill_null("").alias(f"price_{name}") for name, value in own.items())
