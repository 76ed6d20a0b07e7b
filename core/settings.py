"""Settings from the environment: the data folder, the server, the secret that encrypts."""

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
ANTHROPIC_VERSION = "2023-06-01"
FEWEST_NAMES_DAYS = 60
"""Younger days are still pulled again, with their names."""
DEFAULT_BACKUP_DAYS, DEFAULT_BACKUP_WEEKS = 7, 4
DEFAULT_GROUPS_CLAIM = "groups"
DEFAULT_IDLE_MINUTES = 12 * 60
_PRINTABLE = re.compile(r"[^\s\x00-\x1f\x7f\\]+")
_PROJECT = Path(__file__).resolve().parent.parent
_HEADER_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Settings:
    """``secret_key`` is None when the secret is in a file of the data folder.

    ``anthropic_betas``: beta headers to send in place of those of the same name, dates aside. ``public_url``:
    the address that people open where a proxy stands before the app, without a slash at its end, else None.
    ``allow_anonymous``: whoever reaches the app may use it. ``allow_private_webhooks``: alerts may be sent to
    webhooks of this machine and of private networks. ``names_days``: after so many days nobody is named any
    more, None: for ever. ``backup_dir``: where a backup a day goes; so many days and weeks of them are kept.
    Where people sign in: ``admins`` are admins whatever was granted, ``groups_claim`` tells their groups, and
    after ``idle_minutes`` without a click they sign in again; 0 is never. ``smallest_group``: where fewer
    people are seen by pseudonym, none is told apart.
    """

    data_dir: Path
    base_url: str = DEFAULT_BASE_URL
    secret_key: str | None = None
    anthropic_version: str = ANTHROPIC_VERSION
    anthropic_betas: tuple[str, ...] = ()
    next_secret_key: str | None = None
    public_url: str | None = None
    allow_anonymous: bool = False
    allow_private_webhooks: bool = False
    names_days: int | None = None
    backup_dir: Path | None = None
    backup_days: int = DEFAULT_BACKUP_DAYS
    backup_weeks: int = DEFAULT_BACKUP_WEEKS
    admins: frozenset[str] = frozenset()
    groups_claim: str = DEFAULT_GROUPS_CLAIM
    idle_minutes: int = DEFAULT_IDLE_MINUTES
    smallest_group: int = 0

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
    def next_secret_path(self) -> Path:
        """There while the secret is being changed, or when that was killed."""
        return self.data_dir / "secret.key.next"

    @property
    def access_key_path(self) -> Path:
        return self.data_dir / "access.key"

    @property
    def worker_log(self) -> Path:
        return self.data_dir / "worker.log"


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read ``ANTHROPIC_BASE_URL`` and the ``TOKEN_LEDGER_…`` variables that ``docs/settings.md`` lists.

    Raises:
        ConfigurationError: an address is none, or one to which keys would go unencrypted; a header's value
            cannot be one; a switch is neither on nor off.
    """
    return Settings(
        data_dir=Path(environ.get("TOKEN_LEDGER_DATA") or _PROJECT / "data").expanduser().resolve(),
        base_url=_usable((environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")),
        secret_key=environ.get("TOKEN_LEDGER_SECRET_KEY")
        or _content(environ, "TOKEN_LEDGER_SECRET_KEY_FILE"),
        anthropic_version=_word(environ, "TOKEN_LEDGER_ANTHROPIC_VERSION") or ANTHROPIC_VERSION,
        anthropic_betas=tuple(_words(environ, "TOKEN_LEDGER_ANTHROPIC_BETAS")),
        next_secret_key=environ.get("TOKEN_LEDGER_NEXT_SECRET_KEY") or None,
        public_url=_public(environ.get("TOKEN_LEDGER_PUBLIC_URL", "").rstrip("/")),
        allow_anonymous=_switch(environ, "TOKEN_LEDGER_ALLOW_ANONYMOUS"),
        allow_private_webhooks=_switch(environ, "TOKEN_LEDGER_ALLOW_PRIVATE_WEBHOOKS"),
        names_days=_number(environ, "TOKEN_LEDGER_NAMES_DAYS", FEWEST_NAMES_DAYS),
        backup_dir=_folder(environ, "TOKEN_LEDGER_BACKUP_DIR"),
        backup_days=_number(environ, "TOKEN_LEDGER_BACKUP_DAYS", 1) or DEFAULT_BACKUP_DAYS,
        backup_weeks=_number(environ, "TOKEN_LEDGER_BACKUP_WEEKS", 1) or DEFAULT_BACKUP_WEEKS,
        admins=_emails(environ, "TOKEN_LEDGER_ADMINS"),
        groups_claim=environ.get("TOKEN_LEDGER_GROUPS_CLAIM", "").strip() or DEFAULT_GROUPS_CLAIM,
        idle_minutes=_whole(environ, "TOKEN_LEDGER_IDLE_MINUTES", DEFAULT_IDLE_MINUTES),
        smallest_group=_whole(environ, "TOKEN_LEDGER_SMALLEST_GROUP", 0),
    )


def _usable(base_url: str) -> str:
    _require_address("ANTHROPIC_BASE_URL", base_url, like=DEFAULT_BASE_URL)
    require_private(base_url)
    return base_url


def require_private(base_url: str) -> None:
    """Raises ConfigurationError for an address to which keys would go unencrypted."""
    parts = urlsplit(base_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise ConfigurationError(
            f"ANTHROPIC_BASE_URL would send API keys unencrypted to {parts.hostname}.",
            means="Whoever is on the way could read them, so nothing is sent.",
            remedy="Use an https address; http is for this machine only, as http://127.0.0.1:8080.",
        )


def _public(url: str) -> str | None:
    if url:
        _require_address("TOKEN_LEDGER_PUBLIC_URL", url, like="https://ledger.example.com")
    return url or None


def _require_address(variable: str, url: str, *, like: str) -> None:
    try:
        parts = urlsplit(url)
        well_formed = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, a bracket without its other
        well_formed = False
    if not well_formed or parts.query or parts.fragment or not _PRINTABLE.fullmatch(url):
        raise ConfigurationError(
            f"{variable} is not an http or https address.",
            remedy=f"Unset it, or set it to something like {like}.",
        )


def _switch(environ: Mapping[str, str], variable: str) -> bool:
    value = environ.get(variable, "").strip()
    if value not in ("", "0", "1"):
        raise ConfigurationError(f"{variable} is neither 1 nor 0.", remedy="Unset it, or set it to 1.")
    return value == "1"


def _folder(environ: Mapping[str, str], variable: str) -> Path | None:
    value = environ.get(variable, "").strip()
    return Path(value).expanduser().resolve() if value else None


def _content(environ: Mapping[str, str], variable: str) -> str | None:
    """Of the file that a variable names, as Docker and Kubernetes hand secrets out."""
    if not (name := environ.get(variable, "").strip()):
        return None
    try:
        content = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        content = ""
    if not content:
        raise ConfigurationError(
            f"{variable} names {name}, which cannot be read or is empty.",
            means="Without the secret no API key can be stored or opened.",
            remedy="Put the secret there, readable by this program, or unset the variable.",
        )
    return content


def _number(environ: Mapping[str, str], variable: str, least: int) -> int | None:
    value = environ.get(variable, "").strip()
    if value and not (value.isascii() and value.isdigit() and len(value) < 6 and int(value) >= least):
        raise ConfigurationError(
            f"{variable} is not a whole number from {least} on.",
            remedy=f"Unset it, or set it to {least} or more.",
        )
    return int(value) if value else None


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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


def _emails(environ: Mapping[str, str], variable: str) -> frozenset[str]:
    """E-mail addresses separated by commas, in lower case."""
    emails = frozenset(
        text.strip().casefold() for text in environ.get(variable, "").split(",") if text.strip()
    )
    if not all(re.fullmatch(r"[^\s@]+@[^\s@]+", email) for email in emails):
        raise ConfigurationError(
            f"{variable} holds what is no e-mail address.",
            remedy="Set it to addresses separated by commas, as ann@example.com,bob@example.com.",
        )
    return emails


def _whole(environ: Mapping[str, str], variable: str, default: int) -> int:
    text = environ.get(variable, "").strip()
    if text and not re.fullmatch(r"[0-9]{1,6}", text):
        raise ConfigurationError(
            f"{variable} is no whole number.", remedy="Unset it, or set it to one, as 30."
        )
    return int(text) if text else default
