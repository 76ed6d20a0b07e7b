"""The raw fact tables as frames."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import polars as pl

from core.periods import Period

_TEXT = pl.String()
_WHOLE = pl.Int64()


def _columns(text: str, whole: str) -> dict[str, pl.DataType]:
    return {"day": pl.String(), **dict.fromkeys(text.split(), _TEXT), **dict.fromkeys(whole.split(), _WHOLE)}


TOKEN_COLUMNS: dict[str, str] = {
    "uncached_input_tokens": "uncached_input_tokens",
    "ephemeral_5m_input_tokens": "cache_creation.ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens": "cache_creation.ephemeral_1h_input_tokens",
    "cache_read_input_tokens": "cache_read_input_tokens",
    "output_tokens": "output_tokens",
}
"""Token columns of the usage tables, with the token type as the cost reports spell it."""

_TOKENS = " ".join(TOKEN_COLUMNS)
_ACTOR = "user_id user_email user_name"

FACTS: dict[str, dict[str, pl.DataType]] = {
    "platform_usage": _columns(
        "workspace_id workspace_name api_key_id api_key_name account_id account_email service_account_id "
        "model service_tier context_window inference_geo speed",
        f"{_TOKENS} web_search_requests",
    ),
    "platform_cost": _columns(
        "workspace_id workspace_name description cost_type "
        "model service_tier context_window inference_geo token_type",
        "amount_microcents",
    ),
    "claude_ai_user_cost": _columns(
        f"{_ACTOR} product model context_window inference_geo speed cost_type token_type",
        "amount_microcents list_amount_microcents",
    ),
    "claude_ai_user_usage": _columns(
        f"{_ACTOR} product model context_window inference_geo speed",
        f"{_TOKENS} web_search_requests requests",
    ),
    "claude_ai_cost": _columns("product", "amount_microcents list_amount_microcents"),
    "claude_ai_usage": _columns("product", f"{_TOKENS} web_search_requests requests"),
}
"""What the ledger reads of each fact table."""

_CHUNK = 20_000


def read_facts(conn: sqlite3.Connection, table: str, connection_id: int, period: Period) -> pl.DataFrame:
    """Rows of one connection and period, as ``FACTS[table]`` with ``day`` as Date.

    Sorted by every column, so that the ledger does not depend on the order rows arrived in.
    """
    schema = FACTS[table]
    cursor = conn.execute(
        f"SELECT {', '.join(schema)} FROM {table} WHERE connection_id = ? AND day >= ? AND day < ?",
        (connection_id, period.start.isoformat(), period.end.isoformat()),
    )
    frame = _frame(cursor, schema)
    return frame.sort(frame.columns)


def _frame(cursor: sqlite3.Cursor, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    chunks = [pl.DataFrame(schema=schema)]
    while rows := cursor.fetchmany(_CHUNK):
        chunks.append(pl.DataFrame(rows, schema=schema, orient="row"))
    return pl.concat(chunks).with_columns(pl.col("day").str.to_date("%Y-%m-%d"))


_CELL_KEYS = ("day", "workspace_id", "model", "service_tier", "context_window", "inference_geo", "speed")
_WITHIN = "connection_id = ? AND day >= ? AND day < ?"


def fast_models(conn: sqlite3.Connection, connection_id: int, period: Period) -> list[str | None]:
    """The models used in fast mode."""
    found = conn.execute(
        f"SELECT DISTINCT model FROM platform_usage WHERE {_WITHIN} AND speed = 'fast'",
        (connection_id, period.start.isoformat(), period.end.isoformat()),
    )
    return [model for (model,) in found]


def read_cells(
    conn: sqlite3.Connection, connection_id: int, period: Period, models: Sequence[str | None]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Usage and cost facts of some models, and of rows without one; usage without who used, added up."""
    usage, cost = FACTS["platform_usage"], FACTS["platform_cost"]
    keys, sums = ", ".join(_CELL_KEYS), ", ".join(f"sum({column})" for column in TOKEN_COLUMNS)
    where = f"WHERE {_WITHIN} AND (model IN ({', '.join('?' * len(models))}) OR model IS NULL)"
    values = (connection_id, period.start.isoformat(), period.end.isoformat(), *models)
    used = conn.execute(f"SELECT {keys}, {sums} FROM platform_usage {where} GROUP BY {keys}", values)
    cells = _frame(used, {name: usage[name] for name in (*_CELL_KEYS, *TOKEN_COLUMNS)})
    billed = conn.execute(f"SELECT {', '.join(cost)} FROM platform_cost {where}", values)
    return cells, _frame(billed, cost)


def tokens_long(usage: pl.DataFrame, keep: list[str]) -> pl.DataFrame:
    """One row per usage row and token type used: ``keep``, ``token_type``, ``tokens`` (> 0)."""
    return (
        usage.select(*keep, *(pl.col(column).alias(name) for column, name in TOKEN_COLUMNS.items()))
        .unpivot(index=keep, variable_name="token_type", value_name="tokens")
        .filter(pl.col("tokens") > 0)
    )
