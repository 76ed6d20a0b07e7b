"""What the environment decides: where data lies, which server is asked, which secret encrypts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigurationError

DEFAULT_BASE_URL = "https://api.anthropic.com"
_PRINTABLE = re.compile(r"[^\s\x00-\x1f\x7f\\]+")
_PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """``secret_key`` is None when the secret lies in a file of the data folder."""

    data_dir: Path
    base_url: str = DEFAULT_BASE_URL
    secret_key: str | None = None

    def __repr__(self) -> str:
        """Without the secret, so that it can stand in a log."""
        return f"Settings(data_dir={str(self.data_dir)!r}, base_url={self.base_url!r})"

    @property
    def database_path(self) -> Path:
        return self.data_dir / "token-ledger.db"

    @property
    def ledger_dir(self) -> Path:
        return self.data_dir / "ledger"

    @property
    def secret_path(self) -> Path:
        return self.data_dir / "secret.key"

    @property
    def lock_path(self) -> Path:
        return self.data_dir / "sync.lock"

    @property
    def worker_log(self) -> Path:
        return self.data_dir / "worker.log"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``TOKEN_LEDGER_DATA``, ``ANTHROPIC_BASE_URL`` and ``TOKEN_LEDGER_SECRET_KEY``.

    Raises:
        ConfigurationError: the base URL is not an address, or one to which keys would go unencrypted.
    """
    return Settings(
        data_dir=Path(environ.get("TOKEN_LEDGER_DATA") or _PROJECT / "data").expanduser().resolve(),
        base_url=_usable((environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")),
        secret_key=environ.get("TOKEN_LEDGER_SECRET_KEY") or None,
    )


def _usable(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket without its other
        well_formed = False
    if not well_formed or parts.query or parts.fragment or not _PRINTABLE.fullmatch(base_url):
        raise ConfigurationError(
            "ANTHROPIC_BASE_URL is not an http or https address.",
            remedy=f"Unset it, or set it to something like {DEFAULT_BASE_URL}.",
        )
    if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
        raise ConfigurationError(
            f"ANTHROPIC_BASE_URL would send API keys unencrypted to {parts.hostname}.",
            means="Whoever is on the way could read them, so nothing is sent.",
            remedy="Use an https address; http is for this machine only, as http://127.0.0.1:8080.",
        )
    return base_url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
