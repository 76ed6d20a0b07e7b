"""What a part of a file of settings is: how it is read from the store, and put into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.settings_file.entries import Entry
from core.store.secrets import Vault


@dataclass(frozen=True)
class Into:
    """Where a file is applied to: a transaction of the database, when, and with which secret."""

    db: Database
    now: datetime
    vault: Vault


@dataclass(frozen=True)
class Section:
    """``name``: in the file; ``word``: of one entry. ``stored``: all entries, in the order of a file.

    ``canonical``: the same entry as it would be exported. ``put``: make it so; returns what people must know.
    ``drop`` None: entries cannot be deleted. ``key``: two entries of one key cannot both be.
    """

    name: str
    word: str
    stored: Callable[[Database], Sequence[Any]]
    canonical: Callable[[Any], Entry]
    put: Callable[[Into, Any], str]
    drop: Callable[[Database, Any], None] | None
    key: Callable[[Any], str] = lambda entry: str(entry.name).casefold()
    called: Callable[[Any], str] = lambda entry: str(entry.name)
