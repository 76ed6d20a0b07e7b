"""The names that the app goes by, and whether a request comes from one of its own pages.

A name that is not the app's own may lead to this machine all the same (DNS rebinding); and a browser lets a
page on another port of this machine open a websocket here.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from core.settings import Settings, is_loopback


@dataclass(frozen=True)
class Origins:
    """``public``: scheme and host, with its port, of the address that people open; None without a proxy."""

    public: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Origins:
        return cls(_origin(settings.public_url) if settings.public_url else None)

    def knows_host(self, host: str) -> bool:
        """Whether a Host header names this machine itself or the public address."""
        return host.lower() == self._public_host or is_loopback(_name(host))

    def is_own(self, origin: str, host: str) -> bool:
        """Whether a page of this origin is the app's own, given the Host it asked; ``null`` is nobody's."""
        if origin == self.public:
            return True
        return is_loopback(_name(host)) and origin in (f"http://{host}", f"https://{host}")

    def is_public(self, host: str) -> bool:
        """Whether a Host header names the public address."""
        return host.lower() == self._public_host

    @property
    def _public_host(self) -> str | None:
        return self.public.partition("://")[2] if self.public else None


def origin_of(url: str) -> str:
    """Scheme and host of an address; empty when it is none."""
    try:
        return _origin(url) if url else ""
    except ValueError:
        return ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower().removesuffix(default)}"


def _name(host: str) -> str:
    """The host of a Host header, without its port; empty when it is no host."""
    try:
        parts = urlsplit(f"//{host}")
        parts.port  # noqa: B018 - raises when it is no number
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.netloc == host and "@" not in host else ""
