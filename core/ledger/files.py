"""A month's ledger as files: its rows, and the levels beside them, each renamed into place once whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import polars as pl

from core.ledger.levels import LEVELS, Level, level_rows, sorted_rows

_ROWS_IN_GROUP = 25_000
"""Small enough that one user's rows are few of a file's; a reader skips the groups without them."""


def level_path(path: Path, level: Level) -> Path:
    """Where a level of the rows in ``path`` is."""
    return path.with_suffix(f".{level.name}.parquet")


def month_paths(path: Path) -> tuple[Path, ...]:
    """All files of a month: its levels, then the rows."""
    return (*(level_path(path, level) for level in LEVELS), path)


def write_month(rows: pl.DataFrame, path: Path) -> None:
    """Write the rows (``LEDGER_SCHEMA``) and their levels; the rows' file comes last.

    Raises:
        OSError: the disk or the folder refuses.
    """
    for level in LEVELS:
        _write(level_rows(rows, level), level_path(path, level))
    _write(sorted_rows(rows), path)


def _write(rows: pl.DataFrame, path: Path) -> None:
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as file:
        try:
            rows.write_parquet(file, compression="zstd", row_group_size=_ROWS_IN_GROUP)
        except pl.exceptions.ComputeError:
            _require_writable(file)
            raise
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _require_writable(file: BinaryIO) -> None:
    """Raise what the disk says: Polars keeps the reason of a failed write to itself."""
    for _ in range(2):  # the first may still fit in part
        os.write(file.fileno(), bytes(1 << 20))
    os.fsync(file.fileno())
