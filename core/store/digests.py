"""Digests and views on a schedule: what is sent, when, by which channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.columns import stored_instant
from core.store.database import insert, insert_many, writing
from core.store.given_names import named_or_numbered, usable_name
from core.store.outbox import Alert, Message, list_alerts

MOST_DIGESTS = 50


class DigestKind(StrEnum):
    """The numbers of the last day or week; a saved view with its file; a dashboard with its files."""

    NUMBERS = "numbers"
    VIEW = "view"
    DASHBOARD = "dashboard"


@dataclass(frozen=True)
class Schedule:
    """``weekday``: 0 is Monday, None every day. ``zone``: an IANA name; ``hour`` is of its clocks."""

    weekday: int | None
    hour: int
    zone: str


@dataclass(frozen=True)
class DigestContent:
    """``target``: the id of the view or dashboard; None for numbers, and where it was deleted."""

    kind: DigestKind
    target: int | None
    schedule: Schedule
    channels: tuple[int, ...]


@dataclass(frozen=True)
class Digest:
    """``done_until``: the last due time that was seen to. ``problem``: why a later one was not, if so."""

    id: int
    name: str
    content: DigestContent
    is_on: bool
    done_until: datetime
    problem: str = ""

    @property
    def lost_target(self) -> bool:
        """Whether what it sent was deleted."""
        return self.content.kind is not DigestKind.NUMBERS and self.content.target is None


def list_digests(db: Database) -> list[Digest]:
    """All of them, by name."""
    channels: dict[int, list[int]] = {}
    for row in db.query("SELECT digest_id, channel_id FROM digest_channels ORDER BY channel_id"):
        channels.setdefault(row["digest_id"], []).append(row["channel_id"])
    digests = [_digest(row, channels.get(row["id"], ())) for row in db.query("SELECT * FROM digests")]
    return sorted(digests, key=lambda digest: (digest.name.casefold(), digest.id))


def find_digest(db: Database, name: str) -> Digest:
    """The digest of a name, case aside, or of an id. Raises InputError when there is none."""
    return named_or_numbered(list_digests(db), name, "digest")


def add_digest(db: Database, name: str, content: DigestContent, at: datetime) -> Digest:
    """Keep a digest; the first due time is the next one.

    Raises:
        InputError: the name is unusable or used, there is no channel, or there are too many.
    """
    with writing(db):
        digests = list_digests(db)
        if len(digests) >= MOST_DIGESTS:
            raise InputError(f"There are {MOST_DIGESTS} digests already.", remedy="Delete some first.")
        row = _columns(name, content, digests, at)
        return _with_channels(db, insert(db, "digests", row), content)


def change_digest(db: Database, digest_id: int, name: str, content: DigestContent, at: datetime) -> Digest:
    """Send something else, by other channels or at another time, from the next due time on.

    Raises:
        InputError: the name is unusable or used, there is no channel, or the digest is gone.
    """
    with writing(db):
        digests = list_digests(db)
        others = [digest for digest in digests if digest.id != digest_id]
        if len(others) == len(digests):
            raise InputError("This digest no longer exists.", field="digest")
        _update(db, digest_id, {**_columns(name, content, others, at), "problem": ""})
        db.execute("DELETE FROM digest_channels WHERE digest_id = :id", {"id": digest_id})
        return _with_channels(db, digest_id, content)


def _with_channels(db: Database, digest_id: int, content: DigestContent) -> Digest:
    rows = [{"digest_id": digest_id, "channel_id": channel} for channel in dict.fromkeys(content.channels)]
    insert_many(db, "digest_channels", rows)
    return next(digest for digest in list_digests(db) if digest.id == digest_id)


def switch_digest(db: Database, digest_id: int, *, is_on: bool, at: datetime) -> None:
    """Pause it, or let it go on: what was due meanwhile is not sent. Nothing where there is none any more."""
    since = {"done_until": rfc3339(at), "problem": ""} if is_on else {"problem": ""}
    _update(db, digest_id, {"is_on": int(is_on), **since})


def delete_digest(db: Database, digest_id: int) -> None:
    """What was sent stays listed. Nothing where there is none any more."""
    db.execute("DELETE FROM digests WHERE id = :id", {"id": digest_id})


def take_due(db: Database, digest: Digest, due: datetime) -> bool:
    """Whether nobody else has seen to this due time; now it is, and every one before it. In a transaction."""
    taken = db.execute(
        "UPDATE digests SET done_until = :due, problem = ''"
        " WHERE id = :id AND is_on = 1 AND done_until < :due",
        {"id": digest.id, "due": rfc3339(due)},
    ).rowcount
    return taken > 0


def note_problem(db: Database, digest_id: int, problem: str) -> None:
    """Why what is due is not sent."""
    _update(db, digest_id, {"problem": problem})


def list_sent(db: Database, since: datetime) -> list[tuple[Alert, tuple[Message, ...]]]:
    """What digests sent since then, the latest first, each with its messages."""
    return list_alerts(db, since, digests=True)


def _columns(name: str, content: DigestContent, others: Iterable[Digest], at: datetime) -> dict[str, object]:
    if not content.channels:
        raise InputError("No channel is chosen.", field="channels", remedy="Choose one, or add one first.")
    schedule, is_view = content.schedule, content.kind is DigestKind.VIEW
    return {
        "name": usable_name(name, "name of the digest", (digest.name for digest in others)),
        "kind": content.kind.value,
        "view_id": content.target if is_view else None,
        "dashboard_id": content.target if content.kind is DigestKind.DASHBOARD else None,
        "weekday": schedule.weekday,
        "hour": schedule.hour,
        "zone": schedule.zone,
        "done_until": rfc3339(at),
    }


def _update(db: Database, digest_id: int, changed: Mapping[str, object]) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in changed)
    db.execute(f"UPDATE digests SET {columns} WHERE id = :id", {**changed, "id": digest_id})


def _digest(row: Mapping[str, Any], channels: Iterable[int]) -> Digest:
    kind = DigestKind(row["kind"])
    target = row["view_id"] if kind is DigestKind.VIEW else row["dashboard_id"]
    schedule = Schedule(row["weekday"], row["hour"], row["zone"])
    content = DigestContent(kind, target, schedule, tuple(channels))
    done = stored_instant(row["done_until"])
    return Digest(row["id"], row["name"], content, bool(row["is_on"]), done, row["problem"])
