"""Limits the number of requests in any stretch of time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class RateLimit:
    """A sliding window: at most ``limit`` requests in any ``seconds``.

    The default is Anthropic's limit for the analytics reports, 60 a minute for an organization, over one
    second more than a minute: requests sent a minute apart can arrive closer together. Safe to share between
    threads.
    """

    def __init__(
        self, limit: int = 60, seconds: float = 61.0, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        if limit < 1:
            raise ValueError("a rate limit needs room for one request")
        self._seconds = seconds
        self._monotonic = monotonic
        self._slots: deque[float] = deque(maxlen=limit)
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take the next free slot; returns the seconds to wait until it comes."""
        with self._lock:
            now = self._monotonic()
            full = len(self._slots) == self._slots.maxlen
            slot = max(now, self._slots[0] + self._seconds) if full else now
            self._slots.append(slot)
            return slot - now

    def seconds_for(self, requests: int) -> float:
        """How long it takes at least, from now, until so many more requests are sent."""
        if requests < 1:
            return 0.0
        with self._lock:
            now = self._monotonic()
            limit = self._slots.maxlen or 1
            freed = [max(now, slot + self._seconds) for slot in self._slots]
        turns = [*([now] * (limit - len(freed))), *freed]
        rounds, place = divmod(requests - 1, limit)
        return turns[place] + rounds * self._seconds - now


_shared: dict[tuple[str, str], RateLimit] = {}
_sharing = threading.Lock()


def shared_rate_limit(base_url: str, organization_id: str) -> RateLimit:
    """The one rate limit of an organization at a server, whichever connection, key or run asks."""
    with _sharing:
        return _shared.setdefault((base_url, organization_id), RateLimit())


class _Unlimited(RateLimit):
    """For servers without a limit of their own: the demo, the Platform's reports."""

    def reserve(self) -> float:
        return 0.0

    def seconds_for(self, requests: int) -> float:  # noqa: ARG002 -- the base's signature
        return 0.0


UNLIMITED: RateLimit = _Unlimited()
