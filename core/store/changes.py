"""What re-pulled days held before and after: kept for ever."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from core.clock import parse_rfc3339
from core.periods import day_of
from core.store.coverage import REVISION_DAYS

COST_STREAMS = ("platform_cost", "claude_ai_user_cost", "claude_ai_cost")
"""Streams whose amounts are micro-cents; the amounts of the others are tokens."""


@dataclass(frozen=True)
class DayChange:
    """A day whose report changed. ``before`` and ``after`` in micro-cents or tokens; None: no rows."""

    cost_center: str
    stream: str
    day: date
    changed_at: datetime
    before: int | None
    after: int | None

    @property
    def moved(self) -> int:
        """After less before; no rows count as nothing."""
        return (self.after or 0) - (self.before or 0)

    @property
    def is_cost(self) -> bool:
        return self.stream in COST_STREAMS

    @property
    def late(self) -> bool:
        """Moved after the days in which Anthropic revises: worth asking about."""
        return (day_of(self.changed_at) - self.day).days > REVISION_DAYS


def list_changes(db: Database, *, before_day: date, limit: int = 1000) -> list[DayChange]:
    """Changes to days before ``before_day``, latest first.

    A day that was still under way when the earlier answer came has grown, not changed: it is left out.
    """
    found = db.conn.execute(
        "SELECT c.name, d.stream, d.day, d.changed_at, d.before_amount, d.after_amount"
        " FROM day_changes d JOIN connections c ON c.id = d.connection_id WHERE d.day < ?"
        " AND (before_reached_at IS NULL OR before_reached_at >= date(d.day, '+1 day'))"
        " ORDER BY d.changed_at DESC, d.day DESC, c.name, d.stream LIMIT ?",
        [before_day.isoformat(), limit],
    )
    return [
        DayChange(name, stream, date.fromisoformat(day), parse_rfc3339(changed_at), before, after)
        for name, stream, day, changed_at, before, after in found
    ]
