"""What the explorer reads: the ledger's files as of one revision, and who the connections are.

All of it comes from the manifest: nothing here knows the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path

import polars as pl

from core.dimensions import Origin
from core.errors import StoreError
from core.ledger.checksum import is_intact
from core.ledger.lists import NO_LISTS, Lists
from core.ledger.manifest import ConnectionInfo, Manifest, MonthEntry, decoded, read_content
from core.ledger.namesakes import NO_LABELS, Labels, Namesake
from core.ledger.reading import reading_errors
from core.ledger.restriction import Restriction
from core.ledger.rollups import Rollup
from core.ledger.schema import LEDGER_SCHEMA, SCHEMA_VERSION, of_earlier_version
from core.periods import ONE_DAY, Period
from core.settings import Settings


@dataclass(frozen=True)
class RollupFile:
    """A month's rows added up; ``name`` is the rollup's."""

    name: str
    path: Path
    checksum: str | None = None


@dataclass(frozen=True)
class LedgerFile:
    """A connection's month; ``month`` is its first day, ``days`` reach from its first row to its last.

    ``checksum`` is of its rows as they were written; None where none was kept. ``lacks``: columns that a file
    of an earlier version, ``is_earlier``, does not have.
    """

    connection_id: int
    month: date
    path: Path
    days: Period
    checksum: str | None = None
    rollups: tuple[RollupFile, ...] = ()
    is_earlier: bool = False
    lacks: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether rows and rollups are as they were written."""
        parts: tuple[LedgerFile | RollupFile, ...] = (self, *self.rollups)
        return all(is_intact(part.path, part.checksum) for part in parts)

    def rollup_path(self, rollup: Rollup) -> Path | None:
        """The path of the rollup of these rows; None if it is missing or has other columns."""
        if self.is_earlier:
            return None
        return next((part.path for part in self.rollups if part.name == rollup.name), None)


@dataclass(frozen=True)
class Snapshot:
    """One revision of the ledger. Equal snapshots give equal answers.

    ``restriction``: the rows that are to be seen, where it is not all (:mod:`core.ledger.restricted`).
    """

    revision: int
    files: tuple[LedgerFile, ...]
    connections: tuple[ConnectionInfo, ...]
    labels: Labels = NO_LABELS
    lists: Lists = NO_LISTS
    restriction: Restriction | None = None

    @cached_property
    def key(self) -> str:
        """Equal for equal snapshots, and for no others: short, and made once, for caches."""
        return sha256(repr(self).encode()).hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether every file is as it was written. Lost or damaged ones are rebuilt from the database."""
        return all(file.is_intact for file in self.files)

    @cached_property
    def _origins(self) -> dict[int, Origin]:
        return {connection.id: connection.origin for connection in self.connections}

    def scan(self, files: Iterable[LedgerFile] | None = None, rollup: Rollup | None = None) -> pl.LazyFrame:
        """Read lazily; columns are ``LEDGER_SCHEMA``, or those of the ``rollup``, which all files must have.

        ``files`` narrows to some of the snapshot's files. A rollup must hold the columns of the restriction.
        """
        scanned = self._scanned(self.files if files is None else tuple(files), rollup)
        columns = rollup.columns if rollup else tuple(LEDGER_SCHEMA)
        return self.restriction.seen(scanned, columns) if self.restriction else scanned

    def _scanned(self, given: tuple[LedgerFile, ...], rollup: Rollup | None) -> pl.LazyFrame:
        """All rows, whoever asks."""
        if rollup:
            return pl.scan_parquet([path for file in given if (path := file.rollup_path(rollup))])
        current = [file.path for file in given if not file.is_earlier]
        with reading_errors():
            earlier = [
                of_earlier_version(pl.scan_parquet(file.path), self._origins[file.connection_id])
                for file in given
                if file.is_earlier
            ]
        scans = [pl.scan_parquet(current)] * bool(current) + earlier
        return pl.concat(scans) if scans else pl.LazyFrame(schema=LEDGER_SCHEMA)


def open_ledger(settings: Settings) -> Snapshot:
    """The ledger as its manifest has it now.

    Raises:
        StoreError: there is no manifest, or it is damaged.
    """
    content = read_content(settings.ledger_dir)
    snapshot = snapshot_in(settings.ledger_dir, content) if content is not None else None
    if snapshot is None:
        raise StoreError(
            f"The manifest of the ledger in {settings.ledger_dir} is missing or damaged.",
            means="It says which files the numbers are in.",
            remedy="Open a page, or run a sync: it is made anew from the database.",
        )
    return snapshot


@lru_cache(maxsize=4)
def snapshot_in(ledger_dir: Path, content: bytes) -> Snapshot | None:
    """The snapshot that a manifest's content gives of its folder; None where it is not a manifest."""
    manifest = decoded(content)
    return snapshot_of(manifest, ledger_dir) if manifest else None


def snapshot_of(manifest: Manifest, ledger_dir: Path) -> Snapshot:
    """The files that a manifest names, and whose they are."""
    namesakes = (Namesake(n.dimension, n.connection_id, n.id, n.name, n.label) for n in manifest.namesakes)
    return Snapshot(
        manifest.revision,
        tuple(_file(entry, ledger_dir) for entry in manifest.files),
        manifest.connections,
        Labels(tuple(namesakes), tuple(manifest.persons.items())),
        Lists(manifest.lists),
    )


def _file(entry: MonthEntry, ledger_dir: Path) -> LedgerFile:
    return LedgerFile(
        entry.connection_id,
        date.fromisoformat(f"{entry.month}-01"),
        ledger_dir / entry.rows.uri,
        Period(date.fromisoformat(entry.first_day), date.fromisoformat(entry.last_day) + ONE_DAY),
        entry.rows.checksum,
        tuple(RollupFile(name, ledger_dir / part.uri, part.checksum) for name, part in entry.rollups.items()),
        entry.schema_version != SCHEMA_VERSION,
        entry.lacks,
    )
