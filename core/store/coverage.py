"""Which days are known, since when, and whether they can still change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sqlite_utils import Database

from core.clock import parse_rfc3339
from core.periods import ONE_DAY, Period, day_of

REVISION_DAYS = 30
"""For so many days after a day, Anthropic may still revise it."""

REACH_DAYS = 365
"""Both APIs look back so many days, today included."""

CLAUDE_AI_FIRST_DAY = date(2026, 1, 1)
"""claude.ai's reports begin here."""


@dataclass(frozen=True)
class Coverage:
    """A day that was pulled. No rows is a true zero. Beyond ``watermark_at`` the answer was incomplete."""

    fetched_at: datetime
    watermark_at: datetime | None
    rows: int


def reach_start(today: date) -> date:
    """The earliest day that the APIs still tell about."""
    return today - timedelta(days=REACH_DAYS - 1)


def covered_days(db: Database, connection_id: int, stream: str) -> dict[date, Coverage]:
    """Every day pulled for a stream; a day that is absent is unknown, not zero."""
    found = db.conn.execute(
        "SELECT day, fetched_at, watermark_at, rows FROM coverage"
        " WHERE connection_id = ? AND stream = ? ORDER BY day",
        [connection_id, stream],
    )
    return {date.fromisoformat(day): _coverage(*rest) for day, *rest in found}


def coverage_of(db: Database, connection_id: int, period: Period) -> dict[str, dict[date, Coverage]]:
    """By stream: the days of ``period`` that were pulled."""
    found = db.conn.execute(
        "SELECT stream, day, fetched_at, watermark_at, rows FROM coverage"
        " WHERE connection_id = ? AND day >= ? AND day < ?",
        [connection_id, period.start.isoformat(), period.end.isoformat()],
    )
    days: dict[str, dict[date, Coverage]] = {}
    for stream, day, *rest in found:
        days.setdefault(stream, {})[date.fromisoformat(day)] = _coverage(*rest)
    return days


def first_covered(db: Database, connection_id: int) -> date | None:
    """The oldest day of which any report is stored."""
    found = db.conn.execute("SELECT min(day) FROM coverage WHERE connection_id = ?", [connection_id])
    (day,) = found.fetchone()
    return date.fromisoformat(day) if day else None


def first_held(db: Database, connection_id: int, stream: str) -> date | None:
    """The oldest day of one report that is stored."""
    found = db.conn.execute(
        "SELECT min(day) FROM coverage WHERE connection_id = ? AND stream = ?", [connection_id, stream]
    )
    (day,) = found.fetchone()
    return date.fromisoformat(day) if day else None


def last_covered(db: Database, connection_id: int) -> dict[str, tuple[date, Coverage]]:
    """By stream: the newest day that was pulled."""
    found = db.conn.execute(
        "SELECT stream, max(day), fetched_at, watermark_at, rows FROM coverage"
        " WHERE connection_id = ? GROUP BY stream",
        [connection_id],
    )
    return {stream: (date.fromisoformat(day), _coverage(*rest)) for stream, day, *rest in found}


def reached_at(db: Database, connection_id: int) -> dict[str, datetime]:
    """By stream: up to when its data reach, Anthropic's watermark or the time of the last pull."""
    found = db.conn.execute(
        "SELECT stream, max(coalesce(watermark_at, fetched_at)) FROM coverage"
        " WHERE connection_id = ? GROUP BY stream",
        [connection_id],
    )
    return {stream: _instant(text) for stream, text in found}


def _coverage(fetched_at: str, watermark_at: str | None, rows: int) -> Coverage:
    return Coverage(_instant(fetched_at), _instant(watermark_at) if watermark_at else None, rows)


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    """A window's days share their instants."""
    return parse_rfc3339(text)


def stored_rows(db: Database, connection_id: int) -> int:
    """How many raw rows a connection's covered days hold, all streams together."""
    (rows,) = db.conn.execute(
        "SELECT coalesce(sum(rows), 0) FROM coverage WHERE connection_id = ?", [connection_id]
    ).fetchone()
    return int(rows)


def is_final(coverage: Coverage, day: date, today: date) -> bool:
    """Whether the day was pulled when Anthropic no longer changed it; else it is provisional.

    A pull after ``today`` was told by a wrong clock, and makes nothing final.

    Every sync pulls today and the 30 days before it, 31 days: one window. The pull on the thirtieth day after
    is a day's last.
    """
    pulled_on = day_of(coverage.fetched_at)
    if pulled_on > today or pulled_on - day < timedelta(days=REVISION_DAYS):
        return False
    end = datetime.combine(day + ONE_DAY, time(), UTC)
    return coverage.watermark_at is None or end <= coverage.watermark_at
