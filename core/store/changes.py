"""What re-pulled days held before and after: kept for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.periods import day_of
from core.reach import settled_on
from core.store.columns import stored_instant
from core.stream import StreamUnit
from core.streams import STREAMS


@dataclass(frozen=True)
class DayChange:
    """A day whose report changed, once or several ``times``.

    ``before`` and ``after`` in the stream's unit (dollars: micro-cents); None: no rows. ``changed_at``: the
    last of the changes.
    """

    cost_center: str
    stream: str
    day: date
    changed_at: datetime
    before: int | None
    after: int | None
    times: int = 1

    @property
    def moved(self) -> int:
        """After less before; no rows count as nothing."""
        return (self.after or 0) - (self.before or 0)

    @property
    def unit(self) -> StreamUnit:
        """What the amounts count."""
        return STREAMS[self.stream].unit

    @property
    def is_cost(self) -> bool:
        return self.unit is StreamUnit.USD

    @property
    def is_total(self) -> bool:
        """Whether it can be added up with others: reports by user would count the same money again."""
        return STREAMS[self.stream].is_total

    @property
    def late(self) -> bool:
        """Moved after Anthropic's revisions should be over: worth asking about."""
        return day_of(self.changed_at) > settled_on(self.day)


_CHANGED = (
    " FROM day_changes WHERE changed_at >= :since AND day < :before_day"
    # A day still under way when the earlier answer came has grown, not changed.
    " AND (before_reached_at IS NULL OR before_reached_at >= date(day, '+1 day'))"
)


def list_changes(db: Database, *, before_day: date, since: date = date.min) -> list[DayChange]:
    """Every change made on or after ``since`` (UTC) to a day before ``before_day``, latest first."""
    rows = db.query(
        "SELECT c.name, d.stream, d.day, d.changed_at, d.before_amount, d.after_amount, 1 AS times"
        f" FROM (SELECT *{_CHANGED}) d JOIN connections c ON c.id = d.connection_id"
        " ORDER BY d.changed_at DESC, d.day DESC, c.name, d.stream",
        {"since": since.isoformat(), "before_day": before_day.isoformat()},
    )
    return [_change(row) for row in rows]


def list_moved_days(db: Database, *, before_day: date, since: date = date.min) -> list[DayChange]:
    """The same, each day and report once: from what it held before ``since`` to what it holds now.

    Days that moved late come first, then those that moved last.
    """
    rows = db.query(
        "SELECT c.name, l.stream, l.day, l.changed_at, f.before_amount, l.after_amount, times"
        f" FROM (SELECT min(id) AS first_id, max(id) AS last_id, count(*) AS times{_CHANGED}"
        " GROUP BY connection_id, stream, day) JOIN day_changes f ON f.id = first_id"
        " JOIN day_changes l ON l.id = last_id JOIN connections c ON c.id = l.connection_id"
        " ORDER BY l.changed_at DESC, l.day DESC, c.name, l.stream",
        {"since": since.isoformat(), "before_day": before_day.isoformat()},
    )
    return sorted((_change(row) for row in rows), key=lambda change: not change.late)


def _change(row: Mapping[str, Any]) -> DayChange:
    return DayChange(
        cost_center=row["name"],
        stream=row["stream"],
        day=date.fromisoformat(row["day"]),
        changed_at=stored_instant(row["changed_at"]),
        before=row["before_amount"],
        after=row["after_amount"],
        times=row["times"],
    )
