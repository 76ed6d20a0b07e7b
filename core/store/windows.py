"""Replaces facts, a whole window at a time.

Rows of a window gather in a temporary table while pages arrive. Then one transaction deletes the window's
days, moves the rows in, and writes coverage and revision: readers see the old window or the new one. Facts
are never upserted: rows vanish upstream, and a NULL in a key never matches itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from sqlite_utils import Database

from core.clock import rfc3339
from core.periods import Period, months_in
from core.reach import MAX_DAYS
from core.store.columns import instant_text, period_columns
from core.store.database import insert, writing
from core.store.erased_people import veil
from core.store.fractions import round_together
from core.store.meta import count_as_changed
from core.store.told_rates import Rates, replace_rates
from core.streams import STREAMS

Row = tuple[object, ...]

_OWNER_AND_DAY = itemgetter(0, 1)


class _Held(NamedTuple):
    """What a day holds: the sum of its stream's magnitude, None where it has no rows, and how many rows."""

    amount: int | None = None
    rows: int = 0


_NOTHING = _Held()


@dataclass(frozen=True)
class Window:
    """What was fetched: ``period`` was asked for, ``covered`` are its days that the answer really covers.

    ``reduced``: those kept with fewer dimensions. ``aside``: by day and reason, how many rows could not be
    counted. ``totals``: what Anthropic itself says a day's rows add up to, where it was asked. ``rates``:
    the same by price.
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
    totals: Mapping[date, int] = field(default_factory=dict)
    rates: Rates = field(default_factory=dict)


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
        self._db, self._stream = db, stream
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

    def sums(self, names: Sequence[str], summed: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """By the columns ``names``: the sums of the columns ``summed``, under the names of both."""
        keys, sums = ", ".join(names), ", ".join(f"sum({column}) AS {column}" for column in summed)
        return self._db.query(f"SELECT {keys}, {sums} FROM {self.table} GROUP BY {keys}")

    def round_amounts(self) -> None:
        """Amounts finer than a micro-cent, so that no total gains or loses one."""
        round_together(self._db, STREAMS[self._stream], self.table)

    def drop_days(self, days: Iterable[date]) -> None:
        """Take the rows of some days out again."""
        for day in days:
            sql = f"DELETE FROM {self.table} WHERE day = :day"
            self.rows -= self._db.conn.execute(sql, {"day": day.isoformat()}).rowcount
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
        before, reached = _held(db, window), _reached_before(db, window)
        staging.round_amounts()
        veil(db, window.stream, staging.table)
        _replace_rows(db, window, staging, days)
        after = _held(db, window)
        _record_changes(db, window, before, after, {day: reached[day] for day in days if day in reached})
        _record_coverage(db, window, after, days)
        _record_aside(db, window, days)
        _record_totals(db, window, days)
        replace_rates(db, window.connection_id, window.stream, days, window.rates)
        months = map(date.isoformat, months_in(window.period))
        revision = count_as_changed(db, window.connection_id, months)
        _record_window(db, window, staging.rows, revision)
    return revision


def _replace_rows(db: Database, window: Window, staging: Staging, days: Sequence[str]) -> None:
    table, names = _checked(window.stream), ", ".join(_columns(window.stream))
    db.conn.executemany(
        f"DELETE FROM {table} WHERE connection_id = :connection_id AND day = :day",
        [{"connection_id": window.connection_id, "day": day} for day in days],
    )
    db.conn.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staging.table}")


def recent_sizes(db: Database, connection_id: int, stream: str, *, limit: int = MAX_DAYS) -> list[WindowSize]:
    """The sizes of the windows pulled for a stream, those of the latest days first."""
    windows = db.query(
        "SELECT julianday(end_day) - julianday(start_day) AS days, pages, rows FROM windows"
        " WHERE connection_id = :connection_id AND stream = :stream"
        " ORDER BY end_day DESC, id DESC LIMIT :limit",
        {"connection_id": connection_id, "stream": stream, "limit": limit},
    )
    return [WindowSize(int(window["days"]), window["pages"], window["rows"]) for window in windows]


def _columns(stream: str) -> tuple[str, ...]:
    return ("connection_id", "day", *(column.name for column in STREAMS[stream].columns))


def _checked(stream: str) -> str:
    if stream not in STREAMS:
        raise ValueError(f"no such stream: {stream}")
    return stream


def _held(db: Database, window: Window) -> dict[str, _Held]:
    """What each day of the window holds now, as far as it has rows."""
    days = db.query(
        f"SELECT day, sum({' + '.join(STREAMS[window.stream].magnitude)}) AS amount, count(*) AS rows"
        f" FROM {window.stream} WHERE {_IN_WINDOW} GROUP BY day",
        _place(window),
    )
    return {day["day"]: _Held(day["amount"], day["rows"]) for day in days}


def _reached_before(db: Database, window: Window) -> dict[str, str]:
    """Day -> the instant up to which the earlier pull told of it."""
    days = db.query(
        "SELECT day, min(fetched_at, coalesce(watermark_at, fetched_at)) AS reached_at FROM coverage"
        f" WHERE stream = :stream AND {_IN_WINDOW}",
        _place(window),
    )
    return {day["day"]: day["reached_at"] for day in days}


_IN_WINDOW = "connection_id = :connection_id AND day >= :start_day AND day < :end_day"


def _place(window: Window) -> dict[str, Any]:
    """Where a window lies, in the words of the tables."""
    return {
        "connection_id": window.connection_id,
        "stream": window.stream,
        **period_columns(window.period),
    }


def _record_changes(
    db: Database,
    window: Window,
    before: Mapping[str, _Held],
    after: Mapping[str, _Held],
    reached: Mapping[str, str],
) -> None:
    """Keep for ever what a day held before and after, where an earlier pull had covered it.

    ``reached``: of the days that are replaced and were covered, how far that pull reached.
    """
    changes = [
        {
            "run_id": window.run_id,
            "connection_id": window.connection_id,
            "stream": window.stream,
            "day": day,
            "changed_at": rfc3339(window.fetched_at),
            "before_amount": before.get(day, _NOTHING).amount,
            "after_amount": after.get(day, _NOTHING).amount,
            "before_rows": before.get(day, _NOTHING).rows,
            "after_rows": after.get(day, _NOTHING).rows,
            "before_reached_at": reached_at,
        }
        for day, reached_at in reached.items()
        if before.get(day, _NOTHING) != after.get(day, _NOTHING)
    ]
    db.table("day_changes").insert_all(changes)


def _record_coverage(db: Database, window: Window, after: Mapping[str, _Held], days: Sequence[str]) -> None:
    rows = [
        {
            "connection_id": window.connection_id,
            "stream": window.stream,
            "day": day,
            **_told(window),
            "rows": after.get(day, _NOTHING).rows,
            "set_aside": sum(rows for (on, _), rows in window.aside.items() if on == day),
            "reduced": date.fromisoformat(day) in window.reduced,
        }
        for day in days
    ]
    db.table("coverage").upsert_all(rows, pk=("connection_id", "stream", "day"))


def _record_window(db: Database, window: Window, rows: int, revision: int) -> None:
    sizes = {"run_id": window.run_id, "pages": window.pages, "rows": rows, "revision": revision}
    insert(db, "windows", {**_place(window), **_told(window), **sizes})


def _told(window: Window) -> dict[str, str | None]:
    """When the answer came, and how far it told, in the words of the tables."""
    return {
        "fetched_at": rfc3339(window.fetched_at),
        "watermark_at": instant_text(window.watermark_at),
    }


def _record_aside(db: Database, window: Window, days: Sequence[str]) -> None:
    """Rows that could not be counted, by day and reason, in place of those of the days' earlier pulls."""
    place = {"connection_id": window.connection_id, "stream": window.stream}
    db.conn.executemany(
        "DELETE FROM set_aside WHERE connection_id = :connection_id AND stream = :stream AND day = :day",
        [{**place, "day": day} for day in days],
    )
    rows = [
        {**place, "day": day, "reason": reason, "rows": count, "request_id": window.request_id}
        for (day, reason), count in window.aside.items()
        if day in days
    ]
    db.table("set_aside").insert_all(rows)


def _record_totals(db: Database, window: Window, days: Sequence[str]) -> None:
    """Anthropic's own totals, in place of those of the days' earlier pulls."""
    place = {"connection_id": window.connection_id, "stream": window.stream}
    db.conn.executemany(
        "DELETE FROM told_totals WHERE connection_id = :connection_id AND stream = :stream AND day = :day",
        [{**place, "day": day} for day in days],
    )
    rows = [{**place, "day": day.isoformat(), "amount": amount} for day, amount in window.totals.items()]
    db.table("told_totals").insert_all(rows)
