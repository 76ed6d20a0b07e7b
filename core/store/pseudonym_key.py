"""The key that pseudonyms are made with: made once for a data folder, and in each copy of it."""

from __future__ import annotations

from secrets import token_hex

from sqlite_utils import Database

from core.store.database import if_writable, writing
from core.store.meta import get_meta, set_meta

_NAME = "pseudonym_key"
_OF_THIS_PROCESS = token_hex(32)


def pseudonym_key(db: Database) -> bytes:
    """Where none can be kept, on a disk that cannot be written, that of this process."""
    if (kept := get_meta(db, _NAME)) is None:
        kept = _OF_THIS_PROCESS
        with if_writable(), writing(db):
            if (first := get_meta(db, _NAME)) is None:
                set_meta(db, _NAME, kept)
            else:
                kept = first
    return bytes.fromhex(kept)
