"""What a new column must not be forgotten for: the version of files that lack it, and the rollups."""

from __future__ import annotations

import sqlite3
import tarfile
from pathlib import Path

import polars as pl
import pytest

from core.dimensions import LEDGER_DIMENSIONS
from core.ledger.rollups import ROLLUPS
from core.ledger.schema import LEDGER_SCHEMA, SCHEMA_VERSION
from tests.releases.conftest import ARCHIVES


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def test_files_of_this_version_have_the_columns_of_this_version(archive: Path, tmp_path: Path) -> None:
    """Else a data folder of a release would keep files without the new column: nothing rebuilds them."""
    with tarfile.open(archive) as folder:
        folder.extractall(tmp_path, filter="data")
    db = sqlite3.connect(tmp_path / "data" / "token-ledger.db")
    files = db.execute("SELECT file_name, schema_version FROM ledger_files WHERE rows > 0").fetchall()
    db.close()
    assert files
    for name, version in files:
        columns = list(pl.read_parquet_schema(tmp_path / "data" / "ledger" / name))
        assert version <= SCHEMA_VERSION
        assert (version < SCHEMA_VERSION) or columns == list(LEDGER_SCHEMA)


def test_every_dimension_is_in_a_rollup() -> None:
    """Else each question about it reads all rows: right, and many times slower."""
    assert {name for rollup in ROLLUPS for name in rollup.dimensions} == set(LEDGER_DIMENSIONS)
