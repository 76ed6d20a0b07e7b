"""What caching, batch, fast mode and US-only inference save or cost, and the discount from list price.

All from billed effective rates (``core.explore.rates``). Each ledger row is priced at its reference rate in
whole micro-cents, half up, so that the parts of any grouping add up to its total.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from core.dimensions import DIMENSIONS
from core.explore.apart import telling_columns, told_apart
from core.explore.measures import narrowed
from core.explore.query import EMPTY_CODES, Query
from core.explore.rates import EFFECTS, ESTIMATED, reference_rates
from core.explore.scan import empty_code, scan_rows
from core.ledger.reading import collected

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

SUMS = (
    "tokens",
    "counted_tokens",
    "unpriced_tokens",
    "estimated_tokens",
    "month_tokens",
    "cost",
    "reference_cost",
    "left_out_cost",
)


@dataclass(frozen=True)
class EffectTotal:
    """An effect over some rows; tokens, and micro-cents.

    ``cost`` and ``reference_cost``: of the ``counted_tokens`` alone, as billed and at the reference rate.
    ``unpriced_tokens`` have no cost, other tokens beyond the counted ones no visible reference rate: both are
    unknown. ``left_out_cost`` is what was billed for rows that are not counted. Of the counted,
    ``estimated_tokens`` rest on an estimated cost, ``month_tokens`` on a rate of their month's other days.
    """

    tokens: int = 0
    counted_tokens: int = 0
    unpriced_tokens: int = 0
    estimated_tokens: int = 0
    month_tokens: int = 0
    cost: int = 0
    reference_cost: int = 0
    left_out_cost: int = 0

    @property
    def saved(self) -> int | None:
        """Reference cost less cost; negative where more was paid, None where there is use and none counts."""
        unknown = self.tokens or self.left_out_cost
        return self.reference_cost - self.cost if self.counted_tokens or not unknown else None

    @property
    def without_reference(self) -> int:
        """Priced tokens whose reference rate no bill shows."""
        return self.tokens - self.counted_tokens - self.unpriced_tokens


def effect_total(ledger: Snapshot, query: Query, name: str, cells: pl.DataFrame) -> EffectTotal:
    """The effect over all rows of ``query``; ``cells`` as ``core.explore.rates.rate_cells`` of its period.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    priced = collected(_priced(ledger, query, name, cells).select(_sums()))
    (row,) = narrowed(priced, SUMS).fill_null(0).rows(named=True)
    return EffectTotal(**row)


def effect_by(ledger: Snapshot, query: Query, name: str, cells: pl.DataFrame, dimension: str) -> pl.DataFrame:
    """The effect for each value of a ledger dimension: ``value``, ``empty`` (String) and ``SUMS`` (Int64).

    Raises:
        InputError: a sum beyond 64 bits.
    """
    return _by(ledger, _priced(ledger, query, name, cells), dimension, _sums(), SUMS)


def discount_by(ledger: Snapshot, query: Query, dimension: str) -> pl.DataFrame:
    """``cost`` and ``list_cost`` of the rows that have a list cost, for each value; as :func:`effect_by`.

    What no user is behind is among them, even where only its list cost differs from the users'.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    listed = pl.col("list_cost_microcents").is_not_null()
    sums = [pl.col(f"{name}_microcents").cast(pl.Int128).sum().alias(name) for name in ("cost", "list_cost")]
    return _by(ledger, scan_rows(ledger, query).filter(listed), dimension, sums, ("cost", "list_cost"))


def _priced(ledger: Snapshot, query: Query, name: str, cells: pl.DataFrame) -> pl.LazyFrame:
    """The effect's rows with ``counted`` and ``reference`` (Int128 micro-cents)."""
    effect = EFFECTS[name]
    rates = reference_rates(cells, effect).lazy()
    tokens, cost = pl.col("tokens").cast(pl.Int128), pl.col("rate_cost")
    half_up = (2 * tokens * cost + pl.col("rate_tokens")) // (2 * pl.col("rate_tokens"))
    known = pl.col("cost_microcents").is_not_null() & pl.col("tokens").is_not_null()
    return (
        scan_rows(ledger, query)
        .filter(effect.rows)
        .join(rates, on=["day", *effect.keys], how="left", nulls_equal=True)
        .with_columns(
            counted=known & pl.col("rate_cost").is_not_null(),
            reference=half_up,
            estimated=ESTIMATED | pl.col("rate_estimated"),
        )
    )


def _sums() -> list[pl.Expr]:
    tokens, cost = pl.col("tokens").cast(pl.Int128), pl.col("cost_microcents").cast(pl.Int128)
    counted = pl.col("counted")
    summed = {
        "tokens": tokens,
        "counted_tokens": tokens.filter(counted),
        "unpriced_tokens": tokens.filter(pl.col("cost_microcents").is_null()),
        "estimated_tokens": tokens.filter(counted & pl.col("estimated")),
        "month_tokens": tokens.filter(counted & pl.col("rate_of_month")),
        "cost": cost.filter(counted),
        "reference_cost": pl.col("reference").filter(counted),
        "left_out_cost": cost.filter(~counted),
    }
    return [expression.sum().alias(name) for name, expression in summed.items()]


def _by(
    ledger: Snapshot, rows: pl.LazyFrame, dimension: str, sums: list[pl.Expr], names: tuple[str, ...]
) -> pl.DataFrame:
    kinds = {code: empty.value for empty, code in EMPTY_CODES.items()}
    code = empty_code(DIMENSIONS[dimension], ledger.connections)
    telling = telling_columns(ledger, dimension)
    sums_by_value = rows.group_by(
        pl.col(dimension).alias("value"), code.alias("empty"), *telling.values()
    ).agg(sums)
    if telling:
        told = told_apart(sums_by_value, ledger, dimension, value="value", empty="empty")
        sums_by_value = told.group_by("value", "empty").agg(pl.col(names).sum())
    return narrowed(collected(sums_by_value), names).with_columns(
        pl.col("value").cast(pl.String),
        pl.col("empty").replace_strict(kinds, default=None, return_dtype=pl.String),
    )
