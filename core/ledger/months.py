"""One connection's month, from raw rows to ledger rows, a few days at a time so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.claude_ai import ClaudeAiFacts, claude_ai_rows
from core.ledger.facts import fast_models, read_cells, read_facts
from core.ledger.platform import cell_weights, platform_rows
from core.ledger.schema import LEDGER_SCHEMA
from core.periods import Period, next_month
from core.store.connections import Connection
from core.store.coverage import covered_days
from core.store.learned import DEFAULT_WORKSPACE, read_learned
from core.streams import TOKEN_COLUMNS

_PIECE_ROWS = 60_000
"""About so many ledger rows are made at once, or one day's."""

_BIG_TABLES = {
    Origin.PLATFORM: {"platform_usage": len(TOKEN_COLUMNS)},
    Origin.CLAUDE_AI: {"claude_ai_user_cost": 1},
}
"""What most ledger rows are made from: how many a raw row makes, at most."""


@dataclass(frozen=True)
class Month:
    """A connection's month to rebuild; ``revision`` is the database's."""

    connection: Connection
    month: date
    revision: int

    @property
    def period(self) -> Period:
        return Period(self.month, next_month(self.month))


def month_rows(db: Database, month: Month) -> Iterator[tuple[Period, pl.DataFrame]]:
    """The month's ledger, some days at a time: the days, and their rows as ``LEDGER_SCHEMA``."""
    weights = _fast_weights(db, month)
    for period in pieces(db, month):
        yield period, _ledger_rows(db, month, period, weights)


def _ledger_rows(
    db: Database, month: Month, period: Period, weights: Sequence[pl.DataFrame] | None
) -> pl.DataFrame:
    if month.connection.origin is Origin.PLATFORM:
        rows = _platform(db, month.connection.id, period, weights)
    else:
        rows = _claude_ai(db, month.connection.id, period)
    rows = rows.with_columns(connection_id=pl.lit(month.connection.id, dtype=pl.Int32))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in LEDGER_SCHEMA.items())


def pieces(db: Database, month: Month) -> Iterator[Period]:
    """The month in runs of days that fit into memory: no ledger row depends on another day's raw rows."""
    counts = _rows_by_day(db, month)
    start, held = month.period.start, 0
    for day in month.period:
        if held and held + counts.get(day, 0) > _PIECE_ROWS:
            yield Period(start, day)
            start, held = day, 0
        held += counts.get(day, 0)
    yield Period(start, month.period.end)


def _rows_by_day(db: Database, month: Month) -> dict[date, int]:
    counts: dict[date, int] = {}
    for table, made in _BIG_TABLES[month.connection.origin].items():
        found = db.conn.execute(
            f"SELECT day, count(*) FROM {table} "
            "WHERE connection_id = ? AND day >= ? AND day < ? GROUP BY day",
            _bounds(month),
        )
        for day, rows in found:
            counts[date.fromisoformat(day)] = counts.get(date.fromisoformat(day), 0) + made * rows
    return counts


def _fast_weights(db: Database, month: Month) -> Sequence[pl.DataFrame] | None:
    """What fast mode weighs, read off the whole month's bill: the nearest day's price tells."""
    if month.connection.origin is not Origin.PLATFORM:
        return None
    models = fast_models(db.conn, month.connection.id, month.period)
    if not models:
        return None
    cells = read_cells(db.conn, month.connection.id, month.period, models)
    return cell_weights(*cells, _default_workspace(db, month.connection.id))


def _bounds(month: Month) -> tuple[int, str, str]:
    return (month.connection.id, month.period.start.isoformat(), month.period.end.isoformat())


def _reader(db: Database, connection_id: int, period: Period) -> Callable[[str], pl.DataFrame]:
    return lambda table: read_facts(db.conn, table, connection_id, period)


def _platform(
    db: Database, connection_id: int, period: Period, weights: Sequence[pl.DataFrame] | None
) -> pl.DataFrame:
    read = _reader(db, connection_id, period)
    cost_days = covered_days(db, connection_id, "platform_cost")
    default = _default_workspace(db, connection_id)
    return platform_rows(read("platform_usage"), read("platform_cost"), cost_days, weights, default)


def _default_workspace(db: Database, connection_id: int) -> str | None:
    return read_learned(db, connection_id).text("workspaces", DEFAULT_WORKSPACE)


def _claude_ai(db: Database, connection_id: int, period: Period) -> pl.DataFrame:
    read = _reader(db, connection_id, period)
    facts = ClaudeAiFacts(
        read("claude_ai_user_cost"),
        read("claude_ai_user_usage"),
        read("claude_ai_cost"),
        read("claude_ai_usage"),
        covered_days(db, connection_id, "claude_ai_user_cost"),
    )
    return claude_ai_rows(facts)
