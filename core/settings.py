"""What the environment decides: where data lies, which server is asked, which secret encrypts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import ConfigurationError

DEFAULT_BASE_URL = "https://api.anthropic.com"
ANTHROPIC_VERSION = "2023-06-01"
_PROJECT = Path(__file__).resolve().parent.parent
_HEADER_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Settings:
    """``secret_key`` is None when the secret lies in a file of the data folder.

    ``anthropic_betas``: beta headers to send in place of those of the same name, dates aside.
    """

    data_dir: Path
    base_url: str = DEFAULT_BASE_URL
    secret_key: str | None = None
    anthropic_version: str = ANTHROPIC_VERSION
    anthropic_betas: tuple[str, ...] = ()

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
    """Read ``ANTHROPIC_BASE_URL`` and the ``TOKEN_LEDGER_…`` variables that the README lists.

    Raises:
        ConfigurationError: the base URL is not an http(s) address, or a header's value cannot be one.
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
        anthropic_version=_word(environ, "TOKEN_LEDGER_ANTHROPIC_VERSION") or ANTHROPIC_VERSION,
        anthropic_betas=tuple(_words(environ, "TOKEN_LEDGER_ANTHROPIC_BETAS")),
    )


def _word(environ: Mapping[str, str], variable: str) -> str | None:
    words = _words(environ, variable)
    if len(words) > 1:
        raise ConfigurationError(f"{variable} takes one value.", remedy="Unset it, or set it to one.")
    return words[0] if words else None


def _words(environ: Mapping[str, str], variable: str) -> list[str]:
    """Values separated by commas, each fit for a header."""
    words = [word.strip() for word in environ.get(variable, "").split(",") if word.strip()]
    if not all(_HEADER_WORD.fullmatch(word) for word in words):
        raise ConfigurationError(
            f"{variable} holds what no header can carry.",
            remedy="Unset it, or set it to a value such as 2023-06-01 or fast-mode-2026-02-01.",
        )
    return words
