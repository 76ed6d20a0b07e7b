"""The one way to Anthropic (in progress)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Generic, Protocol, TypeVar

import httpx

from core.api.pace import Pace
from core.clock import Clock, utc_now

T = TypeVar("T")


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A decoded answer with where it came from."""

    value: T
    request_id: str | None
    organization_id: str | None


class Observer(Protocol):
    """Told what the client does, and asked whether to go on."""

    def requested(self) -> None: ...
    def retried(self, reason: str, until: datetime) -> None: ...
    def waiting(self, until: datetime) -> None: ...
    def check_stop(self) -> None: ...


class Client:
    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        transport: httpx.BaseTransport | None = None,
        pace: Pace | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        observer: Observer | None = None,
    ) -> None: ...

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None: ...

    def get(
        self,
        path: str,
        params: Sequence[tuple[str, str]],
        answer: type[T],
        *,
        headers: Mapping[str, str] = {},
    ) -> Answer[T]:
        raise NotImplementedError
