"""One sync at a time for a data folder; the lock dies with its holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from core.errors import StoreError, SyncBusyError
from core.settings import Settings

_GRACE_SECONDS = 0.2
"""Whoever looks whether a dead run's process still holds the lock has it for a moment."""


@contextmanager
def sync_lock(settings: Settings) -> Iterator[None]:
    """Hold the right to sync.

    Raises:
        SyncBusyError: another process holds it.
        StoreError: the data folder cannot be written.
    """
    lock = FileLock(settings.lock_path, timeout=_GRACE_SECONDS)
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise SyncBusyError(
            "Another sync of this data folder is running.",
            means="Two at a time would do the same work twice.",
            remedy="Wait for it to end; its progress is on every page and in “status”.",
        ) from None
    except OSError as error:
        raise StoreError(
            f"The lock {settings.lock_path} cannot be taken: {error.strerror or 'unknown reason'}.",
            means="Without it nothing is pulled; what is stored can be read.",
            remedy="Make the data folder writable, or set TOKEN_LEDGER_DATA to a folder that is.",
        ) from error
    try:
        yield
    finally:
        lock.release()
