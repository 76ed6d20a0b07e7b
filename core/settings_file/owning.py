"""Whose a view, dashboard or plan of a file of settings is, and whether nobody else sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from sqlite_utils import Database

from core.errors import InputError
from core.settings_file.entries import Entry, OwnedEntry
from core.store.grants import Subject, SubjectKind
from core.store.owners import Kind, Standing, give, standing

_Entry = TypeVar("_Entry", bound=Entry)


def stored_standing(db: Database, kind: Kind, id_: int) -> Mapping[str, Any]:
    """The fields of an entry that is stored."""
    kept = standing(db, kind, id_)
    return {"owner": kept.owner, "private": kept.is_private}


def wanted_standing(entry: OwnedEntry) -> Mapping[str, Any]:
    """The fields of an entry of a file, as they would be stored.

    Raises:
        InputError: it is private without an owner, or the owner is no e-mail address.
    """
    if not entry.owner and entry.private:
        raise InputError("What is private names its owner.", remedy="Add “owner”, or take “private” out.")
    owner = Subject(SubjectKind.EMAIL, entry.owner).text if isinstance(entry.owner, str) else entry.owner
    return {"owner": owner, "private": entry.private}


def as_it_stands(entry: _Entry, before: _Entry | None) -> _Entry:
    """With the owner that it has here, where the file does not say: nobody, where it is new."""
    if not isinstance(entry, OwnedEntry) or entry.owner is not msgspec.UNSET:
        return entry
    kept = before if isinstance(before, OwnedEntry) else None
    owner, is_private = (kept.owner, kept.private) if kept else (None, False)
    return msgspec.structs.replace(entry, owner=owner, private=is_private)


def as_written(entry: _Entry) -> _Entry:
    """Without a word of nobody."""
    is_nobodys = isinstance(entry, OwnedEntry) and entry.owner is None
    return msgspec.structs.replace(entry, owner=msgspec.UNSET) if is_nobodys else entry


def keep_standing(db: Database, kind: Kind, id_: int, entry: OwnedEntry) -> None:
    """Store whose it is."""
    give(db, kind, id_, Standing(entry.owner or None, entry.private))
