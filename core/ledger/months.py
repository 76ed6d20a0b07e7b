"""One connection's month, from raw rows to ledger rows, a few days at a time so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.claude_ai import ClaudeAiFacts, claude_ai_rows
from core.ledger.facts import WITHIN, read_facts, within
from core.ledger.platform import Known, platform_rows
from core.ledger.schema import LEDGER_SCHEMA
from core.ledger.unit_prices import read_prices
from core.ledger.workspaces import default_workspace
from core.periods import ONE_DAY, Period, next_month
from core.store.connections import Connection
from core.store.coverage import comparable_days, covered_days
from core.streams import TOKEN_COLUMNS

_CHUNK_ROWS = 60_000
"""About so many ledger rows are made at once, or one day's."""

_USAGE_IS_LATE = timedelta(minutes=5)
"""See the API reference."""

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
    known = _known(db, month)
    for period in chunks(db, month):
        yield period, _ledger_rows(db, month, period, known)


def _ledger_rows(db: Database, month: Month, period: Period, known: Known | None) -> pl.DataFrame:
    if known:
        rows = _platform(db, period, month.connection.id, known)
    else:
        rows = _claude_ai(db, month.connection.id, period)
    rows = rows.with_columns(connection_id=pl.lit(month.connection.id, dtype=pl.Int32))
    return rows.select(pl.col(name).cast(dtype) for name, dtype in LEDGER_SCHEMA.items())


def chunks(db: Database, month: Month) -> Iterator[Period]:
    """The month in runs of days that fit into memory: no ledger row depends on another day's raw rows."""
    counts = _rows_by_day(db, month)
    start, held = month.period.start, 0
    for day in month.period:
        if held and held + counts.get(day, 0) > _CHUNK_ROWS:
            yield Period(start, day)
            start, held = day, 0
        held += counts.get(day, 0)
    yield Period(start, month.period.end)


def _rows_by_day(db: Database, month: Month) -> dict[date, int]:
    counts: dict[date, int] = {}
    for table, made in _BIG_TABLES[month.connection.origin].items():
        days = db.query(
            f"SELECT day, count(*) AS rows FROM {table} WHERE {WITHIN} GROUP BY day",
            within(month.connection.id, month.period),
        )
        for row in days:
            day = date.fromisoformat(row["day"])
            counts[day] = counts.get(day, 0) + made * row["rows"]
    return counts


def _reader(db: Database, connection_id: int, period: Period) -> Callable[[str], pl.DataFrame]:
    return lambda table: read_facts(db.conn, table, connection_id, period)


def _platform(db: Database, period: Period, connection_id: int, known: Known) -> pl.DataFrame:
    read = _reader(db, connection_id, period)
    return platform_rows(read("platform_usage"), read("platform_cost"), known)


def _known(db: Database, month: Month) -> Known | None:
    """What the whole month's split rests on, beside its facts: a piece of it has some days only."""
    connection = month.connection
    if connection.origin is not Origin.PLATFORM:
        return None
    usage = covered_days(db, connection.id, "platform_usage")
    return Known(
        covered_days(db, connection.id, "platform_cost"),
        {day for day, coverage in usage.items() if coverage.fetched_at >= _whole_from(day)},
        default_workspace(db, connection.id, month.period),
        read_prices(db, connection.id),
    )


def _whole_from(day: date) -> datetime:
    """From when on a day's usage is all there: it is minutes late."""
    return datetime.combine(day + ONE_DAY, time(), UTC) + _USAGE_IS_LATE


def _claude_ai(db: Database, connection_id: int, period: Period) -> pl.DataFrame:
    read = _reader(db, connection_id, period)
    cost, usage = (
        comparable_days(db, connection_id, totals, users, period)
        for totals, users in (
            ("claude_ai_cost", "claude_ai_user_cost"),
            ("claude_ai_usage", "claude_ai_user_usage"),
        )
    )
    facts = ClaudeAiFacts(
        read("claude_ai_user_cost"),
        read("claude_ai_user_usage"),
        read("claude_ai_cost"),
        read("claude_ai_usage"),
        covered_days(db, connection_id, "claude_ai_user_cost"),
        cost,
        usage,
    )
    return claude_ai_rows(facts)
