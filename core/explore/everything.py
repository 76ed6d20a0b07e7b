"""All that is stored, for other programs: the tables of the database and the ledger, as Parquet and CSV.

Amounts stay whole micro-cents, as the names of columns say. API keys are not in it, encrypted or otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl
from sqlite_utils import Database

from core.errors import InputError, StoreError
from core.explore.sheets import Column, sheet_bytes
from core.ledger.schema import LEDGER_SCHEMA
from core.ledger.snapshot import Snapshot
from core.settings import Settings
from core.store.database import database, reading

LEDGER = "ledger"
_ROWS_AT_ONCE = 50_000
_TYPES: dict[str, type[pl.DataType]] = {"INTEGER": pl.Int64, "REAL": pl.Float64, "TEXT": pl.String}
"""What is of another type, as an encrypted key is, is left out."""


def write_everything(settings: Settings, ledger: Snapshot, folder: Path) -> list[str]:
    """Write it into a new or empty folder; returns what the files are called, without their endings.

    Raises:
        InputError: there is something in the folder.
        StoreError: the database cannot be read, or the folder not be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise InputError(f"{folder} is not empty.", remedy="Name a new or empty folder.")
        with database(settings) as db, reading(db):
            tables = _tables(db)
            for table, schema in tables.items():
                _write(folder, table, schema, _batches(db, table, schema))
        _write(folder, LEDGER, pl.Schema(LEDGER_SCHEMA), _months(ledger))
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be written: {error.strerror or error}.", remedy="Name another folder."
        ) from error
    return [*tables, LEDGER]


def _tables(db: Database) -> dict[str, pl.Schema]:
    names = [name for name in db.table_names() if not name.startswith(("sqlite_", "_sqlite"))]
    return {name: _schema(db, name) for name in sorted(names)}


def _schema(db: Database, table: str) -> pl.Schema:
    columns = db.query("SELECT name, type FROM pragma_table_info(:table)", {"table": table})
    return pl.Schema({row["name"]: _TYPES[row["type"]] for row in columns if row["type"] in _TYPES})


def _batches(db: Database, table: str, schema: pl.Schema) -> Iterator[pl.DataFrame]:
    columns = ", ".join(f'"{name}"' for name in schema)
    cursor = db.conn.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608 - names of this program's own
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        yield pl.DataFrame(rows, schema=schema, orient="row")


def _months(ledger: Snapshot) -> Iterator[pl.DataFrame]:
    for file in ledger.files:
        yield ledger.scan([file]).select(*LEDGER_SCHEMA).collect()


def _write(folder: Path, name: str, schema: pl.Schema, batches: Iterable[pl.DataFrame]) -> None:
    """Some rows at a time: memory does not grow with the table."""
    parts: list[Path] = []
    with (folder / f"{name}.csv").open("wb") as sheet:
        sheet.write(_sheet(pl.DataFrame(schema=schema)))
        for batch in batches:
            plain = batch.cast({pl.Categorical: pl.String})
            sheet.write(_sheet(plain).partition(b"\r\n")[2])
            parts.append(folder / f"{name}.{len(parts)}.tmp")
            plain.write_parquet(parts[-1])
    empty = pl.DataFrame(schema=schema).cast({pl.Categorical: pl.String})
    whole = pl.scan_parquet(parts) if parts else empty.lazy()
    whole.sink_parquet(folder / f"{name}.parquet", compression="zstd")
    for part in parts:
        part.unlink()


def _sheet(rows: pl.DataFrame) -> bytes:
    return sheet_bytes(Column(name, rows[name]) for name in rows.columns)
