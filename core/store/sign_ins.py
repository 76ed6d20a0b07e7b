"""Sign-ins: when each was last used, and which open nothing any more.

A provider's cookie lives for 30 days and is not taken back. So what counts is what is kept here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import stored_instant
from core.store.database import if_writable, writing

_NOTED_EVERY = timedelta(seconds=30)
"""A click is not worth a write where another was just noted."""
_KEPT = timedelta(days=90)
"""Longer than any cookie lives."""


@dataclass(frozen=True)
class SignIn:
    """``id``: a digest of what the provider said of it, at ``began``."""

    id: str
    person: str
    began: datetime


def is_open(db: Database, sign_in: SignIn, now: datetime, idle: timedelta) -> bool:
    """Whether it still opens the app; an ``idle`` of nothing is for ever."""
    row = next(db.query("SELECT seen_at, ended_at FROM sign_ins WHERE id = :id", {"id": sign_in.id}), None)
    if row and (row["ended_at"] or (idle and now - stored_instant(row["seen_at"]) > idle)):
        return False
    out = next(
        db.query("SELECT before FROM sign_outs WHERE person = :person", {"person": sign_in.person}), None
    )
    return not out or sign_in.began > stored_instant(out["before"])


def is_new(db: Database, sign_in: SignIn) -> bool:
    """Whether nothing was done with it yet."""
    return not any(db.query("SELECT id FROM sign_ins WHERE id = :id", {"id": sign_in.id}))


def note_use(db: Database, sign_in: SignIn, now: datetime) -> None:
    """Remember a click; on a full or read-only disk it is forgotten."""
    row = next(db.query("SELECT seen_at FROM sign_ins WHERE id = :id", {"id": sign_in.id}), None)
    if row and now - stored_instant(row["seen_at"]) < _NOTED_EVERY:
        return
    values = {
        "id": sign_in.id,
        "person": sign_in.person,
        "began": rfc3339(sign_in.began),
        "now": rfc3339(now),
        "old": rfc3339(now - _KEPT),
    }
    with if_writable(), writing(db):
        db.conn.execute("DELETE FROM sign_ins WHERE seen_at < :old", values)
        db.conn.execute(
            "INSERT INTO sign_ins (id, person, began_at, seen_at) VALUES (:id, :person, :began, :now)"
            " ON CONFLICT (id) DO UPDATE SET seen_at = :now",
            values,
        )


def end(db: Database, sign_in: SignIn, now: datetime) -> None:
    """From now on it opens nothing, wherever its cookie is."""
    note_use(db, sign_in, now)
    with writing(db):
        db.conn.execute(
            "UPDATE sign_ins SET ended_at = :now WHERE id = :id", {"now": rfc3339(now), "id": sign_in.id}
        )


def end_all(db: Database, person: str, now: datetime) -> None:
    """The same of all sign-ins of a person up to now, known here or not."""
    with writing(db):
        db.table("sign_outs").upsert({"person": person, "before": rfc3339(now)}, pk="person")
