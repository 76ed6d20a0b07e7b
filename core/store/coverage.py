"""Which days are known, since when, and whether they can still change."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlite_utils import Database

from core.periods import ONE_DAY, Period, day_of
from core.reach import settled_on
from core.store.columns import stored_instant, stored_instant_or_none
from core.store.database import named_rows


@dataclass(frozen=True)
class Coverage:
    """A day that was pulled. No rows is a true zero. Beyond ``watermark_at`` the answer was incomplete.

    ``set_aside``: rows of the day that could not be counted. ``reduced``: it is kept with fewer dimensions
    than the ledger has.
    """

    fetched_at: datetime
    watermark_at: datetime | None
    rows: int
    set_aside: int = 0
    reduced: bool = False

    @property
    def told_until(self) -> datetime:
        """Up to when the answer told: Anthropic's watermark, else the time of the pull."""
        return self.watermark_at or self.fetched_at


_COLUMNS = "fetched_at, watermark_at, rows, set_aside, reduced"


def covered_days(db: Database, connection_id: int, stream: str) -> dict[date, Coverage]:
    """Every day pulled for a stream; a day that is absent is unknown, not zero."""
    rows = named_rows(
        db,
        f"SELECT day, {_COLUMNS} FROM coverage WHERE connection_id = :connection_id AND stream = :stream"
        " ORDER BY day",
        {"connection_id": connection_id, "stream": stream},
    )
    return {date.fromisoformat(row.day): _coverage(row) for row in rows}


def coverage_of(db: Database, connection_id: int, period: Period) -> dict[str, dict[date, Coverage]]:
    """By stream: the days of ``period`` that were pulled."""
    rows = named_rows(
        db,
        f"SELECT stream, day, {_COLUMNS} FROM coverage"
        " WHERE connection_id = :connection_id AND day >= :start AND day < :end",
        {"connection_id": connection_id, "start": period.start.isoformat(), "end": period.end.isoformat()},
    )
    days: defaultdict[str, dict[date, Coverage]] = defaultdict(dict)
    for row in rows:
        days[row.stream][date.fromisoformat(row.day)] = _coverage(row)
    return dict(days)


def comparable_days(
    db: Database, connection_id: int, totals: str, users: str, period: Period
) -> frozenset[date]:
    """Days whose total and whose rows by user tell of the same: both tell of the whole day, or Anthropic
    made them at one time."""
    covered = coverage_of(db, connection_id, period)
    by_user = covered.get(users, {})
    return frozenset(
        day
        for day, total in covered.get(totals, {}).items()
        if day in by_user and _are_of_one_state(total, by_user[day], day)
    )


def _are_of_one_state(this: Coverage, other: Coverage, day: date) -> bool:
    return this.watermark_at == other.watermark_at or end_of(day) <= min(this.told_until, other.told_until)


def first_covered(db: Database, connection_id: int) -> date | None:
    """The oldest day of which any report is stored."""
    sql = "SELECT min(day) AS day FROM coverage WHERE connection_id = :connection_id"
    day = next(db.query(sql, {"connection_id": connection_id}))["day"]
    return date.fromisoformat(day) if day else None


def last_covered(db: Database, connection_id: int) -> dict[str, tuple[date, Coverage]]:
    """By stream: the newest day that was pulled."""
    rows = named_rows(
        db,
        f"SELECT stream, max(day) AS day, {_COLUMNS} FROM coverage"
        " WHERE connection_id = :connection_id GROUP BY stream",
        {"connection_id": connection_id},
    )
    return {row.stream: (date.fromisoformat(row.day), _coverage(row)) for row in rows}


def reached_at(db: Database, connection_id: int) -> dict[str, datetime]:
    """By stream: up to when its data reach, never beyond the end of the newest day that it holds."""
    latest = last_covered(db, connection_id)
    return {stream: min(coverage.told_until, end_of(day)) for stream, (day, coverage) in latest.items()}


def end_of(day: date) -> datetime:
    """The instant a UTC day is over."""
    return datetime.combine(day + ONE_DAY, time(), UTC)


def _coverage(row: Any) -> Coverage:
    return Coverage(
        stored_instant(row.fetched_at),
        stored_instant_or_none(row.watermark_at),
        row.rows,
        row.set_aside,
        bool(row.reduced),
    )


def stored_rows(db: Database, connection_id: int) -> int:
    """How many raw rows a connection's covered days hold, all streams together."""
    total = db.query(
        "SELECT coalesce(sum(rows), 0) AS rows FROM coverage WHERE connection_id = :connection_id",
        {"connection_id": connection_id},
    )
    return int(next(total)["rows"])


def is_final(coverage: Coverage, day: date, today: date) -> bool:
    """Whether the day was pulled when Anthropic no longer changed it; else it is provisional.

    A pull after ``today`` was told by a wrong clock, and makes nothing final. Every sync pulls all days that
    are not final again: the last 30, and in the first days of a month all of the month before.
    """
    pulled_on = day_of(coverage.fetched_at)
    if pulled_on > today or pulled_on < settled_on(day):
        return False
    return coverage.watermark_at is None or end_of(day) <= coverage.watermark_at
