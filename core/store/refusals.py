"""Explains why SQLite or the disk refuses, by looking at the data folder."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from core.errors import StoreError


class _Words(NamedTuple):
    happened: str
    means: str
    remedy: str


_NEEDED_BYTES = 64 * 1024
"""What SQLite needs at least to begin to write."""

_BY_RIGHTS = os.access in os.supports_effective_ids
_STORED = "What is stored can still be looked at; nothing new can be stored."
_FULL = _Words(
    "The disk is full.",
    "What was being stored was dropped; what was stored before is unharmed.",
    "Free some space on the disk that holds {path}, then sync again.",
)
_MOUNTED = _Words(
    "The data folder {folder} cannot be written: its file system is mounted read-only.",
    _STORED,
    "Mount it writable, or set TOKEN_LEDGER_DATA to a folder that is; a copy of this one will do.",
)
_PROTECTED = _Words(
    "{what} cannot be written: it is read-only for this user.",
    _STORED,
    "Make it writable, or set TOKEN_LEDGER_DATA to a folder that is.",
)
_BUSY = _Words(
    "The database is in use by another program.",
    "It did not become free in time.",
    "Close what else has it open, then try again.",
)
_CORRUPT = _Words(
    "The database file {path} is damaged or is not a Token Ledger database.",
    "It cannot be read.",
    "Restore a copy of it, or move it away, connect the organizations again and sync.",
)
_READ_ONLY = _Words(
    "The database {path} cannot be written.",
    "The file, its folder or the disk is read-only for this user.",
    "Make the folder writable, or set TOKEN_LEDGER_DATA to one that is.",
)
_SENTENCES = {
    sqlite3.SQLITE_CONSTRAINT: _Words(
        "The connection was removed while its data was being stored.",
        "What was being stored was dropped.",
        "Reload the page; if the connection is still there, sync again.",
    ),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
    sqlite3.SQLITE_CANTOPEN: _Words(
        "The database {path} cannot be opened.",
        "The file or its folder is missing or not readable for this user.",
        "Check the data folder and its permissions.",
    ),
    sqlite3.SQLITE_IOERR: _Words(
        "The disk failed while the database was in use.",
        "What was being stored was dropped.",
        "Check the disk that holds {path}, then sync again.",
    ),
}
_UNWRITABLE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
)


def is_unwritable(error: sqlite3.Error) -> bool:
    """Whether it can come from a place that cannot be written, and what is stored may still be read."""
    return _code(error) in _UNWRITABLE


def sentence_for(error: sqlite3.Error, path: Path) -> StoreError | None:
    """What a refusal of the database at ``path`` means; None for a fault of ours."""
    words = _SENTENCES.get(_code(error) or 0)
    if words is None:
        return None
    readable = path.is_file() and os.access(path, os.R_OK, effective_ids=_BY_RIGHTS)
    cause = _cause(path) if is_unwritable(error) and readable else None
    return _error(cause or words, path)


def outdated(path: Path) -> StoreError:
    """It is of an earlier version of this program, which would have to be brought up to date first."""
    cause = _cause(path) or _READ_ONLY
    return StoreError(
        "The database was written by an earlier version of Token Ledger and cannot be brought up to date.",
        means=cause.happened.format(path=path, folder=path.parent, what=_protected(path)),
        remedy=cause.remedy.format(path=path, folder=path.parent),
    )


def unfinished(path: Path, log: Path) -> StoreError:
    """Part of what is stored waits in a log that cannot be read without writing."""
    cause = _cause(path) or _READ_ONLY
    return StoreError(
        cause.happened.format(path=path, folder=path.parent, what=_protected(path)),
        means=f"Part of what is stored waits in {log.name}, which can only be read where it can be written.",
        remedy="Make it writable, or set TOKEN_LEDGER_DATA to a whole copy of the folder that is.",
    )


def _code(error: sqlite3.Error) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _error(words: _Words, path: Path) -> StoreError:
    happened, means, remedy = (
        text.format(path=path, folder=path.parent, what=_protected(path) or path) for text in words
    )
    return StoreError(happened, means=means, remedy=remedy)


def _cause(path: Path) -> _Words | None:
    """Why the place of the database cannot be written; None where nothing is seen."""
    try:
        place = os.statvfs(path.parent)
    except OSError:
        return None
    if place.f_flag & os.ST_RDONLY:
        return _MOUNTED
    if place.f_bavail * place.f_frsize < _NEEDED_BYTES or (place.f_files and not place.f_favail):
        return _FULL
    return _PROTECTED if _protected(path) else None


def _protected(path: Path) -> str:
    """The folder or the file that this user may not write, or nothing."""
    for what, name in ((path.parent, "The data folder"), (path, "The database")):
        if what.exists() and not os.access(what, os.W_OK, effective_ids=_BY_RIGHTS):
            return f"{name} {what}"
    return ""
