"""Turns one connection's month from raw rows into ledger rows, a few days at a time to keep memory flat."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
from sqlite_utils import Database

from core.cost_basis import Bill
from core.dimensions import NOT_TOLD, Origin
from core.ledger.claude_ai import ClaudeAiFacts, claude_ai_rows
from core.ledger.facts import WITHIN, read_facts, within
from core.ledger.newest import newest_rows, with_left_out
from core.ledger.platform import Known, platform_rows
from core.ledger.reported_prices import read_rates
from core.ledger.schema import LEDGER_SCHEMA
from core.ledger.unit_prices import read_prices
from core.ledger.workspaces import default_workspace
from core.periods import ONE_DAY, Period, next_month
from core.store.bills import analytics_days
from core.store.connections import Connection
from core.store.coverage import comparable_days, covered_days
from core.streams import TOKEN_COLUMNS, newest_streams_of

_CHUNK_ROWS = 60_000
"""About so many ledger rows are made at once, or one day's."""

_USAGE_IS_LATE = timedelta(minutes=5)
"""See the API reference."""

_BIG_TABLES: dict[Origin, dict[Bill, tuple[str, int]]] = {
    Origin.PLATFORM: {
        Bill.LEGACY: ("platform_usage", len(TOKEN_COLUMNS)),
        Bill.ANALYTICS: ("platform_analytics_usage", len(TOKEN_COLUMNS) + 1),
    },
    Origin.CLAUDE_AI: {
        Bill.LEGACY: ("claude_ai_user_cost", 1),
        Bill.ANALYTICS: ("claude_ai_analytics_usage", len(TOKEN_COLUMNS) + 1),
    },
}
"""What most ledger rows of a day are made from, by its bill: how many a raw row makes, at most."""


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
    newest = analytics_days(db, month.connection.id, month.connection.origin, month.period)
    for period in chunks(db, month, newest):
        yield period, _ledger_rows(db, month, period, known, newest)


def _ledger_rows(
    db: Database, month: Month, period: Period, known: Known | None, newest: frozenset[date]
) -> pl.DataFrame:
    """Each day's rows from one bill: the newest reports' on ``newest`` days, else the legacy ones'."""
    connection_id = month.connection.id
    read = _reader(db, connection_id, frozenset(period) - newest)
    legacy = _platform(read, known) if known else _claude_ai(read, db, connection_id, period)
    parts = [legacy.with_columns(report=pl.lit(Bill.LEGACY))]
    if told := newest.intersection(period):
        facts = _reader(db, connection_id, told)
        cost, usage = (facts(stream.name) for stream in newest_streams_of(month.connection.origin))
        rates = read_rates(db.conn, connection_id, month.connection.origin, told)
        rows = newest_rows(cost, usage, known.default_workspace if known else None, rates)
        parts.append(rows if known else with_left_out(rows))
    together = pl.concat(parts).with_columns(connection_id=pl.lit(connection_id, dtype=pl.Int32))
    return together.select(pl.col(name).cast(dtype) for name, dtype in LEDGER_SCHEMA.items())


def chunks(db: Database, month: Month, newest: Collection[date] = ()) -> Iterator[Period]:
    """The month in runs of days that fit into memory: no ledger row depends on another day's raw rows."""
    counts = _rows_by_day(db, month, newest)
    start, held = month.period.start, 0
    for day in month.period:
        if held and held + counts.get(day, 0) > _CHUNK_ROWS:
            yield Period(start, day)
            start, held = day, 0
        held += counts.get(day, 0)
    yield Period(start, month.period.end)


def _rows_by_day(db: Database, month: Month, newest: Collection[date]) -> dict[date, int]:
    counts: dict[date, int] = {}
    for bill, (table, made) in _BIG_TABLES[month.connection.origin].items():
        days = db.query(
            f"SELECT day, count(*) AS rows FROM {table} WHERE {WITHIN} GROUP BY day",
            within(month.connection.id, month.period),
        )
        for row in days:
            day = date.fromisoformat(row["day"])
            if (day in newest) is (bill is Bill.ANALYTICS):
                counts[day] = made * row["rows"]
    return counts


Read = Callable[[str], pl.DataFrame]


def _reader(db: Database, connection_id: int, days: frozenset[date]) -> Read:
    """Reads the facts of some days; SQLite is asked for no more than from the first to the last of them."""
    span = Period(min(days), max(days) + ONE_DAY) if days else Period(date.min, date.min)
    some = pl.col("day").is_in(sorted(days))
    return lambda table: read_facts(db.conn, table, connection_id, span).filter(some)


def _platform(read: Read, known: Known) -> pl.DataFrame:
    """Rows of the legacy reports, which say nothing of products."""
    rows = platform_rows(read("platform_usage"), read("platform_cost"), known)
    return rows.with_columns(product=pl.lit(NOT_TOLD))


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


def _claude_ai(read: Read, db: Database, connection_id: int, period: Period) -> pl.DataFrame:
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
