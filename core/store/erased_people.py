"""Who was erased, so that no later pull brings them back: digests of their ids and e-mails, never these.

In their place stands a number. What a digest was made of can be tested, not read back: the salt is of this
database alone, and ids are long.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.meta import get_meta, set_meta
from core.streams import STREAMS

_SALT = "erasure_salt"


@dataclass(frozen=True)
class StandIn:
    """What is stored in the place of somebody's id, and of their e-mail or name."""

    id: str
    name: str


@dataclass(frozen=True)
class PersonColumns:
    """The columns of a table that tell a person. ``email`` holds a name too where there is no ``name``."""

    table: str
    id: str
    email: str
    name: str | None

    def values(self, stand_in: StandIn) -> dict[str, str | None]:
        """What they hold of somebody who was erased, but for the id."""
        return {self.email: None, self.name: stand_in.name} if self.name else {self.email: stand_in.name}


def person_columns(stream: str) -> PersonColumns | None:
    """Of a stream's table; None where it tells no person."""
    columns = {column.name for column in STREAMS[stream].columns}
    if "account_id" in columns:
        return PersonColumns(stream, "account_id", "account_email", None)
    return PersonColumns(stream, "user_id", "user_email", "user_name") if "user_id" in columns else None


TOLD_IN = tuple(columns for stream in STREAMS if (columns := person_columns(stream)))
"""Every table of facts that tells persons."""


def next_person(db: Database) -> str:
    """What the next one who is erased is called."""
    rows = db.query("SELECT count(DISTINCT name) AS persons FROM erased_people")
    return f"Erased person {next(rows)['persons'] + 1}"


def remember_erased(db: Database, stand_ins: Mapping[str, StandIn], now: datetime) -> None:
    """Keep the digests of ids and e-mails, each with what stands in its place."""
    salt = _salt(db)
    at = rfc3339(now)
    rows = [
        {"digest": _digest(salt, text), "stand_in": stand_in.id, "name": stand_in.name, "erased_at": at}
        for text, stand_in in stand_ins.items()
    ]
    db.table("erased_people").upsert_all(rows, pk="digest")


def erased_among(db: Database, texts: Iterable[str | None]) -> dict[str, StandIn]:
    """Those of the ids and e-mails whose owner was erased."""
    known = {
        row["digest"]: StandIn(row["stand_in"], row["name"])
        for row in db.query("SELECT digest, stand_in, name FROM erased_people")
    }
    if not known:
        return {}
    salt = _salt(db)
    digests = {text: _digest(salt, text) for text in texts if text}
    return {text: known[digest] for text, digest in digests.items() if digest in known}


def veil(db: Database, stream: str, table: str) -> None:
    """Put stand-ins into rows that were pulled and are not shown yet."""
    columns = person_columns(stream)
    if columns is None or not any(db.query("SELECT 1 AS erased FROM erased_people LIMIT 1")):
        return
    for column in (columns.id, columns.email):
        told = db.query(f"SELECT DISTINCT {column} AS told FROM {table} WHERE {column} IS NOT NULL")
        for text, stand_in in erased_among(db, [row["told"] for row in told]).items():
            put_stand_in(db, columns, column, text, stand_in, table)


def put_stand_in(
    db: Database, columns: PersonColumns, column: str, text: str, stand_in: StandIn, table: str | None = None
) -> None:
    """Into the rows of ``table``, by default that of ``columns``, whose ``column`` holds the text.

    Rows without an id stay so.
    """
    values = columns.values(stand_in)
    changes = ", ".join(f"{name} = :{name}" for name in values)
    id_ = f"{columns.id} = CASE WHEN {columns.id} IS NULL THEN NULL ELSE :stand_in END"
    sql = f"UPDATE {table or columns.table} SET {id_}, {changes} WHERE {column} = :told"
    db.conn.execute(sql, {**values, "stand_in": stand_in.id, "told": text})


def without_erased(
    db: Database, kind: str, records: Iterable[Mapping[str, object]], now: datetime
) -> list[Mapping[str, object]]:
    """The records of a list: of users without those who were erased, of keys without whose they are."""
    records = list(records)
    if kind == "users":
        return _users_left(db, records, now)
    if kind != "api_keys":
        return records
    erased = erased_among(db, (_text(record.get("created_by_id")) for record in records))
    if not erased:
        return records
    makers = {id_: stand_in.id for id_, stand_in in erased.items()}
    return [{**record, "created_by_id": _renamed(record["created_by_id"], makers)} for record in records]


def _users_left(
    db: Database, records: Sequence[Mapping[str, object]], now: datetime
) -> list[Mapping[str, object]]:
    """Who comes back under another id is known by the e-mail, and then by that id too."""
    told = [(_text(record["user_id"]), _text(record.get("email"))) for record in records]
    erased = erased_among(db, (text for both in told for text in both))
    back = {id_: erased[email] for id_, email in told if id_ and email in erased and id_ not in erased}
    remember_erased(db, back, now)
    gone = {*erased, *back}
    return [record for record, (id_, _) in zip(records, told, strict=True) if id_ not in gone]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _renamed(value: object, stand_ins: Mapping[str, str]) -> object:
    return stand_ins.get(str(value), value)


def _salt(db: Database) -> str:
    if (salt := get_meta(db, _SALT)) is None:
        salt = secrets.token_hex(32)
        set_meta(db, _SALT, salt)
    return salt


def _digest(salt: str, text: str) -> str:
    """E-mails are one, however they are capitalized."""
    return hmac.digest(salt.encode(), text.casefold().encode(), hashlib.sha256).hex()
