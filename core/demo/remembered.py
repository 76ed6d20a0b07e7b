"""Caches answers, because every page is cut from the same one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from core.demo.behaviour import Behaviour
from core.demo.queries import Query

T = TypeVar("T")

_MOST = 4


class Remembered(Generic[T]):
    """The last answers of one organization, by question, data refresh and behaviour."""

    def __init__(self, organization_id: str) -> None:
        self._organization_id = organization_id
        self._found: OrderedDict[tuple[str, datetime, Behaviour], T] = OrderedDict()
        self._lock = Lock()

    def forget(self) -> None:
        """After a revision of what they tell of."""
        with self._lock:
            self._found.clear()

    def of(self, query: Query, known: datetime, make: Callable[[], T]) -> T:
        key = query.digest(self._organization_id), known, query.behaviour
        with self._lock:
            if key not in self._found:
                self._found[key] = make()
            while len(self._found) > _MOST:
                self._found.popitem(last=False)
            self._found.move_to_end(key)
            return self._found[key]
