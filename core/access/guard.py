"""Stands before the app: every request and every websocket passes here, or is answered with a sentence.

In order: the Host must be a name of the app, else DNS rebinding would reach it. The Origin, where there is
one, must be the app's own, and a websocket and whatever changes something must have one. Without
``TOKEN_LEDGER_ALLOW_ANONYMOUS`` the browser must have opened the link that was printed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from core.access import returning
from core.access.origins import Origins, origin_of
from core.access.passes import Passes

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN = "token"  # noqa: S105 - the name of the parameter
HARMLESS = ("GET", "HEAD")
ALIVE = "/_stcore/health"
"""Whether the app lives; told without a token."""
FILES = "/static/"
"""Streamlit's own scripts and fonts, in which there is nothing of ours."""

STREAMLITS = ("_stcore", "static", "media", "component", "auth")
"""Below these are addresses of its own; pages are one part long."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    status: HTTPStatus
    text: str


WRONG_HOST = Refusal(
    HTTPStatus.MISDIRECTED_REQUEST,
    "Token Ledger does not go by the name in this address. Behind a proxy, set TOKEN_LEDGER_PUBLIC_URL to "
    "the address that people open, let the proxy pass the Host header on, and start the app again.",
)
WRONG_ORIGIN = Refusal(
    HTTPStatus.MISDIRECTED_REQUEST,  # for 403 Streamlit's page has words of its own, and does not show these
    "This request comes from a page that is not Token Ledger's own, so it is not answered. If it is your "
    "proxy's address, set TOKEN_LEDGER_PUBLIC_URL to the address that people open, and start the app again.",
)
NO_PASS = Refusal(
    HTTPStatus.UNAUTHORIZED,
    "Open the link that Token Ledger printed when it started; it ends in ?token=… The browser is then let in "
    "for 30 days. TOKEN_LEDGER_ALLOW_ANONYMOUS=1 lets in whoever can reach this address.",
)


class Guard:
    """An ASGI middleware. ``passes`` is None where whoever reaches the app may use it."""

    def __init__(
        self,
        app: App,
        *,
        origins: Origins,
        passes: Passes | None,
        headers: Iterable[tuple[bytes, bytes]],
        base_path: str = "",
    ) -> None:
        self._app = app
        self._origins = origins
        self._passes = passes
        self._headers = tuple(headers)
        self._base_path = base_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = _Request(scope)
        send = self._with_headers(send)
        refusal = self._refusal(request)
        if refusal:
            await _refuse(request, refusal, send)
        elif self._brings_token(request):
            await self._take_in(request, send)
        elif self._needs_pass(request):
            await _refuse(request, NO_PASS, send)
        elif page := self._astray(request):
            await answer(HTTPStatus.SEE_OTHER, "", {"location": f"{self._base_path}/{page}"}, send)
        else:
            await self._app(scope, receive, self._returning(request, send))

    def _returning(self, request: _Request, send: Send) -> Send:
        """To the page that was asked for, after signing in."""
        path = request.path.removeprefix(self._base_path)
        if path not in (returning.LOGIN, returning.CALLBACK) or request.is_websocket:
            return send
        if path == returning.LOGIN:
            referer = request.header(b"referer")
            is_own = self._origins.is_own(origin_of(referer), request.host)
            kept = returning.kept(referer if is_own else "", self._base_path, secure=self._is_secure(request))
            return _adding(send, kept)
        page = returning.asked("; ".join(request.headers(b"cookie")))
        location = f"{self._base_path}{page}" if page else ""
        return _adding(send, returning.forgotten(self._base_path), location)

    def _refusal(self, request: _Request) -> Refusal | None:
        if not self._origins.knows_host(request.host):
            return WRONG_HOST
        must_be_own = not request.is_read or (request.origin and not self._is_below(FILES, request))
        if must_be_own and not self._origins.is_own(request.origin, request.host):
            return WRONG_ORIGIN
        return None

    def _brings_token(self, request: _Request) -> bool:
        return bool(
            self._passes
            and request.is_read
            and any(name == TOKEN and self._passes.is_token(value) for name, value in request.parameters)
        )

    def _needs_pass(self, request: _Request) -> bool:
        told_to_all = request.is_read and (self._is_below(ALIVE, request) or self._is_below(FILES, request))
        if self._passes is None or told_to_all:
            return False
        return not self._passes.admits(request.header(b"cookie"))

    def _astray(self, request: _Request) -> str:
        """For an address below a page, which would stay blank: the page of its last part; else nothing."""
        first, *rest = request.path.removeprefix(self._base_path).strip("/").split("/")
        if not rest or first in STREAMLITS or request.header(b"sec-fetch-dest") != "document":
            return ""
        return quote(rest[-1])

    def _is_below(self, path: str, request: _Request) -> bool:
        return request.path.removeprefix(self._base_path).startswith(path)

    async def _take_in(self, request: _Request, send: Send) -> None:
        """The cookie, and the same address without the token, which must not stay in the history."""
        if self._passes is None:  # pragma: no cover - nobody brings a token then
            return
        rest = urlencode([pair for pair in request.parameters if pair[0] != TOKEN])
        cookie = self._passes.cookie(path=f"{self._base_path}/", secure=self._is_secure(request))
        where = "/" + request.path.lstrip("/")  # two slashes would lead to another host
        headers = {"location": f"{where}?{rest}" if rest else where, "set-cookie": cookie}
        await answer(HTTPStatus.SEE_OTHER, "", headers, send)

    def _is_secure(self, request: _Request) -> bool:
        return self._origins.is_public(request.host) and str(self._origins.public).startswith("https:")

    def _with_headers(self, send: Send) -> Send:
        """Ours in place of those of the same name."""
        ours = {name for name, _ in self._headers}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [(name, value) for name, value in message["headers"] if name.lower() not in ours]
                message = {**message, "headers": [*others, *self._headers]}
            await send(message)

        return sending


class _Request:
    """What the checks need to know of an ASGI scope."""

    def __init__(self, scope: Scope) -> None:
        self._headers = scope["headers"]
        self.is_websocket = scope["type"] == "websocket"
        self.is_read = not self.is_websocket and scope["method"] in HARMLESS
        self.path: str = scope["path"]
        self.parameters = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        self.host = self.header(b"host")

    def header(self, name: bytes) -> str:
        return ", ".join(self.headers(name))

    def headers(self, name: bytes) -> list[str]:
        return [value.decode("latin-1") for key, value in self._headers if key == name]

    @property
    def asks_for_life(self) -> bool:
        return self.path.endswith(ALIVE)

    @property
    def origin(self) -> str:
        """Who asks, where it is told. The page that is about to connect asks whether the app lives without an
        Origin: its Referer tells, so that the page can show why it is refused, and does not stay blank."""
        referer = self.header(b"referer") if self.asks_for_life else ""
        return self.header(b"origin") or origin_of(referer)


def _adding(send: Send, cookie: str, location: str = "") -> Send:
    """With one cookie more; a redirect leads to ``location``, where it is told."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            fields = message["headers"]
            if location:
                fields = [(key, location.encode() if key == b"location" else value) for key, value in fields]
            message = {**message, "headers": [*fields, (b"set-cookie", cookie.encode())]}
        await send(message)

    return sending


async def _refuse(request: _Request, refusal: Refusal, send: Send) -> None:
    log.warning("Refused %r: %s", request.path, refusal.text.partition(".")[0])
    if request.is_websocket:
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(refusal.status, *_worded(request, refusal.text), send)


def _worded(request: _Request, text: str) -> tuple[str, dict[str, str]]:
    """Streamlit's page shows what it is told about the app's life if it is JSON."""
    if request.asks_for_life:
        return json.dumps(text), {"content-type": "application/json"}
    return f"{text}\n", {}


async def answer(
    status: HTTPStatus, text: str, headers: dict[str, str], send: Send, *, method: str = "GET"
) -> None:
    """Plain text that nobody keeps, unless ``headers`` say otherwise; only what it would be to a HEAD."""
    body = text.encode()
    sent = {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store", **headers}
    fields = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    fields.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": int(status), "headers": fields})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
