"""The simulated Anthropic on a real socket, with faults on request.

    with serve(simulator) as server:
        server.faults.append(Fault(path="/v1/organizations/cost_report", nth=2, status=529))
        ... Client(base_url=server.url, ...)
        assert server.paths() == [...]

Keep-alive as in real life (HTTP/1.1). The first fault that strikes is used instead of the answer.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from core.demo.service import Request, Response, Simulator

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    410: "invalid_request_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


@dataclass
class Fault:
    """What goes wrong, and on which requests.

    Matches by ``path`` (None: any), by ``query`` (these parameters, among others), by ``key`` and by
    ``when``; of the matching requests, the ``nth`` and the ``times - 1`` after it fail (``times`` None: all
    from there on).

    What happens, in this order: wait ``hang`` seconds; ``reset`` the connection; send ``status`` with
    ``body`` (by default Anthropic's error of that status) and ``headers``, or the true answer where
    ``status`` is None, its body passed through ``change`` (decoded JSON in, JSON out). ``truncate`` to so
    many bytes of the body and close, though the headers promise more; ``drip`` it byte by byte, so many
    seconds apart.
    """

    path: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    when: Callable[[Request], bool] | None = None
    nth: int = 1
    times: int | None = 1
    status: int | None = None
    body: bytes | str | Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Injected fault"
    hang: float = 0.0
    reset: bool = False
    truncate: int | None = None
    drip: float = 0.0
    change: Callable[[Any], Any] | None = None
    seen: int = 0

    def matches(self, request: Request) -> bool:
        return (
            self.path in (None, request.path)
            and all((name, value) in list(request.params) for name, value in self.query.items())
            and self.key in (None, request.headers.get("x-api-key"))
            and (self.when is None or self.when(request))
        )

    def strikes(self, request: Request) -> bool:
        """Whether this request fails; counts it if it matches."""
        if not self.matches(request):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)

    def answer(self, true_answer: Callable[[], Response]) -> Response:
        if self.status is None:
            answer = true_answer()
            body = json.dumps(self.change(json.loads(answer.body))).encode() if self.change else answer.body
            return Response(answer.status, {**answer.headers, **self.headers}, body)
        headers = {"content-type": "application/json", "request-id": "req_fault", **self.headers}
        return Response(self.status, headers, self._body())

    def _body(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        kind = ERROR_TYPES.get(self.status or 500, "api_error")
        error = {"type": "error", "error": {"type": kind, "message": self.message}, "request_id": "req_fault"}
        return json.dumps(self.body if self.body is not None else error).encode()


@dataclass(frozen=True)
class Logged:
    """One request as it came in. ``status`` None: no answer was sent."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    status: int | None
    at: datetime

    def param(self, name: str) -> str | None:
        return dict(self.params).get(name)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.params if key == name]


class AnthropicServer:
    """A running server; ``latency`` is in seconds before each answer."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.faults: list[Fault] = []
        self.log: list[Logged] = []
        self.latency = 0.0
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _HttpServer(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End hanging answers, close every connection, and wait for the threads."""
        self.closing.set()
        self._http.shutdown()
        self._http.close_connections()
        self._http.server_close()
        self._thread.join()

    def paths(self, *, key: str | None = None) -> list[str]:
        """Paths asked for, in order, by all keys or by one."""
        return [entry.path for entry in self.requests(key=key)]

    def requests(self, path: str | None = None, *, key: str | None = None) -> list[Logged]:
        with self._lock:
            return [
                entry
                for entry in self.log
                if path in (None, entry.path) and key in (None, entry.headers.get("x-api-key"))
            ]

    def struck_by(self, request: Request) -> Fault | None:
        with self._lock:
            return next((fault for fault in self.faults if fault.strikes(request)), None)

    def note(self, request: Request, status: int | None) -> None:
        entry = Logged(
            request.method, request.path, tuple(request.params), request.headers, status, datetime.now(UTC)
        )
        with self._lock:
            self.log.append(entry)


@contextmanager
def serve(
    simulator: Simulator, *, faults: Sequence[Fault] = (), latency: float = 0.0
) -> Iterator[AnthropicServer]:
    """Run the simulator on a free port of 127.0.0.1."""
    server = AnthropicServer(simulator)
    server.faults.extend(faults)
    server.latency = latency
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64
    owner: AnthropicServer

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        with self._guard:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_GET(self) -> None:
        owner = self.server.owner
        request = self._request()
        if owner.latency:
            owner.closing.wait(owner.latency)
        fault = owner.struck_by(request)
        if fault is None:
            answer = owner.simulator.handle(request)
            owner.note(request, answer.status)
            self._send(answer)
        else:
            self._fail(fault, request)

    def do_POST(self) -> None:
        self.do_GET()

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        if length:
            self.rfile.read(length)
        return Request(
            path=parts.path,
            params=parse_qsl(parts.query, keep_blank_values=True),
            headers={name.lower(): value for name, value in self.headers.items()},
            method=self.command,
        )

    def _fail(self, fault: Fault, request: Request) -> None:
        owner = self.server.owner
        if fault.hang:
            owner.closing.wait(fault.hang)
        if fault.reset or owner.closing.is_set():
            owner.note(request, None)
            self._reset()
            return
        answer = fault.answer(lambda: owner.simulator.handle(request))
        owner.note(request, answer.status)
        self._send(answer, keep=fault.truncate, drip=fault.drip)

    def _reset(self) -> None:
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _send(self, answer: Response, *, keep: int | None = None, drip: float = 0.0) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        body = answer.body if keep is None else answer.body[:keep]
        self.close_connection = self.close_connection or keep is not None
        if drip:
            self._drip(body, drip)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes, seconds: float) -> None:
        for at in range(len(body)):
            if self.server.owner.closing.is_set():
                return
            self.wfile.write(body[at : at + 1])
            time.sleep(seconds)

    def log_message(self, *args: Any) -> None:
        """The request log is for assertions, not for standard error."""
