"""Services beyond our own channels, through Apprise, where somebody installed it."""

from __future__ import annotations

import logging
import socket
from importlib.util import find_spec
from typing import Any

from core.alerts.hook import is_public
from core.alerts.kinds import APPRISE
from core.alerts.message import Told
from core.alerts.problems import NotSentError
from core.errors import InputError
from core.settings import is_loopback
from core.store.channels import ChannelContent

REQUIREMENT = "apprise>=2.3,<3"
HOW_TO_GET = f'More services, through Apprise: .venv/bin/python -m pip install "{REQUIREMENT}"'
_LONGEST = 2_000
_SECONDS = 20.0
_WORD_JOINER = "\u2060"
_PLAIN = str.maketrans({"<": "‹", ">": "›", "@": f"@{_WORD_JOINER}"})


def is_installed() -> bool:
    return find_spec("apprise") is not None


def service_content(url: str) -> ChannelContent:
    """A channel by an address that Apprise knows, such as ``ntfys://topic``; the address is its secret.

    Raises:
        InputError: Apprise is not installed, knows no such address, or would send it unencrypted.
    """
    if not is_installed():
        raise InputError("Apprise is not installed.", field="kind", remedy=HOW_TO_GET)
    service = _service(url.strip())
    scheme = service.url().partition(":")[0]
    if scheme in _names(service.protocol) and not is_loopback(service.host or ""):
        raise InputError(
            "Messages would go unencrypted to another machine.", field="url",
            remedy=f"Use {next(iter(_names(service.secure_protocol)), 'another service')}://… instead.",
        )  # fmt: skip
    return ChannelContent(APPRISE, {}, f"{service.service_name}, {scheme}://…", {"url": url.strip()})


def send(url: str, told: Told, *, private: bool) -> None:
    """Send a message. ``private``: addresses that are not public are allowed.

    Raises:
        NotSentError: it did not get through. Apprise does not say why.
    """
    if not is_installed():
        raise NotSentError("Apprise is not installed any more.", remedy=HOW_TO_GET)
    service = _service(url)
    if not private and not _is_public(service.host or ""):
        raise NotSentError(
            f"{service.service_name} at an address of this machine or of a private network is not sent to.",
            remedy="If that is meant, set TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS=1.",
        )
    try:
        is_taken = service.notify(
            told.whole.translate(_PLAIN), title=told.subject.translate(_PLAIN), body_format="text"
        )
    except Exception as error:  # whatever a service of others raises
        problem = f"{service.service_name} cannot be sent to ({type(error).__name__})."
    else:
        if is_taken:
            return
        problem = f"{service.service_name} did not take the message."
    raise NotSentError(problem)


def _service(url: str) -> Any:
    """Follows no redirect, and tells no log what it sends where."""
    import apprise  # takes a second, and need not be there

    for logger in ("apprise", "urllib3.connectionpool"):
        logging.getLogger(logger).disabled = True
    asset = apprise.AppriseAsset(http_redirects=False)
    try:
        service = apprise.Apprise.instantiate(url, asset=asset) if len(url) <= _LONGEST else None
    except TypeError:
        service = None
    if service is None:
        raise InputError(
            "Apprise knows no such address.",
            field="url",
            remedy="Enter one such as ntfys://topic, as its docs have it.",
        )
    service.socket_connect_timeout = service.socket_read_timeout = _SECONDS
    return service


def _names(protocol: Any) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else tuple(protocol or ())


def _is_public(host: str) -> bool:
    """Of services without a host of their own what stands in its place is a name that leads nowhere."""
    try:
        addresses = [str(info[4][0]) for info in socket.getaddrinfo(host.strip("[]"), None)] if host else []
    except (OSError, UnicodeError):
        return True
    return all(map(is_public, addresses))
