"""A month's ledger rows as a file: written beside, flushed to disk, renamed into place."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl


def write_month(rows: pl.DataFrame, path: Path) -> None:
    """Write beside, flush to disk, rename into place."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as file:
        rows.write_parquet(file, compression="zstd", row_group_size=100_000)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
