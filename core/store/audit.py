"""Who did what, and when: rows that are only ever added, each sealed with the one before.

The seal of a row is a digest of it and of the seal before. So a row that was changed, taken out or put
between breaks the chain from there on. Whoever can write the file can make a whole new chain: a seal that was
noted elsewhere tells that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import stored_instant
from core.store.database import insert, writing

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

COMMAND_LINE = "command line"
"""Who did it, where somebody with an account on the machine typed it."""
_LONGEST = 500


class Action(StrEnum):
    """What is kept, as it reads."""

    CONNECTED = "connected an organization"
    RENAMED = "renamed a connection"
    NEW_KEY = "gave a connection a new key"
    REMOVED = "removed a connection"
    LOADED_DEMO = "loaded the demo"
    REMOVED_DEMO = "removed the demo"
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
    """``who`` is an e-mail address or the command line; None where nobody signs in.

    ``at`` is None where what stands there, ``written_at``, is no instant: the row was damaged.
    """

    id: int
    at: datetime | None
    written_at: str
    who: str | None
    action: str
    about: str
    seal: str


def record(db: Database, who: str | None, action: Action, about: str, now: datetime) -> None:
    """Add an entry."""
    with writing(db):
        last_id, seal = _last(db)
        row = {
            "id": last_id + 1,
            "at": rfc3339(now),
            "who": who,
            "action": action.value,
            "about": about[:_LONGEST],
        }
        insert(db, "audit", {**row, "seal": _seal(seal, row)})


def _last(db: Database) -> tuple[int, Any]:
    """The number of the last entry, and its seal, whatever became of it."""
    with _any_text(db):
        last = next(iter(db.query("SELECT id, seal FROM audit ORDER BY id DESC LIMIT 1")), None)
    return (last["id"], last["seal"]) if last else (0, "")


def entries(db: Database, limit: int | None = None) -> Iterator[Entry]:
    """The latest first. A row that was damaged is read as far as it can be."""
    sql = "SELECT id, at, who, action, about, seal FROM audit ORDER BY id DESC LIMIT :limit"
    with _any_text(db):
        yield from map(_entry, db.query(sql, {"limit": -1 if limit is None else limit}))


def _entry(row: Mapping[str, Any]) -> Entry:
    at, who, action, about, seal = (_readable(row[name]) for name in ("at", "who", "action", "about", "seal"))
    return Entry(row["id"], _instant(at), at, who if row["who"] is not None else None, action, about, seal)


def _readable(value: object) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "replace")


def _instant(text: str) -> datetime | None:
    try:
        return stored_instant(text)
    except (ValueError, OverflowError):
        return None


@contextmanager
def _any_text(db: Database) -> Iterator[None]:
    """Texts that are none, as a fault of the disk or another program leaves them, can be read meanwhile."""
    before = db.conn.text_factory
    db.conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        db.conn.text_factory = before


def count_entries(db: Database) -> int:
    return int(db.table("audit").count)


@dataclass(frozen=True)
class Checked:
    """The first entries of a trail, whose seals are right: how many, the last seal, a digest of their rows.

    ``broken``: the first entry after them that is not as it was written, or is missing.
    """

    count: int = 0
    seal: str = ""
    digest: str = sha256().hexdigest()
    broken: int | None = None


def first_broken(db: Database) -> int | None:
    """The first entry that is not as it was written, or is missing; None where the chain is whole."""
    return checked(db).broken


def checked(db: Database, before: Checked = Checked()) -> Checked:
    """Compute the seals of all entries but those checked ``before``, as long as their rows are the same."""
    rows = sha256()
    _add_rows(db, rows, 0, before.count)
    if rows.hexdigest() != before.digest:
        return checked(db)
    seal, expected = before.seal, before.count + 1
    with _any_text(db):
        for row in db.query("SELECT * FROM audit WHERE id > :id ORDER BY id", {"id": before.count}):
            if row["id"] != expected or row["seal"] != _seal(seal, row):
                break
            seal, expected = row["seal"], expected + 1
    _add_rows(db, rows, before.count, expected - 1)
    given = next(db.query("SELECT seq FROM sqlite_sequence WHERE name = 'audit'"), {"seq": 0})["seq"]
    is_broken = count_entries(db) >= expected or given >= expected
    return Checked(expected - 1, seal, rows.hexdigest(), expected if is_broken else None)


_AT_ONCE = 10_000
_ROWS = """
SELECT coalesce(group_concat(row || char(10), ''), '') AS text FROM (
    SELECT id || ' ' || typeof(at) || hex(at) || ' ' || typeof(who) || hex(who) || ' ' || typeof(action)
        || hex(action) || ' ' || typeof(about) || hex(about) || ' ' || typeof(seal) || hex(seal) AS row
    FROM audit WHERE id > :after AND id <= :last ORDER BY id
)
"""
"""In SQLite, for a tenth of what the seals take; in digits, for a text may hold whatever stands between."""


def _add_rows(db: Database, digest: Hash, after: int, last: int) -> None:
    for start in range(after, last, _AT_ONCE):
        bounds = {"after": start, "last": min(start + _AT_ONCE, last)}
        digest.update(next(db.query(_ROWS, bounds))["text"].encode())


def _seal(before: str, row: Mapping[str, Any]) -> str:
    """Bytes in the place of a text are never what was sealed."""
    content = [before, *(row[name] for name in ("id", "at", "who", "action", "about"))]
    return sha256(json.dumps(content, ensure_ascii=True, default=list).encode()).hexdigest()
