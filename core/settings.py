"""What the environment decides: where data lies, which server is asked, which secret encrypts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigurationError

DEFAULT_BASE_URL = "https://api.anthropic.com"
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


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``TOKEN_LEDGER_DATA``, ``ANTHROPIC_BASE_URL`` and ``TOKEN_LEDGER_SECRET_KEY``.

    Raises:
        ConfigurationError: the base URL is not an http(s) address.
    """
    base_url = (environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigurationError(
            "ANTHROPIC_BASE_URL is not an http or https address.",
            remedy=f"Unset it, or set it to something like {DEFAULT_BASE_URL}.",
        )
    return Settings(
        data_dir=Path(environ.get("TOKEN_LEDGER_DATA") or _PROJECT / "data").expanduser().resolve(),
        base_url=base_url,
        secret_key=environ.get("TOKEN_LEDGER_SECRET_KEY") or None,
    )
