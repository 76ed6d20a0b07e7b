"""What the commands say: progress, the outcome of a sync, the state of each connection."""

from __future__ import annotations

import json
from typing import Any, TextIO

from core.clock import rfc3339, utc_now
from core.settings import Settings
from core.store.connections import Connection, list_connections
from core.store.coverage import stored_rows
from core.store.database import database
from core.store.runs import ConnectionProgress, RunStatus, last_good_sync_at
from core.store.states import list_states


class SyncReport:
    """Progress: one line that changes on a terminal, plain lines elsewhere, nothing with JSON or quiet."""

    def __init__(self, out: TextIO, *, as_json: bool, quiet: bool) -> None:
        self._out, self._json, self._quiet = out, as_json, quiet
        self._terminal = out.isatty()
        self._said: set[int] = set()

    def progress(self, run: RunStatus) -> None:
        """Say how far the run is."""
        if self._json or self._quiet:
            return
        if self._terminal:
            self._out.write(f"\r\x1b[K{_overall(run)}")
        else:
            self._say_finished(run)
        self._out.flush()

    def finished(self, run: RunStatus, errors: TextIO) -> None:
        """Say how it ended: failures on ``errors``, in quiet too."""
        if self._terminal and not (self._json or self._quiet):
            self._out.write("\r\x1b[K")
        if self._json:
            self._out.writelines(json.dumps(_as_json(c), ensure_ascii=False) + "\n" for c in run.connections)
        elif not self._quiet:
            self._say_finished(run)
        for connection in run.connections:
            if connection.message and not self._json:
                errors.write(f"{connection.name}: {connection.explanation}\n")
        if run.message:
            errors.write(f"{run.message}\n")

    def _say_finished(self, run: RunStatus) -> None:
        for connection in run.connections:
            if connection.outcome and connection.connection_id not in self._said:
                self._said.add(connection.connection_id)
                self._out.write(f"{_ended(connection)}\n")


def _overall(run: RunStatus) -> str:
    left = run.seconds_left(utc_now())
    eta = f", about {left:.0f} s left" if left else ""
    return f"{run.windows_done} of {run.windows_total} windows, {run.rows:,} rows{eta}"


def _ended(connection: ConnectionProgress) -> str:
    return (
        f"{connection.name}: {connection.outcome}, {connection.windows_done} of {connection.windows_total} "
        f"windows, {connection.rows:,} rows, {connection.requests} requests"
    )


def _as_json(connection: ConnectionProgress) -> dict[str, Any]:
    names = ("name", "outcome", "windows_done", "windows_total", "rows", "requests", "retries", "message")
    return {
        **{name: getattr(connection, name) for name in names},
        "request_id": connection.request_id,
        "started_at": rfc3339(connection.started_at),
        "finished_at": rfc3339(connection.finished_at) if connection.finished_at else None,
    }


def connection_states(settings: Settings) -> list[dict[str, Any]]:
    """Each connection as plain values: what it is, how fresh, how many raw rows, what is wrong."""
    with database(settings) as db:
        return [_state(db, connection) for connection in list_connections(db)]


def _state(db: Any, connection: Connection) -> dict[str, Any]:
    last = last_good_sync_at(db, connection.id)
    problems = [state for state in list_states(db, connection.id) if state.state != "ok"]
    return {
        "name": connection.name,
        "origin": connection.origin.value,
        "organization_id": connection.organization_id,
        "organization": connection.organization_name or connection.organization_id,
        "key_hint": connection.key_hint,
        "history_since": connection.since.isoformat(),
        "demo": connection.demo,
        "last_good_sync_at": rfc3339(last) if last else None,
        "rows": stored_rows(db, connection.id),
        "problems": [
            {"stream": s.stream, "message": s.message, "request_id": s.request_id} for s in problems
        ],
    }


def status_lines(states: list[dict[str, Any]]) -> str:
    """The same for people."""
    if not states:
        return "Nothing is connected. Connect an organization, or load the demo: python -m core demo\n"
    return "".join(_lines(state) for state in states)


def _lines(state: dict[str, Any]) -> str:
    demo = " (demo)" if state["demo"] else ""
    fresh = (
        f"last complete sync {state['last_good_sync_at']}" if state["last_good_sync_at"] else "not synced yet"
    )
    head = (
        f"{state['name']}{demo}: {state['origin']}, {state['organization']}, key {state['key_hint']}, "
        f"history since {state['history_since']}, {fresh}, {state['rows']:,} rows\n"
    )
    return head + "".join(f"  {problem['message']}\n" for problem in state["problems"])
