"""Real sockets on loopback: servers that drip, hang, cut short or are not there."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime

import pytest

from core.api.client import Client, Limits
from core.api.records import Organization
from core.errors import MalformedAnswerError, NetworkError, SyncStoppedError
from tests.api.fakes import KEY
from tests.support.patience import PATIENCE, wait_until
from tests.support.ports import held_port

Behaviour = Callable[[socket.socket, threading.Event], None]
LIMITS = Limits(connect=PATIENCE, read=PATIENCE, whole=0.2)
UNHURRIED = Limits(whole=PATIENCE)
BODY = b'{"id": "org_1", "name": "Example"}'


class Server:
    """Answers every connection by ``behaviour``, until told to stop."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            connection.settimeout(PATIENCE)
            with closing(connection):
                try:
                    connection.recv(65536)
                    self._behaviour(connection, self._stop)
                except OSError:
                    pass

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], Server]]:
    servers: list[Server] = []

    def start(behaviour: Behaviour) -> Server:
        servers.append(Server(behaviour))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def drip(prefix: bytes, drop: bytes) -> Behaviour:
    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(prefix)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not stop.wait(0.02):
            connection.sendall(drop)

    return behave


def send(data: bytes) -> Behaviour:
    return lambda connection, stop: connection.sendall(data)


def hang(connection: socket.socket, stop: threading.Event) -> None:
    stop.wait(PATIENCE)


def ask(url: str, limits: Limits = LIMITS) -> Organization:
    with Client(base_url=url, api_key=KEY, limits=limits, sleep=lambda seconds: None) as api:
        return api.get("/v1/organizations/me", [], Organization).value


HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
CHUNKED_GZIP = HEAD + b"content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "behaviour",
    [
        drip(HEAD + b"content-length: 1000000\r\n\r\n", b" "),
        drip(b"HTTP/1.1 200 OK\r\nx-filler: ", b"x"),
        drip(b"", b"H"),
        drip(CHUNKED_GZIP + b"a\r\n\x1f\x8b\x08\x10\x00\x00\x00\x00\x00\x03\r\n", b"1\r\nx\r\n"),
        hang,
    ],
    ids=["body", "headers", "status line", "compressed without end", "nothing"],
)
def test_a_server_that_drips_or_hangs_is_cut_off(
    serve: Callable[[Behaviour], Server], behaviour: Behaviour
) -> None:
    server = serve(behaviour)
    started = time.monotonic()
    with pytest.raises(NetworkError, match="took too long"):
        ask(server.url)
    assert time.monotonic() - started < PATIENCE / 2


def test_a_body_cut_short_is_tried_again_and_then_named(serve: Callable[[Behaviour], Server]) -> None:
    server = serve(send(HEAD + b"content-length: 100\r\n\r\n" + BODY))
    with pytest.raises(MalformedAnswerError, match="cut short"):
        ask(server.url, UNHURRIED)
    assert server.connections == 5


def test_a_connection_closed_without_a_word_is_tried_again(serve: Callable[[Behaviour], Server]) -> None:
    server = serve(send(b""))
    with pytest.raises(NetworkError, match="closed the connection"):
        ask(server.url, UNHURRIED)
    assert server.connections == 5


def test_what_is_no_http_at_all_is_a_sentence(serve: Callable[[Behaviour], Server]) -> None:
    with pytest.raises(NetworkError):
        ask(serve(send(b"220 mail.example ESMTP\r\n")).url, UNHURRIED)


def test_a_server_that_is_not_there_is_a_sentence() -> None:
    with held_port() as port, pytest.raises(NetworkError, match="could not be reached"):
        ask(f"http://127.0.0.1:{port}", UNHURRIED)


class Stopper:
    """An observer that stops as soon as a request is under way, or from the start."""

    def __init__(self, after: float) -> None:
        self._after = after
        self.stopped = False

    def requested(self) -> None: ...

    def retried(self, reason: str, until: datetime) -> None: ...

    def waiting(self, until: datetime) -> None: ...

    def check_stop(self) -> None:
        if self.stopped:
            raise SyncStoppedError("The sync was stopped.")

    @contextmanager
    def under_way(self, cut: Callable[[], None]) -> Iterator[None]:
        def stop() -> None:
            self.stopped = True
            cut()

        timer = threading.Timer(self._after, stop)
        timer.start() if self._after else stop()
        yield
        timer.cancel()


@pytest.mark.parametrize("after", [0.2, 0.0])
@pytest.mark.parametrize(
    "behaviour", [hang, drip(HEAD + b"content-length: 1000000\r\n\r\n", b" ")], ids=["hangs", "drips"]
)
def test_a_stop_cuts_a_request_under_way(
    serve: Callable[[Behaviour], Server], behaviour: Behaviour, after: float
) -> None:
    server, started = serve(behaviour), time.monotonic()
    limits, stopper = Limits(PATIENCE, PATIENCE, PATIENCE), Stopper(after)
    with (
        Client(base_url=server.url, api_key=KEY, limits=limits, observer=stopper) as api,
        pytest.raises(SyncStoppedError) as caught,
    ):
        api.get("/v1/organizations/me", [], Organization)
    assert time.monotonic() - started < PATIENCE / 2
    assert server.connections <= 1
    assert caught.value.__context__ is None  # httpx's error would carry the key


# Proxies


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.usefixtures("no_proxy")
def test_a_proxy_that_is_not_there_is_named_and_the_api_is_not(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with held_port() as port, pytest.raises(NetworkError) as caught:
        monkeypatch.setenv(variable, f"http://someone:hush@127.0.0.1:{port}")
        ask("https://api.anthropic.test", UNHURRIED)
    assert caught.value.happened == f"The proxy 127.0.0.1:{port} could not be reached."
    assert variable in str(caught.value) and "hush" not in str(caught.value)


@pytest.mark.usefixtures("no_proxy")
def test_a_proxy_that_refuses_is_named(
    serve: Callable[[Behaviour], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(send(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"))
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    with pytest.raises(NetworkError) as caught:
        ask("https://api.anthropic.test", UNHURRIED)
    place = server.url.removeprefix("http://")
    assert caught.value.happened == f"The proxy {place} refused to connect to api.anthropic.test."


@pytest.mark.usefixtures("no_proxy")
def test_a_server_that_is_not_there_is_no_proxy_even_on_a_port_of_its_own() -> None:
    with held_port() as port, pytest.raises(NetworkError) as caught:
        ask(f"http://127.0.0.1:{port}", UNHURRIED)
    assert caught.value.happened == "127.0.0.1 could not be reached."


def test_an_answer_in_time_is_read_and_leaves_no_timer(serve: Callable[[Behaviour], Server]) -> None:
    length = f"content-length: {len(BODY)}\r\n\r\n".encode()
    server = serve(send(HEAD + length + BODY))
    before = threading.active_count()
    assert ask(server.url, UNHURRIED).id == "org_1"
    wait_until(lambda: threading.active_count() <= before, "the timer ends")
