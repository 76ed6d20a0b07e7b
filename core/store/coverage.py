"""Which days are known, since when, and whether they can still change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlite_utils import Database

from core.clock import parse_rfc3339
from core.periods import ONE_DAY, day_of

REVISION_DAYS = 30
"""For so many days after a day, Anthropic may still revise it."""


@dataclass(frozen=True)
class Coverage:
    """A day that was pulled. No rows is a true zero. Beyond ``watermark_at`` the answer was incomplete."""

    fetched_at: datetime
    watermark_at: datetime | None
    rows: int


def covered_days(db: Database, connection_id: int, stream: str) -> dict[date, Coverage]:
    """Every day pulled for a stream; a day that is absent is unknown, not zero."""
    found = db.conn.execute(
        "SELECT day, fetched_at, watermark_at, rows FROM coverage"
        " WHERE connection_id = ? AND stream = ? ORDER BY day",
        [connection_id, stream],
    )
    return {
        date.fromisoformat(day): Coverage(
            parse_rfc3339(fetched_at), parse_rfc3339(watermark_at) if watermark_at else None, rows
        )
        for day, fetched_at, watermark_at, rows in found
    }


def stored_rows(db: Database, connection_id: int) -> int:
    """How many raw rows a connection's covered days hold, all streams together."""
    (rows,) = db.conn.execute(
        "SELECT coalesce(sum(rows), 0) FROM coverage WHERE connection_id = ?", [connection_id]
    ).fetchone()
    return int(rows)


def is_final(coverage: Coverage, day: date) -> bool:
    """Whether the day was pulled when Anthropic no longer changed it; else it is provisional.

    Every sync pulls today and the 30 days before it, 31 days: one window. The pull on the thirtieth day after
    is a day's last.
    """
    if day_of(coverage.fetched_at) - day < timedelta(days=REVISION_DAYS):
        return False
    end = datetime.combine(day + ONE_DAY, time(), UTC)
    return coverage.watermark_at is None or end <= coverage.watermark_at
