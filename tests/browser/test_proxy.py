"""Behind nginx as ``docs/running-in-production.md`` has it, and otherwise; and beside a foreign page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Error

from tests.browser.program import PROJECT, Program, running
from tests.browser.visitor import Visitor
from tests.support.patience import PATIENCE, wait_until
from tests.support.ports import held_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

NOBODY = "http://127.0.0.1:9"
NAME = "ledger.example.com"
PAGE = (PROJECT / "docs" / "running-in-production.md").read_text(encoding="utf-8")
TOLD = re.findall(r"```nginx\n(.*?)```", PAGE, re.DOTALL)[0]
PASSWORD = "open sesame"
LOADED = ".stApp[data-test-script-state='notRunning']"


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Browser:
    """A browser for which the proxy's name is this machine."""
    return launch(f"--host-resolver-rules=MAP {NAME} 127.0.0.1")


def need_nginx() -> str:
    path = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not path and os.environ.get("CI"):
        pytest.fail("These tests need nginx (apt install nginx-light), and in CI they must run.")
    return path or pytest.skip("These tests need nginx (apt install nginx-light).")


@contextmanager
def proxy(folder: Path, told: str) -> Iterator[None]:
    """nginx with these lines in its ``conf.d``."""
    folder.mkdir()
    _certificate(folder)
    (folder / "users").write_text(f"ann:{{PLAIN}}{PASSWORD}\n")
    settings = folder / "nginx.conf"
    settings.write_text(
        f"user root; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};\n{told}\n}}"
    )
    command = [need_nginx(), "-e", str(folder / "error.log"), "-c", str(settings), "-g", "daemon off;"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as nginx:
        try:
            wait_until(lambda: (folder / "pid").exists() or nginx.poll() is not None, "nginx starts")
            assert nginx.poll() is None, nginx.stderr and nginx.stderr.read().decode()
            yield
        finally:
            nginx.terminate()


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    encoding = serialization.Encoding.PEM
    (folder / "pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(encoding))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key").write_bytes(key.private_bytes(encoding, *plain))


@contextmanager
def behind_proxy(folder: Path, *changes: tuple[str, str], public: bool = True) -> Iterator[str]:
    """The address of the program behind the proxy that is told of, but for files, ports and ``changes``."""
    with ExitStack() as stack:
        port = stack.enter_context(held_port())
        address = f"https://{NAME}:{port}"
        variables = {"TOKEN_LEDGER_ALLOW_ANONYMOUS": "1"}
        variables |= {"TOKEN_LEDGER_PUBLIC_URL": address} if public else {}
        program = stack.enter_context(running(folder, NOBODY, **variables))
        told = TOLD
        for before, after in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            (f"/etc/ssl/{NAME}.pem", f"{folder}/nginx/pem"),
            (f"/etc/ssl/{NAME}.key", f"{folder}/nginx/key"),
            ("/etc/nginx/token-ledger.htpasswd", f"{folder}/nginx/users"),
            ("http://127.0.0.1:8501", program.url),
            *changes,
        ):
            assert before in told, before
            told = told.replace(before, after)
        stack.enter_context(proxy(folder / "nginx", told))
        yield address


def test_behind_the_proxy_that_is_told_of_the_page_opens(browser: Browser, tmp_path: Path) -> None:
    with behind_proxy(tmp_path) as address:
        signed_in = browser.new_context(
            ignore_https_errors=True, http_credentials={"username": "ann", "password": PASSWORD}
        )
        page = signed_in.new_page()
        page.goto(f"{address}/settings")
        page.locator(LOADED).wait_for(timeout=PATIENCE * 1000)
        assert page.locator(".tl-title h1").inner_text() == "Settings"
        assert page.get_by_text("TOKEN_LEDGER_ALLOW_ANONYMOUS is set").is_visible()
        signed_in.close()
        stranger = browser.new_context(ignore_https_errors=True)
        with pytest.raises(Error, match="INVALID_AUTH_CREDENTIALS"):
            stranger.new_page().goto(address)
        stranger.close()


def test_a_proxy_that_hides_its_name_from_the_app_is_told_what_is_missing(
    browser: Browser, tmp_path: Path
) -> None:
    """The page loads and its websocket is refused: it says why, and does not stay blank."""
    hidden = ("proxy_set_header   Host $http_host;", "")
    open_ = ('auth_basic           "Token Ledger";', "auth_basic off;")
    with behind_proxy(tmp_path, hidden, open_, public=False) as address:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(address)
        said = "set TOKEN_LEDGER_PUBLIC_URL to the address that people open"
        wait_until(lambda: said in page.inner_text("body"), "the page says what is missing")
        context.close()


FOREIGN = """<!doctype html><iframe src="{url}/settings"></iframe><img src="{url}/favicon.png"><script>
const socket = new WebSocket("{socket}/_stcore/stream", ["streamlit"]);
socket.onopen = () => document.title = "connected";
socket.onerror = () => document.title = "refused";
</script>"""


@contextmanager
def foreign_page(program: Program) -> Iterator[str]:
    """A page on another port of this machine that tries to read the app."""
    html = FOREIGN.format(url=program.url, socket=program.url.replace("http", "ws")).encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_page_on_another_port_reads_nothing_though_the_browser_has_the_cookie(
    browser: Browser, tmp_path: Path
) -> None:
    with running(tmp_path, NOBODY) as program, Visitor(browser, program) as visitor:
        visitor.open("settings")
        visitor.page.locator(LOADED).wait_for()
        visitor.check()
        visitor.received.clear()
        with foreign_page(program) as address:
            visitor.open(address)
            visitor.page.wait_for_function("document.title")
            assert visitor.page.title() == "refused"
            framed = [frame for frame in visitor.page.frames if frame.parent_frame]
            assert [frame.locator(".stApp").count() for frame in framed] == [0]
            assert visitor.page.locator("img").evaluate("image => image.naturalWidth") == 0
        assert not visitor.received
