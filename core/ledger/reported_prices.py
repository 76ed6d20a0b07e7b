"""What the newest reports say of prices alone, as a frame and beside the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from datetime import date

import polars as pl

from core.cost_basis import CostBasis
from core.dimensions import NOT_TOLD, Origin
from core.ledger.by_rates import RATES
from core.ledger.facts import WITHIN, read_frame, within
from core.ledger.newest_cells import PRICE, untold
from core.ledger.placed import Sums, as_said, sums_by
from core.periods import ONE_DAY, Period
from core.streams import newest_streams_of

_NEARLY = 1_000_000
_TOLD = ("amount", "list_amount")
_CELL = [name for name in RATES if name not in ("cost", "list_cost", "tokens")]
_SCHEMA = {
    **{name: pl.String() if name == "day" else dtype for name, dtype in RATES.items() if name in _CELL},
    **dict.fromkeys(_TOLD, pl.Int64()),
}


def read_rates(
    conn: sqlite3.Connection, connection_id: int, origin: Origin, days: Collection[date]
) -> pl.DataFrame:
    """Cost and tokens by price on some days, as ``RATES``."""
    cost, usage = (
        _read(conn, connection_id, stream.name, days).rename({"amount": name, "list_amount": f"list_{name}"})
        for stream, name in zip(newest_streams_of(origin), ("cost", "tokens"), strict=True)
    )
    both = cost.join(usage, on=_CELL, how="full", nulls_equal=True, coalesce=True)
    return both.select(pl.col(name).cast(dtype) for name, dtype in RATES.items())


def _read(conn: sqlite3.Connection, connection_id: int, stream: str, days: Collection[date]) -> pl.DataFrame:
    if not days:
        return pl.DataFrame(schema={**_SCHEMA, "day": pl.Date()})
    span = Period(min(days), max(days) + ONE_DAY)
    sql = f"SELECT {', '.join(_SCHEMA)} FROM told_rates WHERE {WITHIN} AND stream = :stream"
    told = read_frame(conn, sql, {**within(connection_id, span), "stream": stream}, _SCHEMA)
    kept = told.filter(pl.col("day").is_in(sorted(days)))
    return kept.group_by(_CELL).agg(pl.col(_TOLD).sum())


def by_price(
    conn: sqlite3.Connection, connection_id: int, origin: Origin, days: Collection[date], ledger: pl.DataFrame
) -> Iterator[tuple[date, int, int]]:
    """Day, its cost by all that a price depends on, and how much of it stands so in the ledger.

    The reports round each cell for itself, and the ledger each row. An estimate meets them nearly.
    """
    told = read_rates(conn, connection_id, origin, days).filter(pl.col("cost").is_not_null())
    texts = ledger.with_columns(pl.col(pl.Categorical).cast(pl.String))
    billed = texts.filter(pl.col("day").is_in(sorted(days)), pl.col("cost_microcents").is_not_null())
    estimated = (pl.col("cost_basis") == CostBasis.ESTIMATED).any()
    rows = {day: of for day, *of in billed.group_by("day").agg(pl.len(), estimated).iter_rows()}
    if origin is Origin.CLAUDE_AI:  # a tier that is left out is not told, on both sides
        billed = billed.with_columns(pl.col("service_tier").replace(NOT_TOLD, None))
    said, held = _cells(told, "cost"), _cells(billed, "cost_microcents")
    for day, cells in said.items():
        total, agreed = sum(cells.values()), as_said(cells, held.get(day, {}))
        many, is_estimated = rows.get(day, (0, False))
        slack = many + (abs(total) // _NEARLY if is_estimated else 0)
        yield day, total, total if abs(total - agreed) <= slack else agreed


def _cells(rows: pl.DataFrame, amount: str) -> Sums:
    """Sums by model, price, cost type and token type; what is not told apart stands together."""
    geo = pl.col("inference_geo").fill_null("not_available")
    names = ["model", *(name for name in PRICE if name != "inference_geo"), "cost_type", "token_type"]
    cell = pl.concat_str(*(pl.col(name).fill_null("") for name in names), geo, separator="\x1f")
    return sums_by(rows, pl.when(untold()).then(pl.lit(NOT_TOLD)).otherwise(cell), amount)
