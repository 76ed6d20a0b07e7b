"""Daily series out of the ledger: in total, and for each value of the dimensions that are watched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.dimensions import NOT_TOLD
from core.explore.engine import rows
from core.explore.insights import KnownDays
from core.explore.query import Empty, Query, Value
from core.explore.scan import connection_values
from core.periods import Period
from core.watch.baseline import Matrix

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

LEVELS = ("origin", "cost_center", "product", "model", "workspace", "api_key", "user")
"""The dimensions that are watched, from the widest to the narrowest."""
TOTAL = ""
"""Stands for all of it where a dimension's name is expected."""
_CENTER = "cost_center"
_MEASURES = ("cost", "tokens", "effective_rate", "cache_hit_rate")
COLUMNS = ("cost", "tokens", "_priced_cost", "_priced_tokens", "_input_tokens", "_cache_read_tokens")
_MOST_UNTOLD = 0.1
"""Of a day's cost or tokens: with more not told apart, what each value has of the day is not known."""
_NAMES_NOTHING = (Empty.NOT_APPLICABLE, Empty.UNATTRIBUTED)
"""What has no such value, and what Anthropic says of nobody: its changes are seen one level up."""


@dataclass(frozen=True)
class Scope:
    """What a series is of: a value of a dimension, or all (``TOTAL``, without a value)."""

    dimension: str = TOTAL
    value: Value | None = None
    label: str = ""


@dataclass(frozen=True)
class DailySeries:
    """Columns of ``sums`` are ``scopes``, rows the days of ``period``; ``known``: whether a day is."""

    period: Period
    scopes: tuple[Scope, ...]
    sums: Mapping[str, NDArray[np.int64]]
    known: NDArray[np.bool_]
    has_cost: NDArray[np.bool_]

    def values(self, column: str) -> Matrix:
        """A sum as numbers to reckon with; NaN where a day is not known."""
        return np.where(self.known, self.sums[column].astype(np.float64), np.nan)

    def ratio(self, above: str, below: str) -> Matrix:
        """Of two sums; NaN where a day is not known, or nothing is there to divide by."""
        divisor = self.values(below)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Matrix = self.values(above) / np.where(divisor > 0, divisor, np.nan)
        return ratio


def daily_series(ledger: Snapshot, period: Period, known_days: Iterable[KnownDays]) -> DailySeries:
    """Every series of the period, those of all levels side by side.

    A day is known to a series if all connections know it that the series has anything of, and tell the values
    of its dimension apart.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    counted = pl.concat([_level(ledger, period, name) for name in (TOTAL, *LEVELS)])
    frame = counted.filter(~_IS_UNTOLD)
    keys = frame.select("dimension", "value", "empty", "label").unique(maintain_order=True)
    keys = keys.unique(["dimension", "value", "empty"], keep="last", maintain_order=True)
    keys = keys.with_row_index("series")
    placed = frame.join(keys.drop("label"), on=["dimension", "value", "empty"], nulls_equal=True)
    place = (placed["row"].to_numpy(), placed["series"].to_numpy())
    sums = {}
    for column in COLUMNS:
        sums[column] = np.zeros((period.days, keys.height), np.int64)
        np.add.at(sums[column], place, placed[column].fill_null(0).to_numpy())
    known = _known(placed, keys.height, period, ledger, known_days)
    _forget_untold(known, placed, counted)
    priced = placed.filter(pl.col("cost").is_not_null())["series"].unique().to_numpy()
    return DailySeries(
        period,
        tuple(_scope(row) for row in keys.iter_rows(named=True)),
        sums,
        known,
        np.isin(np.arange(keys.height), priced),
    )


_IS_UNTOLD = (pl.col("value") == NOT_TOLD).fill_null(value=False)


def _forget_untold(known: NDArray[np.bool_], placed: pl.DataFrame, counted: pl.DataFrame) -> None:
    """Days whose values of a dimension a connection does not tell apart, as on those a few hours old."""
    shares = (pl.col(of).filter(_IS_UNTOLD).abs().sum() / pl.col(of).abs().sum() for of in ("cost", "tokens"))
    untold = counted.group_by("dimension", "center", "row").agg(
        untold=pl.max_horizontal(share.fill_nan(0) for share in shares)
    )
    untold = untold.filter(pl.col("untold") > _MOST_UNTOLD)
    lacking = placed.select("dimension", "center", "series").unique().join(untold, on=["dimension", "center"])
    known[lacking["row"].to_numpy(), lacking["series"].to_numpy()] = False


def _level(ledger: Snapshot, period: Period, name: str) -> pl.DataFrame:
    """A row per day, connection and value."""
    named = (name,) if name and name not in (_CENTER, "origin") else ()
    counted = rows(ledger, Query(_MEASURES, period, ("day", _CENTER, *named)))
    value, empty, label = _names(ledger, name)
    return (
        counted.with_columns(center=pl.col(f"{_CENTER}_value"))
        .with_columns(
            (pl.col("day") - pl.lit(period.start)).dt.total_days().alias("row"),
            pl.lit(name).alias("dimension"),
            value.alias("value"),
            empty.alias("empty"),
            label.alias("label"),
        )
        .filter(_is_watched(name))
        .select("row", "center", "dimension", "value", "empty", "label", *COLUMNS)
    )


def _is_watched(name: str) -> pl.Expr:
    """Of those without a value, the default workspace alone is something of its own."""
    unwatched = _NAMES_NOTHING if name == "workspace" else tuple(Empty)
    return ~pl.col("empty").is_in([kind.value for kind in unwatched]).fill_null(False)


def _names(ledger: Snapshot, name: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Value, kind of empty and label of a level's rows."""
    nothing = pl.lit(None, pl.String)
    if name == TOTAL:
        return nothing, nothing, pl.lit("All")
    if name == "origin":
        origins = {c.cost_center: c.origin.value for c in ledger.connections}
        origin = pl.col(f"{_CENTER}_value").replace_strict(origins, return_dtype=pl.String)
        return origin, nothing, origin
    return pl.col(f"{name}_value"), pl.col(f"{name}_empty"), pl.col(name)


def _scope(row: Mapping[str, str | None]) -> Scope:
    value = Empty(row["empty"]) if row["empty"] else row["value"]
    return Scope(str(row["dimension"]), value, str(row["label"]))


def _known(
    placed: pl.DataFrame, count: int, period: Period, ledger: Snapshot, known_days: Iterable[KnownDays]
) -> NDArray[np.bool_]:
    centers = connection_values(ledger, _CENTER)
    known = np.ones((period.days, count), np.bool_)
    members = placed.select("center", "series").unique()
    for connection in known_days:
        center = centers.get(connection.connection_id)
        series = members.filter(pl.col("center") == center)["series"].to_numpy()
        complete = connection.complete_days(period)
        lacking = np.array([place for place, day in enumerate(period) if day not in complete], np.int64)
        known[np.ix_(lacking, series)] = False
    return known


def day_at(period: Period, place: int) -> date:
    """The day of a row."""
    return period.start + timedelta(days=place)
