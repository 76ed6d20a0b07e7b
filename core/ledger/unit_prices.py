"""The prices that each month's bills show, kept beside the facts so that any month can be split by them.

A month's prices follow from its facts alone and are read off them again only when those changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.allocate.prices import PRICES
from core.ledger.facts import read_cells
from core.ledger.platform import shown_prices
from core.ledger.schema import SCHEMA_VERSION
from core.ledger.workspaces import default_workspace
from core.periods import Period, next_month
from core.store.connections import Connection
from core.store.database import writing

_COLUMNS = (
    "shown_on, alias, token_type, service_tier, context_window, inference_geo, speed, "
    "billed_tier, cost_microcents, tokens"
)


def renew_prices(db: Database, connections: Iterable[Connection]) -> None:
    """Bring the prices of these connections' months up to their facts."""
    for connection in connections:
        if connection.origin is Origin.PLATFORM:
            for month, revision in _outdated(db, connection.id):
                _renew(db, connection.id, month, revision)


def read_prices(db: Database, connection_id: int) -> pl.DataFrame:
    """All prices that a connection's bills show, as ``PRICES``."""
    found = db.conn.execute(f"SELECT {_COLUMNS} FROM unit_prices WHERE connection_id = ?", (connection_id,))
    schema = {**PRICES, "day": pl.String()}
    frame = pl.DataFrame(found.fetchall(), schema=schema, orient="row")
    return frame.with_columns(pl.col("day").str.to_date("%Y-%m-%d")).sort(frame.columns)


def _outdated(db: Database, connection_id: int) -> list[tuple[date, int]]:
    found = db.conn.execute(
        "SELECT month, facts.revision FROM month_revisions AS facts "
        "LEFT JOIN priced_months AS priced USING (connection_id, month) WHERE connection_id = ? "
        "AND (priced.revision IS NOT facts.revision OR priced.schema_version IS NOT ?) ORDER BY month",
        (connection_id, SCHEMA_VERSION),
    )
    return [(date.fromisoformat(month), revision) for month, revision in found.fetchall()]


def _renew(db: Database, connection_id: int, month: date, revision: int) -> None:
    period = Period(month, next_month(month))
    cells = read_cells(db.conn, connection_id, period)
    prices = shown_prices(*cells, default_workspace(db, connection_id, period))
    at = (connection_id, month.isoformat())
    with writing(db):
        db.conn.execute("DELETE FROM unit_prices WHERE connection_id = ? AND month = ?", at)
        db.conn.executemany(
            f"INSERT INTO unit_prices (connection_id, month, {_COLUMNS}) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(*at, *row) for row in prices.with_columns(pl.col("day").cast(pl.String)).iter_rows()],
        )
        db.conn.execute(
            "INSERT OR REPLACE INTO priced_months VALUES (?, ?, ?, ?)", (*at, revision, SCHEMA_VERSION)
        )
