"""One request and its answer over HTTP, bounded in time and size. Nothing is judged here but the transfer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from core.errors import ConfigurationError

_REFUSAL_BYTES = 64 * 1024
"""What is read of an answer that is not a 200: enough for its message."""


@dataclass(frozen=True)
class Limits:
    """How long, in seconds, and how much, in bytes after decompression, is waited for.

    ``connect`` is for one connection, ``read`` for each piece of an answer. ``whole`` is for a request with
    all its tries; the pauses between tries do not count toward it.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 300.0
    body: int = 160 * 1024 * 1024


@dataclass(frozen=True)
class Reply:
    """An answer as received; ``body`` may be cut short where ``status`` is not 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


class OverdueError(Exception):
    """The answer took longer than a whole request may."""


class OversizedError(Exception):
    """The answer is larger than any real one."""


class CutShortError(Exception):
    """The connection closed in the middle of the body."""


class Exchange:
    """A connection to one server, for one thread.

    Raises:
        ConfigurationError: the environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        transport: httpx.BaseTransport | None,
        limits: Limits,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._cutoff = _Cutoff()
        self._http = _open(base_url, headers, transport)

    @property
    def host(self) -> str:
        return self._http.base_url.host

    def close(self) -> None:
        self._http.close()

    def get(
        self, path: str, params: Sequence[tuple[str, str]], headers: Mapping[str, str], *, seconds: float
    ) -> Reply:
        """Ask once, and receive the whole answer within ``seconds``.

        Raises:
            httpx.HTTPError: the transfer failed.
            OverdueError, OversizedError, CutShortError: as they say.
        """
        deadline = self._monotonic() + seconds
        request = self._http.build_request(
            "GET",
            path,
            params=list(params),
            headers=dict(headers),
            timeout=self._timeout(seconds),
            extensions={"trace": self._cutoff.trace},
        )
        try:
            with self._cutoff.after(seconds):
                return self._receive(request, deadline)
        except (httpx.HTTPError, CutShortError):
            if self._monotonic() < deadline:
                raise
        raise OverdueError

    def _timeout(self, seconds: float) -> httpx.Timeout:
        read = min(self._limits.read, seconds)
        return httpx.Timeout(read, connect=min(self._limits.connect, seconds))

    def _receive(self, request: httpx.Request, deadline: float) -> Reply:
        response = self._http.send(request, stream=True)
        try:
            return Reply(response.status_code, response.headers, self._body(response, deadline))
        finally:
            response.close()

    def _body(self, response: httpx.Response, deadline: float) -> bytearray:
        body = bytearray()  # grows in place: joined pieces would take a large answer's memory twice
        if response.status_code == httpx.codes.OK:
            for piece in self._pieces(response, deadline, self._limits.body):
                body += piece
            return body
        # A refusal's status says what matters: its message is welcome, not needed.
        with suppress(httpx.HTTPError, OverdueError, OversizedError, CutShortError):
            for piece in self._pieces(response, deadline, _REFUSAL_BYTES):
                body += piece
        return body

    def _pieces(self, response: httpx.Response, deadline: float, limit: int) -> Iterator[bytes]:
        size = 0
        try:
            for piece in response.iter_bytes():
                size += len(piece)
                if size > limit:
                    raise OversizedError
                if self._monotonic() >= deadline:
                    raise OverdueError
                yield piece
        except httpx.RemoteProtocolError:
            raise CutShortError from None


class _Cutoff:
    """Ends a connection when its time is over, whatever it waits for.

    A read time-out begins anew with every byte, so it never ends a server that drips its headers.
    """

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        self._over = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpx's trace extension: remembers the one connection there is."""
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")):
            return
        stream = info["return_value"]
        connection = stream.get_extra_info("socket") if stream else None
        self._connection = connection if isinstance(connection, socket.socket) else None
        if self._over:
            self._cut()

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        self._over = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self._over = True
        if self._connection is not None:
            with suppress(OSError):
                # The plain socket's own: a TLS socket's would change it under the reading thread.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)


def _open(base_url: str, headers: Mapping[str, str], transport: httpx.BaseTransport | None) -> httpx.Client:
    # One connection, so that the cut-off knows which. No redirects: the key goes to this server only.
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    try:
        return httpx.Client(
            base_url=base_url, headers=headers, transport=transport, limits=limits, follow_redirects=False
        )
    except (ImportError, OSError, ValueError, httpx.InvalidURL):
        problem = ConfigurationError(
            "No connection can be set up with this machine's proxy or certificate settings.",
            remedy="Check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and ANTHROPIC_BASE_URL.",
        )
    raise problem
