"""The ledger's columns: one row is a UTC day, a connection, every dimension, one cost type and token type."""

from __future__ import annotations

import polars as pl

from core.dimensions import LEDGER_DIMENSIONS

SCHEMA_VERSION = 6
"""Raised when a stored file must be rebuilt from the database. Until then it is read as it is."""

MEASURE_COLUMNS = ("tokens", "requests", "web_searches", "cost_microcents", "list_cost_microcents")
"""Int64, null where unknown: a sum over nothing but nulls is unknown, not zero."""

MANY_VALUED = ("user", "user_id", "api_key", "api_key_id")
"""Kept as text: Polars skips row groups by the least and largest text in them, not by a category."""

LEDGER_SCHEMA: dict[str, pl.DataType] = {
    "day": pl.Date(),
    "connection_id": pl.Int32(),
    **{name: pl.String() if name in MANY_VALUED else pl.Categorical() for name in LEDGER_DIMENSIONS},
    **{name: pl.Int64() for name in MEASURE_COLUMNS},
}


def conform(rows: pl.DataFrame) -> pl.DataFrame:
    """The ledger's columns in their order, text still as text; what is absent becomes null."""
    types = {
        name: pl.String() if dtype == pl.Categorical() else dtype
        for name, dtype in LEDGER_SCHEMA.items()
        if name != "connection_id"
    }
    return rows.select(
        pl.col(name).cast(dtype) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in types.items()
    )


def of_earlier_version(rows: pl.LazyFrame) -> pl.LazyFrame:
    """A file's rows as ``LEDGER_SCHEMA``: columns that it lacks are null, those that went since are left."""
    there = rows.collect_schema()
    return rows.select(
        pl.col(name).cast(dtype) if name in there else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in LEDGER_SCHEMA.items()
    )
