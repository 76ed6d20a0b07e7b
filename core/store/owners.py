"""Whose saved views, dashboards and plans are, and which of them nobody else sees.

What was made before people signed in, and what comes with the program, is nobody's, and shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database

from core.errors import AccessDeniedError, InputError
from core.store.database import writing


class Kind(StrEnum):
    """What can be owned, by its table."""

    VIEW = "saved_views"
    DASHBOARD = "dashboards"
    PLAN = "plans"


@dataclass(frozen=True)
class Standing:
    """``owner`` is an e-mail address; None is nobody. Nothing of nobody's is private."""

    owner: str | None
    is_private: bool


SHARED = Standing(None, False)


def standing(db: Database, kind: Kind, id_: int) -> Standing:
    """Whose it is; nobody's where it is not there."""
    rows = db.query(f"SELECT owner, private FROM {kind.value} WHERE id = :id", {"id": id_})
    row = next(rows, None)
    return Standing(row["owner"], bool(row["private"])) if row else SHARED


def hidden(db: Database, kind: Kind, person: str | None) -> frozenset[int]:
    """The ids of what others keep for themselves; nothing where nobody signs in."""
    if person is None:
        return frozenset()
    rows = db.query(f"SELECT id FROM {kind.value} WHERE private AND owner IS NOT :person", {"person": person})
    return frozenset(row["id"] for row in rows)


def private(db: Database, kind: Kind) -> frozenset[int]:
    """The ids of what anybody keeps for themselves."""
    return frozenset(row["id"] for row in db.query(f"SELECT id FROM {kind.value} WHERE private"))


def set_private(db: Database, kind: Kind, id_: int, person: str | None, *, is_private: bool) -> None:
    """Keep it for oneself, or share it.

    Raises:
        AccessDeniedError: it is not this person's.
    """
    with writing(db):
        if person is None or standing(db, kind, id_).owner != person:
            raise AccessDeniedError("This is not yours.", remedy="Its owner can share it or keep it private.")
        values = {"id": id_, "private": int(is_private)}
        db.conn.execute(f"UPDATE {kind.value} SET private = :private WHERE id = :id", values)


def give(db: Database, kind: Kind, id_: int, to: Standing) -> None:
    """Let it be somebody's, or nobody's, whosever it was: for who has the machine.

    Raises:
        InputError: nobody's would be private.
    """
    if to.is_private and to.owner is None:
        raise InputError(
            "What is nobody's cannot be private.", field="private", remedy="Say whose it is, or share it."
        )
    values = {"id": id_, "owner": to.owner, "private": int(to.is_private)}
    with writing(db):
        db.conn.execute(f"UPDATE {kind.value} SET owner = :owner, private = :private WHERE id = :id", values)


@contextmanager
def owned(db: Database, person: str | None) -> Iterator[None]:
    """What is made inside is this person's."""
    with writing(db):
        before = {kind: _newest(db, kind) for kind in Kind}
        yield
        for kind, newest in before.items():
            db.conn.execute(
                f"UPDATE {kind.value} SET owner = :person WHERE id > :newest",
                {"person": person, "newest": newest},
            )


def _newest(db: Database, kind: Kind) -> int:
    rows = db.query(f"SELECT coalesce(max(id), 0) AS newest FROM {kind.value}")
    return int(next(rows)["newest"])
