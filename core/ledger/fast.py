"""How much dearer fast mode is, where one cell of the bill mixes fast and standard use.

The cost report has no speed. The ratio is read off the bill itself: the standard rate shows in cells without
fast use, the rest of a mixed cell is what fast tokens cost. Where the bill does not show it, the published
ratio serves (API reference, cost allocation).
"""

from __future__ import annotations

import polars as pl

SCALE = 10**6
"""Weights are whole: a standard token weighs this much."""

PUBLISHED: dict[str, int] = {
    "claude-opus-5": 2,
    "claude-opus-4-8": 2,
    "claude-opus-4-7": 6,
    "claude-opus-4-6": 6,
}
"""Price of a fast token over a standard one, by the beginning of the model's name."""

_PLAUSIBLE = range(SCALE, 20 * SCALE)
_RATE_KEYS = ["model", "token_type", "service_tier", "context_window", "inference_geo"]


def published_weight(model: str | None) -> int:
    """A fast token's weight when the bill does not show it; 1:1 for a model nobody published."""
    ratio = next((ratio for name, ratio in PUBLISHED.items() if (model or "").startswith(name)), 1)
    return ratio * SCALE


def fast_weights(cells: pl.DataFrame) -> pl.DataFrame:
    """``cell`` -> ``fast_weight`` for the cells that mix speeds.

    ``cells``: one row per cell with ``cell``, the rate keys, ``cost`` (micro-cents), and its ``standard`` and
    ``fast`` tokens.
    """
    mixed = cells.filter((pl.col("fast") > 0) & (pl.col("standard") > 0))
    plain = (
        cells.filter((pl.col("fast") == 0) & (pl.col("cost") > 0))
        .sort("standard", "cell", descending=[True, False])
        .unique(_RATE_KEYS, keep="first", maintain_order=True)
        .select(*_RATE_KEYS, plain_cost="cost", plain_tokens="standard")
    )
    known = mixed.join(plain, on=_RATE_KEYS, how="left", nulls_equal=True)
    weights = [_weight(row) for row in known.iter_rows(named=True)]
    return known.select("cell", fast_weight=pl.Series(weights, dtype=pl.Int64))


def _weight(row: dict[str, int | str | None]) -> int:
    cost, standard, fast = (_whole(row[name]) for name in ("cost", "standard", "fast"))
    plain_cost, plain_tokens = _whole(row["plain_cost"]), _whole(row["plain_tokens"])
    if plain_cost and plain_tokens:
        shown = (cost * plain_tokens - standard * plain_cost) * SCALE // (fast * plain_cost)
        if shown in _PLAUSIBLE:
            return shown
    return published_weight(str(row["model"]) if row["model"] is not None else None)


def _whole(value: int | str | None) -> int:
    return int(value or 0)
