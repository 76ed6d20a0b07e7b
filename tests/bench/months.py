"""One big month of raw rows in SQLite, as a sync leaves it: what the ledger bench builds from."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.periods import Period, next_month
from core.settings import Settings
from core.store.database import database, writing
from core.streams import TOKEN_COLUMNS
from tests.bench.bigledger import CONNECTIONS, month_rows

MONTH = date(2026, 10, 1)
DAYS = Period(MONTH, next_month(MONTH))
_CELL = ("day", "workspace_id", "workspace", "model", "service_tier", "context_window", "inference_geo")
_USE = (*_CELL, "api_key_id", "api_key", "speed")
_ACTOR_USE = ("day", "user_id", "user_email", "product", "model", "context_window", "inference_geo", "speed")


def make_month(folder: Path, rows: int) -> Settings:
    """A data folder with both connections and about ``rows`` ledger rows' worth of raw rows, half each."""
    settings = Settings(data_dir=folder)
    with database(settings) as db, writing(db):
        for connection in CONNECTIONS:
            random = np.random.default_rng([rows, connection.id])
            ledger = month_rows(connection, DAYS, rows // 2, random).drop("connection_id")
            tables = _platform(ledger) if connection.origin is Origin.PLATFORM else _claude_ai(ledger)
            _connect(db, connection.id, connection.origin, list(tables))
            for name, frame in tables.items():
                _insert(db, name, frame.with_columns(connection_id=pl.lit(connection.id)))
    return settings


def _platform(ledger: pl.DataFrame) -> dict[str, pl.DataFrame]:
    names = {"workspace": "workspace_name", "api_key": "api_key_name"}
    amount = pl.col("cost_microcents").sum().alias("amount_microcents")
    bill = ledger.group_by(*_CELL, "token_type", "cost_type", "description").agg(amount)
    return {
        "platform_usage": _wide(ledger, _USE).rename(names),
        "platform_cost": _billed(bill.rename({"workspace": "workspace_name"})),
    }


def _claude_ai(ledger: pl.DataFrame) -> dict[str, pl.DataFrame]:
    named = ledger.rename({"user": "user_email"})
    keys = _ACTOR_USE
    amounts = [pl.col(f"{kind}_microcents") for kind in ("cost", "list_cost")]
    renamed = {"cost_microcents": "amount_microcents", "list_cost_microcents": "list_amount_microcents"}
    cost = named.select(*keys, "cost_type", "token_type", *amounts).rename(renamed)
    usage = _wide(named, keys).with_columns(requests=pl.lit(3))
    sums = [pl.col(name).sum() for name in renamed.values()]
    counts = [pl.col(name).sum() for name in (*TOKEN_COLUMNS, "web_search_requests", "requests")]
    return {
        "claude_ai_user_cost": _billed(cost),
        "claude_ai_user_usage": usage,
        "claude_ai_cost": _billed(cost.group_by("day", "product").agg(sums)),
        "claude_ai_usage": usage.group_by("day", "product").agg(counts),
    }


def _wide(ledger: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """A row for each use, with a column for each token type."""
    of_type = [
        pl.col("tokens").filter(pl.col("token_type") == name).sum().alias(column)
        for column, name in TOKEN_COLUMNS.items()
    ]
    return ledger.group_by(keys).agg(of_type).with_columns(web_search_requests=pl.lit(0))


def _billed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(currency=pl.lit("USD"), amount=pl.col("amount_microcents").cast(pl.String))


def _connect(db: Database, id_: int, origin: Origin, streams: list[str]) -> None:
    db.conn.execute(
        "INSERT INTO connections (id, name, origin, organization_id, key_hint, encrypted_key, since, "
        "created_at) VALUES (?, ?, ?, ?, '', '', '2026-01-01', '2026-01-01T00:00:00Z')",
        (id_, f"c{id_}", origin.value, f"org-{id_}"),
    )
    db.conn.executemany(
        "INSERT INTO coverage (connection_id, stream, day, fetched_at, rows) "
        "VALUES (?, ?, ?, '2026-11-01T00:00:00Z', 1)",
        [(id_, stream, day.isoformat()) for stream in streams for day in DAYS],
    )
    db.conn.execute("INSERT INTO month_revisions VALUES (?, ?, 1)", (id_, MONTH.isoformat()))


def _insert(db: Database, table: str, rows: pl.DataFrame) -> None:
    text = rows.with_columns(pl.col("day").cast(pl.String), pl.col(pl.Categorical).cast(pl.String))
    marks = ", ".join("?" * text.width)
    statement = f"INSERT INTO {table} ({', '.join(text.columns)}) VALUES ({marks})"
    for part in text.iter_slices(50_000):
        db.conn.executemany(statement, part.iter_rows())
