"""Whose a view, dashboard or plan of a file of settings is, and who is shown it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from sqlite_utils import Database

from core.settings_file.entries import Entry, OwnedEntry
from core.store.grants import Subject, SubjectKind
from core.store.owners import FOR_VIEWERS, Kind, Standing, give, standing

_Entry = TypeVar("_Entry", bound=Entry)


def stored_standing(db: Database, kind: Kind, id_: int) -> Mapping[str, Any]:
    """The fields of an entry that is stored."""
    kept = standing(db, kind, id_)
    shown = {"for_viewers": kept.is_for_viewers} if kind in FOR_VIEWERS else {}
    return {"owner": kept.owner, "private": kept.is_private, **shown}


def wanted_standing(entry: OwnedEntry) -> Mapping[str, Any]:
    """The fields of an entry of a file, as they would be stored.

    Raises:
        InputError: the owner is no e-mail address.
    """
    owner = Subject(SubjectKind.EMAIL, entry.owner).text if isinstance(entry.owner, str) else entry.owner
    return {**_fields(entry), "owner": owner}


def as_it_stands(entry: _Entry, before: _Entry | None) -> _Entry:
    """With what is so here, where the file does not say; what is new is nobody's, and shared."""
    if not isinstance(entry, OwnedEntry):
        return entry
    kept = _NOBODYS | (_fields(before) if isinstance(before, OwnedEntry) else {})
    said = {name: value for name, value in _fields(entry).items() if value is not msgspec.UNSET}
    freed = {"private": False} if said.get("owner", "") is None else {}
    stands = kept | freed | said
    return msgspec.structs.replace(entry, **{name: stands[name] for name in _fields(entry)})


def as_written(entry: _Entry) -> _Entry:
    """Without a word of what is nobody's, and shown to no viewer."""
    if not isinstance(entry, OwnedEntry) or any(_fields(entry).values()):
        return entry
    return msgspec.structs.replace(entry, **dict.fromkeys(_fields(entry), msgspec.UNSET))


def _fields(entry: OwnedEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in _NOBODYS if name in entry.__struct_fields__}


_NOBODYS: dict[str, Any] = {"owner": None, "private": False, "for_viewers": False}


def keep_standing(db: Database, kind: Kind, id_: int, entry: OwnedEntry) -> None:
    """Store whose it is, and who is shown it.

    Raises:
        InputError: nobody's would be private, or what is private shown to viewers.
    """
    stands = _NOBODYS | _fields(entry)
    give(db, kind, id_, Standing(stands["owner"], stands["private"], stands["for_viewers"]))
