"""Tells whether a sync is alive: its process holds a lock that dies with it."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from core.settings import Settings


@contextmanager
def if_nobody_syncs(settings: Settings) -> Iterator[bool]:
    """Whether no sync lives; then none begins in the block. False, too, where the lock may not be read."""
    lock = FileLock(settings.lock_path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        yield False
    except OSError:  # a place that cannot be written
        yield _is_free(settings)
    else:
        try:
            yield True
        finally:
            lock.release()


def _is_free(settings: Settings) -> bool:
    """The same lock on a file opened to be read, for a moment only."""
    try:
        file = os.open(settings.lock_path, os.O_RDONLY)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return stat.S_ISREG(os.fstat(file).st_mode)
    except OSError:
        return False
    finally:
        os.close(file)
