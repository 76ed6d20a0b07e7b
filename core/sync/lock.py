"""One sync at a time for a data folder; the lock dies with its holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from core.errors import SyncBusyError
from core.settings import Settings

_GRACE_SECONDS = 0.2
"""Whoever looks whether a dead run's process still holds the lock has it for a moment."""


@contextmanager
def sync_lock(settings: Settings) -> Iterator[None]:
    """Hold the right to sync.

    Raises:
        SyncBusyError: another process holds it.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(settings.lock_path, timeout=_GRACE_SECONDS)
    try:
        lock.acquire()
    except Timeout:
        raise SyncBusyError(
            "Another sync of this data folder is running.",
            means="Two at a time would do the same work twice.",
            remedy="Wait for it to end; its progress is on every page and in “status”.",
        ) from None
    try:
        yield
    finally:
        lock.release()
