"""Sums beside the rows: each month's ledger once more, added up over what most questions do not ask for.

A rollup's rows are ledger rows: the same columns, those it leaves out missing. What is computed from ledger
rows comes out the same from them, for only rows are added up that know the same measures: what is unknown
stays unknown, and priced tokens stay apart from those without a price.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from core.ledger.schema import LEDGER_SCHEMA, MEASURE_COLUMNS

_WORKSPACE = ("workspace", "workspace_id")
_KINDS = (
    "product",
    "model",
    "service_tier",
    "context_window",
    "inference_geo",
    "speed",
    "cost_type",
    "token_type",
    "cost_basis",
    "description",
    "billed_tier",
    "report",
)
_WHO = ("api_key", "api_key_id", "user", "user_id", "service_account_id", "cost_basis", "report")


@dataclass(frozen=True)
class Rollup:
    """What a rollup keeps apart. Without ``by_day`` all its rows stand on the first day of their month."""

    name: str
    by_day: bool
    dimensions: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """In the order of ``LEDGER_SCHEMA``."""
        kept = ("day", "connection_id", *self.dimensions, *MEASURE_COLUMNS)
        return tuple(name for name in LEDGER_SCHEMA if name in kept)

    def holds(self, dimensions: Collection[str], *, by_day: bool) -> bool:
        """Whether it can answer a question about these ledger dimensions."""
        return set(dimensions) <= set(self.dimensions) and (self.by_day or not by_day)


ROLLUPS = (
    Rollup("months", by_day=False, dimensions=(*_WORKSPACE, *_KINDS)),
    Rollup("people", by_day=False, dimensions=(*_WORKSPACE, *_WHO)),
    Rollup("days", by_day=True, dimensions=(*_WORKSPACE, *_KINDS)),
    Rollup("people-days", by_day=True, dimensions=(*_WORKSPACE, *_WHO, "product")),
)
"""Smallest first."""

_ORDER = ("user", "api_key", "day")
"""How rows are sorted: who comes first, because all else is answered by a rollup that knows no who."""


def sorted_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Ledger rows, or a rollup's, so that those of one user or key lie together."""
    return rows.sort([name for name in _ORDER if name in rows.columns], maintain_order=True)


def rollup_rows(rows: pl.DataFrame, rollup: Rollup) -> pl.DataFrame:
    """Ledger rows, or a finer rollup's, added up to a rollup, sorted; columns are ``rollup.columns``."""
    kept = rows.select(rollup.columns)
    if not rollup.by_day:
        kept = kept.with_columns(pl.col("day").dt.month_start())
    keys = ["day", "connection_id", *rollup.dimensions]
    known = [pl.col(name).is_not_null().alias(f"_{name}") for name in MEASURE_COLUMNS]
    summed = kept.group_by(*keys, *known).agg(pl.col(name).cast(pl.Int128).sum() for name in MEASURE_COLUMNS)
    try:
        fitting = summed.select(*keys, *(_known(name) for name in MEASURE_COLUMNS))
    except pl.exceptions.InvalidOperationError:  # beyond 64 bits: as they are, they are right too
        fitting = kept
    return sorted_rows(fitting.select(rollup.columns).sort(keys))


def _known(name: str) -> pl.Expr:
    return pl.when(f"_{name}").then(pl.col(name)).cast(LEDGER_SCHEMA[name]).alias(name)
