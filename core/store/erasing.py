"""Erases a person, or all persons of old days, from everything that is stored. Sums stay as they are."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from sqlite_utils import Database

from core.errors import InputError
from core.store.database import writing
from core.store.erased_people import (
    TOLD_IN,
    PersonColumns,
    StandIn,
    next_person,
    put_stand_in,
    remember_erased,
)
from core.store.meta import count_as_changed, raise_ledger_revision, raise_revision
from core.store.spend_limits import forget_member

BY_AGE = StandIn("erased-by-age", "Erased by age")

_OLD_FINDINGS = "DELETE FROM findings WHERE dimension IN ('user', 'user_id') AND last_day < :day"
_MONTH = "substr(day, 1, 7) || '-01'"
_UNTOUCHED = frozenset({"audit", "erased_people", *(columns.table for columns in TOLD_IN)})
"""Tables in whose texts no words are looked for: what was done is never changed, digests are no words, and
facts are known by their columns."""


@dataclass(frozen=True)
class Person:
    """All that is stored of one: ids and e-mails that belong together, names, and how many rows of use."""

    ids: tuple[str, ...]
    emails: tuple[str, ...]
    names: tuple[str, ...]
    rows: int


def find_person(db: Database, who: str) -> Person:
    """The person of an id or an e-mail. Ids with one e-mail are one person, as everywhere.

    Raises:
        InputError: nobody is known by it.
    """
    pairs = list(_pairs(db))
    ids, emails = _together(who.strip(), pairs)
    if not ids and not emails:
        raise InputError(
            "Nobody is known by this id or e-mail.",
            field="person",
            means="Nothing was erased.",
            remedy="Give the id or the e-mail as “query --group-by user_id,user” shows it.",
        )
    names = {name for id_, _, name in pairs if id_ in ids and name}
    names -= {name for id_, _, name in pairs if id_ not in ids and name}  # somebody else's too
    return Person(tuple(sorted(ids)), tuple(sorted(emails)), tuple(sorted(names)), _rows_of(db, ids, emails))


def erase_person(db: Database, person: Person, now: datetime) -> str:
    """Put stand-ins in the place of a person, everywhere and for good; returns what they are called now."""
    db.conn.execute("PRAGMA secure_delete = ON")
    with writing(db):
        name = next_person(db)
        stand_ins = _stand_ins(person, name)
        remember_erased(db, stand_ins, now)
        for columns in TOLD_IN:
            for column, texts in ((columns.id, person.ids), (columns.email, person.emails)):
                _replace(db, columns, column, {text: stand_ins[text] for text in texts})
        for id_ in person.ids:
            db.conn.execute("DELETE FROM users WHERE user_id = :id", {"id": id_})
        forget_member(db, (*person.ids, *person.emails))
        _sweep(db, _words(person, stand_ins, name))
        db.conn.execute("DELETE FROM alert_files")
        raise_revision(db)
        raise_ledger_revision(db)
    return name


def erase_old_people(db: Database, before: date) -> None:
    """Take persons out of days before ``before``, and those out of lists who had left them by then."""
    day = {"day": before.isoformat()}
    db.conn.execute("PRAGMA secure_delete = ON")
    with writing(db):
        for columns in TOLD_IN:
            _erase_old_days(db, columns, before)
        db.conn.execute("DELETE FROM users WHERE gone_at < :day", day)
        db.conn.execute("DELETE FROM alerts WHERE told_at < :day", day)
        db.conn.execute(_OLD_FINDINGS, day)


def _erase_old_days(db: Database, columns: PersonColumns, before: date) -> None:
    values = {columns.id: BY_AGE.id, **columns.values(BY_AGE)}
    where = f"day < :before AND {columns.id} <> :by_age"
    given = {"before": before.isoformat(), "by_age": BY_AGE.id}
    changes = ", ".join(f"{name} = :{name}" for name in values)
    _count_months(db, columns.table, where, given)
    db.conn.execute(f"UPDATE {columns.table} SET {changes} WHERE {where}", {**given, **values})


def _replace(db: Database, columns: PersonColumns, column: str, stand_ins: Mapping[str, StandIn]) -> None:
    for text, stand_in in stand_ins.items():
        _count_months(db, columns.table, f"{column} = :told", {"told": text})
        put_stand_in(db, columns, column, text, stand_in)


def _count_months(db: Database, table: str, where: str, given: Mapping[str, object]) -> None:
    """The months of these rows are to be built anew."""
    changed: dict[int, list[str]] = {}
    sql = f"SELECT DISTINCT connection_id, {_MONTH} AS month FROM {table} WHERE {where}"
    for row in db.query(sql, dict(given)):
        changed.setdefault(row["connection_id"], []).append(row["month"])
    for connection_id, months in changed.items():
        count_as_changed(db, connection_id, sorted(months))


_Told = tuple[str | None, str | None, str | None]
"""Id, e-mail and name that stand together."""


def _pairs(db: Database) -> Iterator[_Told]:
    for columns in TOLD_IN:
        name = columns.name or "NULL"
        sql = f"SELECT DISTINCT {columns.id} AS id, {columns.email} AS email, {name} AS name"
        yield from _told(db, f"{sql} FROM {columns.table}")
    yield from _told(db, "SELECT user_id AS id, email, name FROM users")
    yield from _told(db, "SELECT user_id AS id, user_email AS email, user_name AS name FROM member_limits")


def _told(db: Database, sql: str) -> Iterator[_Told]:
    for row in db.query(sql):
        email = row["email"] if "@" in (row["email"] or "") else None
        yield row["id"], email, row["name"] or (None if email else row["email"])


def _together(who: str, pairs: Iterable[_Told]) -> tuple[set[str], set[str]]:
    """Ids and e-mails that lead to each other from the one given."""
    ids: set[str] = {id_ for id_, _, _ in pairs if id_ == who and id_}
    emails: set[str] = {email for _, email, _ in pairs if email and email.casefold() == who.casefold()}
    before = -1
    while before != len(ids) + len(emails):
        before = len(ids) + len(emails)
        folded = {email.casefold() for email in emails}
        for id_, email, _ in pairs:
            if id_ in ids or (email and email.casefold() in folded):
                ids |= {id_} if id_ else set()
                emails |= {email} if email else set()
    return ids, emails


def _rows_of(db: Database, ids: Iterable[str], emails: Iterable[str]) -> int:
    told = {"ids": json.dumps(sorted(ids)), "emails": json.dumps(sorted(emails))}
    return sum(next(db.query(_count_of(columns), told))["rows"] for columns in TOLD_IN)


def _count_of(columns: PersonColumns) -> str:
    return (
        f"SELECT count(*) AS rows FROM {columns.table}"
        f" WHERE {columns.id} IN (SELECT value FROM json_each(:ids))"
        f" OR {columns.email} IN (SELECT value FROM json_each(:emails))"
    )


def _stand_ins(person: Person, name: str) -> dict[str, StandIn]:
    """One person leaves one stand-in, however many ids and e-mails they had."""
    return dict.fromkeys((*person.ids, *person.emails), StandIn(f"erased-{name.rpartition(' ')[2]}", name))


def _words(person: Person, stand_ins: Mapping[str, StandIn], name: str) -> dict[str, str]:
    """What is looked for in texts, and what takes its place. A name of one word may be a word like any."""
    ids = {id_: stand_ins[id_].id for id_ in person.ids}
    return ids | dict.fromkeys((*person.emails, *(told for told in person.names if " " in told)), name)


def _sweep(db: Database, words: Mapping[str, str]) -> None:
    """Every text of every other table: filters, titles, notes, alerts, labels."""
    for table in db.table_names():
        if table in _UNTOUCHED or table.startswith(("sqlite_", "_sqlite")):
            continue
        columns = db.query("SELECT name, type FROM pragma_table_info(:table)", {"table": table})
        for column in [row["name"] for row in columns if row["type"] == "TEXT"]:
            _sweep_column(db, table, column, words)


def _sweep_column(db: Database, table: str, column: str, words: Mapping[str, str]) -> None:
    for word, instead in words.items():
        for spelled in {word, quote(word, safe="")}:
            held = db.query(
                f'SELECT DISTINCT "{column}" AS held FROM "{table}"'
                f' WHERE instr(lower("{column}"), lower(:word)) > 0',
                {"word": spelled},
            )
            for text in [row["held"] for row in held]:
                _change(db, table, column, text, _whole(spelled).sub(instead, text))


def _change(db: Database, table: str, column: str, before: str, now: str) -> None:
    """Where a name may be there once only, and is, a number follows it."""
    sql = f'UPDATE "{table}" SET "{column}" = :now WHERE "{column}" = :before'
    for spelled in (now, *(f"{now} ({n})" for n in range(2, 100))):
        with suppress(sqlite3.IntegrityError):
            if spelled != before:
                db.conn.execute(sql, {"now": spelled, "before": before})
            return


def _whole(word: str) -> re.Pattern[str]:
    """The word, and not a longer one that it is a part of: joann@example.com is somebody else."""
    return re.compile(rf"(?<![\w.+-]){re.escape(word)}(?![\w-]|\.\w)", re.IGNORECASE)
