"""One request and its response over HTTP, bounded in time and size. It judges the transfer only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from core.api.cutoff import Cutoff
from core.api.paths import require_documented
from core.errors import ConfigurationError
from core.settings import require_private

_PORTS = {"http": 80, "https": 443}
_REFUSAL_BYTES = 64 * 1024
"""What is read of an answer that is not a 200: enough for its message."""


@dataclass(frozen=True)
class Limits:
    """How long, in seconds, and how much, in bytes after decompression, is waited for.

    ``connect`` is for one connection, ``read`` for each chunk of an answer. ``whole`` is for a request with
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
        ConfigurationError: the environment names a proxy or certificates that cannot be used, or the key
            would go unencrypted to another machine.
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
        self._cutoff = Cutoff()
        self._http = _open(base_url, headers, transport)

    @property
    def host(self) -> str:
        return self._http.base_url.host

    @property
    def proxy(self) -> str | None:
        """Host and port of the proxy that the last connection was tried with; None where there was none."""
        base, tried = self._http.base_url, self._cutoff.tried
        direct = (base.host, base.port or _PORTS.get(base.scheme))
        return None if tried in (None, direct) else "{}:{}".format(*tried)

    def close(self) -> None:
        self._http.close()

    def cut(self) -> None:
        """End the request under way at once, from any thread; none goes through after it."""
        self._cutoff.stop()

    def get(
        self, path: str, params: Sequence[tuple[str, str]], headers: Mapping[str, str], *, seconds: float
    ) -> Reply:
        """Ask once, and receive the whole answer within ``seconds``.

        Raises:
            ValueError: the path is none of the documented ones; nothing is sent.
            httpx.HTTPError: the transfer failed.
            OverdueError, OversizedError, CutShortError: as they say.
        """
        require_documented(path)
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
        body = bytearray()  # grows in place: joined chunks would take a large answer's memory twice
        if response.status_code == httpx.codes.OK:
            for chunk in self._chunks(response, deadline, self._limits.body):
                body += chunk
            return body
        # A refusal's status says what matters: its message is welcome, not needed.
        with suppress(httpx.HTTPError, OverdueError, OversizedError, CutShortError):
            for chunk in self._chunks(response, deadline, _REFUSAL_BYTES):
                body += chunk
        return body

    def _chunks(self, response: httpx.Response, deadline: float, limit: int) -> Iterator[bytes]:
        size = 0
        try:
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > limit:
                    raise OversizedError
                if self._monotonic() >= deadline:
                    raise OverdueError
                yield chunk
        except httpx.RemoteProtocolError:
            raise CutShortError from None


def _open(base_url: str, headers: Mapping[str, str], transport: httpx.BaseTransport | None) -> httpx.Client:
    # One connection, so that the cut-off knows which. No redirects: the key goes to this server only.
    # Plain http is for this machine alone, so no proxy may see it.
    require_private(base_url)
    encrypted = urlsplit(base_url).scheme == "https"
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    try:
        return httpx.Client(
            base_url=base_url,
            headers=headers,
            transport=transport,
            limits=limits,
            follow_redirects=False,
            trust_env=encrypted,
        )
    except (ImportError, OSError, ValueError, httpx.InvalidURL):
        problem = ConfigurationError(
            "No connection can be set up with this machine's proxy or certificate settings.",
            remedy="Check HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and ANTHROPIC_BASE_URL.",
        )
    raise problem
