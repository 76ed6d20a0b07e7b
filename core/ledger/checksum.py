"""Checks that a file is still what was written. A disk, a copy or a person may have changed it.

A changed file can read as wrong numbers, not only as an error, so its size and its end would prove nothing.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

import polars as pl

_CHUNK = 1 << 20


def checksum(path: Path) -> str | None:
    """``crc32:`` and eight hex digits; None where the file is missing or unreadable.

    Read once in a process for as long as size, time and inode stay: about a second for each GB.
    """
    try:
        return _checksum(*_state(path))
    except OSError:
        return None


def checksum_of(content: bytes) -> str:
    """Of a file's content at hand."""
    return _text(zlib.crc32(content))


def is_intact(path: Path, expected: str | None) -> bool:
    """Whether the file is there and has the checksum; without one, whether it can be read as Parquet."""
    if expected is not None:
        return checksum(path) == expected
    return bool(parquet_columns(path))


def parquet_columns(path: Path) -> frozenset[str]:
    """The columns of a Parquet file; none where it cannot be read."""
    try:
        return _columns(*_state(path))
    except (OSError, pl.exceptions.PolarsError):
        return frozenset()


def size_of(path: Path) -> int:
    """In bytes; zero where there is no such file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


_State = tuple[Path, int, int, int]


def _state(path: Path) -> _State:
    stat = path.stat()
    return path, stat.st_size, stat.st_mtime_ns, stat.st_ino


@lru_cache(maxsize=16_384)
def _checksum(path: Path, size: int, mtime_ns: int, inode: int) -> str:  # noqa: ARG001 -- the key
    total = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total = zlib.crc32(chunk, total)
    return _text(total)


@lru_cache(maxsize=16_384)
def _columns(path: Path, size: int, mtime_ns: int, inode: int) -> frozenset[str]:  # noqa: ARG001 -- the key
    return frozenset(pl.read_parquet_schema(path))


def _text(total: int) -> str:
    return f"crc32:{total:08x}"
