"""Two app processes on one data folder behind nginx as ``docs/running-in-production.md`` has it."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from core.explore.dashboard_files import MOST_BYTES
from tests.access.test_served import NOBODY, STREAM
from tests.browser.program import Program, read_process, running
from tests.browser.test_proxy import NAME, PAGE, PASSWORD, need_nginx, proxy
from tests.support.patience import PATIENCE, wait_until
from tests.support.ports import held_port

pytestmark = pytest.mark.slow

TOLD = re.findall(r"```nginx\n(.*?)```", PAGE, re.DOTALL)[1]
SIGNED_IN = {"Authorization": "Basic " + base64.b64encode(f"ann:{PASSWORD}".encode()).decode()}
ROUTE = "token_ledger_route"


@dataclass(frozen=True)
class Proxied:
    """The proxy's port, the processes behind it, and the path of the app there."""

    port: int
    programs: tuple[Program, Program]
    base: str

    @property
    def host(self) -> str:
        return f"{NAME}:{self.port}"

    def get(self, path: str = "/", cookie: str = "") -> tuple[int, dict[str, str]]:
        return self.ask("GET", self.base + path, {"Cookie": cookie})

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str]]:
        connection = HTTPSConnection("127.0.0.1", self.port, context=trusting(), timeout=PATIENCE)
        try:
            connection.request(method, path, body, {"Host": self.host, **headers, **SIGNED_IN})
            answer = connection.getresponse()
            answer.read()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def process_of_socket(self, cookie: str) -> str:
        """Opens the overview over a websocket, to its end; returns which process it was."""
        message = BackMsg()
        message.rerun_script.query_string = ""
        with connect(
            f"wss://{self.host}{self.base}{STREAM}",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            ssl=trusting(),
            origin=f"https://{self.host}",  # type: ignore[arg-type]
            additional_headers={"Cookie": cookie, **SIGNED_IN},
            open_timeout=PATIENCE,
            max_size=None,
            proxy=None,
        ) as stream:
            stream.send(message.SerializeToString())
            while True:
                told = ForwardMsg.FromString(stream.recv(timeout=PATIENCE))  # type: ignore[arg-type]
                ended = told.WhichOneof("type") == "script_finished"
                if ended and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    assert stream.response
                    return str(stream.response.headers["x-process"])


def trusting() -> ssl.SSLContext:
    """The certificate is the test's own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(params=["", "/spend"], ids=["a name of its own", "a path of its own"])
def proxied(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Proxied]:
    need_nginx()
    base: str = request.param
    with ExitStack() as stack:
        port = stack.enter_context(held_port())
        variables = {
            "TOKEN_LEDGER_ALLOW_ANONYMOUS": "1",
            "TOKEN_LEDGER_PUBLIC_URL": f"https://{NAME}:{port}{base}",
        }
        first = stack.enter_context(running(tmp_path, NOBODY, **variables))
        second = stack.enter_context(running(tmp_path, NOBODY, **variables))
        told = TOLD
        for before, after in (
            ("location / {", f"location {base}/ {{"),
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            (f"/etc/ssl/{NAME}.pem", f"{tmp_path}/nginx/pem"),
            (f"/etc/ssl/{NAME}.key", f"{tmp_path}/nginx/key"),
            ("/etc/nginx/token-ledger.htpasswd", f"{tmp_path}/nginx/users"),
            ("127.0.0.1:8501", first.url.removeprefix("http://")),
            ("127.0.0.1:8502", second.url.removeprefix("http://")),
            (
                "proxy_http_version 1.1;",
                "proxy_http_version 1.1; add_header X-Process $upstream_addr always;",
            ),
        ):
            assert before in told, before
            told = told.replace(before, after)
        stack.enter_context(proxy(tmp_path / "nginx", told))
        yield Proxied(port, (first, second), base)


def check_files(proxied: Proxied, cookie: str) -> None:
    """A dashboard's file of the largest size that is read passes; the app alone says what it thinks of it."""
    headers = {"Cookie": cookie, "Origin": f"https://{proxied.host}"}
    upload = f"{proxied.base}/_stcore/upload_file/nobody/nothing"
    answers: list[tuple[int, dict[str, str]]] = []

    def is_passed_on() -> bool:
        """The app refuses before it has the whole file, which the proxy may take for a broken connection."""
        answers.append(proxied.ask("PUT", upload, headers, b"x" * MOST_BYTES))
        return answers[-1][0] != 502

    wait_until(is_passed_on, "the proxy passes a file on")
    status, answered = answers[-1]
    assert status not in (404, 405, 413) and answered["x-process"]
    assert "frame-ancestors 'none'" in answered["content-security-policy"]
    status, _ = proxied.ask("PUT", upload, {**headers, "Origin": "https://evil.example"}, b"x")
    assert status == 421
    if proxied.base:
        assert proxied.ask("GET", "/_stcore/health", headers)[0] == 404, "the rest of the name is another's"


def test_browsers_are_spread_and_each_stays_with_its_process(proxied: Proxied) -> None:
    homes: dict[str, str] = {}
    for _ in range(12):
        status, headers = proxied.get()
        assert status == 200
        cookie = headers["set-cookie"].partition(";")[0]
        assert cookie.startswith(f"{ROUTE}=") and "Secure" in headers["set-cookie"]
        homes[cookie] = headers["x-process"]
    addresses = {program.url.removeprefix("http://") for program in proxied.programs}
    assert len(homes) == 12 and set(homes.values()) == addresses
    for cookie, home in homes.items():
        for path in ("/", "/cost", "/_stcore/health"):
            assert proxied.get(path, cookie)[1]["x-process"] == home
    for home in addresses:
        cookie = next(cookie for cookie, at in homes.items() if at == home)
        assert proxied.process_of_socket(cookie) == home
    check_files(proxied, cookie)
    _, headers = proxied.get()
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"]
    ended, left = addresses
    words = f"--server.port\0{ended.rpartition(':')[2]}\0".encode()
    (pid,) = [pid for pid in proxied.programs[0].processes() if words in read_process(pid, "cmdline")]
    os.kill(pid, signal.SIGKILL)
    for cookie in homes:
        answers = partial(proxied.get, "/_stcore/health", cookie)
        wait_until(lambda: answers()[0] == 200, "the process that is left answers in place of the other")  # noqa: B023
        assert answers()[1]["x-process"].endswith(left)
