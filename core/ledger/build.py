"""Brings the ledger up to date: rebuilds the months that changed, then writes the manifest that names them.

Files carry the revision in their name and are never written twice. So a reader sees one state. A kill
between two steps leaves files that nobody names, or an old manifest, which the next opening rewrites.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from sqlite_utils import Database

from core.clock import Clock, rfc3339, utc_now
from core.dimensions import DIMENSIONS
from core.errors import StoreError
from core.ledger.checksum import is_intact
from core.ledger.control import Check, control_checks
from core.ledger.facts import WITHIN, within
from core.ledger.files import Written, write_month
from core.ledger.layout import BUILT, MonthPlace
from core.ledger.manifest import rollups_of
from core.ledger.months import Month, month_rows
from core.ledger.names import keep_names, make_labels, names_in, read_labels, renew_labels
from core.ledger.namesakes import Named
from core.ledger.publish import current_snapshot, publish
from core.ledger.schema import SCHEMA_VERSION
from core.ledger.unit_prices import borrowed_marks, renew_prices
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database, insert_many, reading, writing
from core.store.meta import count_as_changed, raise_ledger_revision

_KEEP_SECONDS = 600
"""How long a superseded file stays for readers that hold an older snapshot."""


@dataclass(frozen=True)
class _Built:
    """A month's file, written but not yet shown."""

    month: Month
    written: Written
    checks: list[Check]
    names: dict[Named, date]


def refresh_ledger(settings: Settings, clock: Clock = utc_now) -> int:
    """Rebuild what the database changed since, and anything missing. Returns how many months were built.

    Call it with the sync lock held.

    Raises:
        StoreError: the database or the ledger folder cannot be written.
    """
    with ledger_errors(settings):
        return _refresh(settings, clock)


@contextmanager
def ledger_errors(settings: Settings) -> Iterator[None]:
    """Turn what the file system refuses into a sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The ledger in {settings.ledger_dir} cannot be written: {error.strerror or error}.",
            means="The pages show the last complete ledger; what was pulled is safe in the database.",
            remedy="Free some space or make the folder writable, then sync again.",
        ) from error


def forget_connection(settings: Settings, connection_id: int) -> None:
    """Delete the ledger files of a connection that was removed; the manifest no longer names them."""
    for kind in BUILT:
        shutil.rmtree(settings.ledger_dir / kind / f"connection={connection_id}", ignore_errors=True)
    for path in settings.ledger_dir.glob(f"*-c{connection_id}-*"):  # of an earlier version
        path.unlink(missing_ok=True)


def forget_superseded(settings: Settings) -> None:
    """Delete files that no longer count at once, whoever may be reading them: what they hold was erased."""
    with database(settings) as db:
        _prune(db, settings, keep_seconds=0)


def relabel(settings: Settings) -> None:
    """After a connection was renamed or removed: renew the labels of shared names, and the manifest."""
    with database(settings) as db:
        with writing(db):
            renew_labels(db)
        current_snapshot(db, settings)


def _refresh(settings: Settings, clock: Clock) -> int:
    settings.ledger_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(settings)
    with database(settings) as db:
        stale = _stale_with_borrowers(db, settings)
        built = [_build_month(db, settings, month) for month in stale]
        _enter(db, built, clock)
        publish(db, settings)
        _prune(db, settings)
    return len(built)


def _stale_with_borrowers(db: Database, settings: Settings) -> list[Month]:
    """Months to rebuild, with those that borrowed a price which is another one now."""
    stale = stale_months(db, settings)
    connections = {month.connection.id: month.connection for month in stale}
    renew_prices(db, connections.values())
    borrowers = {id_: _borrowers(db, id_) for id_ in connections}
    if not any(borrowers.values()):
        return stale
    with writing(db):
        for id_, months in borrowers.items():
            count_as_changed(db, id_, months)
    return stale_months(db, settings)


def _borrowers(db: Database, connection_id: int) -> list[str]:
    """Months whose file is up to its facts, and was made with other prices than are known now."""
    months = db.query(
        "SELECT month, prices FROM ledger_files AS files JOIN month_revisions AS facts"
        " USING (connection_id, month) WHERE connection_id = :connection_id"
        " AND files.revision = facts.revision AND prices IS NOT NULL",
        {"connection_id": connection_id},
    )
    marks = borrowed_marks(db, connection_id)
    return [row["month"] for row in months if marks.get(row["month"]) != row["prices"]]


def stale_months(db: Database, settings: Settings) -> list[Month]:
    """Months whose file is missing, damaged, of another schema, or older than their facts."""
    connections = {connection.id: connection for connection in list_connections(db)}
    months = db.query(
        "SELECT connection_id, month, facts.revision AS wanted, file_name, files.revision AS built, "
        "schema_version, checksum, rollups "
        "FROM month_revisions AS facts LEFT JOIN ledger_files AS files USING (connection_id, month) "
        "ORDER BY month DESC, connection_id"
    )
    return [
        Month(connections[row["connection_id"]], date.fromisoformat(row["month"]), row["wanted"])
        for row in months
        if row["file_name"] is None
        or row["built"] < row["wanted"]
        or row["schema_version"] != SCHEMA_VERSION
        or not _is_whole(settings, row)
    ]


def _is_whole(settings: Settings, row: dict[str, Any]) -> bool:
    """Whether the files of a month in the books are as they were written."""
    rollups = rollups_of(row["rollups"]).values()
    parts = [(row["file_name"], row["checksum"]), *((part.uri, part.checksum) for part in rollups)]
    return all(is_intact(settings.ledger_dir / uri, expected) for uri, expected in parts)


def _build_month(db: Database, settings: Settings, month: Month) -> _Built:
    version = f"r{month.revision}-v{SCHEMA_VERSION}"
    place = MonthPlace(settings.ledger_dir, month.connection.id, month.month, version)
    checks, names = list[Check](), dict[Named, date]()
    with reading(db):
        written = write_month(_checked_chunks(db, month, checks, names), place)
    return _Built(month, written, checks, names)


def _checked_chunks(
    db: Database, month: Month, checks: list[Check], names: dict[Named, date]
) -> Iterator[pl.DataFrame]:
    """The month's ledger rows, some days at a time; what their control totals say goes to ``checks``, who is
    named in them to ``names``."""
    connection = month.connection
    has_workspaces = connection.origin in DIMENSIONS["workspace"].origins
    for days, rows in month_rows(db, month):
        checks += control_checks(db, connection.id, connection.origin, days, rows)
        for named, day in names_in(rows, connection.id, workspaces=has_workspaces).items():
            names[named] = max(day, names.get(named, day))
        yield rows


def _enter(db: Database, built: Sequence[_Built], clock: Clock) -> None:
    """All months at once: a reader never compares a new month with one that is still to come.

    Labels may change without them: a list tells that a workspace was archived. Publishing renews them.
    """
    if not built and make_labels(db) == read_labels(db):
        return
    marks = {new.month.connection.id: borrowed_marks(db, new.month.connection.id) for new in built}
    with writing(db):
        for new in built:
            _enter_month(db, new, clock, marks[new.month.connection.id])
            _replace_checks(db, new.month, new.checks)
            keep_names(db, new.month.connection.id, new.month.month, new.names)
        raise_ledger_revision(db)


def _enter_month(db: Database, built: _Built, clock: Clock, marks: Mapping[str, str]) -> None:
    """``marks``: of the prices that each month of the connection is made with."""
    written = built.written
    row = {
        "connection_id": built.month.connection.id,
        "month": built.month.month.isoformat(),
        "file_name": written.rows.uri,
        "revision": built.month.revision,
        "schema_version": SCHEMA_VERSION,
        "rows": written.rows.rows,
        "built_at": rfc3339(clock()),
        "first_day": written.first_day and written.first_day.isoformat(),
        "last_day": written.last_day and written.last_day.isoformat(),
        "bytes": written.rows.bytes,
        "checksum": written.rows.checksum,
        "rollups": msgspec.json.encode(written.rollups).decode(),
        "prices": marks.get(built.month.month.isoformat()),
    }
    db.table("ledger_files").upsert(row, pk=("connection_id", "month"))


def _replace_checks(db: Database, month: Month, checks: list[Check]) -> None:
    at = within(month.connection.id, month.period)
    db.conn.execute(f"DELETE FROM control_checks WHERE {WITHIN}", at)
    insert_many(db, "control_checks", [_check_row(month, check) for check in checks])


def _check_row(month: Month, check: Check) -> dict[str, object]:
    return {**asdict(check), "connection_id": month.connection.id, "day": check.day.isoformat()}


def _sweep(settings: Settings) -> None:
    """Delete what killed builds left half written: with the lock held no other build lives."""
    for path in settings.ledger_dir.rglob("*.tmp"):
        path.unlink(missing_ok=True)


def _prune(db: Database, settings: Settings, keep_seconds: float = _KEEP_SECONDS) -> None:
    """Delete files that the manifest does not name and no reader can still hold."""
    live = {settings.ledger_dir / uri for uri in _known(db)}
    oldest = time.time() - keep_seconds
    for path in _built_files(settings.ledger_dir):
        with suppress(FileNotFoundError):  # deleted meanwhile, with its connection
            if path not in live and path.stat().st_mtime < oldest:
                path.unlink()


def _known(db: Database) -> frozenset[str]:
    """All files that the books name: those of the manifest, and of months without rows."""
    months = db.query("SELECT file_name, rollups FROM ledger_files")
    return frozenset(
        uri
        for row in months
        for uri in (row["file_name"], *(part.uri for part in rollups_of(row["rollups"]).values()))
    )


def _built_files(ledger_dir: Path) -> Iterator[Path]:
    for kind in BUILT:
        yield from (ledger_dir / kind).rglob("*.parquet")
    yield from ledger_dir.glob("*.parquet")  # of an earlier version
