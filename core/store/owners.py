"""Whose saved views, dashboards and plans are, which of them nobody else sees, and which viewers are shown.

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


FOR_VIEWERS = (Kind.VIEW, Kind.DASHBOARD)
"""What viewers can be shown."""


@dataclass(frozen=True)
class Standing:
    """``owner`` is an e-mail address; None is nobody. Nothing of nobody's is private."""

    owner: str | None
    is_private: bool
    is_for_viewers: bool = False


SHARED = Standing(None, False)


def standing(db: Database, kind: Kind, id_: int) -> Standing:
    """Whose it is; nobody's where it is not there."""
    rows = db.query(f"SELECT * FROM {kind.value} WHERE id = :id", {"id": id_})
    row = next(rows, None)
    return Standing(row["owner"], bool(row["private"]), bool(row.get("for_viewers"))) if row else SHARED


def hidden(db: Database, kind: Kind, person: str | None) -> frozenset[int]:
    """The ids of what others keep for themselves; nothing where nobody signs in."""
    if person is None:
        return frozenset()
    rows = db.query(f"SELECT id FROM {kind.value} WHERE private AND owner IS NOT :person", {"person": person})
    return frozenset(row["id"] for row in rows)


def private(db: Database, kind: Kind) -> frozenset[int]:
    """The ids of what anybody keeps for themselves."""
    return frozenset(row["id"] for row in db.query(f"SELECT id FROM {kind.value} WHERE private"))


def shown_to_viewers(db: Database, kind: Kind) -> frozenset[int]:
    """The ids of what viewers are shown."""
    return frozenset(row["id"] for row in db.query(f"SELECT id FROM {kind.value} WHERE for_viewers"))


def owned_by(db: Database, kind: Kind, person: str | None) -> frozenset[int]:
    """The ids of what is this person's; nothing where nobody signs in."""
    rows = db.query(f"SELECT id FROM {kind.value} WHERE owner = :person", {"person": person})
    return frozenset(row["id"] for row in rows)


def require_own(db: Database, kind: Kind, id_: int, person: str | None) -> None:
    """Raises AccessDeniedError: it is not this person's."""
    if person is None or standing(db, kind, id_).owner != person:
        raise AccessDeniedError("This is not yours.", remedy="Only its owner can do this.")


def set_private(db: Database, kind: Kind, id_: int, person: str | None, *, is_private: bool) -> None:
    """Keep it for oneself, from viewers too, or share it.

    Raises:
        AccessDeniedError: it is not this person's.
    """
    with writing(db):
        require_own(db, kind, id_, person)
        values = {"id": id_, "private": int(is_private)}
        db.conn.execute(f"UPDATE {kind.value} SET private = :private WHERE id = :id", values)
        if is_private and kind in FOR_VIEWERS:
            db.conn.execute(f"UPDATE {kind.value} SET for_viewers = 0 WHERE id = :id", {"id": id_})


def show_to_viewers(db: Database, kind: Kind, id_: int, person: str | None, *, shown: bool) -> None:
    """Show it to viewers, or to analysts and admins only. What is nobody's is for anybody to show.

    Raises:
        AccessDeniedError: it is another's.
        InputError: it is private.
    """
    with writing(db):
        now = standing(db, kind, id_)
        if now.owner is not None:
            require_own(db, kind, id_, person)
        if shown and now.is_private:
            raise _hidden_from_viewers()
        values = {"id": id_, "shown": int(shown)}
        db.conn.execute(f"UPDATE {kind.value} SET for_viewers = :shown WHERE id = :id", values)


def give(db: Database, kind: Kind, id_: int, to: Standing) -> None:
    """Let it be somebody's, or nobody's, whosever it was: for who has the machine.

    Raises:
        InputError: nobody's would be private, or viewers would be shown what is.
    """
    if to.is_private and to.owner is None:
        raise InputError(
            "What is nobody's cannot be private.", field="private", remedy="Say whose it is, or share it."
        )
    if to.is_private and to.is_for_viewers:
        raise _hidden_from_viewers()
    values: dict[str, str | int | None] = {"owner": to.owner, "private": int(to.is_private)}
    if kind in FOR_VIEWERS:
        values["for_viewers"] = int(to.is_for_viewers)
    with writing(db):
        db.table(kind.value).update(id_, values)


def _hidden_from_viewers() -> InputError:
    return InputError("This is private, so viewers are not shown it.", remedy="Share it first.")


@contextmanager
def owned(db: Database, person: str | None, *, is_private: bool = False) -> Iterator[None]:
    """What is made inside is this person's."""
    with writing(db):
        before = {kind: _newest(db, kind) for kind in Kind}
        yield
        for kind, newest in before.items():
            db.conn.execute(
                f"UPDATE {kind.value} SET owner = :person, private = :private WHERE id > :newest",
                {"person": person, "private": int(is_private), "newest": newest},
            )


def _newest(db: Database, kind: Kind) -> int:
    rows = db.query(f"SELECT coalesce(max(id), 0) AS newest FROM {kind.value}")
    return int(next(rows)["newest"])
