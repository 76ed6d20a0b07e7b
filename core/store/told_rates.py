"""Keeps what the newest reports say of prices alone: the set *rates*, day by day.

A day's facts come from parts of the report, or from who used what. Here is the whole by all that a price
depends on, to split and to check them by.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlite_utils import Database

from core.store.database import insert_many


class Rate(NamedTuple):
    """A cell of one price on a day. ``amount``: micro-cents where cost is told, tokens where usage is."""

    model: str | None
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    speed: str | None
    cost_type: str | None
    token_type: str | None
    amount: int
    list_amount: int | None = None


Rates = Mapping[date, Sequence[Rate]]


def replace_rates(db: Database, connection_id: int, stream: str, days: Collection[str], rates: Rates) -> None:
    """Put the rates of ``days`` in place of those of their earlier pulls."""
    place = {"connection_id": connection_id, "stream": stream}
    db.conn.executemany(
        "DELETE FROM told_rates WHERE connection_id = :connection_id AND stream = :stream AND day = :day",
        [{**place, "day": day} for day in days],
    )
    rows = [
        {**place, "day": day.isoformat(), **rate._asdict()}
        for day, cells in rates.items()
        if day.isoformat() in days
        for rate in cells
    ]
    insert_many(db, "told_rates", rows)
