"""Compares the ledger with the reports, per connection and day, after every build.

Expected sums come from SQLite, actual ones from the finished ledger frame: two paths that share no code.
What a report does not tell is null, not zero, and is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from sqlite_utils import Database

from core.cost_basis import WITHOUT_USAGE, Bill, CostBasis
from core.dimensions import Origin
from core.ledger.facts import WITHIN, within
from core.ledger.placed import placed
from core.ledger.reported_prices import by_price
from core.periods import Period
from core.store.coverage import comparable_days, coverage_of, end_of
from core.store.database import named_rows
from core.streams import STREAMS, newest_streams_of, streams_of

EXPECTED: dict[Origin, dict[str, tuple[str, str]]] = {
    origin: {
        measure: (stream.name, " + ".join(columns))
        for stream in (*streams_of(origin), *newest_streams_of(origin))
        for measure, columns in stream.controls.items()
    }
    for origin in Origin
}
"""Origin -> what is compared -> the report's table and what is summed there."""

BILL_TOTAL = "bill_total"
"""The ledger's cost beside the total that the cost report tells when asked for nothing else."""
COST_BY = "cost_by_"
"""Before a name on the bill: how much of the bill stands in the ledger under that name."""
LEGACY = "legacy_"
"""Before a measure that both bills tell: what the legacy one says of a day that rests on the newest."""
BY_PRICE = "cost_by_price"
"""The ledger's cost by all that a price depends on beside what the newest report says of it."""
BELOW_USERS = "below_users"
"""What a claude.ai organization's total is less than its users' cost."""

_OF_USERS = ~pl.col("cost_basis").cast(pl.String).is_in(list(WITHOUT_USAGE)).fill_null(value=False)
_ACTUAL: dict[str, pl.Expr] = {
    "cost": pl.col("cost_microcents"),
    "list_cost": pl.col("list_cost_microcents"),
    "user_cost": pl.col("cost_microcents").filter(_OF_USERS),
    "tokens": pl.col("tokens"),
    "user_tokens": pl.col("tokens").filter(_OF_USERS),
    "total_tokens": pl.col("tokens"),
    "user_total_tokens": pl.col("tokens").filter(_OF_USERS),
    "web_searches": pl.col("web_searches"),
    "requests": pl.col("requests"),
}
_ACTUAL |= {
    f"analytics_{name}": _ACTUAL[name] for name in ("cost", "list_cost", "tokens", "web_searches", "requests")
}
_OF_BOTH_BILLS = frozenset({"cost", "list_cost", "tokens", "web_searches"})
"""How many requests there are, the two bills count in their own ways."""


_STEADY_AFTER = timedelta(days=2)
"""A day's use is all told by then, whatever report tells it; what it cost is hardly ever revised."""


@dataclass(frozen=True)
class Check:
    """One sum on one day: micro-cents, tokens or counts. They differ: something is wrong.

    Both are None on a day whose totals and rows by user tell of different states of Anthropic's data.
    """

    day: date
    measure: str
    expected: int | None
    actual: int | None


def control_checks(
    db: Database, connection_id: int, origin: Origin, period: Period, ledger: pl.DataFrame
) -> list[Check]:
    """Compare every day the report was pulled for; days it was not pulled for have nothing to compare.

    Days that rest on the newest reports are compared with these, and besides with the legacy totals, which
    are another bill of the same.
    """
    actual, newest = _actual(ledger), _newest_days(ledger)
    checks = [
        Check(day, measure, expected, None if expected is None else actual.get((day, measure), 0))
        for measure, (table, summed) in EXPECTED[origin].items()
        for day, expected in _comparable(db, connection_id, table, summed, period)
        if STREAMS[table].optional == (day in newest)
    ]
    if newest:
        checks += _of_the_other_bill(db, connection_id, origin, period, actual, newest)
        checks += [
            Check(day, BY_PRICE, told, held)
            for day, told, held in by_price(db.conn, connection_id, origin, newest, ledger)
        ]
    if origin is Origin.PLATFORM:
        checks += [
            Check(day, BILL_TOTAL, told, actual.get((day, "cost"), 0))
            for day, told in _told(db, connection_id, period)
            if day not in newest
        ]
        checks += [
            Check(day, f"{COST_BY}{name}", said, actual_amount)
            for day, name, said, actual_amount in placed(db, connection_id, period, ledger)
            if day not in newest
        ]
    else:
        checks += _credits(ledger)
    return checks


def _newest_days(ledger: pl.DataFrame) -> set[date]:
    return set(ledger.filter(pl.col("report").cast(pl.String) == Bill.ANALYTICS)["day"])


def _of_the_other_bill(
    db: Database,
    connection_id: int,
    origin: Origin,
    period: Period,
    actual: dict[tuple[date, str], int],
    newest: set[date],
) -> Iterator[Check]:
    """The legacy totals of the days that rest on the newest reports, once both tell of one state."""
    steady = _steady_days(db, connection_id, period) & newest
    for measure in _OF_BOTH_BILLS & EXPECTED[origin].keys():
        table, summed = EXPECTED[origin][measure]
        for day, expected in _expected(db, connection_id, table, summed, period).items():
            if day in steady:
                yield Check(day, f"{LEGACY}{measure}", expected, actual.get((day, measure), 0))


def _steady_days(db: Database, connection_id: int, period: Period) -> set[date]:
    """Days that no report was pulled of while they were young."""
    held = coverage_of(db, connection_id, period)
    return {
        day
        for day in period
        if all(of[day].fetched_at >= end_of(day) + _STEADY_AFTER for of in held.values() if day in of)
    }


def _told(db: Database, connection_id: int, period: Period) -> list[tuple[date, int]]:
    """The days' totals as the cost report tells them without any dimension."""
    rows = named_rows(
        db,
        f"SELECT day, amount FROM told_totals WHERE {WITHIN} AND stream = 'platform_cost'",
        within(connection_id, period),
    )
    return [(date.fromisoformat(row.day), row.amount) for row in rows]


def _credits(ledger: pl.DataFrame) -> list[Check]:
    """Days on which the organization's total is below its users': noted, so that it can be told."""
    of_nobody = pl.col("cost_basis").cast(pl.String).eq(CostBasis.UNATTRIBUTED)
    less = ledger.filter(of_nobody, pl.col("cost_microcents") < 0)
    days = less.group_by("day").agg(pl.col("cost_microcents").sum()).sort("day")
    return [Check(day, BELOW_USERS, 0, amount) for day, amount in days.iter_rows()]


def _actual(ledger: pl.DataFrame) -> dict[tuple[date, str], int]:
    sums = ledger.group_by("day").agg(
        expression.cast(pl.Int128).sum().alias(measure) for measure, expression in _ACTUAL.items()
    )
    return {
        (row["day"], measure): int(row[measure]) for row in sums.iter_rows(named=True) for measure in _ACTUAL
    }


def _comparable(
    db: Database, connection_id: int, table: str, summed: str, period: Period
) -> Iterator[tuple[date, int | None]]:
    """The report's sum for each pulled day that tells it; None where it cannot be compared."""
    users = STREAMS[table].control_of
    alike = comparable_days(db, connection_id, table, users, period) if users else frozenset(period)
    for day, expected in _expected(db, connection_id, table, summed, period).items():
        yield day, expected if day in alike else None


def _expected(db: Database, connection_id: int, table: str, summed: str, period: Period) -> dict[date, int]:
    """The sum of each pulled day; a day without rows sums to zero, one with a null in them is not told."""
    rows = named_rows(
        db,
        f"SELECT day, coalesce(sum({summed}), 0) AS expected FROM coverage "
        f"LEFT JOIN {table} AS fact USING (connection_id, day) "
        f"WHERE {WITHIN} AND stream = :stream GROUP BY day "
        f"HAVING count(fact.day) = count({summed})",
        {**within(connection_id, period), "stream": table},
    )
    return {date.fromisoformat(row.day): row.expected for row in rows}
