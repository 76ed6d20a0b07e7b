"""How each measure is computed.

A measure is a sum, or a ratio of sums. The sums are its *components*: they alone are added up, over ledger
rows, over groups, into "Other"; a ratio is taken last. A component's name begins with an underscore where
it is not a measure itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from core.cost_basis import CostBasis
from core.dimensions import MEASURES, TOKEN_MEASURES
from core.errors import InputError

RATIOS: dict[str, tuple[str, str]] = {
    "effective_rate": ("_priced_cost", "_priced_tokens"),
    "cache_hit_rate": ("_cache_read_tokens", "_input_tokens"),
    "billed_share": ("_billed_cost", "cost"),
}
"""Ratio measures: components above and below the line."""

_INPUT = (
    "uncached_input_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
)
_USD_PER_MILLION_TOKENS = 100
"""Micro-cents per token, divided by this, are dollars per million tokens (10^8 micro-cents over 10^6)."""


def components(measures: Iterable[str]) -> tuple[str, ...]:
    """The sums needed for ``measures``, each once."""
    needed = (part for name in measures for part in RATIOS.get(name, (name,)))
    return tuple(dict.fromkeys(needed))


def needs_cost(measure: str) -> bool:
    """Whether a measure is unknown where the cost is."""
    return not {"cost", "_priced_cost"}.isdisjoint(components((measure,)))


def component_sum(name: str) -> pl.Expr:
    """The sum of a component over ledger rows: Int128, null where nothing is known.

    A token type's sum is 0, not unknown, where other tokens are known: the ledger has no rows of zero tokens.
    """
    tokens = pl.col("tokens")
    if name in TOKEN_MEASURES:
        return _sum(tokens, _of_types(name), known=tokens)
    if name == "_cache_read_tokens":
        return _sum(tokens, _of_types("cache_read_tokens"), known=tokens)
    if name == "_input_tokens":
        return _sum(tokens, _of_types(*_INPUT), known=tokens)
    if name == "_billed_cost":
        billed = pl.col("cost_basis").eq(CostBasis.BILLED.value).fill_null(False)
        return _sum(pl.col("cost_microcents"), billed, known=pl.col("cost_microcents")).alias(name)
    if name in ("_priced_cost", "_priced_tokens"):
        return _priced(tokens if name == "_priced_tokens" else pl.col("cost_microcents"))
    column = f"{name}_microcents" if name in ("cost", "list_cost") else name
    return known_sum(pl.col(column)).alias(name)


def component_columns(measures: Iterable[str]) -> set[str]:
    """The ledger dimensions that the components of ``measures`` look at."""
    by_type = {*TOKEN_MEASURES, "_cache_read_tokens", "_input_tokens"}
    needed = set(components(measures))
    columns = {"token_type": by_type & needed, "cost_basis": {"_billed_cost"} & needed}
    return {name for name, looking in columns.items() if looking}


def known_sum(column: pl.Expr) -> pl.Expr:
    """Sum as Int128; null, not zero, where every addend is null."""
    return pl.when(column.count() > 0).then(column.cast(pl.Int128).sum())


def _of_types(*measures: str) -> pl.Expr:
    types = [TOKEN_MEASURES[measure] for measure in measures]
    return pl.col("token_type").is_in(types).fill_null(False)


def _sum(column: pl.Expr, where: pl.Expr, known: pl.Expr) -> pl.Expr:
    chosen = pl.when(where).then(column).otherwise(0)
    return pl.when(known.count() > 0).then(chosen.cast(pl.Int128).sum())


def _priced(column: pl.Expr) -> pl.Expr:
    # Zero tokens beside a cost: a further bill of a use whose tokens stand on the first one's row.
    priced = pl.col("cost_microcents").is_not_null() & pl.col("tokens").is_not_null()
    return known_sum(pl.when(priced).then(column))


def finished(frame: pl.DataFrame, measures: tuple[str, ...]) -> pl.DataFrame:
    """Narrow the components to Int64 and add the ratios (Float64, null over zero or unknown).

    Raises:
        InputError: a sum beyond 64 bits.
    """
    frame = narrowed(frame, components(measures))
    return frame.with_columns(ratio(name).alias(name) for name in measures if name in RATIOS)


def narrowed(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """With the sums in ``names`` as Int64.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    try:
        return frame.with_columns(pl.col(name).cast(pl.Int64) for name in names)
    except pl.exceptions.InvalidOperationError:
        raise InputError(
            "A sum is too large to be shown.",
            field="period",
            means="It passes 92 billion dollars, or 9 quintillion tokens.",
            remedy="Choose a shorter range.",
        ) from None


def ratio(name: str) -> pl.Expr:
    """A ratio measure from its components; dollars per million tokens, or a share from 0 to 1."""
    above, below = (pl.col(part).cast(pl.Float64) for part in RATIOS[name])
    scale = _USD_PER_MILLION_TOKENS if name == "effective_rate" else 1
    return pl.when(below > 0).then(above / (below * scale))


def additive(measures: Iterable[str]) -> tuple[str, ...]:
    """Those whose parts add up to the total."""
    return tuple(name for name in measures if MEASURES[name].additive)


def regrouped(frame: pl.DataFrame, keys: list[str], measures: tuple[str, ...]) -> pl.DataFrame:
    """Add up the rows of an answer that share ``keys``; columns are ``keys``, measures and components.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    parts = components(measures)
    sums = [known_sum(pl.col(name)).alias(name) for name in parts]
    grouped = frame.group_by(keys, maintain_order=True).agg(sums) if keys else frame.select(sums)
    return finished(grouped, measures).select(*keys, *dict.fromkeys((*measures, *parts)))
