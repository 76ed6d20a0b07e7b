"""Gives the installation another secret, and encrypts every API key with it, and every secret of a channel.

Killed between any two steps, every key still opens: the new secret is on the disk, beside the old one, before
a key is encrypted with it, and the old one goes when no key needs it. Doing it again finishes it.
"""

from __future__ import annotations

from dataclasses import replace

from cryptography.fernet import Fernet
from sqlite_utils import Database

from core.errors import ConfigurationError, StoreError
from core.private_files import write_whole
from core.settings import Settings
from core.store.database import database, writing
from core.store.secrets import Vault


def rotate_secret(settings: Settings) -> int:
    """Encrypt every key and every channel's secrets anew; returns how many keys.

    With ``settings.next_secret_key``, which the operator then puts into ``TOKEN_LEDGER_SECRET_KEY``; else
    with one that is made here and takes the place of the file.

    Raises:
        SecretKeyError: a key cannot be decrypted with the present secret; nothing was changed.
        ConfigurationError: the secret is the environment's, and the next one is not given.
    """
    if settings.next_secret_key:
        return _encrypt_all(settings, Vault(replace(settings, secret_key=settings.next_secret_key)))
    if settings.secret_key:
        raise ConfigurationError(
            "The secret is in TOKEN_LEDGER_SECRET_KEY, so no other can be made here.",
            remedy="Set TOKEN_LEDGER_NEXT_SECRET_KEY to the new one, and run this again.",
        )
    try:
        _make_next(settings)
        count = _encrypt_all(settings, Vault(settings))
        _take_over(settings)
    except OSError as error:
        raise StoreError(
            f"The secret in {settings.data_dir} cannot be written: {error.strerror or error}.",
            means="Every API key still opens.",
            remedy="Make the folder writable, and run this again.",
        ) from error
    return count


def _make_next(settings: Settings) -> None:
    """One of an earlier try is kept: keys may be encrypted with it."""
    if not settings.next_secret_path.exists():
        write_whole(settings.next_secret_path, Fernet.generate_key())


def _encrypt_all(settings: Settings, new: Vault) -> int:
    present = Vault(settings)
    with database(settings) as db, writing(db):
        for table, column in _ENCRYPTED:
            for row_id, token in _tokens(db, table, column).items():
                encrypted = new.encrypt(present.decrypt(token))
                db.table(table).update(row_id, {column: encrypted})
        return len(_tokens(db, *_ENCRYPTED[0]))


_ENCRYPTED = (("connections", "encrypted_key"), ("channels", "encrypted_secrets"))
"""Table and column of all that is encrypted, API keys first."""


def _tokens(db: Database, table: str, column: str) -> dict[int, bytes]:
    """By id. What came back from a backup without secrets has none."""
    rows = db.query(f"SELECT id, {column} AS token FROM {table} WHERE length({column}) > 0")
    return {row["id"]: bytes(row["token"]) for row in rows}


def _take_over(settings: Settings) -> None:
    """Nobody stores a key meanwhile; who did before read the new secret."""
    with database(settings) as db, writing(db):
        settings.next_secret_path.replace(settings.secret_path)
