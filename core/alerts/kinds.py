"""The kinds of channels, and whether what somebody entered can be one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from core.errors import InputError
from core.settings import is_loopback
from core.store.channels import ChannelContent
from core.store.secrets import key_hint

EMAIL, WEBHOOK, APPRISE = "email", "webhook", "apprise"
KINDS: Mapping[str, str] = MappingProxyType(
    {
        EMAIL: "E-mail",
        "slack": "Slack",
        "teams": "Microsoft Teams",
        "discord": "Discord",
        "google_chat": "Google Chat",
        WEBHOOK: "Webhook",
        APPRISE: "Apprise",
    }
)
SECURITIES = ("starttls", "tls", "none")
_PORTS = {"starttls": "587", "tls": "465", "none": "25"}
_MOST_RECIPIENTS = 20
_LEAST_SECRET = 16
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[?[0-9A-Fa-f:.]+\]?")
_LINK = re.compile(r"[\x21-\x7e]{1,2000}")


def mail_content(
    *, host: str, port: str = "", security: str = "starttls", user: str = "", password: str = "",
    sender: str, recipients: str,
) -> ChannelContent:  # fmt: skip
    """An e-mail channel. ``recipients``: separated by commas; without a ``user`` nobody signs in.

    Raises:
        InputError: something of it cannot be used.
    """
    host, to = (
        host.strip().strip("[]"),
        [address.strip() for address in recipients.split(",") if address.strip()],
    )
    if security not in SECURITIES:
        raise _wrong(f"The security {security[:20]!r} is unknown.", "security", ", ".join(SECURITIES))
    if not _HOST.fullmatch(host):
        raise _wrong("The mail server is no host name.", "host", "a name such as smtp.example.com")
    if security == "none" and not is_loopback(host):
        raise _wrong("Mail would go unencrypted to another machine.", "security", "STARTTLS or TLS")
    port = port.strip() or _PORTS[security]
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise _wrong("The port is no number from 1 to 65535.", "port", _PORTS[security])
    if not to or len(to) > _MOST_RECIPIENTS or not all(map(_ADDRESS.fullmatch, (sender.strip(), *to))):
        says = f"Sender and up to {_MOST_RECIPIENTS} recipients are e-mail addresses."
        raise _wrong(says, "recipients", "ann@example.com, ben@example.com")
    if bool(user) != bool(password):
        raise _wrong("A user and a password go together.", "user", "both of them, or none")
    config = {
        "host": host, "port": port, "security": security, "user": user, "sender": sender.strip(),
        "recipients": ", ".join(to),
    }  # fmt: skip
    signs_in = "password set" if password else "no sign-in"
    return ChannelContent(
        EMAIL, config, f"{host}:{port}, {signs_in}, to {config['recipients']}", {"password": password}
    )


def hook_content(kind: str, url: str, signing_secret: str = "") -> ChannelContent:
    """A chat's incoming webhook, or one of your own, whose messages are signed.

    Raises:
        InputError: something of it cannot be used.
    """
    if kind not in KINDS or kind in (EMAIL, APPRISE):
        raise _wrong(f"There is no webhook of the kind {kind[:20]!r}.", "kind", ", ".join(KINDS))
    parts = hook_address(url := url.strip())
    signed = kind == WEBHOOK
    if signed and not (len(signing_secret) >= _LEAST_SECRET and signing_secret.isprintable()):
        says = f"The signing secret has less than {_LEAST_SECRET} characters, or unprintable ones."
        raise _wrong(says, "signing_secret", "a long random text that the receiver knows too")
    secrets = {"url": url, **({"signing_secret": signing_secret} if signed else {})}
    return ChannelContent(kind, {}, _hint(parts), secrets)


def content_without_secrets(
    kind: str, config: Mapping[str, str], *, secrets_kept: bool = False
) -> ChannelContent:
    """A channel as a file of settings has it: whole where it needs no secret, else without any.

    ``secrets_kept``: those that it has already go on to be used.

    Raises:
        InputError: something of it cannot be used.
    """
    if kind not in KINDS:
        raise _wrong(f"There is no channel of the kind {kind[:20]!r}.", "kind", ", ".join(KINDS))
    known = _MAIL_CONFIG if kind == EMAIL else ()
    if unknown := sorted(set(config) - set(known)):
        raise _wrong(
            f"A channel of this kind has no {unknown[0][:40]!r}.", "config", ", ".join(known) or "none"
        )
    if kind != EMAIL:
        return ChannelContent(kind, {}, "address to be given", {})
    told = {**dict.fromkeys(_MAIL_CONFIG, ""), "security": SECURITIES[0], **config}
    signs_in = bool(told["user"])
    content = mail_content(**told, password=_UNKNOWN * signs_in)
    if not signs_in:
        return content
    hint = content.hint if secrets_kept else content.hint.replace("password set", "password to be given")
    return replace(content, hint=hint, secrets={})


def is_for_the_same(config: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether two configurations of e-mail are of one mail server and user: a password is for nobody else."""
    return all(config.get(name) == other.get(name) for name in _PASSWORD_IS_FOR)


_PASSWORD_IS_FOR = ("host", "port", "security", "user")
_MAIL_CONFIG = ("host", "port", "security", "user", "sender", "recipients")
_UNKNOWN = "?"


def _hint(parts: SplitResult) -> str:
    """The host, and as much of the rest as a key's hint shows of a key."""
    rest = (parts.path + parts.query).strip("/").replace("-", "")
    return f"{parts.scheme}://{parts.hostname}/{key_hint(rest) if rest else ''}"


def hook_address(url: str) -> SplitResult:
    """The parts of a webhook's address; https, or http to this machine.

    Raises:
        InputError: it is none; what was entered is not repeated.
    """
    try:
        parts = urlsplit(url)
        usable = parts.hostname and parts.port != 0 and _LINK.fullmatch(url) and not parts.username
    except ValueError:
        usable, parts = False, SplitResult("", "", "", "", "")
    if not usable or parts.scheme not in ("http", "https"):
        raise _wrong(
            "The webhook is no https address.", "url", "https://hooks.example.com/…, as it was given"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise _wrong("Messages would go unencrypted to another machine.", "url", "an https address")
    return parts


def _wrong(says: str, field: str, instead: str) -> InputError:
    return InputError(says, field=field, remedy=f"Enter {instead}.")
