"""An organization in the database, stream by stream, and what its ledger and controls make of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.control import Check, control_checks
from core.ledger.months import Month, month_rows
from core.money import microcents
from core.periods import ONE_DAY, Period, month_start
from core.store.connections import list_connections
from core.store.told_rates import Rate
from core.store.windows import Window
from core.stream import Kind
from core.streams import STREAMS
from tests.store.books import connect, put

DAY = date(2026, 3, 5)
EIGHT_MONTHS_ON = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def organization(db: Database, origin: Origin = Origin.CLAUDE_AI) -> None:
    connect(db, origin=origin)


def pulled(
    db: Database,
    stream: str,
    *rows: dict[str, Any],
    watermark: datetime | None = EIGHT_MONTHS_ON,
    day: date = DAY,
    total: int | None = None,
    rates: Sequence[Rate] = (),
) -> None:
    """One day's window. An amount is given in cents, as Anthropic writes it; counts left out are zero.

    ``total``: Anthropic's own, in micro-cents. ``rates``: the same by price.
    """
    window = Window(
        1,
        stream,
        Period(day, day + ONE_DAY),
        frozenset({day}),
        1,
        EIGHT_MONTHS_ON + timedelta(hours=1),
        watermark,
        totals={} if total is None else {day: total},
        rates={day: rates},
    )
    put(db, window, [_row(stream, day, row) for row in rows])


def _row(stream: str, day: date, given: dict[str, Any]) -> tuple[Any, ...]:
    money = {"currency": "USD"} if "amount" in given else {}
    for name in ("amount", "list_amount"):
        if given.get(name) is not None:
            money[f"{name}_microcents"] = microcents(given[name])  # type: ignore[assignment]
    filled = {**money, **given}
    columns = STREAMS[stream].columns
    empty = {c.name: 0 if c.kind is Kind.WHOLE and not c.nullable else None for c in columns}
    return (1, day.isoformat(), *{**empty, **filled}.values())


def ledger_of(db: Database, day: date = DAY) -> pl.DataFrame:
    (connection,) = list_connections(db)
    return pl.concat([rows for _, rows in month_rows(db, Month(connection, month_start(day), 1))])


def checks_of(db: Database, day: date = DAY) -> dict[str, tuple[int | None, int | None]]:
    """By measure: what was expected and what is."""
    (connection,) = list_connections(db)
    found: Sequence[Check] = control_checks(
        db, connection.id, connection.origin, Period(day, day + ONE_DAY), ledger_of(db, day)
    )
    return {check.measure: (check.expected, check.actual) for check in found}
