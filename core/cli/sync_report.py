"""What a sync says while it runs and when it ends."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from core.cli import codes
from core.clock import rfc3339, utc_now
from core.periods import Period, day_of
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.failures import SyncFailure, list_failures
from core.store.reached import first_asked
from core.store.runs import ConnectionProgress, RunStatus
from core.streams import streams_of


class SyncReport:
    """Progress: one line that changes on a terminal, plain lines elsewhere, nothing with JSON or quiet.

    Standard output holds progress and results, standard error what failed.
    """

    def __init__(self, settings: Settings, *, as_json: bool, quiet: bool) -> None:
        self._settings, self._json = settings, as_json
        self._talks = not (as_json or quiet)
        self._terminal = self._talks and sys.stdout.isatty()
        self._said: set[tuple[int, int]] = set()
        self._joined: int | None = None

    def kept(self, connections: Sequence[Connection], period: Period) -> None:
        """Say from which day on a period can be pulled again."""
        for connection in connections:
            first = self._first_asked(connection)
            if self._talks and period.start < first:
                self._say(
                    f"{connection.name}: can be pulled again from {first} on; earlier days stay as they are."
                )

    def _first_asked(self, connection: Connection) -> date:
        streams = [stream.name for stream in streams_of(connection.origin)]
        with database(self._settings) as db:
            return first_asked(db, connection, streams, day_of(utc_now()))

    def joined(self, run: RunStatus) -> None:
        """Say that another sync is followed."""
        self._joined = run.id
        if self._talks:
            self._say(f"A sync is running since {run.started_at:%H:%M:%S} UTC ({run.trigger}); following it.")

    def progress(self, run: RunStatus) -> None:
        """Say how far the run is."""
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write(f"\r\x1b[K{overall(run, utc_now())[:width]}")
            sys.stdout.flush()
        elif self._talks:
            self._say_finished(run)

    def finished(self, run: RunStatus) -> None:
        """Say how it ended: failures on standard error, in quiet too."""
        if self._terminal:
            sys.stdout.write("\r\x1b[K")
        if self._json:
            self._write_json(run)
        if self._talks:
            self._say_finished(run)
            if not run.connections:
                self._say("Nothing is connected, so nothing was pulled.")
        for message, names in _by_message(run.connections).items():
            sys.stderr.write(f"{', '.join(names)}: {message}\n")
        if run.message:
            sys.stderr.write(f"{run.message}\n")

    def _say_finished(self, run: RunStatus) -> None:
        for connection in run.connections:
            told = (run.id, connection.connection_id)  # another's run may come first, which it waited for
            if connection.outcome and told not in self._said:
                self._said.add(told)
                self._say(_ended(connection))

    def _say(self, sentence: str) -> None:
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()

    def _write_json(self, run: RunStatus) -> None:
        with database(self._settings) as db:
            failures = list_failures(db, run_id=run.id)
        lines = [_connection_json(part, failures) for part in run.connections]
        lines.append(_run_json(run, joined=run.id == self._joined))
        sys.stdout.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def overall(run: RunStatus, now: datetime) -> str:
    """How far a run is, in one line."""
    waits = [c.waiting_until for c in run.connections if c.waiting_until and c.waiting_until > now]
    left = run.seconds_left(now)
    parts = [
        f"{run.windows_done} of {run.windows_total} windows",
        f"{run.rows:,} rows",
        f"{sum(c.requests for c in run.connections):,} requests",
        *([f"waiting for Anthropic until {min(waits):%H:%M:%S} UTC"] if waits else []),
        *([f"about {_duration(left)} left"] if left else []),
        *(["building the ledger"] if all(c.finished_at for c in run.connections) else []),
        *(["stopping"] if run.stop_requested else []),
    ]
    return ", ".join(parts)


def failure_json(failure: SyncFailure) -> dict[str, Any]:
    """A failure as plain values; ``from`` and ``to`` are the window's days, half-open."""
    return {
        "report": failure.stream,
        "kind": failure.kind,
        "from": failure.period.start.isoformat() if failure.period else None,
        "to": failure.period.end.isoformat() if failure.period else None,
        "message": failure.message,
        "request_id": failure.request_id,
        "failed_at": rfc3339(failure.failed_at),
    }


def progress_json(part: RunStatus | ConnectionProgress) -> dict[str, Any]:
    """Counts and times of a run, or of a connection's part in it."""
    ended = part.finished_at
    parts = part.connections if isinstance(part, RunStatus) else (part,)
    return {
        "outcome": part.outcome,
        **{
            name: sum(getattr(progress, name) for progress in parts)
            for name in ("windows_done", "windows_total", "rows", "requests", "retries")
        },
        "started_at": rfc3339(part.started_at),
        "finished_at": rfc3339(ended) if ended else None,
        "seconds": round((ended - part.started_at).total_seconds(), 3) if ended else None,
        "message": part.message,
    }


def _connection_json(part: ConnectionProgress, failures: Sequence[SyncFailure]) -> dict[str, Any]:
    own = [failure_json(failure) for failure in failures if failure.connection_id == part.connection_id]
    return {"name": part.name, **progress_json(part), "request_id": part.request_id, "failures": own[::-1]}


def _run_json(run: RunStatus, *, joined: bool) -> dict[str, Any]:
    exit_code = codes.of_outcome(run.outcome)
    return {"run": run.id, "joined": joined, "exit_code": exit_code, **progress_json(run)}


def _by_message(connections: Sequence[ConnectionProgress]) -> dict[str, list[str]]:
    """What went wrong -> the connections it went wrong for."""
    names: dict[str, list[str]] = {}
    for connection in connections:
        if connection.message:
            names.setdefault(connection.explanation, []).append(connection.name)
    return names


def _ended(part: ConnectionProgress) -> str:
    took = (part.finished_at - part.started_at).total_seconds() if part.finished_at else 0.0
    return (
        f"{part.name}: {part.outcome}, {part.windows_done} of {part.windows_total} windows, "
        f"{part.rows:,} rows, {part.requests:,} requests, {_duration(took)}"
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
