"""A connection that is removed leaves nothing behind: not a row, not a name, not a byte of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from core import operations
from core.settings import Settings
from core.store.connections import find_connection, list_connections
from core.store.database import database
from core.store.findings import FoundNow, Part, SeriesKey, keep_findings, list_findings, mute, muted_series
from core.store.outbox import Alert, Phase, add_alert
from tests.support.organizations import NOW, World, organizations, sync

DAY = NOW.date() - timedelta(days=5)


def planted(settings: Settings) -> set[str]:
    """What only Staff has: its people, its organization, its key, the name it was given."""
    with database(settings) as db:
        connection = find_connection(db, "Staff")
        token = next(db.query("SELECT encrypted_key FROM connections WHERE name = 'Staff'"))["encrypted_key"]
    people = {person.email for person in organizations()["Staff"].people}
    assert len(people) == 4
    return {*people, connection.organization_id, bytes(token).decode(), "Staff cost center"}


def texts(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file as it lies there, and a Parquet file's values besides, for they are compressed."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()
            if path.suffix == ".parquet":
                yield path, pl.read_parquet(path).cast(pl.String, strict=False).write_csv().encode()


def found(folder: Path, words: set[str]) -> set[tuple[str, str]]:
    return {
        (word, path.relative_to(folder).parts[0])
        for path, content in texts(folder)
        for word in words
        if word.encode() in content
    }


def told(settings: Settings, person: str) -> None:
    """Something unusual of a person of Staff, muted besides, and an alert of it."""
    key = SeriesKey("user", person)
    unusual = FoundNow(key, person, "spike", "usd", 1, DAY, DAY, DAY, 100, 900, (Part(key, person, 1.0),))
    alert = Alert(
        "anomaly:1", "anomaly", Phase.BEGUN, f"User {person}", f"{person} spent more", "anomalies", NOW
    )
    with database(settings) as db:
        keep_findings(db, [unusual], DAY, NOW)
        mute(db, key, person, NOW)
        add_alert(db, alert)


@pytest.mark.slow
def test_nothing_of_a_removed_connection_is_on_the_disk(synced: World) -> None:
    settings, _, _ = synced
    words = planted(settings)
    told(settings, next(word for word in words if "@" in word))
    with database(settings) as db:
        connection = find_connection(db, "Staff")
        others = [c.name for c in list_connections(db) if c.name != "Staff"]
    operations.rename(settings, connection.id, "Staff cost center")
    assert {word for word, _ in found(settings.data_dir, words)} == words
    operations.remove(settings, connection.id)
    assert found(settings.data_dir, words) == set()
    with database(settings) as db:
        assert not list_findings(db) and not muted_series(db)
    assert [c.name for c in operations.connections(settings)] == others
    assert sync(settings).outcome == "ok"


def test_its_space_is_given_back(synced: World) -> None:
    settings, _, _ = synced
    before = settings.database_path.stat().st_size
    for connection in operations.connections(settings):
        operations.remove(settings, connection.id)
    assert settings.database_path.stat().st_size < before / 2
    wal = settings.database_path.with_name(settings.database_path.name + "-wal")
    assert not wal.exists() or wal.stat().st_size == 0


def test_it_is_removed_while_another_program_reads(synced: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.reclaim._WAIT_MILLISECONDS", 50)
    settings, _, _ = synced
    with database(settings) as reader:
        reader.conn.execute("BEGIN")
        assert reader.table("connections").count == 3
        operations.remove(settings, operations.connections(settings)[0].id)
        assert reader.table("connections").count == 3
        reader.conn.rollback()
    assert len(operations.connections(settings)) == 2
