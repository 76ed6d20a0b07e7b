"""Sync runs and their progress, readable by every process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import instant_text, stored_instant, stored_instant_or_none
from core.store.database import if_writable, insert, named_rows, settings_of, writing
from core.store.last_words import quoted, words_of_run
from core.store.liveness import if_nobody_syncs
from core.store.while_connected import put_while_connected

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
        begun: dict[str, object] = {
            "started_at": rfc3339(now),
            "heartbeat_at": rfc3339(now),
            "trigger": trigger,
        }
        return insert(db, "runs", begun)


def record_progress(db: Database, run_id: int, progress: Iterable[ConnectionProgress], now: datetime) -> None:
    """Write how far each connection is, and that the run lives. A connection removed meanwhile is skipped."""
    rows = [_progress_row(run_id, connection) for connection in progress]
    with writing(db):
        beat = {"run_id": run_id, "now": rfc3339(now)}
        db.conn.execute("UPDATE runs SET heartbeat_at = :now WHERE id = :run_id", beat)
        put_while_connected(db, "run_progress", rows)


def finish_run(db: Database, run_id: int, outcome: str, now: datetime, *, message: str = "") -> None:
    """Close a run."""
    db.conn.execute(
        "UPDATE runs SET finished_at = :now, heartbeat_at = :now, outcome = :outcome, message = :message"
        " WHERE id = :run_id",
        {"run_id": run_id, "now": rfc3339(now), "outcome": outcome, "message": message},
    )


def request_stop(db: Database) -> bool:
    """Ask the running sync to stop, which it hears within a second; False when none runs."""
    asked = "UPDATE runs SET stop_requested = 1 WHERE finished_at IS NULL"
    return db.conn.execute(asked).rowcount > 0


def stop_requested(db: Database, run_id: int) -> bool:
    asked = "SELECT 1 FROM runs WHERE id = :run_id AND stop_requested"
    return any(db.query(asked, {"run_id": run_id}))


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
    return _select(db, "ORDER BY id DESC LIMIT :limit", limit=limit)


def last_complete_run_at(db: Database) -> datetime | None:
    """When a run last brought all it was to bring."""
    row = next(db.query("SELECT max(finished_at) AS finished_at FROM runs WHERE outcome = 'ok'"))
    return stored_instant_or_none(row["finished_at"])


def count_runs(db: Database) -> int:
    return db.table("runs").count


def last_good_sync_at(db: Database, connection_id: int) -> datetime | None:
    """When a connection was last pulled without any failure."""
    rows = db.query(
        "SELECT max(finished_at) AS finished_at FROM run_progress"
        " WHERE connection_id = :connection_id AND outcome = 'ok'",
        {"connection_id": connection_id},
    )
    return stored_instant_or_none(next(rows)["finished_at"])


def get_run(db: Database, run_id: int) -> RunStatus:
    """Raises LookupError when there is no such run."""
    for run in _select(db, "WHERE id = :run_id", run_id=run_id):
        return run
    raise LookupError(f"no run {run_id}")


def mark_died(db: Database, now: datetime) -> None:
    """Close runs that never ended. Only for the holder of the sync lock: then none of them can live."""
    for run in list(db.query("SELECT id FROM runs WHERE finished_at IS NULL")):
        words = words_of_run(settings_of(db), run["id"])
        message = " ".join((_DIED, *([] if words is None else [quoted(words)])))
        died = {"finished_at": rfc3339(now), "outcome": "died", "message": message}
        db.table("runs").update(run["id"], died)


def record_stillborn(db: Database, trigger: str, started_at: datetime, now: datetime, message: str) -> None:
    """Keep a sync whose process died before its run began as a run that died."""
    stillborn: dict[str, object] = {
        "started_at": rfc3339(started_at),
        "heartbeat_at": rfc3339(now),
        "finished_at": rfc3339(now),
        "trigger": trigger,
        "outcome": "died",
        "message": message,
    }
    insert(db, "runs", stillborn)


def _unfinished(db: Database) -> RunStatus | None:
    return next(iter(_select(db, "WHERE finished_at IS NULL ORDER BY id DESC LIMIT 1")), None)


def _select(db: Database, which: str, **values: int) -> list[RunStatus]:
    runs = list(db.query(f"SELECT * FROM runs {which}", values))
    connections = _connections(db, which, values) if runs else {}
    return [_run(run, connections.get(run["id"], ())) for run in runs]


def _run(row: Mapping[str, Any], connections: Sequence[ConnectionProgress]) -> RunStatus:
    return RunStatus(
        id=row["id"],
        started_at=stored_instant(row["started_at"]),
        finished_at=stored_instant_or_none(row["finished_at"]),
        heartbeat_at=stored_instant(row["heartbeat_at"]),
        trigger=row["trigger"],
        outcome=row["outcome"],
        message=row["message"],
        stop_requested=bool(row["stop_requested"]),
        connections=tuple(connections),
    )


def _connections(db: Database, which: str, values: Mapping[str, int]) -> dict[int, list[ConnectionProgress]]:
    """Run -> how far it is with each connection, by the connection's id."""
    rows = named_rows(
        db,
        "SELECT p.*, c.name FROM run_progress p JOIN connections c ON c.id = p.connection_id"
        f" WHERE run_id IN (SELECT id FROM runs {which}) ORDER BY run_id, c.id",
        values,
    )
    connections: dict[int, list[ConnectionProgress]] = {}
    for row in rows:
        connections.setdefault(row.run_id, []).append(_progress(row))
    return connections


def _progress(row: Any) -> ConnectionProgress:
    return ConnectionProgress(
        connection_id=row.connection_id,
        name=row.name,
        stream=row.stream,
        windows_done=row.windows_done,
        windows_total=row.windows_total,
        rows=row.rows,
        requests=row.requests,
        retries=row.retries,
        waiting_until=stored_instant_or_none(row.waiting_until),
        started_at=stored_instant(row.started_at),
        finished_at=stored_instant_or_none(row.finished_at),
        outcome=row.outcome,
        message=row.message,
        request_id=row.request_id,
        waiting_for=row.waiting_for,
        ends_at=stored_instant_or_none(row.ends_at),
    )


def _progress_row(run_id: int, progress: ConnectionProgress) -> dict[str, object]:
    return {
        "run_id": run_id,
        "connection_id": progress.connection_id,
        "stream": progress.stream,
        "windows_done": progress.windows_done,
        "windows_total": progress.windows_total,
        "rows": progress.rows,
        "requests": progress.requests,
        "retries": progress.retries,
        "waiting_until": instant_text(progress.waiting_until),
        "started_at": rfc3339(progress.started_at),
        "finished_at": instant_text(progress.finished_at),
        "outcome": progress.outcome,
        "message": progress.message,
        "request_id": progress.request_id,
        "waiting_for": progress.waiting_for,
        "ends_at": instant_text(progress.ends_at),
    }
