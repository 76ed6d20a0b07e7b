"""Questions to a service, each asked once, in a bounded number: answers and refusals come back alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from core.api.client import NO_HEADERS, Client
from core.api.exchange import Reply
from core.errors import ApiError, AuthenticationError, ClockError, NetworkError
from core.probe.bodies import Body, Seen, Verdict, unknown

MOST_REQUESTS = 75
"""For one connection, tries that failed included."""

Params = Sequence[tuple[str, str]]

_STEADY = (400, 402, 403, 404, 405, 410, 413)
"""Refusals that say no; others say that it did not work this time."""


class SpentError(Exception):
    """No more requests are left."""


@dataclass(frozen=True)
class Told:
    """What came back. ``status`` None: nothing usable did. ``said`` and ``code`` are a refusal's."""

    status: int | None
    body: Body = field(default_factory=dict)
    said: str = ""
    code: str = ""
    has_id: bool = False

    @property
    def granted(self) -> bool:
        return self.status == 200

    @property
    def seen(self) -> Seen:
        """A refusal as what was seen."""
        words = f"refused with {self.status}" if self.status else "no usable answer"
        words += f" ({self.code})" if self.code.replace("_", "").isalpha() and len(self.code) < 50 else ""
        verdict = Verdict.NOT_GRANTED if self.status in _STEADY else Verdict.UNKNOWN
        return Seen(verdict, words, self.said)


class Asker:
    """Asks through a client made by ``open_client``, which is given what is to hear every answer."""

    def __init__(self, open_client: Callable[[Asker], Client], most: int = MOST_REQUESTS) -> None:
        self.requests = 0
        self.refusals: list[Told] = []
        self.bodies: list[Body] = []
        self._most = most
        self._last: Reply | None = None
        self._known: dict[tuple[object, ...], Told] = {}
        self._client = open_client(self)

    def close(self) -> None:
        self._client.close()

    def ask(self, path: str, params: Params = (), headers: Mapping[str, str] = NO_HEADERS) -> Told:
        """The answer or refusal; the same question is not sent twice.

        Raises:
            SpentError: as many requests were sent as may be.
            AuthenticationError, ClockError, NetworkError: no question would fare better.
        """
        question = (path, *params, *headers.items())
        if question not in self._known:
            self._known[question] = self._ask(path, params, headers)
        return self._known[question]

    def _ask(self, path: str, params: Params, headers: Mapping[str, str]) -> Told:
        if self.requests >= self._most:
            raise SpentError
        self._last = None
        try:
            answer = self._client.get(path, params, dict[str, Any], headers=headers)
        except (AuthenticationError, ClockError, NetworkError):
            raise
        except ApiError as error:
            told = Told(error.status, said=error.said, code=self._code(), has_id=error.request_id is not None)
            told = told if told.status != 200 else Told(None, said="")
            self.refusals.append(told)
            return told
        self.bodies.append(answer.value)
        return Told(200, answer.value, has_id=answer.request_id is not None)

    def _code(self) -> str:
        """``error.details.error_code`` of the last answer."""
        try:
            part: Any = msgspec.json.decode(self._last.body) if self._last else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return ""
        for name in ("error", "details", "error_code"):
            part = part.get(name) if isinstance(part, dict) else None
        return part if isinstance(part, str) else ""

    def hear(self, _path: str, _params: Params, reply: Reply) -> None:
        """Told by the client of every answer."""
        self._last = reply

    # What a client tells its observer

    def requested(self) -> None:
        self.requests += 1

    def retried(self, reason: str, until: datetime) -> None: ...

    def waiting(self, until: datetime) -> None: ...

    def under_way(self, _: Callable[[], None], /) -> AbstractContextManager[None]:
        return nullcontext()

    def check_stop(self) -> None:
        """A try of a question under way may use up the last request, and is not followed by another."""
        if self.requests >= self._most:
            raise SpentError


NOT_ASKED = unknown(f"not asked: {MOST_REQUESTS} requests are the most for a connection")
