"""Keeps as many answers in memory as fit, so that a dashboard of forty tiles finds all of its own again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import polars as pl

T = TypeVar("T")
Key = tuple[str, ...]

MOST_BYTES = 256 * 2**20
_SMALL, _ITEM = 4_096, 256
"""Bytes counted for an answer that is no frame, and for each item of a list."""


class Kept:
    """Values by key. Past ``most_bytes``, those not asked for longest are forgotten; the latest never is."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._found: OrderedDict[Key, tuple[object, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Key, read: Callable[[], T]) -> T:
        """What is kept under ``key``, else what ``read`` gives; shared between sessions: never change it."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                value: T = self._found[key][0]  # type: ignore[assignment]
                return value
        value = read()  # two sessions may do so at once: both get the same
        with self._lock:
            self._keep(key, value)
        return value

    def find(self, key: Key) -> Any:
        """What is kept under ``key``; None where nothing is."""
        with self._lock:
            return self._found.get(key, (None, 0))[0]

    def _keep(self, key: Key, value: object) -> None:
        size = _bytes_of(value)
        self._bytes += size - self._found.pop(key, (None, 0))[1]
        self._found[key] = value, size
        while self._bytes > self._most_bytes and len(self._found) > 1:
            _, (_, freed) = self._found.popitem(last=False)
            self._bytes -= freed


def _bytes_of(value: object) -> int:
    """About: enough to bound what is kept."""
    if isinstance(value, pl.DataFrame):
        return _SMALL + int(value.estimated_size())
    return _SMALL + _ITEM * len(value) if isinstance(value, list | tuple) else _SMALL
