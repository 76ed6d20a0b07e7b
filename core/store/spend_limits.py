"""The limits that Anthropic itself enforces, as its lists last had them. They are no plans of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.columns import stored_instant, stored_instant_or_none
from core.store.database import writing
from core.store.erased_people import erased_among
from core.store.while_connected import put_while_connected


class LimitList(StrEnum):
    """A list of limits, by its table."""

    SET = "spend_limits"
    MEMBERS = "member_limits"


class Refused(StrEnum):
    """Why a list is not told, in a word."""

    SCOPE = "scope"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True)
class SpendLimit:
    """A limit as it is set, in micro-cents of ``currency``; ``amount`` None: no number is set here."""

    connection_id: int
    scope_type: str
    scope_id: str | None
    amount: int | None
    currency: str
    period: str
    is_enabled: bool
    updated_at: datetime | None


@dataclass(frozen=True)
class MemberLimit:
    """What applies to a member in a period; ``amount`` None: no limit. ``spent`` None: not told.

    ``source_type`` and ``source_id``: the scope that the limit comes from.
    """

    connection_id: int
    user_id: str | None
    user_email: str | None
    user_name: str | None
    amount: int | None
    currency: str
    period: str
    source_type: str | None
    source_id: str | None
    spent: int | None

    @property
    def user(self) -> str | None:
        return self.user_email or self.user_name or self.user_id


@dataclass(frozen=True)
class LimitAnswer:
    """How a list was answered last. ``refused`` None: it was told; ``left_out``: unreadable entries."""

    connection_id: int
    list: LimitList
    read_at: datetime
    refused: Refused | None
    left_out: int


def replace_limits(
    db: Database,
    connection_id: int,
    of: LimitList,
    rows: Sequence[Mapping[str, object]],
    now: datetime,
    *,
    refused: Refused | None = None,
    left_out: int = 0,
) -> None:
    """Keep a list as it was just answered, and nothing of what it said before; who was erased stays so.

    ``rows`` carry the table's columns without connection_id and position.
    """
    owned = {"connection_id": connection_id}
    with writing(db):
        db.table(of).delete_where("connection_id = :connection_id", owned)
        kept = _without_erased(db, rows)
        put_while_connected(db, of, [{**owned, "position": at, **row} for at, row in enumerate(kept)])
        answer = {"list": of.value, "read_at": rfc3339(now), "refused": refused, "left_out": left_out}
        put_while_connected(db, "limit_lists", [{**owned, **answer}])


_TELL_PERSONS = ("user_id", "user_email", "source_id", "scope_id")


def _without_erased(db: Database, rows: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    told = [{str(row[name]) for name in _TELL_PERSONS if row.get(name)} for row in rows]
    erased = set(erased_among(db, (text for texts in told for text in texts)))
    return [row for row, texts in zip(rows, told, strict=True) if not texts & erased]


def forget_member(db: Database, texts: Iterable[str]) -> None:
    """Delete the limits of a person of these ids and e-mails."""
    for text in texts:
        db.execute("DELETE FROM member_limits WHERE :told IN (user_id, user_email)", {"told": text})
        db.execute("DELETE FROM spend_limits WHERE scope_type = 'user' AND scope_id = :told", {"told": text})


def list_spend_limits(db: Database) -> list[SpendLimit]:
    """Of all connections, in the order of Anthropic's lists."""
    return [_spend_limit(row) for row in _rows(db, LimitList.SET)]


def list_member_limits(db: Database) -> list[MemberLimit]:
    """Of all connections, in the order of Anthropic's lists."""
    return [_member_limit(row) for row in _rows(db, LimitList.MEMBERS)]


def limit_answers(db: Database) -> list[LimitAnswer]:
    """How each list of each connection was answered; one that was never asked for is missing."""
    rows = db.query("SELECT * FROM limit_lists ORDER BY connection_id, list")
    return [
        LimitAnswer(
            row["connection_id"],
            LimitList(row["list"]),
            stored_instant(row["read_at"]),
            Refused(row["refused"]) if row["refused"] else None,
            row["left_out"],
        )
        for row in rows
    ]


def _rows(db: Database, of: LimitList) -> list[dict[str, Any]]:
    return list(db.query(f"SELECT * FROM {of} ORDER BY connection_id, position"))


def _spend_limit(row: Mapping[str, Any]) -> SpendLimit:
    return SpendLimit(
        row["connection_id"],
        row["scope_type"],
        row["scope_id"],
        row["amount_microcents"],
        row["currency"],
        row["period"],
        bool(row["is_enabled"]),
        stored_instant_or_none(row["updated_at"]),
    )


def _member_limit(row: Mapping[str, Any]) -> MemberLimit:
    return MemberLimit(
        row["connection_id"],
        row["user_id"],
        row["user_email"],
        row["user_name"],
        row["amount_microcents"],
        row["currency"],
        row["period"],
        row["source_type"],
        row["source_id"],
        row["spent_microcents"],
    )
