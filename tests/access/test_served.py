"""The real program on real sockets: who is answered, and with which headers."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser.program import PROJECT, Program, running
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow

NOBODY = "http://127.0.0.1:9"
"""No Anthropic: nothing is pulled here."""
STREAM = "/_stcore/stream"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Client:
    """Asks the program as any other process of this machine can."""

    program: Program

    @property
    def host(self) -> str:
        return self.program.url.removeprefix("http://")

    def get(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """``headers``: their names with underscores."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=sent)
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, fields, answer.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def cookie(self) -> str:
        """What a browser keeps that opened the printed link."""
        taken = self.get("/?" + self.program.link.partition("?")[2])
        return taken.headers["set-cookie"].partition(";")[0]

    def connected(
        self, origin: str | None, path: str = STREAM, *, host: str | None = None, cookie: str = ""
    ) -> bool:
        """Whether the websocket opens; where it does, the app says something on it."""
        address, _, port = self.host.partition(":")
        try:
            with connect(
                f"ws://{host or self.host}{path}",
                sock=socket.create_connection((address, int(port))),
                origin=origin,  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie},
                open_timeout=PATIENCE,
                proxy=None,
            ) as stream:
                stream.send(_first_message())
                return bool(stream.recv(timeout=PATIENCE))
        except InvalidStatus as refused:
            assert refused.response.status_code == 403
            return False


def _first_message() -> bytes:
    """What Streamlit's page says first: run the script."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    return message.SerializeToString()


@contextmanager
def served(folder: Path, **variables: str) -> Iterator[Client]:
    with running(folder, NOBODY, **variables) as program:
        yield Client(program)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("served")) as found:
        yield found


# The websocket


def test_the_apps_own_page_may_connect(client: Client) -> None:
    assert client.connected(client.program.url, cookie=client.cookie())


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:9000", "http://localhost:9000", "https://evil.example", "null", None]
)
def test_another_page_or_a_program_may_not_though_it_has_the_cookie(
    client: Client, origin: str | None
) -> None:
    assert not client.connected(origin, cookie=client.cookie())


def test_a_page_without_the_cookie_may_not_connect(client: Client) -> None:
    assert not client.connected(client.program.url)
    assert not client.connected(client.program.url, cookie="token_ledger_00000000=1.2")


def test_the_token_in_the_address_of_a_websocket_opens_nothing(client: Client) -> None:
    token = client.program.link.partition("?")[2]
    assert not client.connected(client.program.url, path=f"{STREAM}?{token}")


# Names


@pytest.mark.parametrize(
    "path", ["/", "/cost", "/_stcore/health", "/_stcore/metrics", "/_stcore/host-config"]
)
@pytest.mark.parametrize("host", ["evil.example", "ledger.example.com:8501", "10.0.0.1"])
def test_under_a_foreign_name_there_is_nothing_but_a_sentence(client: Client, path: str, host: str) -> None:
    answer = client.get(path, Host=host, Cookie=client.cookie())
    assert answer.status == 421 and "TOKEN_LEDGER_PUBLIC_URL" in answer.text and "<" not in answer.text


def test_a_page_that_will_be_refused_its_websocket_is_told_why_when_it_asks_for_health(
    client: Client,
) -> None:
    """Behind a proxy that rewrites Host: Streamlit's page shows the answer in place of staying blank."""
    answer = client.get("/_stcore/health", Referer="https://ledger.example.com/cost")
    assert answer.status == 421 and "TOKEN_LEDGER_PUBLIC_URL" in answer.text
    assert client.get("/_stcore/health", Referer=f"{client.program.url}/cost").status == 200


def test_a_foreign_page_may_not_post(client: Client) -> None:
    for headers in ({}, {"Origin": "http://127.0.0.1:9000"}, {"Origin": "null"}):
        answer = client.get("/_stcore/agent/interact", "POST", Cookie=client.cookie(), **headers)
        assert answer.status == 421, headers
    assert client.get("/", Origin="http://127.0.0.1:9000", Cookie=client.cookie()).status == 421


# The link


def test_without_the_link_only_health_and_streamlits_own_files_are_there(client: Client) -> None:
    pages = ("/", "/cost", "/?token=", "/?token=wrong")
    for path in (*pages, "/_stcore/host-config", "/_pulse", "/media/x.csv"):
        answer = client.get(path)
        assert answer.status == 401 and "Open the link that Token Ledger printed" in answer.text, path
    assert client.get("/_stcore/health").text == "ok"


def test_the_link_gives_a_cookie_and_leaves_the_address(client: Client) -> None:
    token = client.program.link.partition("?")[2]
    answer = client.get(f"/cost?group=model&{token}&x=%26")
    assert (answer.status, answer.headers["location"]) == (303, "/cost?group=model&x=%26")
    assert "HttpOnly" in answer.headers["set-cookie"]
    opened = client.get("/", Cookie=client.cookie())
    assert opened.status == 200 and '<div id="root">' in opened.text


def test_an_address_below_a_page_leads_to_one(client: Client) -> None:
    """Streamlit's page would load nothing there and stay blank. Its own addresses stay what they are."""
    asked = {"Cookie": client.cookie(), "Sec-Fetch-Dest": "document"}
    for path, page in (("/cost/nowhere", "/nowhere"), ("/a/b/cost/", "/cost"), ("/x/%0d%0ay", "/%0D%0Ay")):
        answer = client.get(path, **asked)
        assert (answer.status, answer.headers["location"]) == (303, page)
    assert client.get("/cost", **asked).status == 200
    assert client.get("/media/x.csv", **asked).status == 404
    assert client.get("/cost/_stcore/health", Cookie=client.cookie()).status == 404


def test_the_link_leads_nowhere_else(client: Client) -> None:
    token = client.program.link.partition("?")[2]
    assert client.get(f"//evil.example/?{token}").headers["location"] == "/evil.example/"


def test_the_token_is_in_the_log_once_and_what_was_refused_without_it(client: Client) -> None:
    client.get("/?token=secret-of-another")
    token = client.program.link.partition("token=")[2]
    assert client.program.log.count(token) == 1
    assert "secret-of-another" not in client.program.log


# Headers


def test_every_answer_says_what_may_be_loaded_and_that_nobody_may_frame_it(client: Client) -> None:
    page = client.get("/", Cookie=client.cookie())
    script = re.findall(r'src="\.(/static/js/[^"]+)"', page.text)[0]
    for path, host in ((script, client.host), ("/", client.host), ("/nowhere/x.js", client.host), ("/", "x")):
        headers = client.get(path, Host=host).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin" and headers["x-frame-options"] == "DENY"
        policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
        assert policy["frame-ancestors"] == "'none'" and policy["default-src"] == "'self'"
        assert not {"'unsafe-eval'", "'unsafe-inline'"} & set(policy["script-src"].split())


# Addresses


def started(folder: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """The program, which is expected to end by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0", *options],
        cwd=PROJECT,
        env={**os.environ, "TOKEN_LEDGER_DATA": str(folder), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said, _ = process.communicate(timeout=PATIENCE)
        return subprocess.CompletedProcess([], process.returncode, said)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)


def test_it_does_not_listen_to_other_machines_without_sign_in(tmp_path: Path) -> None:
    ended = started(tmp_path, "--server.address", "0.0.0.0")  # noqa: S104
    said = ended.stdout.decode()
    assert ended.returncode == 2 and "Traceback" not in said
    assert "does not listen on 0.0.0.0" in said and "TOKEN_LEDGER_ALLOW_ANONYMOUS=1" in said


def test_a_setting_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    ended = started(tmp_path, TOKEN_LEDGER_PUBLIC_URL="ledger.example.com")
    assert ended.returncode == 2 and b"TOKEN_LEDGER_PUBLIC_URL is not an http" in ended.stdout
    assert b"Traceback" not in ended.stdout


def test_anonymous_and_behind_a_proxy_the_public_page_alone_is_let_in(tmp_path: Path) -> None:
    public = "https://ledger.example.com"
    with served(
        tmp_path, TOKEN_LEDGER_ALLOW_ANONYMOUS="1", TOKEN_LEDGER_PUBLIC_URL=f"{public}/spend"
    ) as client:
        assert client.program.link == f"{public}/spend/"
        stream = f"/spend{STREAM}"
        assert client.get("/spend/", Host="ledger.example.com").status == 200
        assert client.get("/spend/", Host="evil.example").status == 421
        assert client.connected(public, path=stream, host="ledger.example.com")
        assert client.connected(public, path=stream), "a proxy that does not pass the Host on"
        assert not client.connected("https://evil.example", path=stream, host="ledger.example.com")
        assert not client.connected(None, path=stream, host="ledger.example.com")
