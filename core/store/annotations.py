"""What people noted of a day or some days: a launch, a price change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.database import insert, writing
from core.store.saved_views import Params, params_text

LONGEST_TEXT = 500
MOST_ANNOTATIONS = 2_000


@dataclass(frozen=True)
class Annotation:
    """``last`` is inside. ``scope``: the filters of a link that it holds for; none: it holds everywhere."""

    id: int
    first: date
    last: date
    text: str
    scope: Params


def list_annotations(db: Database) -> list[Annotation]:
    """All of them, the latest days first."""
    rows = db.query("SELECT * FROM annotations ORDER BY first_day DESC, id DESC")
    return [_annotation(row) for row in rows]


def add_annotation(db: Database, first: date, last: date, text: str, scope: Params, at: datetime) -> int:
    """Note something; returns its id.

    Raises:
        InputError: no text or too much, days the wrong way round, too long a scope, or too many notes.
    """
    text = _usable(text)
    if last < first:
        raise InputError("The note ends before it begins.", field="last", remedy="Turn the days round.")
    scoped = params_text(scope)
    with writing(db):
        (count,) = (row["count"] for row in db.query("SELECT count(*) AS count FROM annotations"))
        if count >= MOST_ANNOTATIONS:
            raise InputError(f"There are {MOST_ANNOTATIONS:,} notes already.", remedy="Delete some first.")
        columns = {"first_day": first.isoformat(), "last_day": last.isoformat(), "text": text}
        return insert(db, "annotations", {**columns, "scope": scoped, "added_at": rfc3339(at)})


def delete_annotation(db: Database, annotation_id: int) -> None:
    """Nothing where there is none any more."""
    with writing(db):
        db.execute("DELETE FROM annotations WHERE id = :id", {"id": annotation_id})


def _usable(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise InputError(
            f"A note is some printable text of up to {LONGEST_TEXT} characters.",
            field="text",
            remedy="Say in a few words what happened.",
        )
    return text


def _annotation(row: Mapping[str, Any]) -> Annotation:
    first, last = (date.fromisoformat(row[name]) for name in ("first_day", "last_day"))
    return Annotation(row["id"], first, last, row["text"], json.loads(row["scope"]))
