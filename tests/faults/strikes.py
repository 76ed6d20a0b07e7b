"""How faults strike: from the answer a request would have had to the one it gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.api.fakes import Body, refused
from tests.faults.places import API_KEYS, BUCKET, COST, LIST, USAGE, USER_COST, USER_USAGE, Kind
from tests.faults.world import OLDEST
from tests.sync.anthropic import span

REQUEST_ID = "req_fault"


@dataclass(frozen=True)
class Hit:
    """A request that is struck, and the answer it would have had."""

    request: httpx.Request
    kind: Kind
    body: dict[str, Any]

    @property
    def cursor(self) -> str | None:
        return self.request.url.params.get("after_id" if self.kind.shape == LIST else "page")


Strike = Callable[[Hit], httpx.Response]


def answer(body: Any, status: int = 200, **headers: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, content=content, headers={"request-id": REQUEST_ID, **names})


def raising(error: type[httpx.RequestError]) -> Strike:
    def strike(hit: Hit) -> httpx.Response:
        raise error("injected", request=hit.request)

    return strike


def refusing(status: int, message: str, **headers: str) -> Strike:
    return lambda hit: refused(status, message, request_id=REQUEST_ID, **headers)


def sending(body: Any) -> Strike:
    return lambda hit: answer(body)


def changing(change: Callable[[Hit], object]) -> Strike:
    """The true answer, changed in place."""

    def strike(hit: Hit) -> httpx.Response:
        change(hit)
        return answer(hit.body)

    return strike


def changing_rows(change: Callable[[Kind, dict[str, Any]], object]) -> Strike:
    return changing(lambda hit: [change(hit.kind, row) for row in hit.kind.records(hit.body)])


def cut(hit: Hit) -> httpx.Response:
    whole = json.dumps(hit.body).encode()
    error = httpx.RemoteProtocolError("peer closed connection", request=hit.request)
    return httpx.Response(200, stream=Body([whole[: len(whole) // 2]], error))


def half(hit: Hit) -> httpx.Response:
    whole = json.dumps(hit.body).encode()
    return answer(whole[: len(whole) // 2])


def set_cursor(hit: Hit, cursor: str | None) -> None:
    hit.body.update({"has_more": True, "last_id" if hit.kind.shape == LIST else "next_page": cursor})


def go_on_for_ever(hit: Hit) -> None:
    """Each page is followed by another, and after the struck one they are empty."""
    number = int((hit.cursor or "").removeprefix(ENDLESS) or 0) if is_endless(hit.cursor) else 0
    set_cursor(hit, f"{ENDLESS}{number + 1}")


def is_endless(cursor: str | None) -> bool:
    return bool(cursor and cursor.startswith(ENDLESS))


def move(hit: Hit) -> None:
    hit.body["data"][0].update(span(OLDEST.replace(year=2025)))


def double(hit: Hit) -> None:
    if hit.kind.shape == BUCKET:
        hit.body["data"][0]["results"] *= 2
    else:
        hit.body["data"].append(hit.body["data"][0])


def add_uncountable(hit: Hit) -> None:
    """A row without an amount beside one that has it."""
    rows = hit.body["data"][0]["results"] if hit.kind.shape == BUCKET else hit.body["data"]
    rows.append({name: value for name, value in rows[0].items() if name != "amount"})


def leave_out(hit: Hit) -> None:
    """The second day of the page."""
    del hit.body["data"][1]


def promised(kind: Kind) -> str:
    """A field that every row must have."""
    return "id" if kind is API_KEYS else "amount" if kind.has_money else "output_tokens"


def unknown(kind: Kind, row: dict[str, Any]) -> None:
    row.update({OPEN_FIELDS.get(kind, "product"): NEW_VALUE})


def halve(kind: Kind, row: dict[str, Any]) -> None:
    """Half of a pair that stands for one character: no text can hold it."""
    row.update({"partial_key_hint" if kind is API_KEYS else OPEN_FIELDS.get(kind, "product"): "half \ud800"})


ENDLESS = "endless"
NEW_VALUE = "something_new"
OPEN_FIELDS = {
    API_KEYS: "status",
    USAGE: "model",
    COST: "token_type",
    USER_COST: "cost_type",
    USER_USAGE: "model",
}
"""An enum of each kind; the control totals have the product."""


def amount(text: str) -> Strike:
    return changing_rows(lambda kind, row: row.update(amount=text))


CREDIT, FINE = "-1250.5", "0.123456789012"
