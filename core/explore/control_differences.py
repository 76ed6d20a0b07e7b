"""Lists where the ledger and Anthropic's own sums differ, and where they could not be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlite_utils import Database

from core.ledger.meanings import meaning_of
from core.periods import Period

if TYPE_CHECKING:
    from core.ledger.manifest import ConnectionInfo


@dataclass(frozen=True)
class ControlDifference:
    """A day on which two sums differ; what that means: :func:`core.ledger.meanings.meaning_of`."""

    connection_id: int
    cost_center: str
    day: date
    measure: str
    expected: int | None
    actual: int | None


@dataclass(frozen=True)
class Uncompared:
    """How many days of a connection tell of different states in its totals and in its rows by user."""

    cost_center: str
    days: int


def differences(
    db: Database, connections: Sequence[ConnectionInfo], period: Period
) -> tuple[ControlDifference, ...]:
    """By day, then connection, then measure."""
    names = {c.id: c.cost_center for c in connections}
    rows = db.query(
        "SELECT connection_id, day, measure, expected, actual FROM control_checks"
        " WHERE expected IS NOT actual AND day >= :start AND day < :end ORDER BY day, connection_id, measure",
        _days(period),
    )
    known = (row for row in rows if row["connection_id"] in names)
    days = ({**row, "day": date.fromisoformat(row["day"])} for row in known)
    return tuple(ControlDifference(cost_center=names[day["connection_id"]], **day) for day in days)


def count_faults(db: Database) -> Counter[int]:
    """By connection: the sums of the ledger that are not those of the reports, where that is a fault."""
    rows = db.query(
        "SELECT connection_id, measure, count(*) AS sums FROM control_checks"
        " WHERE expected IS NOT actual GROUP BY connection_id, measure"
    )
    faults = Counter[int]()
    for row in rows:
        faults[row["connection_id"]] += row["sums"] if meaning_of(row["measure"]).is_fault else 0
    return faults


def uncompared(db: Database, connections: Sequence[ConnectionInfo], period: Period) -> tuple[Uncompared, ...]:
    """Of the connections that have such days."""
    rows = db.query(
        "SELECT connection_id, count(DISTINCT day) AS days FROM control_checks"
        " WHERE expected IS NULL AND day >= :start AND day < :end GROUP BY connection_id",
        _days(period),
    )
    days = {row["connection_id"]: row["days"] for row in rows}
    return tuple(Uncompared(c.cost_center, days[c.id]) for c in connections if c.id in days)


def _days(period: Period) -> dict[str, str]:
    return {"start": period.start.isoformat(), "end": period.end.isoformat()}
