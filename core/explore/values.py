"""The values a filter offers: the largest first, searched here and not in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from core.explore.engine import rows
from core.explore.query import Empty, Query, Value
from core.explore.scan import whole_period
from core.periods import Period

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


@dataclass(frozen=True)
class ValueOption:
    """One value of a dimension with what it stands for; ``cost`` in micro-cents, None is unknown."""

    value: Value
    label: str
    tokens: int | None
    cost: int | None


@dataclass(frozen=True)
class ValueList:
    """The first ``options`` of ``total_count`` values that match, of ``all_count`` there are."""

    options: tuple[ValueOption, ...]
    total_count: int
    all_count: int


def dimension_values(
    ledger: Snapshot, dimension: str, *, search: str = "", limit: int = 200, period: Period | None = None
) -> ValueList:
    """Values of a dimension in ``period`` (all there is, by default), by cost, then tokens, largest first.

    ``search`` keeps the values whose label, or spelling, contains it, in upper or lower case.

    Raises:
        InputError: unknown dimension.
    """
    return matching(all_values(ledger, dimension, period), search, limit)


def all_values(ledger: Snapshot, dimension: str, period: Period | None = None) -> tuple[ValueOption, ...]:
    """Every value of a dimension in ``period`` (all there is, by default), in the order filters list them.

    Raises:
        InputError: unknown dimension.
    """
    query = Query(("cost", "tokens"), period or whole_period(ledger), (dimension,))
    return tuple(map(_option, _ranked(rows(ledger, query), dimension).iter_rows()))


def matching(options: Sequence[ValueOption], search: str, limit: int) -> ValueList:
    """Those whose label, or spelling, contains ``search``, in upper or lower case."""
    wanted = search.strip().casefold()
    matches = [
        option
        for option in options
        if wanted in option.label.casefold()
        or (isinstance(option.value, str) and wanted in option.value.casefold())
    ]
    return ValueList(tuple(matches[:limit]), len(matches), len(options))


def named(options: Sequence[ValueOption], text: str) -> Value | None:
    """The value that reads exactly ``text``, or is spelled so; None when there is none."""
    by_label = (option.value for option in options if option.label == text)
    by_value = (option.value for option in options if option.value == text)
    return next(chain(by_label, by_value), None)


def _ranked(frame: pl.DataFrame, dimension: str) -> pl.DataFrame:
    empty = f"{dimension}_empty" if f"{dimension}_empty" in frame.columns else None
    columns = frame.select(
        f"{dimension}_value",
        (pl.col(empty) if empty else pl.lit(None, pl.String)).alias("empty"),
        pl.col(dimension).cast(pl.String).alias("label"),
        "tokens",
        "cost",
    )
    size = [pl.col("cost").abs(), pl.col("tokens"), pl.col("label")]
    return columns.sort(size, descending=[True, True, False], nulls_last=True)


def _option(row: tuple[str | None, str | None, str, int | None, int | None]) -> ValueOption:
    value, empty, label, tokens, cost = row
    return ValueOption(Empty(empty) if value is None else value, label, tokens, cost)
