"""A month's ledger as files: its rows, and their rollups where there are many; each renamed into place once
whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import polars as pl

from core.ledger.checksum import checksum
from core.ledger.layout import MonthPlace
from core.ledger.manifest import Part
from core.ledger.rollups import ROLLUPS, Rollup, rollup_rows, sorted_rows

ROLLED_UP_FROM = 10_000
"""Fewer rows of a month are read as fast as their rollups, and one file is opened faster than two."""

_ROWS_IN_GROUP = 25_000
"""Small enough that one user's rows are few of a file's; a reader skips the groups without them."""


@dataclass(frozen=True)
class Written:
    """A month's files; no days where there are no rows."""

    rows: Part
    rollups: dict[str, Part]
    first_day: date | None
    last_day: date | None


def write_month(chunks: Iterable[pl.DataFrame], place: MonthPlace) -> Written:
    """Write a month's rows (``LEDGER_SCHEMA``), some days at a time, and its rollups; the rows come last.

    Raises:
        OSError: the disk or the folder refuses.
    """
    month = _MonthFiles(place)
    try:
        for chunk in chunks:
            month.add(chunk)
        return month.finish()
    finally:
        month.clean_up()


class _MonthFiles:
    """Pieces of a month on their way into its files; what grows with the days waits on disk."""

    def __init__(self, place: MonthPlace) -> None:
        self._place = place
        self._parts: dict[Path, list[Path]] = {}
        self._sums: dict[Rollup, pl.DataFrame] = {}
        self._rows: Counter[Path] = Counter()
        self._days: list[date] = []

    def add(self, chunk: pl.DataFrame) -> None:
        by_day = {rollup: rollup_rows(chunk, rollup) for rollup in ROLLUPS if rollup.by_day}
        for rollup in ROLLUPS:
            if rollup.by_day:
                self._write_part(by_day[rollup], self._place.rollup(rollup.name))
            else:
                self._add_up(rollup, by_day)
        self._write_part(sorted_rows(chunk), self._place.rows)
        self._days += _ends(chunk["day"])

    def finish(self) -> Written:
        rolled_up = ROLLUPS if self._rows[self._place.rows] >= ROLLED_UP_FROM else ()
        rollups = {rollup.name: self._finished(rollup) for rollup in rolled_up}
        days = (min(self._days, default=None), max(self._days, default=None))
        return Written(self._joined(self._place.rows), rollups, *days)

    def clean_up(self) -> None:
        for part in (part for parts in self._parts.values() for part in parts):
            part.unlink(missing_ok=True)

    def _add_up(self, rollup: Rollup, by_day: dict[Rollup, pl.DataFrame]) -> None:
        """The rollups of months are added up from those of days."""
        finer = next(rows for day, rows in by_day.items() if set(rollup.dimensions) <= set(day.dimensions))
        so_far = [self._sums[rollup]] if rollup in self._sums else []
        self._sums[rollup] = rollup_rows(pl.concat([*so_far, finer.select(rollup.columns)]), rollup)

    def _finished(self, rollup: Rollup) -> Part:
        path = self._place.rollup(rollup.name)
        if rollup.by_day:
            return self._joined(path)
        _write(self._sums[rollup], path)
        return self._part(path, self._sums[rollup].height)

    def _joined(self, path: Path) -> Part:
        _join(self._parts[path], path)
        return self._part(path, self._rows[path])

    def _part(self, path: Path, rows: int) -> Part:
        size = path.stat().st_size
        return Part(uri=self._place.uri(path), rows=rows, bytes=size, checksum=checksum(path))

    def _write_part(self, rows: pl.DataFrame, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        parts = self._parts.setdefault(path, [])
        parts.append(path.with_suffix(f".{len(parts)}.{os.getpid()}.tmp"))
        self._rows[path] += rows.height
        _write(rows, parts[-1])


def _ends(days: pl.Series) -> list[date]:
    return [day for day in (days.min(), days.max()) if isinstance(day, date)]


def _join(parts: list[Path], path: Path) -> None:
    """Join the row groups of all chunks. One chunk is the whole file already."""
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
