"""A scripted server, a clock that only sleep moves, and answers of the contract's form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from core.api.client import Client
from core.api.records import Organization
from core.errors import ApiError

KEY = "sk-ant-admin01-Zk3vS9-very_secret-f3Kq"
URL = "https://api.anthropic.test"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

Reply = httpx.Response | Exception


class Time:
    """Starts at ``NOW``; moves when slept, and by ``step`` whenever it is read."""

    def __init__(self, step: float = 0.0) -> None:
        self.passed = 0.0
        self.step = step
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.passed += seconds

    def monotonic(self) -> float:
        self.passed += self.step
        return self.passed

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.passed)


class Script:
    """An httpx transport that gives the listed replies in turn and remembers the requests."""

    def __init__(self, *replies: Reply) -> None:
        self.requests: list[httpx.Request] = []
        self._replies = iter(replies)
        self.transport = httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = next(self._replies)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def params(self, index: int = 0) -> list[tuple[str, str]]:
        return self.requests[index].url.params.multi_items()


class Witness:
    """An observer that writes down what it hears, and stops after so many checks."""

    def __init__(self, stop_at: int | None = None, error: Exception | None = None) -> None:
        self.heard: list[Any] = []
        self.checks = 0
        self._stop_at = stop_at
        self._error = error

    def requested(self) -> None:
        self.heard.append("requested")

    def retried(self, reason: str, until: datetime) -> None:
        self.heard.append(("retried", reason, until))

    def waiting(self, until: datetime) -> None:
        self.heard.append(("waiting", until))

    def check_stop(self) -> None:
        self.checks += 1
        if self._error is not None and self.checks == self._stop_at:
            raise self._error

    def under_way(self, cut: Callable[[], None]) -> AbstractContextManager[None]:
        return nullcontext()


class Body(httpx.SyncByteStream):
    """A body in chunks, made as they are read; ``error`` breaks it off."""

    def __init__(self, chunks: Iterable[bytes], error: Exception | None = None) -> None:
        self.chunks = chunks
        self.error = error
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.chunks
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed = True


def client(script: Script | Callable[[httpx.Request], httpx.Response], **settings: Any) -> Client:
    """A client that never sleeps and does not jitter."""
    transport = script.transport if isinstance(script, Script) else httpx.MockTransport(script)
    time = settings.pop("time", None) or Time()
    defaults = {
        "base_url": URL,
        "api_key": KEY,
        "clock": time.now,
        "sleep": time.sleep,
        "monotonic": time.monotonic,
        "jitter": lambda: 0.0,
    }
    return Client(transport=transport, **{**defaults, **settings})


def ok(body: Any, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, json=body, headers={"request-id": "req_1", **names})


def refused(status: int, message: str = "No.", **headers: str) -> httpx.Response:
    body = {"type": "error", "error": {"type": "some_error", "message": message}, "request_id": "req_body"}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers={"request-id": "req_9", **names})


TOKENS: dict[str, Any] = {
    "uncached_input_tokens": 1,
    "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3},
    "cache_read_input_tokens": 4,
    "output_tokens": 5,
    "server_tool_use": {"web_search_requests": 6},
}

USAGE: dict[str, Any] = {
    **TOKENS,
    "workspace_id": None,
    "api_key_id": "apikey_1",
    "account_id": None,
    "service_account_id": None,
    "model": "claude-opus-5",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": "global",
    "speed": "fast",
}

COST: dict[str, Any] = {
    "amount": "123.78912",
    "currency": "USD",
    "workspace_id": None,
    "description": "Claude Opus 5 Usage - Input Tokens",
    "cost_type": "tokens",
    "model": "claude-opus-5",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": "global",
    "token_type": "uncached_input_tokens",
}

ACTOR: dict[str, Any] = {
    "type": "user_actor",
    "user_id": "user_1",
    "email_address": "ada@example.com",
    "name": "Ada",
    "deleted": False,
}

_PERSONAL: dict[str, Any] = {
    "actor": ACTOR,
    "starting_at": "2026-03-01T00:00:00Z",
    "ending_at": "2026-03-02T00:00:00Z",
    "product": "chat",
    "model": "claude-opus-5",
    "context_window": None,
    "inference_geo": None,
    "speed": None,
}

USER_COST: dict[str, Any] = {
    **_PERSONAL,
    "amount": "41280.000000",
    "list_amount": "50000.000000",
    "currency": "USD",
    "requests": None,
    "cost_type": "tokens",
    "token_type": "output_tokens",
}

USER_USAGE: dict[str, Any] = {**_PERSONAL, **TOKENS, "total_tokens": 15, "requests": 7}


def bucket(*results: Any, day: str = "2026-03-01", end: str = "2026-03-02") -> dict[str, Any]:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{end}T00:00:00Z", "results": list(results)}


def page(*data: Any, more: str | None = None, **extra: Any) -> dict[str, Any]:
    """A page of a report; ``more`` is the cursor of the next."""
    return {"data": list(data), "has_more": more is not None, "next_page": more, **extra}


def listing(*data: Any, more: str | None = None) -> dict[str, Any]:
    """A page of a directory list."""
    return {"data": list(data), "has_more": more is not None, "last_id": more, "first_id": None}


CODE_EXECUTION = {
    "workspace_id": "wrkspc_B",
    "description": "Code Execution Usage",
    "cost_type": "code_execution",
    "model": None,
    "service_tier": None,
    "context_window": None,
    "inference_geo": "global",
    "token_type": None,
    "amount": "890",
    "currency": "USD",
}
"""A row of the cost report that no usage is behind."""
FILTER_OF = {
    "account_id": "account_ids[]",
    "api_key_id": "api_key_ids[]",
    "context_window": "context_window[]",
    "inference_geo": "inference_geos[]",
    "model": "models[]",
    "service_account_id": "service_account_ids[]",
    "service_tier": "service_tiers[]",
    "speed": "speeds[]",
    "workspace_id": "workspace_ids[]",
}
"""Dimension of the usage report -> its filter, as the reference names it."""
ME = {"id": "org_1", "name": "Example", "type": "organization"}


def ask(script: Script, **settings: object) -> Organization:
    with client(script, **settings) as api:
        return api.get("/v1/organizations/me", [], Organization).value


def failure(*replies: httpx.Response | Exception, **settings: object) -> tuple[ApiError, Script]:
    script = Script(*replies)
    with pytest.raises(ApiError) as caught:
        ask(script, **settings)
    return caught.value, script
