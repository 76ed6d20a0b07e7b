"""Bringing the ledger up to the database: months that changed are rebuilt and swapped in.

Files carry the revision in their name and are never written twice; the database says which of them count. So
a reader sees one state, and a kill between two steps leaves files nobody refers to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

import polars as pl
from sqlite_utils import Database

from core.clock import Clock, rfc3339, utc_now
from core.dimensions import DIMENSIONS
from core.errors import StoreError
from core.ledger.checksum import checksum, is_intact
from core.ledger.control import Check, control_checks
from core.ledger.files import Written, month_paths, write_month
from core.ledger.months import Month, month_rows
from core.ledger.names import keep_names, make_labels, names_in, read_labels, renew_labels
from core.ledger.namesakes import Named
from core.ledger.schema import SCHEMA_VERSION
from core.ledger.unit_prices import renew_prices
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database, writing
from core.store.meta import get_meta, set_meta

_KEEP_SECONDS = 600
"""How long a superseded file stays for readers that hold an older view."""


@dataclass(frozen=True)
class _Built:
    """A month's file, written but not yet shown."""

    month: Month
    file_name: str
    written: Written
    checks: list[Check]
    checksum: int | None
    names: set[Named]


def refresh_ledger(settings: Settings, clock: Clock = utc_now) -> int:
    """Rebuild what the database changed since, and anything missing. Returns how many months were built.

    Call it with the sync lock held.

    Raises:
        StoreError: the database or the ledger folder cannot be written.
    """
    try:
        return _refresh(settings, clock)
    except OSError as error:
        raise StoreError(
            f"The ledger in {settings.ledger_dir} cannot be written: {error.strerror or error}.",
            means="The pages show the last complete ledger; what was pulled is safe in the database.",
            remedy="Free some space or make the folder writable, then sync again.",
        ) from error


def forget_connection(settings: Settings, connection_id: int) -> None:
    """Delete the ledger files of a connection that was removed."""
    for path in settings.ledger_dir.glob(f"*-c{connection_id}-*"):
        path.unlink(missing_ok=True)


def relabel(settings: Settings) -> None:
    """Make the labels of those who share a name anew: a connection was renamed or removed."""
    with database(settings) as db, writing(db):
        renew_labels(db)


def _refresh(settings: Settings, clock: Clock) -> int:
    settings.ledger_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(settings)
    with database(settings) as db:
        stale = stale_months(db, settings)
        renew_prices(db, {month.connection.id: month.connection for month in stale}.values())
        built = [_build_month(db, settings, month) for month in stale]
        _swap_in(db, settings, built, clock)
        _prune(db, settings)
    return len(built)


def stale_months(db: Database, settings: Settings) -> list[Month]:
    """Months whose file is missing, damaged, of another schema, or older than their facts."""
    connections = {connection.id: connection for connection in list_connections(db)}
    found = db.conn.execute(
        "SELECT connection_id, month, facts.revision, file_name, files.revision, schema_version, "
        "checksum "
        "FROM month_revisions AS facts LEFT JOIN ledger_files AS files USING (connection_id, month) "
        "ORDER BY month DESC, connection_id"
    )
    return [
        Month(connections[connection_id], date.fromisoformat(month), revision)
        for connection_id, month, revision, name, built, version, expected in found
        if name is None
        or built < revision
        or version != SCHEMA_VERSION
        or not is_intact(month_paths(settings.ledger_dir / name), expected)
    ]


def _build_month(db: Database, settings: Settings, month: Month) -> _Built:
    name = f"{month.month:%Y-%m}-c{month.connection.id}-r{month.revision}-v{SCHEMA_VERSION}.parquet"
    path, checks, names = settings.ledger_dir / name, list[Check](), set[Named]()
    with _snapshot(db):
        written = write_month(_checked_pieces(db, month, checks, names), path)
    return _Built(month, name, written, checks, checksum(month_paths(path)), names)


def _checked_pieces(
    db: Database, month: Month, checks: list[Check], names: set[Named]
) -> Iterator[pl.DataFrame]:
    """The month's ledger rows, some days at a time; what their control totals say goes to ``checks``, who is
    named in them to ``names``."""
    connection = month.connection
    has_workspaces = connection.origin in DIMENSIONS["workspace"].origins
    for days, rows in month_rows(db, month):
        checks += control_checks(db.conn, connection.id, connection.origin, days, rows)
        names |= names_in(rows, connection.id, workspaces=has_workspaces)
        yield rows


def _swap_in(db: Database, settings: Settings, built: Sequence[_Built], clock: Clock) -> None:
    """All months at once: a reader never compares a new month with one that is still to come.

    Labels may change without them: a list tells that a workspace was archived.
    """
    if not built and make_labels(db) == read_labels(db):
        return
    with writing(db):
        for one in built:
            _retire(db, settings, one.month, one.file_name)
            _record_file(db, one, clock)
            _replace_checks(db, one.month, one.checks)
            keep_names(db, one.month.connection.id, one.month.month, one.names)
        renew_labels(db)
        set_meta(db, "ledger_revision", str(int(get_meta(db, "ledger_revision") or 0) + 1))


def _record_file(db: Database, built: _Built, clock: Clock) -> None:
    db.conn.execute(
        "INSERT OR REPLACE INTO ledger_files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            built.month.connection.id,
            built.month.month.isoformat(),
            built.file_name,
            built.month.revision,
            SCHEMA_VERSION,
            built.written.rows,
            rfc3339(clock()),
            built.written.first_day and built.written.first_day.isoformat(),
            built.written.last_day and built.written.last_day.isoformat(),
            built.checksum,
        ),
    )


@contextmanager
def _snapshot(db: Database) -> Iterator[None]:
    """All reads inside see one state of the database, whatever is written meanwhile."""
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.rollback()


def _retire(db: Database, settings: Settings, month: Month, new_name: str) -> None:
    """Stamp the files that are about to be superseded, so that they outlive their present readers."""
    row = db.conn.execute(
        "SELECT file_name FROM ledger_files WHERE connection_id = ? AND month = ?",
        (month.connection.id, month.month.isoformat()),
    ).fetchone()
    if row and row[0] != new_name:
        for path in month_paths(settings.ledger_dir / row[0]):
            with suppress(FileNotFoundError):
                os.utime(path)


def _replace_checks(db: Database, month: Month, checks: list[Check]) -> None:
    db.conn.execute(
        "DELETE FROM control_checks WHERE connection_id = ? AND day >= ? AND day < ?",
        (month.connection.id, month.period.start.isoformat(), month.period.end.isoformat()),
    )
    db.conn.executemany(
        "INSERT INTO control_checks VALUES (?, ?, ?, ?, ?)",
        [(month.connection.id, c.day.isoformat(), c.measure, c.expected, c.actual) for c in checks],
    )


def _sweep(settings: Settings) -> None:
    """Delete what killed builds left half written: with the lock held no other build lives."""
    for path in settings.ledger_dir.glob("*.tmp"):
        path.unlink(missing_ok=True)


def _prune(db: Database, settings: Settings) -> None:
    """Delete files nobody refers to and no reader can still hold."""
    names = [name for (name,) in db.conn.execute("SELECT file_name FROM ledger_files")]
    live = {path.name for name in names for path in month_paths(settings.ledger_dir / name)}
    oldest = time.time() - _KEEP_SECONDS
    for path in settings.ledger_dir.iterdir():
        with suppress(FileNotFoundError):  # deleted meanwhile, with its connection
            if path.name not in live and path.stat().st_mtime < oldest:
                path.unlink()
