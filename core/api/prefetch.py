"""Fetches responses while earlier ones are worked on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

DEPTH = 4
"""How many responses may wait to be worked on."""

T = TypeVar("T")

_END: Any = object()


class Prefetch:
    """Runs iterators in a thread of its own, one after the other, a few items ahead of who takes them.

    A context manager; on leaving, what has not begun is not begun any more.
    """

    def __init__(self, depth: int = DEPTH) -> None:
        self._depth = depth
        self._pool = ThreadPoolExecutor(1, "fetch")

    def __enter__(self) -> Prefetch:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __call__(self, items: Iterator[T]) -> Iterator[T]:
        """The same items, the first of them under way already. An error comes in its place."""
        waiting = deque(self._pool.submit(next, items, _END) for _ in range(self._depth))
        return self._taken(items, waiting)

    def _taken(self, items: Iterator[T], waiting: deque[Future[T]]) -> Iterator[T]:
        try:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(self._pool.submit(next, items, _END))
                yield item
        finally:
            for future in waiting:
                future.cancel()
