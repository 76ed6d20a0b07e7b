"""What the client may ask for, and of whom: nothing else leaves this machine."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.api.client import Client
from core.api.paths import DOCUMENTED
from core.api.records import Organization
from core.errors import ConfigurationError, NetworkError
from tests.api.fakes import KEY, ME, Script, ask, client, ok

ORGANIZATION = "/v1/organizations"
BY_HAND = """
me workspaces api_keys users usage_report/messages usage_report/claude_code cost_report spend_limits
spend_limits/effective rate_limits rbac_groups analytics/user_cost_report analytics/user_usage_report
analytics/cost_report analytics/usage_report analytics/cost analytics/usage analytics/summaries
analytics/users analytics/skills analytics/connectors analytics/plugins analytics/apps/chat/projects
""".split()  # noqa: SIM905 -- read beside the API's reference
"""All that the API's reference tells of reading cost, use and who is behind them."""


def test_the_documented_paths_are_those_of_the_reference() -> None:
    assert {f"{ORGANIZATION}/{name}" for name in BY_HAND} == DOCUMENTED


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/v1/messages",
        "/v1/organizations/api_keys/apikey_1",
        "/v1/organizations/invites",
        "/v1/organizations/me/",
        "/v1/organizations/me?limit=1",
        "/v1/organizations/me#x",
        "/v1/organizations/workspaces/../invites",
        "/v1/organizations/%6de",
        "/V1/ORGANIZATIONS/ME",
        "//evil.test/v1/organizations/me",
        "https://evil.test/v1/organizations/me",
    ],
)
def test_another_path_is_refused_before_anything_is_sent(path: str) -> None:
    script = Script(ok(ME))
    with client(script) as api, pytest.raises(ValueError, match="documented paths"):
        api.get(path, [], Organization)
    assert script.requests == []


@pytest.mark.parametrize("path", sorted(DOCUMENTED))
def test_a_documented_path_is_asked_by_get_under_the_base_url(path: str) -> None:
    script = Script(ok(ME))
    with client(script, base_url="https://gateway.test/anthropic") as api:
        api.get(path, [("limit", "1")], Organization)
    (request,) = script.requests
    assert (request.method, request.content) == ("GET", b"")
    assert str(request.url) == f"https://gateway.test/anthropic{path}?limit=1"


@pytest.mark.parametrize(
    "url",
    ["http://api.anthropic.test", "http://192.168.0.7:8080", "http://127.0.0.1.evil.test", "ftp://[::1]"],
)
def test_no_client_is_made_whose_key_would_go_unencrypted(url: str) -> None:
    script = Script(ok(ME))
    with pytest.raises(ConfigurationError, match="unencrypted"):
        ask(script, base_url=url)
    assert script.requests == []


class Listener(HTTPServer):
    """Tells who it is to whoever asks, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []


class _Answers(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"id": "org_1", "name": "Example"}')

    def log_message(self, format: str, *arguments: object) -> None: ...


@contextmanager
def listening(context: ssl.SSLContext | None = None) -> Iterator[Listener]:
    with Listener() as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def organization_at(url: str) -> str:
    with Client(base_url=url, api_key=KEY, sleep=lambda seconds: None) as api:
        return api.get(f"{ORGANIZATION}/me", [], Organization).value.id


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "ALL_PROXY"])
def test_a_proxy_does_not_see_the_key_of_a_server_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    with listening() as proxy, listening() as server:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.server_port}")
        assert organization_at(f"http://127.0.0.1:{server.server_port}") == "org_1"
        assert (proxy.asked, server.asked) == ([], [f"{ORGANIZATION}/me"])


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """The certificate of an authority of one's own, and a server that it vouches for."""
    folder = tmp_path_factory.mktemp("certificates")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, private = folder / "authority.pem", folder / "server.key"
    authority.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, private)
    return authority, context


def test_an_authority_of_ones_own_is_trusted_where_the_environment_names_it(
    certificates: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = certificates
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    with listening(context) as server:
        url = f"https://127.0.0.1:{server.server_port}"
        with pytest.raises(NetworkError, match="SSL_CERT_FILE"):
            organization_at(url)
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert organization_at(url) == "org_1"
