"""``rows/``: the files that count now and no others, for engines that read a folder rather than the manifest.

The files are second names of those in ``files/``, which never move: a reader in the midst of one is not
disturbed. The folder is made anew beside the old one and takes its place whole, so what is read from it is of
one revision. Between the two renames it is away: a reader then fails, and does not count wrong; so does one
that listed a file whose place another took.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from core.ledger.layout import ROWS

_NEW = f"{ROWS}.new"
_OLD = f"{ROWS}.old"


def publish_rows(ledger_dir: Path, wanted: Mapping[str, Path]) -> None:
    """Make the folder hold ``wanted``: place in the folder -> the file in ``files/``.

    Raises:
        OSError: the disk or the folder refuses.
    """
    rows = ledger_dir / ROWS
    _discard(ledger_dir)
    if _holds(rows, wanted):
        return
    (ledger_dir / _NEW).mkdir()
    for place, path in wanted.items():
        _name_twice(path, ledger_dir / _NEW / place)
    if rows.exists():
        rows.rename(ledger_dir / _OLD)
    (ledger_dir / _NEW).rename(rows)
    _discard(ledger_dir)


def _discard(ledger_dir: Path) -> None:
    """What a killed or finished change left beside the folder."""
    for name in (_NEW, _OLD):
        shutil.rmtree(ledger_dir / name, ignore_errors=True)


def _holds(rows: Path, wanted: Mapping[str, Path]) -> bool:
    paths = {path.relative_to(rows).as_posix(): path for path in rows.glob("*/*/*")}
    if not rows.is_dir() or paths.keys() != wanted.keys():
        return False
    return all(_state(paths[place]) == _state(path) for place, path in wanted.items())


def _state(path: Path) -> tuple[int, int]:
    """Alike for the names of one file, and for a file and its copy."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _name_twice(path: Path, place: Path) -> None:
    """A copy where the file system has no second names."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, place)
    except OSError:
        shutil.copy2(path, place)
