"""A month's ledger as files: its rows, and the levels beside them, each renamed into place once whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
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


@dataclass(frozen=True)
class Written:
    """What a month's files hold; no days where there are no rows."""

    rows: int
    first_day: date | None
    last_day: date | None


def write_month(pieces: Iterable[pl.DataFrame], path: Path) -> Written:
    """Write a month's rows (``LEDGER_SCHEMA``), some days at a time, and its levels; the rows come last.

    Raises:
        OSError: the disk or the folder refuses.
    """
    parts: list[Path] = []
    sums: dict[Level, list[pl.DataFrame]] = {level: [] for level in LEVELS if level.by_day}
    rows = 0
    try:
        for piece in pieces:
            for level, found in sums.items():
                found.append(level_rows(piece, level))
            parts.append(path.with_suffix(f".{len(parts)}.{os.getpid()}.tmp"))
            _write(sorted_rows(piece), parts[-1])
            rows += piece.height
        by_day = {level: sorted_rows(pl.concat(found)) for level, found in sums.items()}
        _write_levels(by_day, path)
        _join(parts, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return Written(rows, *_ends(next(iter(by_day.values()))["day"]))


def _write_levels(by_day: dict[Level, pl.DataFrame], path: Path) -> None:
    """The levels of months are added up from those of days."""
    for level in LEVELS:
        source = next(
            rows for finer, rows in by_day.items() if set(level.dimensions) <= set(finer.dimensions)
        )
        _write(by_day[level] if level in by_day else level_rows(source, level), level_path(path, level))


def _ends(days: pl.Series) -> tuple[date | None, date | None]:
    first, last = days.min(), days.max()
    return (first if isinstance(first, date) else None, last if isinstance(last, date) else None)


def _join(parts: list[Path], path: Path) -> None:
    """The pieces' row groups behind each other; one piece is the file already."""
    if len(parts) == 1:
        parts[0].replace(path)
        return
    with _beside(path) as file:
        pl.scan_parquet(parts).sink_parquet(file, compression="zstd", row_group_size=_ROWS_IN_GROUP)


def _write(rows: pl.DataFrame, path: Path) -> None:
    with _beside(path) as file:
        rows.write_parquet(file, compression="zstd", row_group_size=_ROWS_IN_GROUP)


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place once it is written and flushed to disk."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    with beside.open("wb") as file:
        try:
            yield file
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
