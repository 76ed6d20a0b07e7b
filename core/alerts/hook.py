"""Posts to a webhook: to a public address only, following no redirect, within a time limit."""

from __future__ import annotations

import hmac
import http.client
import json
import socket
import ssl
from contextlib import closing
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import SplitResult

from core import __version__
from core.alerts.deadline import Deadline, TimedSocket
from core.alerts.kinds import hook_address
from core.alerts.problems import NotSentError

SECONDS = 20.0
_PORTS = {"http": 80, "https": 443}
_NAT64 = ip_network("64:ff9b::/96")
_PRIVATE = (
    "It is an address of this machine or of a private network.",
    "If that is meant, set TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS=1.",
)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256 of time stamp, a dot and the body, in hexadecimal."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256)
    return f"v1={signed.hexdigest()}"


def post(
    url: str, content: dict[str, Any], headers: dict[str, str], *, private: bool, signing_secret: str = "",
    timestamp: str = "", seconds: float = SECONDS, tls: ssl.SSLContext | None = None,
) -> None:  # fmt: skip
    """Post JSON. ``private``: addresses that are not public are allowed.

    Raises:
        NotSentError: it cannot be reached, takes too long, or answers anything but 2xx.
    """
    body = json.dumps(content, ensure_ascii=False).encode()
    if signing_secret:
        signed = signature(signing_secret, timestamp, body)
        headers = {
            **headers,
            "Token-Ledger-Timestamp": timestamp,
            "Token-Ledger-Signature": signed,
        }
    parts = hook_address(url)
    try:
        status = _status(parts, body, headers, private, Deadline(seconds), tls)
    except (OSError, http.client.HTTPException, ValueError) as error:
        problem = NotSentError(_sentence(error, parts))
    else:
        if 200 <= status < 300:
            return
        problem = NotSentError(_refusal(status, parts))
    raise problem


def _status(
    parts: SplitResult, body: bytes, headers: dict[str, str], private: bool, deadline: Deadline,
    tls: ssl.SSLContext | None,
) -> int:  # fmt: skip
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    sock = socket.create_connection((_address(host, port, private), port), deadline.left())
    with closing(_encrypted(sock, host, tls) if parts.scheme == "https" else sock) as used:
        connection = http.client.HTTPConnection(host, port)
        connection.sock = TimedSocket(used, deadline)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {"Content-Type": "application/json", "User-Agent": f"token-ledger/{__version__}", **headers}
        with closing(connection):
            connection.request("POST", path, body, {"Connection": "close", **sent})
            return connection.getresponse().status


def _encrypted(sock: socket.socket, host: str, tls: ssl.SSLContext | None) -> ssl.SSLSocket:
    return (tls or ssl.create_default_context()).wrap_socket(sock, server_hostname=host)


def _address(host: str, port: int, private: bool) -> str:
    """The address that is then connected to: looked up once, so that no second answer can differ.

    Raises:
        NotSentError: one of the host's addresses is not public, and that is not allowed.
    """
    addresses = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(map(is_public, addresses)):
        raise NotSentError(f"The webhook {host} is not posted to.", means=_PRIVATE[0], remedy=_PRIVATE[1])
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether it is an address of the internet. One that wraps an IPv4 address leads who knows where."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and (ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _NAT64):
        return False
    return ip.is_global and not ip.is_multicast


def _refusal(status: int, parts: SplitResult) -> str:
    if 300 <= status < 400:
        return f"The webhook {parts.hostname} redirects ({status}), which is not followed."
    return f"The webhook {parts.hostname} answered {status}."


def _sentence(error: Exception, parts: SplitResult) -> str:
    hook = f"The webhook {parts.hostname}"
    match error:
        case TimeoutError():
            return f"{hook} took too long."
        case ssl.SSLCertVerificationError():
            return f"{hook} has a certificate that is not to be trusted ({error.verify_message})."
        case http.client.HTTPException():
            return f"{hook} does not answer as a web server does."
        case _:
            return f"{hook} cannot be reached ({type(error).__name__})."
