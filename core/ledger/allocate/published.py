"""What Anthropic publishes of prices: how much dearer one name is than another, for the same model and token.

Used only where no bill shows it, and then marked ``estimated``. Source: Anthropic's pricing, fast mode and
data residency pages, read in November 2026. What is not published here weighs the same.
"""

from __future__ import annotations

import polars as pl

_TIERS = {"batch": 0.5, "flex": 0.5, "flex_discount": 0.5}
"""Batch halves a price. What flex costs is not published: taken as batch."""
_GEOS = {"us": 1.1}
_FAST = {
    r"^claude-fable-5-2\b": 2,
    r"^claude-mythos-5-2\b": 2,
    r"^claude-opus-5\b": 2,
    r"^claude-opus-4-8\b": 2,
    r"^claude-opus-4-7\b": 6,
    r"^claude-opus-4-6\b": 6,
}
"""A fast token's price over a standard one's, by the beginning of the model's name."""
_LONG_CONTEXT_MODELS = r"^claude-sonnet-4(-5)?$"
"""Dearer beyond 200k tokens; later models have one price, earlier ones one window."""
_LONG_INPUT, _LONG_OUTPUT = 2.0, 1.5


def ratio() -> pl.Expr:
    """What a token weighs, by ``alias``, ``token_type`` and ``price_…``: 1 is what is usual."""
    tier = pl.col("price_service_tier").replace_strict(_TIERS, default=1.0, return_dtype=pl.Float64)
    geo = pl.col("price_inference_geo").replace_strict(_GEOS, default=1.0, return_dtype=pl.Float64)
    return tier * geo * _window() * _speed()


def _window() -> pl.Expr:
    dearer = pl.col("alias").str.contains(_LONG_CONTEXT_MODELS) & pl.col("price_context_window").eq("200k-1M")
    by_type = pl.when(pl.col("token_type") == "output_tokens").then(_LONG_OUTPUT).otherwise(_LONG_INPUT)
    return pl.when(dearer).then(by_type).otherwise(1.0)


def _speed() -> pl.Expr:
    ratio = pl.lit(1.0)
    for model, dearer in _FAST.items():
        ratio = pl.when(pl.col("alias").str.contains(model)).then(float(dearer)).otherwise(ratio)
    return pl.when(pl.col("price_speed") == "fast").then(ratio).otherwise(1.0)
