"""The raw fact tables as frames."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import polars as pl

from core.periods import Period
from core.stream import Kind
from core.streams import STREAMS, TOKEN_COLUMNS

_TYPES: dict[Kind, pl.DataType] = {Kind.TEXT: pl.String(), Kind.WHOLE: pl.Int64()}

FACTS: dict[str, dict[str, pl.DataType]] = {
    stream.name: {
        "day": pl.String(),
        **{column.name: _TYPES[column.kind] for column in stream.ledger_columns},
    }
    for stream in STREAMS.values()
}
"""What the ledger reads of each fact table."""

PRODUCT = pl.col("product").replace({"claude_tag": "claude-tag"})
"""A product of any report, as the ledger spells it: Anthropic's reports spell one of them in two ways."""

CELL_NAMES = ["day", "workspace_id", "model", "service_tier", "context_window", "inference_geo", "speed"]
"""What the Platform's usage and its bill both name."""

_CHUNK = 20_000
WITHIN = "connection_id = :connection_id AND day >= :start AND day < :end"
"""A connection's days, of any table that has both; :func:`within` gives the values."""


def within(connection_id: int, period: Period) -> dict[str, object]:
    return {
        "connection_id": connection_id,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
    }


def read_facts(conn: sqlite3.Connection, table: str, connection_id: int, period: Period) -> pl.DataFrame:
    """Rows of one connection and period, as ``FACTS[table]`` with ``day`` as Date.

    Sorted by every column, so that the ledger does not depend on the order rows arrived in.
    """
    schema = FACTS[table]
    sql = f"SELECT {', '.join(schema)} FROM {table} WHERE {WITHIN}"
    frame = read_frame(conn, sql, within(connection_id, period), schema)
    return frame.sort(frame.columns)


def read_frame(
    conn: sqlite3.Connection, sql: str, values: Mapping[str, object], schema: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """The answer as a frame of ``schema``, with ``day`` as Date: rows by the million, named by the answer."""
    cursor = conn.execute(sql, values)
    named = {name: schema[name] for name, *_ in cursor.description}
    chunks = [pl.DataFrame(schema=named)]
    while rows := cursor.fetchmany(_CHUNK):
        chunks.append(pl.DataFrame(rows, schema=named, orient="row"))
    return pl.concat(chunks).select(*schema).with_columns(pl.col("day").str.to_date("%Y-%m-%d"))


def read_cells(
    conn: sqlite3.Connection, connection_id: int, period: Period
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Usage and cost facts of the Platform; usage without who used, added up."""
    usage, cost = FACTS["platform_usage"], FACTS["platform_cost"]
    keys = ", ".join(CELL_NAMES)
    sums = ", ".join(f"sum({column}) AS {column}" for column in TOKEN_COLUMNS)
    values = within(connection_id, period)
    used = f"SELECT {keys}, {sums} FROM platform_usage WHERE {WITHIN} GROUP BY {keys}"
    billed = f"SELECT {', '.join(cost)} FROM platform_cost WHERE {WITHIN}"
    cells = read_frame(conn, used, values, {name: usage[name] for name in (*CELL_NAMES, *TOKEN_COLUMNS)})
    return cells, read_frame(conn, billed, values, cost)


def tokens_long(usage: pl.DataFrame, keep: list[str]) -> pl.DataFrame:
    """One row per usage row and token type used: ``keep``, ``token_type``, ``tokens`` (not 0)."""
    return (
        usage.select(*keep, *(pl.col(column).alias(name) for column, name in TOKEN_COLUMNS.items()))
        .unpivot(index=keep, variable_name="token_type", value_name="tokens")
        .filter(pl.col("tokens") != 0)
    )
