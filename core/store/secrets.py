"""API keys encrypted at rest."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import SecretKeyError
from core.private_files import make_once, read_made
from core.settings import Settings

_SALT = b"token-ledger api keys v1"
"""Fixed, as there is one secret for an installation and nowhere else to keep a salt that is lost with it."""
_HINT_TAIL = 4
_SHORTEST_HIDDEN_PART = 12


class Vault:
    """Encrypts and decrypts with the installation's secret.

    The secret is ``settings.secret_key``, else the content of ``settings.secret_path``, which the first
    encryption makes, readable by its owner only.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._fernet: Fernet | MultiFernet | None = None

    def __repr__(self) -> str:
        return "Vault()"

    def encrypt(self, text: str) -> bytes:
        """Raises SecretKeyError when the secret file cannot be made or is damaged."""
        return self._opened(make=True).encrypt(text.encode())

    def decrypt(self, token: bytes) -> str:
        """Raises SecretKeyError when the secret is missing or is not the one that encrypted."""
        try:
            return self._opened(make=False).decrypt(token).decode()
        except InvalidToken:
            problem = _misfit()
        raise problem

    def _opened(self, *, make: bool) -> Fernet | MultiFernet:
        if self._fernet is None:
            phrase = self._settings.secret_key
            self._fernet = _derived(phrase) if phrase else self._from_file(make)
        return self._fernet

    def _from_file(self, make: bool) -> MultiFernet:
        """While the secret is being changed there is the next one too: it encrypts, and both decrypt."""
        path = self._settings.secret_path
        try:
            if make:
                make_once(path, Fernet.generate_key)
            following = self._settings.next_secret_path
            paths = [following, path] if following.exists() else [path]
            return MultiFernet([Fernet(read_made(each).strip()) for each in paths])
        except FileNotFoundError:
            problem = _missing(str(path))
        except (OSError, ValueError):
            problem = _unreadable(str(path))
        raise problem


def key_hint(key: str) -> str:
    """Enough to recognise a key, too little to use it: ``sk-ant-admin01-…f3Kq``."""
    parts = key.split("-", 3)
    rest = parts.pop() if len(parts) == 4 else key
    prefix = "".join(f"{part}-" for part in parts) if rest != key else ""
    return f"{prefix}…{rest[-_HINT_TAIL:]}" if len(rest) >= _SHORTEST_HIDDEN_PART else f"{prefix}…"


def _derived(phrase: str) -> Fernet:
    """A key from any text. Scrypt, because people choose short ones."""
    kdf = Scrypt(salt=_SALT, length=32, n=2**14, r=8, p=1)
    return Fernet(base64.urlsafe_b64encode(kdf.derive(phrase.encode())))


def _misfit() -> SecretKeyError:
    return SecretKeyError(
        "The stored API key cannot be decrypted.",
        means="It was encrypted with another secret than the present one.",
        remedy="Restore TOKEN_LEDGER_SECRET_KEY or the file secret.key, or enter the API key anew.",
    )


def _missing(path: str) -> SecretKeyError:
    return SecretKeyError(
        f"The secret file {path} is missing.",
        means="Stored API keys cannot be decrypted without it.",
        remedy="Restore the file or set TOKEN_LEDGER_SECRET_KEY, or enter the API keys anew.",
    )


def _unreadable(path: str) -> SecretKeyError:
    return SecretKeyError(
        f"The secret file {path} cannot be read or is damaged.",
        means="API keys can be neither stored nor used.",
        remedy="Restore the file or its permissions, or set TOKEN_LEDGER_SECRET_KEY.",
    )
