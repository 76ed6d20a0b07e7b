"""Does the ledger hold what the reports hold? Compared per connection and day, after every build.

Expected sums come from SQLite, actual ones from the finished ledger frame: two paths that share no code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from sqlite_utils import Database

from core.dimensions import CostBasis, Origin
from core.ledger.facts import WITHIN, within
from core.periods import Period
from core.store.bills import Bill
from core.store.coverage import coverage_of, end_of
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

_OF_USERS = pl.col("cost_basis").ne_missing(CostBasis.UNATTRIBUTED)
_ACTUAL: dict[str, pl.Expr] = {
    "cost": pl.col("cost_microcents"),
    "list_cost": pl.col("list_cost_microcents"),
    "user_cost": pl.col("cost_microcents").filter(_OF_USERS),
    "tokens": pl.col("tokens"),
    "user_tokens": pl.col("tokens").filter(_OF_USERS),
    "web_searches": pl.col("web_searches"),
    "requests": pl.col("requests"),
}
_ACTUAL |= {
    f"analytics_{name}": _ACTUAL[name] for name in ("cost", "list_cost", "tokens", "web_searches", "requests")
}


_STEADY_AFTER = timedelta(days=2)
"""A day's use is all told by then, whatever report tells it; what it cost is hardly ever revised."""


@dataclass(frozen=True)
class Check:
    """One sum on one day: micro-cents, tokens or counts. They differ: something is wrong."""

    day: date
    measure: str
    expected: int
    actual: int


def control_checks(
    db: Database, connection_id: int, origin: Origin, period: Period, ledger: pl.DataFrame
) -> list[Check]:
    """Compare every day the report was pulled for; days it was not pulled for have nothing to compare.

    Days that rest on the newest reports are compared with these, and besides with the legacy totals, which
    are another bill of the same.
    """
    actual, newest = _actual(ledger), _newest_days(ledger)
    steady = _steady_days(db, connection_id, period)
    checks = []
    for measure, (table, summed) in EXPECTED[origin].items():
        stream = STREAMS[table]
        for day, expected in _expected(db, connection_id, table, summed, period).items():
            found = actual.get((day, measure), 0)
            if stream.optional == (day in newest):
                checks.append(Check(day, measure, expected, found))
            elif stream.is_total and day in steady:
                checks.append(Check(day, f"legacy_{measure}", expected, found))
    return checks


def _newest_days(ledger: pl.DataFrame) -> set[date]:
    return set(ledger.filter(pl.col("report") == Bill.ANALYTICS)["day"])


def _steady_days(db: Database, connection_id: int, period: Period) -> set[date]:
    """Days that no report was pulled of while they were young: two of them then tell of one state."""
    held = coverage_of(db, connection_id, period)
    return {
        day
        for day in period
        if all(of[day].fetched_at >= end_of(day) + _STEADY_AFTER for of in held.values() if day in of)
    }


def _actual(ledger: pl.DataFrame) -> dict[tuple[date, str], int]:
    sums = ledger.group_by("day").agg(
        expression.cast(pl.Int128).sum().alias(measure) for measure, expression in _ACTUAL.items()
    )
    return {
        (row["day"], measure): int(row[measure]) for row in sums.iter_rows(named=True) for measure in _ACTUAL
    }


def _expected(db: Database, connection_id: int, table: str, summed: str, period: Period) -> dict[date, int]:
    """The report's sum for each pulled day; a pulled day without rows sums to zero."""
    found = db.query(
        f"SELECT day, (SELECT coalesce(sum({summed}), 0) FROM {table} AS fact "
        "WHERE fact.connection_id = coverage.connection_id AND fact.day = coverage.day) AS total "
        f"FROM coverage WHERE {WITHIN} AND stream = :stream AND NOT EXISTS "
        # Totals and users of two states of Anthropic's data cannot be compared: the next pull brings one.
        "(SELECT 1 FROM coverage AS users WHERE users.connection_id = :connection_id "
        "AND users.stream = :users AND users.day = coverage.day "
        "AND users.watermark_at IS NOT coverage.watermark_at)",
        {**within(connection_id, period), "stream": table, "users": STREAMS[table].control_of},
    )
    return {date.fromisoformat(row["day"]): row["total"] for row in found}
