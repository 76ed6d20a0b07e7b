"""A mail server and a webhook's receiver on loopback, which refuse, redirect or dawdle on request."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class MailServer(socketserver.ThreadingTCPServer):
    """SMTP as RFC 5321 has it, with STARTTLS and AUTH PLAIN. ``refuse``: command -> what it is answered with.

    ``drip``: seconds between two characters of the greeting.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate: ssl.SSLContext | None = None, *, tls: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.certificate, self.tls = certificate, tls
        self.user, self.password = "", ""
        self.refuse: dict[str, str] = {}
        self.drip = 0.0
        self.mails: list[EmailMessage] = []
        self.said: list[str] = []
        self.closing = threading.Event()
        self.encrypted: list[ssl.SSLSocket] = []

    def encrypt(self, sock: Any) -> ssl.SSLSocket:
        assert self.certificate
        used = self.certificate.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self.encrypted.append(used)
        used.do_handshake()
        return used

    def server_close(self) -> None:
        super().server_close()
        for sock in self.encrypted:
            sock.close()

    def handle_error(self, *_: Any) -> None:
        """A client that does not trust the certificate is no news."""

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Smtp(socketserver.StreamRequestHandler):
    server: MailServer

    def setup(self) -> None:
        if self.server.tls:
            self.request = self.server.encrypt(self.request)
        super().setup()

    def handle(self) -> None:
        self.secure, self.signed_in = self.server.tls, not self.server.user
        if self.server.drip:
            while not self.server.closing.wait(self.server.drip):
                self.wfile.write(b"2")
            return
        self.say("220 ready")
        while line := self.rfile.readline():
            text = line.decode().strip()
            self.server.said.append(text)
            if not self.answer(text):
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def answer(self, line: str) -> bool:
        word = line.split(" ")[0].partition(":")[0].upper()
        if said := self.server.refuse.get(word):
            self.say(said)
        elif word in ("EHLO", "HELO"):
            offers = ["STARTTLS"] * bool(self.server.certificate and not self.secure)
            offers += ["AUTH PLAIN"] * bool(self.server.user and self.secure)
            for offer in ["localhost", *offers]:
                self.say(f"250-{offer}")
            self.say("250 ok")
        elif word == "STARTTLS" and self.server.certificate:
            self.say("220 go on")
            self.request, self.secure = self.server.encrypt(self.request), True
            super().setup()
        elif word == "AUTH":
            given = base64.b64decode(line.split(" ")[2]).decode().split("\0")[1:]
            self.signed_in = given == [self.server.user, self.server.password]
            self.say("235 welcome" if self.signed_in else f"535 no {given}")
        elif word == "MAIL" and not self.signed_in:
            self.say("530 sign in first")
        elif word == "DATA":
            self.say("354 go on")
            lines = list(iter(self.rfile.readline, b".\r\n"))
            mail = message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.server.mails.append(mail)
            self.say("250 taken")
        else:
            self.say("221 bye" if word == "QUIT" else "250 ok")
        return word != "QUIT"


class HookServer(ThreadingHTTPServer):
    """Keeps what is posted. ``status``: what is answered; ``location``: where a redirect leads; ``drip``:
    seconds between two characters of the answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.status, self.location, self.drip = 200, "", 0.0
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook/T0p-Secret-Path-9981"


class _Hook(BaseHTTPRequestHandler):
    server: HookServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.posts.append((self.path, headers, body))
        if self.server.drip:
            while not self.server.closing.wait(self.server.drip):
                self.wfile.write(b"H")
            return
        self.send_response_only(self.server.status)
        if self.server.location:
            self.send_header("location", self.server.location)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Posts are kept, not printed."""


@contextmanager
def running(server: Any) -> Iterator[Any]:
    """Serve in a thread until the block ends."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """One for 127.0.0.1: as a server shows it, and as a client trusts it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=built.public_bytes(serialization.Encoding.PEM).decode())
