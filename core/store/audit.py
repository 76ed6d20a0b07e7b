"""Who did what, and when: rows that are only ever added, each sealed with the one before.

The seal of a row is a digest of it and of the seal before. So a row that was changed, taken out or put
between breaks the chain from there on. Whoever can write the file can make a whole new chain: a seal that was
noted elsewhere tells that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import stored_instant
from core.store.database import insert, writing

COMMAND_LINE = "command line"
"""Who did it, where somebody with an account on the machine typed it."""
_LONGEST = 500


class Action(StrEnum):
    """What is kept, as it reads."""

    CONNECTED = "connected an organization"
    RENAMED = "renamed a connection"
    NEW_KEY = "gave a connection a new key"
    REMOVED = "removed a connection"
    DEMO = "loaded or removed the demo"
    RE_RUN = "re-ran history"
    GRANTED = "granted a role"
    TOOK_AWAY = "took a role away"
    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    DOWNLOADED = "downloaded a file"
    CHANGED_CHANNEL = "changed a channel"
    CHANGED_DIGEST = "changed a digest"
    SENT_DIGEST = "sent a digest"
    CHANGED_RULE = "changed an alert rule"
    CHANGED_PLAN = "changed a plan"
    CHANGED_LIBRARY = "changed views, dashboards or filters"
    SET = "changed a setting"
    COPIED = "copied all data"
    ERASED = "erased a person"
    APPLIED = "applied a settings file"
    RESTORED = "restored a backup"
    ROTATED = "changed the secret that encrypts"


@dataclass(frozen=True)
class Entry:
    """``who`` is an e-mail address or the command line; None where nobody signs in."""

    id: int
    at: datetime
    who: str | None
    action: str
    about: str
    seal: str


def record(db: Database, who: str | None, action: Action, about: str, now: datetime) -> None:
    """Add an entry."""
    with writing(db):
        last = next(entries(db, 1), None)
        entry = Entry(last.id + 1 if last else 1, now, who, action.value, about[:_LONGEST], "")
        row = {"id": entry.id, "at": rfc3339(now), "who": who, "action": entry.action, "about": entry.about}
        insert(db, "audit", {**row, "seal": _seal(last.seal if last else "", entry)})


def entries(db: Database, limit: int | None = None) -> Iterator[Entry]:
    """The latest first."""
    rows = db.query(
        "SELECT id, at, who, action, about, seal FROM audit ORDER BY id DESC LIMIT :limit",
        {"limit": -1 if limit is None else limit},
    )
    return (Entry(**{**row, "at": stored_instant(row["at"])}) for row in rows)


def count_entries(db: Database) -> int:
    return int(db.table("audit").count)


def first_broken(db: Database) -> int | None:
    """The first entry that is not as it was written, or is missing; None where the chain is whole."""
    seal, expected = "", 1
    for entry in reversed(list(entries(db))):
        if entry.id != expected or entry.seal != _seal(seal, entry):
            return expected
        seal, expected = entry.seal, expected + 1
    given = next(db.query("SELECT seq FROM sqlite_sequence WHERE name = 'audit'"), {"seq": 0})["seq"]
    return expected if given >= expected else None


def _seal(before: str, entry: Entry) -> str:
    content = [before, entry.id, rfc3339(entry.at), entry.who, entry.action, entry.about]
    return sha256(json.dumps(content, ensure_ascii=True).encode()).hexdigest()
