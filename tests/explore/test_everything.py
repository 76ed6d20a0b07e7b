"""Every table and the ledger as files: nothing is lost, and no key is among it."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import polars as pl
import pytest

from core import operations
from core.errors import InputError, StoreError
from core.explore import everything
from core.explore.everything import write_everything
from core.settings import Settings
from core.store.database import database
from tests.support.organizations import World, clock, organizations


@pytest.fixture(scope="module")
def written(synced_once: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """In batches so small that most tables take several."""
    place = tmp_path_factory.mktemp("everything")
    settings, folder = Settings(place / "data"), place / "out"
    shutil.copytree(synced_once, settings.data_dir)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(everything, "_ROWS_AT_ONCE", 100)
        write_everything(settings, operations.open_ledger(settings, clock), folder)
    return settings, folder


def sheet(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))


def test_every_table_is_there_with_all_its_rows(written: tuple[Settings, Path]) -> None:
    settings, folder = written
    with database(settings) as db:
        tables = {
            row["name"]: db.table(row["name"]).count
            for row in db.query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
            )
        }
    assert max(tables.values()) > 300
    for name, rows in tables.items():
        assert (
            pl.read_parquet(folder / f"{name}.parquet").height == len(sheet(folder / f"{name}.csv")) == rows
        )
    endings = {path.suffix for path in folder.iterdir()}
    assert endings == {".csv", ".parquet"} and len(list(folder.iterdir())) == 2 * (len(tables) + 1)


def test_amounts_and_tokens_add_up_to_what_is_stored(written: tuple[Settings, Path]) -> None:
    settings, folder = written
    with database(settings) as db:
        sums = {
            (table, column): next(db.query(f"SELECT sum({column}) AS s FROM {table}"))["s"]
            for table, column in (
                ("platform_cost", "amount_microcents"),
                ("platform_usage", "output_tokens"),
                ("claude_ai_user_cost", "list_amount_microcents"),
            )
        }
    for (table, column), total in sums.items():
        assert total and pl.read_parquet(folder / f"{table}.parquet")[column].sum() == total
        assert sum(int(row[column]) for row in sheet(folder / f"{table}.csv") if row[column]) == total
    ledger = pl.read_parquet(folder / "ledger.parquet")
    files = list((settings.ledger_dir / "rows").rglob("*.parquet"))
    assert files and ledger.height == sum(pl.read_parquet(file).height for file in files)
    assert sum(
        int(row["cost_microcents"]) for row in sheet(folder / "ledger.csv") if row["cost_microcents"]
    ) == sum(pl.read_parquet(file)["cost_microcents"].sum() for file in files)


def test_no_key_is_in_it(written: tuple[Settings, Path]) -> None:
    settings, folder = written
    with database(settings) as db:
        tokens = [bytes(row["encrypted_key"]) for row in db.query("SELECT encrypted_key FROM connections")]
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    for hidden in (*tokens, *(one.key.encode() for one in organizations().values())):
        assert hidden not in content
    assert "encrypted_key" not in pl.read_parquet(folder / "connections.parquet").columns


@pytest.mark.slow
def test_a_name_that_reads_as_a_formula_is_none_in_the_sheet(synced: World, tmp_path: Path) -> None:
    settings, _, _ = synced
    with database(settings) as db:
        db.conn.execute("UPDATE connections SET organization_name = '=1+1' WHERE name = 'Main'")
    write_everything(settings, operations.open_ledger(settings, clock), tmp_path / "out")
    names = [row["organization_name"] for row in sheet(tmp_path / "out" / "connections.csv")]
    assert "=1+1" not in names and any("=1+1" in name for name in names)
    assert "=1+1" in pl.read_parquet(tmp_path / "out" / "connections.parquet")["organization_name"].to_list()


def test_a_folder_with_something_in_it_stays_as_it_is(synced: World, tmp_path: Path) -> None:
    settings, _, _ = synced
    ledger = operations.open_ledger(settings, clock)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        write_everything(settings, ledger, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter"]
    with pytest.raises(StoreError, match="cannot be written"):
        write_everything(settings, ledger, tmp_path / "out" / "letter")


@pytest.mark.slow
def test_of_an_empty_data_folder_the_tables_are_empty(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    write_everything(settings, operations.open_ledger(settings, clock), tmp_path / "out")
    assert pl.read_parquet(tmp_path / "out" / "ledger.parquet").height == 0
    assert pl.read_parquet(tmp_path / "out" / "users.parquet").columns[:2] == ["connection_id", "user_id"]
    assert sheet(tmp_path / "out" / "users.csv") == []
