"""So many requests in any minute, as an organization's limit has them."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from threading import Lock

from core.demo.behaviour import Behaviour
from core.demo.queries import Query, Refusal
from core.dimensions import Origin

_MINUTE = timedelta(minutes=1)


class RequestLimit:
    """So many requests in any minute."""

    def __init__(self) -> None:
        self._times: deque[datetime] = deque()
        self._lock = Lock()

    def spend(self, query: Query, origin: Origin) -> None:
        behaviour, now = query.behaviour, query.now
        on_platform = origin is Origin.PLATFORM
        most = behaviour.platform_requests_per_minute if on_platform else behaviour.requests_per_minute
        if most is None:
            return
        with self._lock:
            while self._times and self._times[0] <= now - _MINUTE:
                self._times.popleft()
            if len(self._times) >= most:
                raise _too_many(self._times[0] + _MINUTE - now, behaviour)
            self._times.append(now)


def _too_many(wait: timedelta, behaviour: Behaviour) -> Refusal:
    message = "This organization has exceeded its limit of requests per minute."
    seconds = -(-wait // timedelta(seconds=1))
    said = {"retry-after": str(max(1, seconds))} if behaviour.says_retry_after else {}
    return Refusal(429, "rate_limit_error", message, headers=said)
