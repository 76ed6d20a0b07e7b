"""Whose a view, dashboard or plan of a file of settings is, and whether nobody else sees it or viewers do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from sqlite_utils import Database

from core.errors import InputError
from core.settings_file.entries import Entry, OwnedEntry, ShownEntry
from core.store.grants import Subject, SubjectKind
from core.store.owners import FOR_VIEWERS, Kind, Standing, give, standing

_Entry = TypeVar("_Entry", bound=Entry)


def stored_standing(db: Database, kind: Kind, id_: int) -> Mapping[str, Any]:
    """The fields of an entry that is stored."""
    kept = standing(db, kind, id_)
    shown = {"viewers": kept.is_for_viewers} if kind in FOR_VIEWERS else {}
    return {"owner": kept.owner, "private": kept.is_private, **shown}


def wanted_standing(entry: OwnedEntry) -> Mapping[str, Any]:
    """The fields of an entry of a file, as they would be stored.

    Raises:
        InputError: it is private without an owner, or the owner is no e-mail address.
    """
    if not entry.owner and entry.private:
        raise InputError("What is private names its owner.", remedy="Add “owner”, or take “private” out.")
    owner = Subject(SubjectKind.EMAIL, entry.owner).text if isinstance(entry.owner, str) else entry.owner
    shown = {"viewers": entry.viewers} if isinstance(entry, ShownEntry) else {}
    return {"owner": owner, "private": entry.private, **shown}


def as_it_stands(entry: _Entry, before: _Entry | None) -> _Entry:
    """With the owner that it has here, where the file does not say: nobody, where it is new. Likewise with
    whether viewers are shown it: they are not, where it is new.
    """
    kept, fields = before if isinstance(before, OwnedEntry) else None, dict[str, Any]()
    is_private = isinstance(entry, OwnedEntry) and entry.private
    if isinstance(entry, OwnedEntry) and entry.owner is msgspec.UNSET:
        owner, is_private = (kept.owner, kept.private) if kept else (None, False)
        fields |= {"owner": owner, "private": is_private}
    if isinstance(entry, ShownEntry) and entry.viewers is msgspec.UNSET:
        was_shown = isinstance(kept, ShownEntry) and kept.viewers is True
        fields["viewers"] = was_shown and not is_private
    return msgspec.structs.replace(entry, **fields)


def as_written(entry: _Entry) -> _Entry:
    """Without a word of nobody, or of viewers who are not shown it."""
    fields = dict[str, Any]()
    if isinstance(entry, OwnedEntry) and entry.owner is None:
        fields["owner"] = msgspec.UNSET
    if isinstance(entry, ShownEntry) and entry.viewers is False:
        fields["viewers"] = msgspec.UNSET
    return msgspec.structs.replace(entry, **fields)


def keep_standing(db: Database, kind: Kind, id_: int, entry: OwnedEntry) -> None:
    """Store whose it is, and who is shown it.

    Raises:
        InputError: it is private, and viewers would be shown it.
    """
    is_for_viewers = isinstance(entry, ShownEntry) and entry.viewers is True
    give(db, kind, id_, Standing(entry.owner or None, entry.private, is_for_viewers))
