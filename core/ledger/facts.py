"""The raw fact tables as frames."""

from __future__ import annotations

import sqlite3

import polars as pl

from core.periods import Period
from core.streams import STREAMS, TOKEN_COLUMNS, Kind

_TYPES: dict[Kind, pl.DataType] = {Kind.TEXT: pl.String(), Kind.WHOLE: pl.Int64()}

FACTS: dict[str, dict[str, pl.DataType]] = {
    stream.name: {
        "day": pl.String(),
        **{column.name: _TYPES[column.kind] for column in stream.ledger_columns},
    }
    for stream in STREAMS.values()
}
"""What the ledger reads of each fact table."""

CELL_NAMES = ["day", "workspace_id", "model", "service_tier", "context_window", "inference_geo", "speed"]
"""What the Platform's usage and its bill both name."""

_CHUNK = 20_000
_WITHIN = "connection_id = ? AND day >= ? AND day < ?"


def read_facts(conn: sqlite3.Connection, table: str, connection_id: int, period: Period) -> pl.DataFrame:
    """Rows of one connection and period, as ``FACTS[table]`` with ``day`` as Date.

    Sorted by every column, so that the ledger does not depend on the order rows arrived in.
    """
    schema = FACTS[table]
    cursor = conn.execute(
        f"SELECT {', '.join(schema)} FROM {table} WHERE {_WITHIN}",
        (connection_id, period.start.isoformat(), period.end.isoformat()),
    )
    frame = _frame(cursor, schema)
    return frame.sort(frame.columns)


def _frame(cursor: sqlite3.Cursor, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    chunks = [pl.DataFrame(schema=schema)]
    while rows := cursor.fetchmany(_CHUNK):
        chunks.append(pl.DataFrame(rows, schema=schema, orient="row"))
    return pl.concat(chunks).with_columns(pl.col("day").str.to_date("%Y-%m-%d"))


def read_cells(
    conn: sqlite3.Connection, connection_id: int, period: Period
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Usage and cost facts of the Platform; usage without who used, added up."""
    usage, cost = FACTS["platform_usage"], FACTS["platform_cost"]
    keys, sums = ", ".join(CELL_NAMES), ", ".join(f"sum({column})" for column in TOKEN_COLUMNS)
    values = (connection_id, period.start.isoformat(), period.end.isoformat())
    used = conn.execute(f"SELECT {keys}, {sums} FROM platform_usage WHERE {_WITHIN} GROUP BY {keys}", values)
    cells = _frame(used, {name: usage[name] for name in (*CELL_NAMES, *TOKEN_COLUMNS)})
    billed = conn.execute(f"SELECT {', '.join(cost)} FROM platform_cost WHERE {_WITHIN}", values)
    return cells, _frame(billed, cost)


def tokens_long(usage: pl.DataFrame, keep: list[str]) -> pl.DataFrame:
    """One row per usage row and token type used: ``keep``, ``token_type``, ``tokens`` (not 0)."""
    return (
        usage.select(*keep, *(pl.col(column).alias(name) for column, name in TOKEN_COLUMNS.items()))
        .unpivot(index=keep, variable_name="token_type", value_name="tokens")
        .filter(pl.col("tokens") != 0)
    )
