"""Facts, replaced a whole window at a time.

Rows of a window gather in a temporary table while pages arrive. Then one transaction deletes the window's
days, moves the rows in, and writes coverage and revision: readers see the old window or the new one. Facts
are never upserted: rows vanish upstream, and a NULL in a key never matches itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter

from sqlite_utils import Database

from core.clock import rfc3339
from core.periods import Period, months_in
from core.store.database import writing
from core.store.meta import raise_revision
from core.streams import STREAMS

Row = tuple[object, ...]

_OWNER_AND_DAY = itemgetter(0, 1)

_NOTHING = (None, 0)
"""The total and the rows of a day without rows."""


@dataclass(frozen=True)
class Window:
    """What was fetched: ``period`` was asked for, ``covered`` are its days that the answer really covers.

    ``reduced``: those kept with fewer dimensions. ``aside``: by day and reason, how many rows could not be
    counted.
    """

    connection_id: int
    stream: str
    period: Period
    covered: frozenset[date]
    pages: int
    fetched_at: datetime
    watermark_at: datetime | None
    run_id: int | None = None
    reduced: frozenset[date] = frozenset()
    aside: Mapping[tuple[str, str], int] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True)
class WindowSize:
    """How much a window of so many days was."""

    days: int
    pages: int
    rows: int


class Staging:
    """Rows of one window on their way in; never more than a page of them in memory.

    Rows that say the same of another amount are kept side by side: they add up.
    """

    def __init__(self, db: Database, stream: str) -> None:
        self._db = db
        self.table = f"temp.staged_{stream}"
        db.conn.execute(f"DROP TABLE IF EXISTS {self.table}")
        db.conn.execute(f"CREATE TEMP TABLE staged_{stream} AS SELECT * FROM {_checked(stream)} WHERE 0")
        self._columns = _columns(stream)
        self._of: set[tuple[object, object]] = set()
        self.rows = 0

    def add(self, rows: Sequence[Row]) -> None:
        """Rows are ``connection_id``, ``day`` and the stream's columns, in the order declared."""
        marks, names = ", ".join("?" * len(self._columns)), ", ".join(self._columns)
        with writing(self._db):
            self._db.conn.executemany(f"INSERT INTO {self.table} ({names}) VALUES ({marks})", rows)
        self.rows += len(rows)
        self._of.update(map(_OWNER_AND_DAY, rows))

    def sums(self, names: Sequence[str], summed: Sequence[str]) -> Iterator[Row]:
        """By the columns ``names``: the sums of the columns ``summed``."""
        keys, sums = ", ".join(names), ", ".join(f"sum({column})" for column in summed)
        yield from self._db.conn.execute(f"SELECT {keys}, {sums} FROM {self.table} GROUP BY {keys}")

    def drop_days(self, days: Iterable[date]) -> None:
        """Take the rows of some days out again."""
        for day in days:
            cursor = self._db.conn.execute(f"DELETE FROM {self.table} WHERE day = ?", [day.isoformat()])
            self.rows -= cursor.rowcount
            self._of = {of for of in self._of if of[1] != day.isoformat()}

    def require_within(self, connection_id: int, days: Sequence[str]) -> None:
        """Raises ValueError when a row is of another connection or of none of the days."""
        if not self._of <= {(connection_id, day) for day in days}:
            raise ValueError("a staged row lies outside its window")

    def days(self) -> set[date]:
        """The days that have rows."""
        return {date.fromisoformat(str(day)) for _, day in self._of}

    def drop(self) -> None:
        self._db.conn.execute(f"DROP TABLE IF EXISTS {self.table}")


def replace_window(db: Database, window: Window, staging: Staging) -> int:
    """Put the staged rows in place of the window's covered days, in one transaction.

    Returns the new revision. Days of the window that the answer does not cover keep what they had.
    """
    days = sorted(day.isoformat() for day in window.covered)
    staging.require_within(window.connection_id, days)
    with writing(db):
        before = _day_totals(db, window.stream, window)
        covered_before = _covered_before(db, window)
        for day in days:
            db.conn.execute(
                f"DELETE FROM {_checked(window.stream)} WHERE connection_id = ? AND day = ?",
                (window.connection_id, day),
            )
        names = ", ".join(_columns(window.stream))
        db.conn.execute(f"INSERT INTO {window.stream} ({names}) SELECT {names} FROM {staging.table}")
        after = _day_totals(db, window.stream, window)
        _record_changes(
            db,
            window,
            {day: (reached, *before.get(day, _NOTHING)) for day, reached in covered_before.items()},
            after,
            days,
        )
        revision = raise_revision(db)
        _record_window(db, window, staging.rows, after, days, revision)
    return revision


def recent_sizes(db: Database, connection_id: int, stream: str, *, limit: int = 31) -> list[WindowSize]:
    """The sizes of the windows pulled for a stream, those of the latest days first."""
    found = db.conn.execute(
        "SELECT julianday(end_day) - julianday(start_day), pages, rows FROM windows"
        " WHERE connection_id = ? AND stream = ? ORDER BY end_day DESC, id DESC LIMIT ?",
        [connection_id, stream, limit],
    )
    return [WindowSize(int(days), pages, rows) for days, pages, rows in found]


def _columns(stream: str) -> tuple[str, ...]:
    return ("connection_id", "day", *(column.name for column in STREAMS[stream].columns))


def _checked(stream: str) -> str:
    if stream not in STREAMS:
        raise ValueError(f"no such stream: {stream}")
    return stream


def _day_totals(db: Database, stream: str, window: Window) -> dict[str, tuple[int | None, int]]:
    """Day -> (sum of micro-cents or tokens, rows)."""
    found = db.conn.execute(
        f"SELECT day, sum({' + '.join(STREAMS[stream].magnitude)}), count(*) FROM {stream} "
        "WHERE connection_id = ? AND day >= ? AND day < ? GROUP BY day",
        (window.connection_id, window.period.start.isoformat(), window.period.end.isoformat()),
    )
    return {day: (total, rows) for day, total, rows in found}


def _covered_before(db: Database, window: Window) -> dict[str, str]:
    """Day -> the instant up to which the earlier pull told of it."""
    found = db.conn.execute(
        "SELECT day, min(fetched_at, coalesce(watermark_at, fetched_at)) FROM coverage"
        " WHERE connection_id = ? AND stream = ? AND day >= ? AND day < ?",
        (
            window.connection_id,
            window.stream,
            window.period.start.isoformat(),
            window.period.end.isoformat(),
        ),
    )
    return dict(found.fetchall())


def _record_changes(
    db: Database,
    window: Window,
    before: dict[str, tuple[str, int | None, int]],
    after: dict[str, tuple[int | None, int]],
    days: list[str],
) -> None:
    """Keep for ever what a day held before and after, where an earlier pull had covered it.

    ``before``: day -> how far that pull reached, its total, its rows.
    """
    changes = [
        (
            window.run_id,
            window.connection_id,
            window.stream,
            day,
            rfc3339(window.fetched_at),
            before[day][1],
            after.get(day, _NOTHING)[0],
            before[day][2],
            after.get(day, _NOTHING)[1],
            before[day][0],
        )
        for day in days
        if day in before and before[day][1:] != after.get(day, _NOTHING)
    ]
    db.conn.executemany(
        "INSERT INTO day_changes "
        "(run_id, connection_id, stream, day, changed_at, before_amount, after_amount, "
        "before_rows, after_rows, before_reached_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        changes,
    )


def _record_window(
    db: Database,
    window: Window,
    rows: int,
    after: dict[str, tuple[int | None, int]],
    days: list[str],
    revision: int,
) -> None:
    watermark = rfc3339(window.watermark_at) if window.watermark_at else None
    fetched = rfc3339(window.fetched_at)
    db.conn.executemany(
        "INSERT OR REPLACE INTO coverage"
        " (connection_id, stream, day, fetched_at, watermark_at, rows, set_aside, reduced)"
        " VALUES (:connection_id, :stream, :day, :fetched_at, :watermark_at, :rows, :set_aside, :reduced)",
        [
            {
                "connection_id": window.connection_id,
                "stream": window.stream,
                "day": day,
                "fetched_at": fetched,
                "watermark_at": watermark,
                "rows": after.get(day, _NOTHING)[1],
                "set_aside": sum(rows for (on, _), rows in window.aside.items() if on == day),
                "reduced": date.fromisoformat(day) in window.reduced,
            }
            for day in days
        ],
    )
    _record_aside(db, window, days)
    db.conn.execute(
        "INSERT INTO windows (run_id, connection_id, stream, start_day, end_day, pages, rows, fetched_at, "
        "watermark_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            window.run_id,
            window.connection_id,
            window.stream,
            window.period.start.isoformat(),
            window.period.end.isoformat(),
            window.pages,
            rows,
            fetched,
            watermark,
            revision,
        ),
    )
    db.conn.executemany(
        "INSERT OR REPLACE INTO month_revisions VALUES (?, ?, ?)",
        [(window.connection_id, month.isoformat(), revision) for month in months_in(window.period)],
    )


def _record_aside(db: Database, window: Window, days: Sequence[str]) -> None:
    """Rows that could not be counted, by day and reason, in place of those of the days' earlier pulls."""
    place = {"connection_id": window.connection_id, "stream": window.stream}
    db.conn.executemany(
        "DELETE FROM set_aside WHERE connection_id = :connection_id AND stream = :stream AND day = :day",
        [{**place, "day": day} for day in days],
    )
    db.conn.executemany(
        "INSERT INTO set_aside (connection_id, stream, day, reason, rows, request_id)"
        " VALUES (:connection_id, :stream, :day, :reason, :rows, :request_id)",
        [
            {**place, "day": day, "reason": reason, "rows": rows, "request_id": window.request_id}
            for (day, reason), rows in window.aside.items()
            if day in days
        ],
    )
