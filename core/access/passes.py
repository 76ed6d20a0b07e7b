"""The token in the link that the app prints when it starts, and the cookie that keeps it.

The token lives as long as the process: a link in a terminal or a log opens nothing after the next start. The
cookie is signed with a key in the data folder, so a browser that opened a link is let in for 30 days, over
any number of starts. Deleting the file ``access.key`` makes every cookie worthless at the next start.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from core.private_files import make_once, read_made
from core.settings import Settings

LASTS_SECONDS = 30 * 24 * 3600
_KEY_BYTES = 32


class Passes:
    """Lets in whoever has the link of this start, or a cookie that an earlier link got."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self.token = secrets.token_urlsafe(24)
        self._cookie = f"token_ledger_{self._signature('name')[:8]}"

    def __repr__(self) -> str:
        return "Passes()"

    def is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode(), self.token.encode())

    def cookie(self, *, path: str, secure: bool) -> str:
        """The header that gives a browser its cookie."""
        issued = str(int(self._clock()))
        parts = [
            f"{self._cookie}={issued}.{self._signature(issued)}",
            f"Path={path}",
            f"Max-Age={LASTS_SECONDS}",
        ]
        return "; ".join([*parts, "HttpOnly", "SameSite=Lax", *(["Secure"] if secure else [])])

    def admits(self, cookies: str) -> bool:
        """Whether a Cookie header holds a cookie of ours that has not expired."""
        pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
        return any(name == self._cookie and self._is_good(value) for name, _, value in pairs)

    def _is_good(self, value: str) -> bool:
        issued, _, signature = value.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(issued).encode()):
            return False
        return 0 <= self._clock() - int(issued) < LASTS_SECONDS

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def access_key(settings: Settings) -> bytes:
    """The key in the data folder, made when there is none; where none can be kept, one for this start."""
    try:
        make_once(settings.access_key_path, lambda: secrets.token_bytes(_KEY_BYTES))
        kept = read_made(settings.access_key_path)
    except OSError:
        kept = b""
    return kept if len(kept) >= _KEY_BYTES else secrets.token_bytes(_KEY_BYTES)
