"""Sends an e-mail over SMTP, within a time limit."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.message import EmailMessage

from core.alerts.deadline import Deadline, reader
from core.alerts.problems import NotSentError

SECONDS = 30.0


class _Smtp(smtplib.SMTP):
    """Its replies come within the deadline, however slowly they drip."""

    def __init__(self, deadline: Deadline, tls: ssl.SSLContext | None) -> None:
        self._deadline, self._tls = deadline, tls
        super().__init__(timeout=deadline.left())

    def connect_to(self, host: str, port: int) -> None:
        self._host = host  # what a certificate must name
        code, _ = self.connect(host, port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, b"")

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = socket.create_connection((host, port), timeout)
        if not self._tls:
            return sock
        try:
            return self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock:
            self.file = reader(self.sock, self._deadline)
        return super().getreply()

    def send(self, s: bytes | str) -> None:  # type: ignore[override]
        if self.sock:
            self.sock.settimeout(self._deadline.left())
        super().send(s)


def send_mail(
    message: EmailMessage, config: Mapping[str, str], password: str, *, seconds: float = SECONDS,
    tls: ssl.SSLContext | None = None,
) -> str:  # fmt: skip
    """Hand a message to the mail server; returns whom it refused, in a sentence, or nothing.

    ``tls``: whose certificates are trusted; None: the system's.

    Raises:
        NotSentError: the server cannot be reached, refuses, or takes too long.
    """
    try:
        refused = _send(message, config, password, Deadline(seconds), tls)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        problem = NotSentError(_sentence(error, config))
    else:
        return f"Refused by the mail server for {', '.join(refused)}." if refused else ""
    raise problem


def _send(
    message: EmailMessage,
    config: Mapping[str, str],
    password: str,
    deadline: Deadline,
    trust: ssl.SSLContext | None,
) -> list[str]:
    security = config["security"]
    tls = None if security == "none" else trust or ssl.create_default_context()
    smtp = _Smtp(deadline, tls if security == "tls" else None)
    try:
        smtp.connect_to(config["host"], int(config["port"]))
        smtp.ehlo_or_helo_if_needed()
        if security == "starttls":
            smtp.starttls(context=tls)
            smtp.ehlo()
        if password:
            smtp.login(config["user"], password)
        refused = smtp.send_message(message)
        _leave(smtp)
        return sorted(refused)
    finally:
        smtp.close()


def _leave(smtp: smtplib.SMTP) -> None:
    """The server has the message: that it does not answer the farewell would be no failure."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        return


def _sentence(error: Exception, config: Mapping[str, str]) -> str:
    """What a server says may repeat what it was sent: it is not shown, but for its code."""
    server = f"The mail server {config['host']}:{config['port']}"
    match error:
        case TimeoutError() | smtplib.SMTPServerDisconnected(__context__=TimeoutError()):
            return f"{server} took too long."
        case ssl.SSLCertVerificationError():
            return f"{server} has a certificate that is not to be trusted ({error.verify_message})."
        case smtplib.SMTPAuthenticationError():
            return f"{server} refused user and password ({error.smtp_code})."
        case smtplib.SMTPRecipientsRefused():
            return f"{server} refused every recipient."
        case smtplib.SMTPResponseException():
            return f"{server} refused with {error.smtp_code}."
        case smtplib.SMTPNotSupportedError():
            return f"{server} does not offer what the channel is set up for: encryption or sign-in."
        case smtplib.SMTPServerDisconnected():
            return f"{server} ended the connection."
        case OSError():
            return f"{server} cannot be reached ({type(error).__name__})."
        case _:
            return f"{server} cannot be spoken to ({type(error).__name__})."
