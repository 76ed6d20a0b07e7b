"""How much dearer fast mode is, where one cell of the bill mixes fast and standard use.

The cost report has no speed. The ratio is read off the bill itself: the standard rate shows in cells without
fast use, the rest of a mixed cell is what fast tokens cost. Where the bill does not show it, the published
ratio serves (API reference, cost allocation).
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import polars as pl

from core.ledger.cells import STAGES, Matching

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


def fast_weights(used: pl.DataFrame, billed: pl.DataFrame) -> list[pl.DataFrame]:
    """For each stage, the cells that mix speeds: the names of the cell and ``fast_weight``.

    ``used`` and ``billed`` are those of :class:`core.ledger.cells.Matching`, of all days whose prices may
    tell. Who used is of no matter: uses may be added up to their cells first.
    """
    if used.filter(is_fast()).is_empty():
        return [pl.DataFrame()] * len(STAGES)
    found = zip(STAGES, Matching(used, billed), strict=True)
    return [_weights_of(_cells(matched, keys), keys) for keys, matched in found]


def is_fast() -> pl.Expr:
    """Whether a use is of fast mode."""
    return pl.col("speed").eq_missing("fast")


def _cells(matched: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Each cell's ``standard`` and ``fast`` tokens and ``cost`` (micro-cents), with what sets its price."""
    others = [key for key in _RATE_KEYS if key not in keys]
    tokens = (
        matched.unique("use", maintain_order=True)
        .group_by(keys, maintain_order=True)
        .agg(
            *(pl.col(key).first() for key in others),
            standard=pl.col("tokens").filter(~is_fast()).sum(),
            fast=pl.col("tokens").filter(is_fast()).sum(),
        )
    )
    bills = matched.unique("bill").group_by(keys).agg(cost=pl.col("amount_microcents").sum())
    return tokens.join(bills, on=keys, nulls_equal=True)


def _weights_of(cells: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    mixed = cells.filter((pl.col("fast") > 0) & (pl.col("standard") > 0)).sort(keys)
    plain = cells.filter((pl.col("fast") == 0) & (pl.col("cost") > 0)).join(
        mixed.select(_RATE_KEYS).unique(), on=_RATE_KEYS, how="semi", nulls_equal=True
    )
    shown: dict[tuple[Any, ...], list[_Rate]] = {}
    for row in plain.iter_rows(named=True):
        shown.setdefault(_keys(row), []).append(_Rate(row["day"], row["cost"], row["standard"]))
    weights = [_weight(row, shown.get(_keys(row), [])) for row in mixed.iter_rows(named=True)]
    return mixed.select(*keys, fast_weight=pl.Series(weights, dtype=pl.Int64))


class _Rate(NamedTuple):
    """What standard tokens cost on a day, where nothing fast was beside them."""

    day: date
    cost: int
    tokens: int


def _keys(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in _RATE_KEYS)


def _weight(row: dict[str, Any], rates: list[_Rate]) -> int:
    """From the nearest day's rate, for prices change; of one day's cells the largest is the most exact."""
    if rates:
        rate = min(rates, key=lambda r: (abs((r.day - row["day"]).days), -r.tokens, r.day))
        shown = (row["cost"] * rate.tokens - row["standard"] * rate.cost) * SCALE // (row["fast"] * rate.cost)
        if shown in _PLAUSIBLE:
            return int(shown)
    return published_weight(row["model"])
