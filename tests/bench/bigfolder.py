"""A data folder whose ledger is a big one: what the app opens in the browser bench."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

import msgspec

from core.clock import rfc3339
from core.dimensions import Origin
from core.explore.provenance import REQUIRED
from core.ledger.checksum import checksum
from core.ledger.manifest import Part
from core.ledger.schema import SCHEMA_VERSION
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY
from core.settings import Settings
from core.store.database import database, insert, writing
from tests.bench.bigledger import CONNECTIONS, YEAR, big_ledger


def big_folder(folder: Path, rows: int, now: datetime) -> Settings:
    """Settings of a folder with a year of about ``rows`` rows, all days covered, synced at ``now``."""
    settings = Settings(data_dir=folder)
    if not settings.database_path.exists():
        _register(settings, big_ledger(settings.ledger_dir, rows))
    _note_sync(settings, rfc3339(now))
    return settings


def _note_sync(settings: Settings, now: str) -> None:
    """All were just synced: else a sync would start beside what is measured."""
    with database(settings) as db, writing(db):
        db.conn.execute("DELETE FROM runs")
        run = insert(
            db,
            "runs",
            {"started_at": now, "finished_at": now, "heartbeat_at": now, "trigger": "", "outcome": "ok"},
        )
        for connection in CONNECTIONS:
            part = {"run_id": run, "connection_id": connection.id, "outcome": "ok"}
            insert(db, "run_progress", {**part, "started_at": now, "finished_at": now})


def _uri(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.ledger_dir).as_posix()


def _part(settings: Settings, path: Path) -> Part:
    return Part(uri=_uri(settings, path), rows=1, bytes=path.stat().st_size, checksum=checksum(path))


def _register(settings: Settings, ledger: Snapshot) -> None:
    connection = (
        "INSERT INTO connections (id, name, origin, organization_id, organization_name, key_hint, "
        "encrypted_key, since, created_at) VALUES (?, ?, ?, ?, ?, '', '', ?, ?)"
    )
    coverage = (
        "INSERT INTO coverage (connection_id, stream, day, fetched_at, watermark_at, rows) "
        "VALUES (?, ?, ?, ?, ?, 1)"
    )
    start, now = YEAR.start.isoformat(), rfc3339(datetime.combine(YEAR.end, time(), UTC))
    with database(settings) as db, writing(db):
        for one in ledger.connections:
            values = (one.id, one.cost_center, one.origin.value, one.organization_id, one.organization_name)
            db.conn.execute(connection, (*values, start, now))
            streams = REQUIRED[Origin(one.origin)]
            days = [(one.id, stream, day.isoformat(), now, now) for stream in streams for day in YEAR]
            db.conn.executemany(coverage, days)
        for file in ledger.files:
            db.conn.execute(
                "INSERT INTO ledger_files (connection_id, month, file_name, revision, schema_version, rows, "
                "built_at, first_day, last_day, rollups) VALUES (?, ?, ?, 1, ?, 1, ?, ?, ?, ?)",
                (
                    *(file.connection_id, file.month.isoformat(), _uri(settings, file.path)),
                    *(SCHEMA_VERSION, now),
                    *(file.days.start.isoformat(), (file.days.end - ONE_DAY).isoformat()),
                    msgspec.json.encode({one.name: _part(settings, one.path) for one in file.rollups}),
                ),
            )
