"""Sync runs and their progress, readable by every process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import parse_rfc3339, rfc3339
from core.store.database import if_writable, settings_of, writing
from core.store.last_words import quoted, words_of_run
from core.store.liveness import if_nobody_syncs

_DIED = "The sync ended before it was done. What was pulled is kept; sync again to go on."


@dataclass(frozen=True)
class ConnectionProgress:
    """How far a run is with one connection.

    ``stream`` is the report being read. ``waiting_until`` is set while a request has to wait, and
    ``waiting_for`` says for what. ``ends_at`` is when it will be done, as far as can be told.
    ``outcome`` is None while it lasts, then ``ok``, ``partial``, ``failed`` or ``stopped``; ``message`` is
    the first failure as a sentence.
    """

    connection_id: int
    name: str
    stream: str
    windows_done: int
    windows_total: int
    rows: int
    requests: int
    retries: int
    waiting_until: datetime | None
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    message: str
    request_id: str | None
    waiting_for: str = ""
    ends_at: datetime | None = None

    @property
    def explanation(self) -> str:
        """The first failure with Anthropic's request id, or nothing."""
        if not self.request_id or self.request_id in self.message:
            return self.message
        return f"{self.message} (Anthropic request id: {self.request_id})"

    def seconds_left(self, now: datetime) -> float | None:
        """None while it cannot be told."""
        if self.finished_at is not None:
            return 0.0
        return max(0.0, (self.ends_at - now).total_seconds()) if self.ends_at else None


@dataclass(frozen=True)
class RunStatus:
    """A run; ``outcome`` is None while it lasts, then ok, partial, failed, stopped or died."""

    id: int
    started_at: datetime
    finished_at: datetime | None
    heartbeat_at: datetime
    trigger: str
    outcome: str | None
    message: str
    stop_requested: bool
    connections: tuple[ConnectionProgress, ...]

    @property
    def windows_done(self) -> int:
        return sum(connection.windows_done for connection in self.connections)

    @property
    def windows_total(self) -> int:
        return sum(connection.windows_total for connection in self.connections)

    @property
    def rows(self) -> int:
        return sum(connection.rows for connection in self.connections)

    def seconds_left(self, now: datetime) -> float | None:
        """Until the slowest connection is done; None while any cannot tell, and while the ledger is built."""
        if self.finished_at is None and all(connection.finished_at for connection in self.connections):
            return None
        left = [connection.seconds_left(now) for connection in self.connections]
        known = [seconds for seconds in left if seconds is not None]
        return max(known) if known and len(known) == len(left) else None


def begin_run(db: Database, trigger: str, now: datetime) -> int:
    """Open a run; returns its id. Only the holder of the sync lock may."""
    with writing(db):
        mark_died(db, now)
        cursor = db.conn.execute(
            "INSERT INTO runs (started_at, heartbeat_at, trigger) VALUES (?, ?, ?)",
            [rfc3339(now), rfc3339(now), trigger],
        )
        return int(cursor.lastrowid or 0)


def record_progress(db: Database, run_id: int, progress: Iterable[ConnectionProgress], now: datetime) -> None:
    """Write how far each connection is, and that the run lives. A connection removed meanwhile is skipped."""
    rows = [_progress_row(run_id, item) for item in progress]
    with writing(db):
        db.conn.execute("UPDATE runs SET heartbeat_at = ? WHERE id = ?", [rfc3339(now), run_id])
        db.conn.executemany(
            "INSERT OR REPLACE INTO run_progress"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16"
            " WHERE EXISTS (SELECT 1 FROM connections WHERE id = ?2)",
            rows,
        )


def finish_run(db: Database, run_id: int, outcome: str, now: datetime, *, message: str = "") -> None:
    """Close a run."""
    db.conn.execute(
        "UPDATE runs SET finished_at = ?, heartbeat_at = ?, outcome = ?, message = ? WHERE id = ?",
        [rfc3339(now), rfc3339(now), outcome, message, run_id],
    )


def request_stop(db: Database) -> bool:
    """Ask the running sync to stop, which it hears within a second; False when none runs."""
    cursor = db.conn.execute("UPDATE runs SET stop_requested = 1 WHERE finished_at IS NULL")
    return cursor.rowcount > 0


def stop_requested(db: Database, run_id: int) -> bool:
    found = db.conn.execute("SELECT stop_requested FROM runs WHERE id = ?", [run_id]).fetchone()
    return bool(found and found[0])


def current_run(db: Database) -> RunStatus | None:
    """The run that is under way. One whose process died is closed as ``died``, and not returned."""
    run = _unfinished(db)
    if run is None:
        return None
    with if_nobody_syncs(settings_of(db)) as dead:
        if dead:
            with if_writable():  # elsewhere it is dead all the same
                mark_died(db, run.heartbeat_at)
            return None
    return _unfinished(db)


def list_runs(db: Database, limit: int = 20) -> list[RunStatus]:
    """The latest runs, newest first."""
    return _select(db, "ORDER BY id DESC LIMIT ?", [limit])


def last_complete_run_at(db: Database) -> datetime | None:
    """When a run last brought all it was to bring."""
    (found,) = db.conn.execute("SELECT max(finished_at) FROM runs WHERE outcome = 'ok'").fetchone()
    return _instant(found)


def count_runs(db: Database) -> int:
    (found,) = db.conn.execute("SELECT count(*) FROM runs").fetchone()
    return int(found)


def last_good_sync_at(db: Database, connection_id: int) -> datetime | None:
    """When a connection was last pulled without any failure."""
    (found,) = db.conn.execute(
        "SELECT max(finished_at) FROM run_progress WHERE connection_id = ? AND outcome = 'ok'",
        [connection_id],
    ).fetchone()
    return parse_rfc3339(found) if found else None


def get_run(db: Database, run_id: int) -> RunStatus:
    """Raises LookupError when there is no such run."""
    for run in _select(db, "WHERE id = ?", [run_id]):
        return run
    raise LookupError(f"no run {run_id}")


def mark_died(db: Database, now: datetime) -> None:
    """Close runs that never ended. Only for the holder of the sync lock: then none of them can live."""
    unfinished = db.conn.execute("SELECT id FROM runs WHERE finished_at IS NULL").fetchall()
    for (run_id,) in unfinished:
        words = words_of_run(settings_of(db), run_id)
        db.conn.execute(
            "UPDATE runs SET finished_at = ?, outcome = 'died', message = ? WHERE id = ?",
            [rfc3339(now), " ".join((_DIED, *([] if words is None else [quoted(words)]))), run_id],
        )


def record_stillborn(db: Database, trigger: str, started_at: datetime, now: datetime, message: str) -> None:
    """Keep a sync whose process died before its run began as a run that died."""
    db.conn.execute(
        "INSERT INTO runs (started_at, heartbeat_at, finished_at, trigger, outcome, message)"
        " VALUES (?, ?, ?, ?, 'died', ?)",
        [rfc3339(started_at), rfc3339(now), rfc3339(now), trigger, message],
    )


def _unfinished(db: Database) -> RunStatus | None:
    found = _select(db, "WHERE finished_at IS NULL ORDER BY id DESC LIMIT 1")
    return found[0] if found else None


def _select(db: Database, rest: str, values: Sequence[Any] = ()) -> list[RunStatus]:
    found = db.conn.execute(
        "SELECT id, started_at, finished_at, heartbeat_at, trigger, outcome, message, stop_requested"
        f" FROM runs {rest}",
        values,
    ).fetchall()
    return [
        RunStatus(
            id=row[0],
            started_at=parse_rfc3339(row[1]),
            finished_at=_instant(row[2]),
            heartbeat_at=parse_rfc3339(row[3]),
            trigger=row[4],
            outcome=row[5],
            message=row[6],
            stop_requested=bool(row[7]),
            connections=_progress(db, row[0]),
        )
        for row in found
    ]


def _progress(db: Database, run_id: int) -> tuple[ConnectionProgress, ...]:
    found = db.conn.execute(
        "SELECT p.connection_id, c.name, p.stream, windows_done, windows_total, rows, requests, retries,"
        " waiting_until, started_at, finished_at, outcome, message, request_id, waiting_for, ends_at"
        " FROM run_progress p JOIN connections c ON c.id = p.connection_id WHERE run_id = ? ORDER BY c.id",
        [run_id],
    )
    return tuple(_progress_of(row) for row in found)


def _progress_of(row: tuple[Any, ...]) -> ConnectionProgress:
    return ConnectionProgress(
        connection_id=row[0],
        name=row[1],
        stream=row[2],
        windows_done=row[3],
        windows_total=row[4],
        rows=row[5],
        requests=row[6],
        retries=row[7],
        waiting_until=_instant(row[8]),
        started_at=parse_rfc3339(row[9]),
        finished_at=_instant(row[10]),
        outcome=row[11],
        message=row[12],
        request_id=row[13],
        waiting_for=row[14],
        ends_at=_instant(row[15]),
    )


def _progress_row(run_id: int, item: ConnectionProgress) -> tuple[Any, ...]:
    return (
        run_id,
        item.connection_id,
        item.stream,
        item.windows_done,
        item.windows_total,
        item.rows,
        item.requests,
        item.retries,
        _text(item.waiting_until),
        rfc3339(item.started_at),
        _text(item.finished_at),
        item.outcome,
        item.message,
        item.request_id,
        item.waiting_for,
        _text(item.ends_at),
    )


def _instant(text: str | None) -> datetime | None:
    return parse_rfc3339(text) if text else None


def _text(instant: datetime | None) -> str | None:
    return rfc3339(instant) if instant else None
