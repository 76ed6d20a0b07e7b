"""The headers that every answer carries: what the page may load, and that no other page may hold it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def security_headers(scripts: Iterable[str]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers; ``scripts``: the texts of the only inline scripts that may run."""
    headers = {
        "content-security-policy": content_security_policy(scripts),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }
    return tuple((name.encode(), value.encode()) for name, value in headers.items())


def content_security_policy(scripts: Iterable[str]) -> str:
    """Everything from the app itself. Streamlit writes styles into the page; pictures of charts are blobs.

    So are the scripts of components: only a script that runs already can make a blob.
    """
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", "blob:", *map(_hash, scripts)]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "frame-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {sources}" for name, sources in rules.items())


def inline_scripts(page: str) -> list[str]:
    """The texts of the scripts that stand in a page itself."""
    return _INLINE.findall(page)


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
