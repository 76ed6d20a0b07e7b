"""What the manifest promises: it names the files that count, in one step, and is right whatever happens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from core import operations
from core.errors import StoreError
from core.explore.engine import total
from core.explore.query import Query
from core.ledger import publish, rows_folder, snapshot
from core.ledger.build import refresh_ledger
from core.ledger.snapshot import open_ledger
from core.settings import Settings
from core.store.connections import list_connections, rename_organization
from core.store.database import database
from tests.support.organizations import PERIOD, World, clock

QUERY = Query(("cost",), PERIOD)


@pytest.fixture
def settings(synced: World) -> Settings:
    return synced[0]


def manifest_of(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.ledger_dir / "manifest.json").read_bytes())
    return found


def parts_of(settings: Settings) -> list[dict[str, Any]]:
    files = manifest_of(settings)["files"]
    return [part for file in files for part in (file["rows"], *file["rollups"].values())]


def in_rows(settings: Settings) -> dict[str, Path]:
    folder = settings.ledger_dir / "rows"
    return {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.parquet")}


def rebuild(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("UPDATE platform_cost SET amount_microcents = amount_microcents + 1")
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, clock)


def cost(settings: Settings) -> int | float | None:
    return total(operations.open_ledger(settings, clock), QUERY)["cost"]


def stored_cost(settings: Settings) -> int:
    with database(settings) as db:
        sums = [
            db.conn.execute(f"SELECT sum(amount_microcents) FROM {table}").fetchone()[0]
            for table in ("platform_cost", "claude_ai_cost")
        ]
    return sum(sums)


def test_every_file_is_named_with_what_it_holds(settings: Settings) -> None:
    manifest = manifest_of(settings)
    for part in parts_of(settings):
        content = (settings.ledger_dir / part["uri"]).read_bytes()
        assert part["bytes"] == len(content)
        assert part["checksum"] == f"crc32:{zlib.crc32(content):08x}"
        assert part["rows"] == pl.read_parquet(content).height
    for file in manifest["files"]:
        rows = pl.read_parquet(settings.ledger_dir / file["rows"]["uri"])
        days = rows["day"]
        assert (file["first_day"], file["last_day"]) == (f"{days.min()}", f"{days.max()}")
        assert {f"{day:%Y-%m}" for day in days.unique()} == {file["month"]}
        assert set(rows["connection_id"]) == {file["connection_id"]}


def test_it_knows_whose_the_rows_are_and_nothing_of_this_machine(settings: Settings) -> None:
    manifest = manifest_of(settings)
    assert manifest["format_version"] == 1
    with database(settings) as db:
        keys = ("id", "name", "organization_id", "organization_name", "origin")
        rows = [tuple(row[key] for key in keys) for row in db.query("SELECT * FROM connections ORDER BY id")]
    told = [
        (c["id"], c["cost_center"], c["organization_id"], c["organization_name"], c["origin"])
        for c in manifest["connections"]
    ]
    assert told == rows and not any(c["demo"] for c in manifest["connections"])
    assert str(settings.data_dir) not in json.dumps(manifest)
    assert not any(part["uri"].startswith(("/", ".")) for part in parts_of(settings))


def test_another_folder_of_the_same_files_reads_the_same(settings: Settings, tmp_path: Path) -> None:
    before = total(open_ledger(settings), QUERY)
    settings.data_dir.rename(tmp_path / "moved")
    assert total(open_ledger(Settings(tmp_path / "moved")), QUERY) == before


@pytest.mark.slow
def test_a_question_needs_no_database(settings: Settings) -> None:
    expected = stored_cost(settings)
    for path in settings.data_dir.glob("token-ledger.db*"):
        path.unlink()
    assert total(open_ledger(settings), QUERY) == {"cost": expected}
    imports = "import core.explore.engine, core.ledger.snapshot, sys"
    loaded = f"{imports}; print([name for name in sys.modules if 'core.store' in name])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_folder_of_rows_has_what_the_manifest_names_and_nothing_superseded(settings: Settings) -> None:
    first = in_rows(settings)
    rebuild(settings)
    second = in_rows(settings)
    named = {file["rows"]["uri"].removeprefix("files/") for file in manifest_of(settings)["files"]}
    assert second.keys() == named
    assert first.keys().isdisjoint(second)
    found = pl.read_parquet(settings.ledger_dir / "rows" / "**" / "*.parquet", hive_partitioning=False)
    assert found["cost_microcents"].sum() == stored_cost(settings)


@pytest.mark.slow
def test_a_file_system_without_second_names_gets_copies(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(rows_folder.os, "link", refuse)
    rebuild(settings)
    found = in_rows(settings)
    assert len(found) == len(manifest_of(settings)["files"])
    assert all(path.stat().st_nlink == 1 for path in found.values())
    before = {name: path.stat().st_ino for name, path in found.items()}
    refresh_ledger(settings, clock)
    assert {name: path.stat().st_ino for name, path in in_rows(settings).items()} == before, "made once"


Damage = Callable[[Path], object]


@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-20]),
        lambda path: path.write_bytes(b"\xff\xfe" + path.read_bytes()),
        lambda path: path.write_text(path.read_text().replace("Main", "Maim")),
        lambda path: path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 2')),
        lambda path: path.write_text("[]"),
        lambda path: path.write_text('{"files":' + "[" * 100_000),
    ],
    ids=["lost", "empty", "cut", "garbled", "one letter", "another format", "no object", "without end"],
)
def test_a_lost_or_damaged_manifest_is_made_anew(settings: Settings, damage: Damage) -> None:
    path = settings.ledger_dir / "manifest.json"
    before = path.read_bytes()
    damage(path)
    assert cost(settings) == stored_cost(settings)
    assert path.read_bytes() == before


def test_without_a_manifest_the_ledger_is_not_read(settings: Settings) -> None:
    (settings.ledger_dir / "manifest.json").unlink()
    with pytest.raises(StoreError, match=r"manifest of the ledger .* is missing"):
        open_ledger(settings)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["replace_manifest", "publish_rows", "set_meta"])
def test_a_build_that_ends_before_readers_are_told_is_told_when_it_is_opened(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publish, step, die)
        with pytest.raises(KeyboardInterrupt):
            rebuild(settings)
    snapshot.open_ledger(settings).scan().collect()  # of before, or of now: all it names is there
    assert cost(settings) == stored_cost(settings)
    assert total(open_ledger(settings), QUERY) == {"cost": stored_cost(settings)}
    assert len(in_rows(settings)) == len(manifest_of(settings)["files"])
    refresh_ledger(settings, clock)
    assert not list(settings.ledger_dir.glob("rows.*"))


def test_what_people_do_with_connections_shows_at_once(settings: Settings) -> None:
    with database(settings) as db:
        first, second, *_ = sorted(list_connections(db), key=lambda connection: connection.id)
    operations.rename(settings, first.id, "Renamed")
    assert manifest_of(settings)["connections"][0]["cost_center"] == "Renamed"
    operations.remove(settings, second.id)
    manifest = manifest_of(settings)
    assert second.id not in {c["id"] for c in manifest["connections"]}
    assert second.id not in {file["connection_id"] for file in manifest["files"]}
    assert not any(f"connection={second.id}" in str(path) for path in settings.ledger_dir.rglob("*"))
    with database(settings) as db:
        rename_organization(db, first.id, "New name")
    operations.open_ledger(settings)
    assert manifest_of(settings)["connections"][0]["organization_name"] == "New name"


def test_a_ledger_that_cannot_be_written_is_right_all_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(publish, "replace_manifest", refuse)
    (first, *_) = operations.open_ledger(settings).connections
    operations.rename(settings, first.id, "Renamed")
    assert operations.open_ledger(settings).connections[0].cost_center == "Renamed"
    assert manifest_of(settings)["connections"][0]["cost_center"] == first.cost_center


@pytest.mark.slow
def test_what_a_manifest_stops_naming_outlives_those_who_read_it(settings: Settings) -> None:
    old = open_ledger(settings)
    for file in old.files:
        os.utime(file.path, (0, 0))  # built long ago
    rebuild(settings)
    refresh_ledger(settings, clock)
    assert old.scan().select(pl.col("cost_microcents").sum()).collect().item() < stored_cost(settings)
