"""The state of each connection: when it was synced, how much it holds, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.store import meta
from core.store.bills import InUse, bill_in_use
from core.store.connections import Connection, list_connections
from core.store.coverage import stored_rows
from core.store.runs import ConnectionProgress, RunStatus, last_good_sync_at, list_runs
from core.ui.app import data

_RUNS_LOOKED_AT = 30

_WORDS = {
    "ok": ("ok", "Synced"),
    "partial": ("bad", "Partly synced"),
    "failed": ("bad", "Sync failed"),
    "stopped": ("calm", "Sync stopped"),
    "died": ("bad", "Sync died"),
}


@dataclass(frozen=True)
class ConnectionState:
    """``kind`` is how the badge looks: ok, bad or calm. ``message`` is empty where all is well."""

    connection_id: int
    kind: str
    word: str
    synced_at: datetime | None
    rows: int
    message: str
    bill: InUse


def by_connection() -> dict[int, ConnectionState]:
    """By connection id."""
    with data.store() as db:
        runs = list_runs(db, _RUNS_LOOKED_AT)
        return {c.id: _state(db, c, runs) for c in list_connections(db)}


def refresh_hours() -> int:
    """At which age data is refreshed when the program is opened."""
    with data.store() as db:
        return meta.refresh_hours(db)


def set_refresh_hours(hours: int) -> None:
    """Choose the refresh age.

    Raises:
        InputError: out of range.
    """
    with data.admin_store() as db:
        meta.set_refresh_hours(db, hours)


def _state(db: Database, connection: Connection, runs: list[RunStatus]) -> ConnectionState:
    pulls = [(run, c) for run in runs for c in run.connections if c.connection_id == connection.id]
    kind, word, message = _last(pulls)
    synced_at = last_good_sync_at(db, connection.id)
    bill = bill_in_use(db, connection.id, connection.origin)
    rows = stored_rows(db, connection.id)
    return ConnectionState(connection.id, kind, word, synced_at, rows, message, bill)


def _last(pulls: list[tuple[RunStatus, ConnectionProgress]]) -> tuple[str, str, str]:
    if not pulls:
        return "calm", "Not synced yet", ""
    run, progress = pulls[0]
    if run.finished_at is None and progress.finished_at is None:
        return "calm", "Syncing", ""
    kind, word = _WORDS.get(progress.outcome or run.outcome or "", ("calm", "Not synced yet"))
    return kind, word, progress.explanation if progress.message else ""
