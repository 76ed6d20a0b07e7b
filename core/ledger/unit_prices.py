"""The prices that each month's bills show, kept beside the facts so that any month can be split by them.

A month's prices follow from its facts alone and are read off them again only when those changed. What a month
borrows from others is known by a mark: a price that becomes known in November may change October.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import Any

import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.allocate.bill_names import PRICE_KEY
from core.ledger.allocate.prices import PRICES, nearest_prices, tiers_under_batch
from core.ledger.facts import read_cells, read_frame
from core.ledger.platform import told_prices
from core.ledger.schema import SCHEMA_VERSION
from core.ledger.workspaces import default_workspace
from core.periods import Period, month_start, next_month
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


def borrowed_marks(db: Database, connection_id: int) -> dict[str, str]:
    """For each month, by its first day in ISO form: a mark of all prices that it is split by."""
    prices = read_prices(db, connection_id)
    names = ", ".join(f"{_COLUMNS[name]} AS {name}" for name in _WANTED if name != "day")
    sql = f"SELECT wanted_on AS day, {names} FROM wanted_prices WHERE connection_id = :connection_id"
    wanted = read_frame(db.conn, sql, {"connection_id": connection_id}, _WANTED)
    nearest = nearest_prices(wanted, prices).sort(wanted.columns)
    marks = {row["month"]: sha256() for row in db.query(_MONTHS, {"connection_id": connection_id})}
    for day, row in zip(nearest["day"], nearest.iter_rows(), strict=True):
        marks[month_start(day).isoformat()].update(repr(row).encode())
    tiers = repr(tiers_under_batch(prices)).encode()
    for mark in marks.values():
        mark.update(tiers)
    return {month: mark.hexdigest()[:16] for month, mark in marks.items()}


_MONTHS = "SELECT month FROM priced_months WHERE connection_id = :connection_id"
_WANTED = {"day": pl.String(), **{name: PRICES[name] for name in PRICE_KEY}}
"""As the table keeps them; the day as text."""


def read_prices(db: Database, connection_id: int) -> pl.DataFrame:
    """All prices that a connection's bills show, as ``PRICES``."""
    columns = ", ".join(f"{column} AS {name}" for name, column in _COLUMNS.items())
    sql = f"SELECT {columns} FROM unit_prices WHERE connection_id = :connection_id"
    schema = {**PRICES, "day": pl.String()}
    frame = read_frame(db.conn, sql, {"connection_id": connection_id}, schema)
    return frame.sort(frame.columns)


def _outdated(db: Database, connection_id: int) -> list[tuple[date, int]]:
    months = db.query(
        "SELECT month, facts.revision AS revision FROM month_revisions AS facts "
        "LEFT JOIN priced_months AS priced USING (connection_id, month) "
        "WHERE connection_id = :connection_id AND (priced.revision IS NOT facts.revision "
        "OR priced.schema_version IS NOT :schema_version) ORDER BY month",
        {"connection_id": connection_id, "schema_version": SCHEMA_VERSION},
    )
    return [(date.fromisoformat(row["month"]), row["revision"]) for row in months]


def _renew(db: Database, connection_id: int, month: date, revision: int) -> None:
    period = Period(month, next_month(month))
    cells = read_cells(db.conn, connection_id, period)
    told = told_prices(*cells, default_workspace(db, connection_id, period))
    at = {"connection_id": connection_id, "month": month.isoformat()}
    shown, wanted = (frame.with_columns(pl.col("day").cast(pl.String)) for frame in told)
    with writing(db):
        _replace(db, "unit_prices", at, shown.rename(_COLUMNS))
        names = {name: _COLUMNS[name] for name in PRICE_KEY}
        _replace(db, "wanted_prices", at, wanted.rename({"day": "wanted_on", **names}))
        db.table("priced_months").upsert(
            {**at, "revision": revision, "schema_version": SCHEMA_VERSION}, pk=("connection_id", "month")
        )


def _replace(db: Database, table: str, at: dict[str, Any], rows: pl.DataFrame) -> None:
    """Put rows in place of those of a month."""
    db.conn.execute(f"DELETE FROM {table} WHERE connection_id = :connection_id AND month = :month", at)
    insert_many(db, table, [at | row for row in rows.iter_rows(named=True)])
