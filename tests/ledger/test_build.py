"""Files, revisions and what a reader sees."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from filelock import FileLock

from core import operations
from core.dimensions import Origin
from core.errors import StoreError
from core.explore.engine import rows
from core.explore.query import Query
from core.ledger import build, files, months
from core.ledger.behind import UnbuiltMonth, unbuilt_months
from core.ledger.build import refresh_ledger, stale_months
from core.ledger.files import Written, write_month
from core.ledger.layout import MonthPlace
from core.ledger.rollups import ROLLUPS, Rollup
from core.ledger.schema import LEDGER_SCHEMA
from core.ledger.snapshot import open_ledger
from core.periods import ONE_DAY, Period, month_start
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.store.runs import begin_run
from core.streams import newest_streams_of
from tests.ledger.books import DAY, organization, pulled
from tests.store.books import in_memory
from tests.support.organizations import NOW, SINCE, clock, copied


@pytest.fixture(scope="module")
def rolled_up_once(synced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the small world with rollups, small as its months are. Copy it, never change it."""
    folder = tmp_path_factory.mktemp("rolled up") / "data"
    shutil.copytree(synced_once, folder, copy_function=shutil.copy)
    settings = Settings(folder)
    with database(settings) as db, pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(files, "ROLLED_UP_FROM", 0)
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
        refresh_ledger(settings, clock)
    return folder


@pytest.fixture
def settings(rolled_up_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setattr(files, "ROLLED_UP_FROM", 0)
    with copied(rolled_up_once, tmp_path / "data") as (settings, _, _):
        yield settings


GROUPS = [(), ("month",), ("day", "model"), ("user", "api_key"), ("day", "user"), ("token_type", "user")]
"""Each is answered by another rollup, the last by the rows."""


def cost(settings: Settings) -> int:
    return int(open_ledger(settings).scan().select(pl.col("cost_microcents").sum()).collect().item())


def test_every_file_has_the_ledgers_columns(settings: Settings) -> None:
    assert dict(open_ledger(settings).scan().collect_schema()) == LEDGER_SCHEMA


def test_nothing_is_rebuilt_when_nothing_changed(settings: Settings) -> None:
    before = open_ledger(settings)
    assert refresh_ledger(settings, clock) == 0
    assert open_ledger(settings) == before


@pytest.mark.parametrize("rollup", [None, *ROLLUPS], ids=lambda rollup: rollup.name if rollup else "rows")
def test_a_missing_file_is_rebuilt_from_the_database(settings: Settings, rollup: Rollup | None) -> None:
    before = cost(settings)
    file = open_ledger(settings).files[0]
    path = file.rollup_path(rollup) if rollup else file.path
    assert path
    path.unlink()
    assert not open_ledger(settings).is_whole
    assert refresh_ledger(settings, clock) == 1
    assert cost(settings) == before


@pytest.mark.slow
def test_a_file_of_another_schema_is_rebuilt(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    old, before = open_ledger(settings).files, cost(settings)
    monkeypatch.setattr(build, "SCHEMA_VERSION", 999)
    assert refresh_ledger(settings, clock) == len(old)
    assert cost(settings) == before


@pytest.mark.slow
def test_a_build_that_dies_midway_leaves_the_old_ledger(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_ledger(settings)
    with database(settings) as db:
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    written = []

    def fail_at_the_third(chunks: Iterable[pl.DataFrame], place: MonthPlace) -> Written:
        written.append(place)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return write_month(chunks, place)

    monkeypatch.setattr(build, "write_month", fail_at_the_third)
    with pytest.raises(StoreError, match=r"No space left.*database.*sync again"):
        refresh_ledger(settings, clock)
    assert open_ledger(settings) == before
    with database(settings) as db:
        assert len(stale_months(db, settings)) == len(before.files)


@pytest.mark.slow
def test_a_month_built_in_chunks_is_the_month_built_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = open_ledger(settings)
    monkeypatch.setattr(months, "_CHUNK_ROWS", 20)
    with database(settings) as db:
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
        many = [len(list(months.chunks(db, month))) for month in stale_months(db, settings)]
        assert max(many) > 5
        checks = db.conn.execute("SELECT * FROM control_checks ORDER BY 1, 2, 3").fetchall()
    refresh_ledger(settings, clock)
    in_chunks = open_ledger(settings)
    for rollup in (None, *ROLLUPS):
        order = rollup.columns if rollup else LEDGER_SCHEMA
        before, after = (v.scan(rollup=rollup).sort(*order).collect() for v in (whole, in_chunks))
        assert after.equals(before)
    with database(settings) as db:
        assert db.conn.execute("SELECT * FROM control_checks ORDER BY 1, 2, 3").fetchall() == checks
    assert not list(settings.ledger_dir.rglob("*.tmp"))


@pytest.mark.parametrize("origin", Origin)
def test_days_of_the_newest_reports_are_read_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch, origin: Origin
) -> None:
    """Usage without cost makes ledger rows too: ten of a day, each with tokens and its requests."""
    name = newest_streams_of(origin)[0].name.removesuffix("_cost")
    monkeypatch.setattr(months, "_CHUNK_ROWS", 25)
    days = [DAY, DAY + ONE_DAY, DAY + 2 * ONE_DAY]
    with in_memory() as db:
        organization(db, origin)
        for day in days:
            used = ({"model": f"m{number}", "output_tokens": 5, "requests": 1} for number in range(10))
            pulled(db, f"{name}_usage", *used, day=day)
            pulled(db, f"{name}_cost", day=day)
        (connection,) = list_connections(db)
        month = months.Month(connection, month_start(DAY), 1)
        made = [rows.height for _, rows in months.month_rows(db, month) if rows.height]
    assert made == [20, 20, 20]


def test_what_a_killed_build_left_half_written_goes_with_the_next_however_young(settings: Settings) -> None:
    folder = open_ledger(settings).files[0].path.parent
    names = ("2026-10-c1-r9-v1.4711", "r9-v1.4711", "r9-v1.0.4711", "manifest.json.4711")
    left = [place / f"{name}.tmp" for name in names for place in (settings.ledger_dir, folder)]
    for path in left:
        path.write_bytes(b"half")
    refresh_ledger(settings, clock)
    assert not any(path.exists() for path in left)
    assert open_ledger(settings).is_whole


@pytest.mark.slow
def test_a_month_pulled_but_not_yet_built_is_told_unless_a_sync_is_at_work(settings: Settings) -> None:
    with database(settings) as db:
        assert unbuilt_months(db) == ()
        first, *_ = db.conn.execute("SELECT connection_id, month FROM month_revisions ORDER BY 2").fetchall()
        db.conn.execute(
            "UPDATE month_revisions SET revision = revision + 1 WHERE connection_id = ? AND month = ?", first
        )
        expected = (UnbuiltMonth(first[0], date.fromisoformat(first[1])),)
        assert unbuilt_months(db) == expected
        with FileLock(settings.lock_path):
            begin_run(db, "page", NOW)
            assert unbuilt_months(db) == ()
        assert unbuilt_months(db) == expected
    refresh_ledger(settings, clock)
    with database(settings) as db:
        assert unbuilt_months(db) == ()


@pytest.mark.slow
def test_superseded_files_stay_for_their_readers_then_go(settings: Settings) -> None:
    old = open_ledger(settings)
    with database(settings) as db:
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, clock)
    assert all(file.path.exists() for file in old.files), "a page may still be reading them"
    parts = [one.path for file in old.files for one in (file, *file.rollups)]
    for path in parts:
        os.utime(path, (0, 0))
    refresh_ledger(settings, clock)
    assert not any(path.exists() for path in parts)


@pytest.mark.slow
def test_a_reader_keeps_its_numbers_while_the_ledger_is_rebuilt(settings: Settings) -> None:
    old, everything = open_ledger(settings), Period(SINCE, NOW.date() + ONE_DAY)
    questions = [Query(("cost",), everything, group_by) for group_by in GROUPS]
    before = [rows(old, question) for question in questions]
    with database(settings) as db:
        db.conn.execute("UPDATE platform_cost SET amount_microcents = amount_microcents * 3")
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    with ThreadPoolExecutor() as pool:
        rebuilt = pool.submit(refresh_ledger, settings, clock)
        while not rebuilt.done():
            assert all(rows(old, one).equals(same) for one, same in zip(questions, before, strict=True))
        assert rebuilt.result() > 0
    new = open_ledger(settings)
    for question, same in zip(questions, before, strict=True):
        assert rows(old, question).equals(same)
        assert rows(new, question)["cost"].sum() > same["cost"].sum()


def test_a_removed_connection_leaves_no_files(settings: Settings) -> None:
    with database(settings) as db:
        removed = list_connections(db)
    for connection in removed:
        operations.remove(settings, connection.id)
    assert open_ledger(settings).files == ()
    assert [path.name for path in settings.ledger_dir.rglob("*") if path.is_file()] == ["manifest.json"]
    assert "Main" not in (settings.ledger_dir / "manifest.json").read_text()


@pytest.mark.slow
def test_a_difference_to_the_reports_is_recorded(settings: Settings) -> None:
    with database(settings) as db:
        db.conn.execute("DELETE FROM claude_ai_cost WHERE day = '2026-11-10'")
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, clock)
    with database(settings) as db:
        found = db.conn.execute("SELECT day, measure FROM control_checks WHERE expected <> actual")
        assert found.fetchall() == [("2026-11-10", "cost"), ("2026-11-10", "list_cost")]
