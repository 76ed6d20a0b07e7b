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
from core.ledger.facts import read_cells, read_frame
from core.ledger.platform import shown_prices
from core.ledger.schema import SCHEMA_VERSION
from core.ledger.workspaces import default_workspace
from core.periods import Period, next_month
from core.store.connections import Connection
from core.store.database import insert_many, writing

_COLUMNS = {
    name: {"day": "shown_on", "cost": "cost_microcents"}.get(name, name.removeprefix("price_"))
    for name in PRICES
}
"""A column of ``PRICES`` -> what the table calls it."""


def renew_prices(db: Database, connections: Iterable[Connection]) -> None:
    """Bring the prices of these connections' months up to their facts."""
    for connection in connections:
        if connection.origin is Origin.PLATFORM:
            for month, revision in _outdated(db, connection.id):
                _renew(db, connection.id, month, revision)


def read_prices(db: Database, connection_id: int) -> pl.DataFrame:
    """All prices that a connection's bills show, as ``PRICES``."""
    columns = ", ".join(f"{column} AS {name}" for name, column in _COLUMNS.items())
    sql = f"SELECT {columns} FROM unit_prices WHERE connection_id = :connection_id"
    schema = {**PRICES, "day": pl.String()}
    frame = read_frame(db.conn, sql, {"connection_id": connection_id}, schema)
    return frame.sort(frame.columns)


def _outdated(db: Database, connection_id: int) -> list[tuple[date, int]]:
    found = db.query(
        "SELECT month, facts.revision AS revision FROM month_revisions AS facts "
        "LEFT JOIN priced_months AS priced USING (connection_id, month) "
        "WHERE connection_id = :connection_id AND (priced.revision IS NOT facts.revision "
        "OR priced.schema_version IS NOT :schema_version) ORDER BY month",
        {"connection_id": connection_id, "schema_version": SCHEMA_VERSION},
    )
    return [(date.fromisoformat(row["month"]), row["revision"]) for row in found]


def _renew(db: Database, connection_id: int, month: date, revision: int) -> None:
    period = Period(month, next_month(month))
    cells = read_cells(db.conn, connection_id, period)
    prices = shown_prices(*cells, default_workspace(db, connection_id, period))
    at = {"connection_id": connection_id, "month": month.isoformat()}
    shown = prices.with_columns(pl.col("day").cast(pl.String)).rename(_COLUMNS)
    with writing(db):
        db.conn.execute("DELETE FROM unit_prices WHERE connection_id = :connection_id AND month = :month", at)
        insert_many(db, "unit_prices", [at | row for row in shown.iter_rows(named=True)])
        db.table("priced_months").upsert(
            {**at, "revision": revision, "schema_version": SCHEMA_VERSION}, pk=("connection_id", "month")
        )
