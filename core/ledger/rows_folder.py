"""``rows/``: only the files that count now, for engines that read a folder instead of the manifest.

The files are hard links to those in ``files/``, which never move, so a running reader is not disturbed. A new
folder is made beside the old one and replaces it as a whole, so everything in it is of one revision. Between
the two renames the folder is missing: a reader then fails and never counts wrong. So does a reader that
listed a file which has been replaced.
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
