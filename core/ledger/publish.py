"""From the database's books to the manifest that readers open.

The books say which files were built; the manifest tells readers. It follows the books: written anew whenever
they, a connection, a label or a list changed, and whenever it is found to be missing, damaged or behind.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from sqlite_utils import Database

from core.dimensions import Origin
from core.ledger.checksum import checksum_of, parquet_columns, size_of
from core.ledger.layout import hive_folder
from core.ledger.list_values import read_lists
from core.ledger.manifest import (
    FORMAT_VERSION,
    ConnectionInfo,
    Manifest,
    MonthEntry,
    NamesakeEntry,
    Part,
    decoded,
    encoded,
    read_content,
    replace_manifest,
    rollups_of,
    uris,
)
from core.ledger.names import read_labels, renew_labels
from core.ledger.rows_folder import publish_rows
from core.ledger.schema import LEDGER_SCHEMA, SCHEMA_VERSION, TOLD_OF_EARLIER
from core.ledger.snapshot import Snapshot, snapshot_in, snapshot_of
from core.periods import ONE_DAY, next_month
from core.settings import Settings
from core.store.database import if_writable, reading, writing
from core.store.meta import get_meta, ledger_revision, set_meta

_PUBLISHED = "published_manifest"
"""The revision and the checksum of the manifest that was written last."""


def current_snapshot(db: Database, settings: Settings) -> Snapshot:
    """The ledger as the database has it now; its manifest is brought up to date if it is not.

    Where it cannot be written, the snapshot is right all the same.
    """
    content = read_content(settings.ledger_dir)
    if (
        content is not None
        and _is_current(db, content)
        and (snapshot := snapshot_in(settings.ledger_dir, content))
    ):
        return snapshot
    with if_writable(), suppress(OSError):
        publish(db, settings)
    with reading(db):
        return snapshot_of(make_manifest(db, settings), settings.ledger_dir)


def publish(db: Database, settings: Settings) -> None:
    """Write the manifest of now, then the folder of rows. One process at a time; the last has the newest.

    Raises:
        OSError: the disk or the folder refuses.
    """
    settings.ledger_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with writing(db):
        renew_labels(db)  # a list may call somebody something else since the last build
        manifest = make_manifest(db, settings)
        content, before = encoded(manifest), read_content(settings.ledger_dir)
        if content != before:
            _stamp_superseded(settings.ledger_dir, before, manifest)
            replace_manifest(settings.ledger_dir, content)
        publish_rows(settings.ledger_dir, _rows_by_place(manifest, settings.ledger_dir))
        set_meta(db, _PUBLISHED, _published(db, content))


def is_published(db: Database, settings: Settings) -> bool:
    """Whether the manifest is there, whole, and of the database as it is now."""
    content = read_content(settings.ledger_dir)
    return content is not None and _is_current(db, content)


def make_manifest(db: Database, settings: Settings) -> Manifest:
    """What the books, the connections, the labels and the lists say; inside the caller's transaction."""
    labels = read_labels(db)
    return Manifest(
        format_version=FORMAT_VERSION,
        revision=ledger_revision(db),
        schema_version=SCHEMA_VERSION,
        connections=list_connection_infos(db),
        files=tuple(_entries(db, settings.ledger_dir)),
        namesakes=tuple(NamesakeEntry(**namesake._asdict()) for namesake in labels.namesakes),
        persons=dict(labels.persons),
        lists=read_lists(db),
    )


def list_connection_infos(db: Database) -> tuple[ConnectionInfo, ...]:
    """Every connection, the oldest first."""
    rows = db.query(
        "SELECT id, name, organization_id, organization_name, origin, demo FROM connections ORDER BY id"
    )
    return tuple(
        ConnectionInfo(
            row["id"],
            row["name"],
            row["organization_id"],
            row["organization_name"],
            Origin(row["origin"]),
            bool(row["demo"]),
        )
        for row in rows
    )


def _is_current(db: Database, content: bytes) -> bool:
    return get_meta(db, _PUBLISHED) == _published(db, content)


def _published(db: Database, content: bytes) -> str:
    return f"{ledger_revision(db)} {checksum_of(content)}"


def _entries(db: Database, ledger_dir: Path) -> Iterator[MonthEntry]:
    months = db.query(
        "SELECT connection_id, month, first_day, last_day, schema_version, file_name, rows, bytes, checksum,"
        " rollups FROM ledger_files WHERE rows > 0 ORDER BY month, connection_id"
    )
    for row in months:
        month, version = date.fromisoformat(row["month"]), row["schema_version"]
        yield MonthEntry(
            connection_id=row["connection_id"],
            month=f"{month:%Y-%m}",
            # A build of an earlier version did not say, and could reach over the whole month.
            first_day=row["first_day"] or row["month"],
            last_day=row["last_day"] or (next_month(month) - ONE_DAY).isoformat(),
            schema_version=version,
            rows=Part(
                uri=row["file_name"],
                rows=row["rows"],
                bytes=row["bytes"] or size_of(ledger_dir / row["file_name"]),
                checksum=row["checksum"],
            ),
            rollups=rollups_of(row["rollups"]),
            lacks=() if version == SCHEMA_VERSION else _lacks(ledger_dir / row["file_name"]),
        )


def _lacks(path: Path) -> tuple[str, ...]:
    there = parquet_columns(path)
    return tuple(name for name in LEDGER_SCHEMA if name not in {*there, *TOLD_OF_EARLIER}) if there else ()


def _rows_by_place(manifest: Manifest, ledger_dir: Path) -> dict[str, Path]:
    """The place of each file in the folder of rows -> the file."""
    paths = {}
    for entry in manifest.files:
        path = ledger_dir / entry.rows.uri
        month = date.fromisoformat(f"{entry.month}-01")
        paths[f"{hive_folder(entry.connection_id, month)}/{path.name}"] = path
    return paths


def _stamp_superseded(ledger_dir: Path, before: bytes | None, now: Manifest) -> None:
    """Note on the files that are no longer named when that was: they outlive their present readers."""
    earlier = decoded(before) if before is not None else None
    for uri in uris(earlier) - uris(now) if earlier else ():
        with suppress(OSError):
            os.utime(ledger_dir / uri)
