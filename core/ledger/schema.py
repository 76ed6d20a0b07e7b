"""The ledger's columns: one row is a UTC day, a connection, every dimension, one cost type and token type."""

from __future__ import annotations

import polars as pl

from core.dimensions import LEDGER_DIMENSIONS, NOT_TOLD, Origin
from core.store.bills import Bill

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


TOLD_OF_EARLIER = frozenset({"report"})
"""Columns that files of an earlier version lack and that are known all the same."""


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


def of_earlier_version(rows: pl.LazyFrame, origin: Origin) -> pl.LazyFrame:
    """A file's rows as ``LEDGER_SCHEMA``: columns that it lacks are null, those that went since are left.

    Versions that did not name the report knew the legacy ones alone, which tell no product of the Platform.
    """
    there = rows.collect_schema()
    legacy = rows.with_columns(report=pl.lit(Bill.LEGACY)) if "report" not in there else rows
    if "report" not in there and origin is Origin.PLATFORM:
        legacy = legacy.with_columns(product=pl.lit(NOT_TOLD))
    known = legacy.collect_schema()
    return legacy.select(
        pl.col(name).cast(dtype) if name in known else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in LEDGER_SCHEMA.items()
    )
