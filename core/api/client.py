"""The only way to Anthropic: key, time-outs, rate limit, retries and decoding in one place.

A :class:`Client` sends GET requests with one key to one server. Whatever goes wrong becomes one error of the
:class:`core.errors.ApiError` tree; a transient failure is tried again first.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType, TracebackType
from typing import Generic, Protocol, TypeVar

import httpx
import msgspec

from core import __version__
from core.api import problems
from core.api.betas import with_betas
from core.api.decoding import FAILURES, decode
from core.api.exchange import CutShortError, Exchange, Limits, OverdueError, OversizedError, Reply
from core.api.prefetch import Prefetch
from core.api.rate_limit import UNLIMITED, RateLimit
from core.api.retry import Failure, wait_after
from core.api.silence import silence
from core.clock import Clock, utc_now
from core.errors import InputError
from core.settings import ANTHROPIC_VERSION

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

for _library in ("httpx", "httpcore"):  # at debug level they write down what a server says, keys too
    logging.getLogger(_library).setLevel(logging.WARNING)

_LONGEST_SLEEP = 0.5
"""Seconds; between two sleeps the observer may stop the wait."""
_SENDABLE_KEY = re.compile(r"[\x21-\x7e]+")

T = TypeVar("T")
Hear = Callable[[str, Sequence[tuple[str, str]], Reply], None]
"""Given path, parameters and what came back."""


@dataclass(frozen=True)
class Response(Generic[T]):
    """A decoded response. The ids are None if the headers lack them."""

    value: T
    request_id: str | None
    organization_id: str | None


class Observer(Protocol):
    """Told what the client does, and asked whether to go on."""

    def requested(self) -> None:
        """A request is about to be sent."""

    def retried(self, reason: str, until: datetime) -> None:
        """A try failed, for a reason in a sentence; the next comes at ``until``."""

    def waiting(self, until: datetime) -> None:
        """The rate limit allows the next request at ``until``."""

    def check_stop(self) -> None:
        """Raise :class:`core.errors.SyncStoppedError` to stop."""

    def under_way(self, cut: Callable[[], None], /) -> AbstractContextManager[None]:
        """A request is under way in the block: to stop, call ``cut``, from any thread, and it ends."""


class _NoObserver:
    def requested(self) -> None: ...

    def retried(self, reason: str, until: datetime) -> None: ...

    def waiting(self, until: datetime) -> None: ...

    def check_stop(self) -> None: ...

    def under_way(self, _: Callable[[], None], /) -> AbstractContextManager[None]:
        return nullcontext()


class Client:
    """GET requests with one key to one server. A context manager; for one thread at a time.

    ``rate_limit``: None sends as fast as answers come. ``prefetch`` fetches pages in a thread of its own.
    ``sleep`` and ``monotonic`` are in seconds, ``jitter`` is from 0 to 1. ``observer`` hears of every request
    and may stop between them, or cut one short. ``version`` and ``betas`` go into headers. ``hear`` is given
    every answer as it came.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        transport: httpx.BaseTransport | None = None,
        rate_limit: RateLimit | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        observer: Observer | None = None,
        limits: Limits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        prefetch: Prefetch | None = None,
        version: str = ANTHROPIC_VERSION,
        betas: Sequence[str] = (),
        hear: Hear | None = None,
    ) -> None:
        self._key = _require_sendable(api_key)
        self._base_url = base_url
        self._limits = limits or Limits()
        self._rate_limit = rate_limit or UNLIMITED
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._observer: Observer = observer or _NoObserver()
        self._monotonic = monotonic
        self._prefetch = prefetch
        self._betas = betas
        self._hear = hear
        self._exchange = Exchange(
            base_url,
            _headers(api_key, version),
            transport=transport,
            limits=self._limits,
            monotonic=monotonic,
        )

    def __repr__(self) -> str:
        return f"<Client {self._base_url}>"

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._exchange.close()

    def get(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        kind: type[T],
        *,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> Response[T]:
        """Ask for ``path`` and decode the answer as ``answer``, a msgspec type.

        Raises:
            ApiError: no usable answer came, after all tries.
            SyncStoppedError: the observer stopped it.
        """
        patience = self._limits.whole
        tries = 0
        while True:
            tries += 1
            self._await_turn()
            started = self._monotonic()
            outcome = self._try(path, params, kind, headers, patience)
            if isinstance(outcome, Response):
                return outcome
            patience -= self._monotonic() - started
            wait = wait_after(outcome, tries, self._jitter)
            if wait is None or patience <= 0:
                # Outside any except block: an error from httpx in its chain would carry the key.
                raise outcome.error
            self._observer.retried(outcome.error.happened, self._instant_in(wait))
            self._wait(wait)

    def _await_turn(self) -> None:
        self._observer.check_stop()
        wait = self._rate_limit.reserve()
        if wait > 0:
            self._observer.waiting(self._instant_in(wait))
            self._wait(wait)
        self._observer.requested()

    def _wait(self, seconds: float) -> None:
        """Sleep in short naps, so that a stop is heard."""
        while seconds > 0:
            nap = min(seconds, _LONGEST_SLEEP)
            self._sleep(nap)
            self._observer.check_stop()
            seconds -= nap

    def _instant_in(self, seconds: float) -> datetime:
        return self._clock() + timedelta(seconds=seconds)

    def _try(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        kind: type[T],
        headers: Mapping[str, str],
        seconds: float,
    ) -> Response[T] | Failure:
        reply = self._reply(path, params, headers, seconds)
        if isinstance(reply, Failure):
            self._observer.check_stop()  # a stop cuts a request, which then looks like a failure
            return reply
        if self._hear:
            self._hear(path, params, reply)
        if (wrong_clock := problems.wrong_clock(reply, key=self._key, now=self._clock())) is not None:
            return wrong_clock
        if reply.status != httpx.codes.OK:
            return problems.refusal(reply, key=self._key, now=self._clock())
        return self._decode(reply, kind)

    def _reply(
        self, path: str, params: Sequence[tuple[str, str]], headers: Mapping[str, str], seconds: float
    ) -> Reply | Failure:
        try:
            with self._observer.under_way(self._exchange.cut):
                return self._exchange.get(path, params, with_betas(headers, self._betas), seconds=seconds)
        except (httpx.HTTPError, OverdueError, OversizedError, CutShortError) as error:
            return silence(error, host=self._exchange.host, proxy=self._exchange.proxy)

    def prefetch(self, answers: Iterator[T]) -> Iterator[T]:
        """The same answers, fetched ahead if this client does so: then the first is under way at once."""
        return self._prefetch(answers) if self._prefetch else answers

    def decode(self, raw: msgspec.Raw, kind: type[T], *, at: str, request_id: str | None) -> T:
        """Decode a part of an answer that was left as it came; ``at`` is its place there.

        Raises:
            MalformedAnswerError: it is not of that kind.
        """
        try:
            return decode(raw, kind)
        except FAILURES as error:
            detail = str(error).replace("`$", f"`{at}")
            problem = problems.misshapen(detail, key=self._key, request_id=request_id).error
        raise problem

    def _decode(self, reply: Reply, kind: type[T]) -> Response[T] | Failure:
        request_id = self._id(reply, "request-id")
        try:
            value = decode(reply.body, kind)
        except msgspec.ValidationError as error:
            return problems.misshapen(str(error), key=self._key, request_id=request_id)
        except FAILURES:
            return problems.garbled(reply, key=self._key)
        return Response(value, request_id, self._id(reply, "anthropic-organization-id"))

    def _id(self, reply: Reply, header: str) -> str | None:
        return problems.identifier(reply.headers.get(header), self._key)


def _require_sendable(api_key: str) -> str:
    if not _SENDABLE_KEY.fullmatch(api_key):
        raise InputError(
            "The API key is empty or holds characters that no key has.",
            field="api_key",
            remedy="Copy the key again, whole and without spaces.",
        )
    return api_key


def _headers(api_key: str, version: str) -> dict[str, str]:
    return {
        "x-api-key": api_key,
        "anthropic-version": version,
        "user-agent": f"token-ledger/{__version__}",
        "accept": "application/json",
    }
