"""What the explorer reads: the ledger's files as of one revision, and who the connections are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import polars as pl
from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.checksum import is_intact
from core.ledger.files import rollup_path, month_paths
from core.ledger.rollups import Rollup
from core.ledger.names import NO_LABELS, Labels, read_labels
from core.ledger.schema import LEDGER_SCHEMA
from core.periods import ONE_DAY, Period, next_month
from core.settings import Settings
from core.store.database import database


@dataclass(frozen=True)
class ConnectionInfo:
    """A connection as the explorer needs it: without key or dates."""

    id: int
    cost_center: str
    organization_id: str
    organization_name: str | None
    origin: Origin
    demo: bool

    @property
    def organization(self) -> str:
        """The name, or the id where the API tells none."""
        return self.organization_name or self.organization_id


@dataclass(frozen=True)
class LedgerFile:
    """A connection's month; ``month`` is its first day, ``days`` reach from its first row to its last.

    ``checksum`` is of its files as they were written; None where none was kept.
    """

    connection_id: int
    month: date
    path: Path
    days: Period
    checksum: int | None = None


@dataclass(frozen=True)
class LedgerView:
    """One revision of the ledger. Equal views give equal answers."""

    revision: int
    files: tuple[LedgerFile, ...]
    connections: tuple[ConnectionInfo, ...]
    labels: Labels = NO_LABELS

    @cached_property
    def key(self) -> str:
        """Equal for equal views, and for no others: short, and made once, for caches that are asked often."""
        return sha256(repr(self).encode()).hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether every file is as it was written. Lost or damaged ones are rebuilt from the database."""
        return all(is_intact(month_paths(file.path), file.checksum) for file in self.files)

    def scan(self, files: Iterable[LedgerFile] | None = None, rollup: Rollup | None = None) -> pl.LazyFrame:
        """Read lazily; columns are ``LEDGER_SCHEMA``, or those of the ``rollup``.

        ``files`` narrows to some of the view's files.
        """
        given = self.files if files is None else tuple(files)
        if not given:
            return pl.LazyFrame(schema=LEDGER_SCHEMA)
        return pl.scan_parquet([rollup_path(file.path, rollup) if rollup else file.path for file in given])


def open_ledger(settings: Settings) -> LedgerView:
    """The ledger as it stands now.

    Raises:
        StoreError: the database cannot be read.
    """
    with database(settings) as db:
        db.conn.execute("BEGIN")  # one snapshot: files and connections of the same instant
        try:
            return LedgerView(_revision(db), _files(db, settings), list_connection_infos(db), read_labels(db))
        finally:
            db.conn.rollback()


def _revision(db: Database) -> int:
    (value,) = db.conn.execute("SELECT value FROM meta WHERE name = 'ledger_revision'").fetchone()
    return int(value)


def _files(db: Database, settings: Settings) -> tuple[LedgerFile, ...]:
    found = db.conn.execute(
        "SELECT connection_id, month, file_name, checksum, first_day, last_day FROM ledger_files "
        "WHERE rows > 0 ORDER BY 2, 1"
    )
    return tuple(
        LedgerFile(id_, date.fromisoformat(month), settings.ledger_dir / name, _days(month, *ends), checksum)
        for id_, month, name, checksum, *ends in found
    )


def _days(month: str, first: str | None, last: str | None) -> Period:
    """Of a file; a build of an earlier version did not say, and could reach over the whole month."""
    start = date.fromisoformat(first or month)
    return Period(start, date.fromisoformat(last) + ONE_DAY if last else next_month(start))


def list_connection_infos(db: Database) -> tuple[ConnectionInfo, ...]:
    """Every connection, the oldest first."""
    found = db.conn.execute(
        "SELECT id, name, organization_id, organization_name, origin, demo FROM connections ORDER BY id"
    )
    return tuple(
        ConnectionInfo(id_, name, organization_id, organization_name, Origin(origin), bool(demo))
        for id_, name, organization_id, organization_name, origin, demo in found
    )
