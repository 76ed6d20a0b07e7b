"""File systems of their own, where mounting is permitted: one to be read only, and one that is soon full."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _mount(*words: str | Path) -> None:
    """Skips the test where this user may not mount."""
    try:
        done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")


@contextmanager
def _until_unmounted(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def mounted_read_only(folder: Path, at: Path | None = None) -> Iterator[None]:
    """The same files in place, or at another folder, on a file system that refuses to write."""
    place = at or folder
    _mount("--bind", folder, place)
    with _until_unmounted(place):
        _mount("-o", "remount,bind,ro", place)
        yield


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[Path]:
    """An empty disk of this size."""
    folder.mkdir(parents=True)
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)
    with _until_unmounted(folder):
        yield folder
