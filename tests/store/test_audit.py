"""The audit trail: what is added stays as it was, and whatever else happened to it is noticed."""

import hashlib
import json
import sqlite3
from datetime import UTC, datetime

import pytest

from core.explore.audit_file import audit_csv
from core.settings import Settings
from core.store import audit
from core.store.audit import COMMAND_LINE, Action, checked, count_entries, entries, first_broken, record
from core.store.database import database

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    with database(Settings(tmp_path)) as opened:
        record(opened, "ann@example.com", Action.CONNECTED, "connection 1", NOW)
        record(opened, None, Action.SIGNED_IN, "", NOW)
        record(opened, COMMAND_LINE, Action.REMOVED, "ü" * 600, NOW)
        yield opened


def unlocked(db):
    """As somebody with the file and an editor has it."""
    for name in ("changed", "deleted"):
        db.conn.execute(f"DROP TRIGGER audit_is_never_{name}")
    return db


def test_entries_are_read_as_they_were_made_the_latest_first(db):
    last, middle, first = entries(db)
    assert (first.id, first.at, first.who, first.action) == (1, NOW, "ann@example.com", Action.CONNECTED)
    assert (middle.who, middle.about) == (None, "")
    assert (last.who, last.about) == (COMMAND_LINE, "ü" * 500)
    assert [entry.id for entry in entries(db, 2)] == [3, 2]
    assert count_entries(db) == 3


def test_the_seal_can_be_computed_by_anybody(db):
    """From what is written in the module's docs, without its code."""
    seal = ""
    for entry in reversed(list(entries(db))):
        parts = [seal, entry.id, "2026-11-20T09:00:00Z", entry.who, entry.action, entry.about]
        seal = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        assert entry.seal == seal
    assert first_broken(db) is None


@pytest.mark.parametrize("sql", ["UPDATE audit SET who = 'bob'", "DELETE FROM audit WHERE id = 1"])
def test_nothing_is_changed_or_deleted(db, sql):
    with pytest.raises(sqlite3.IntegrityError, match="never"):
        db.conn.execute(sql)
    assert count_entries(db) == 3 and first_broken(db) is None


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("UPDATE audit SET who = 'bob' WHERE id = 2", 2),
        ("UPDATE audit SET about = 'connection 2' WHERE id = 1", 1),
        ("UPDATE audit SET at = '2026-11-20T09:00:01Z' WHERE id = 3", 3),
        ("DELETE FROM audit WHERE id = 1", 1),
        ("DELETE FROM audit WHERE id = 2", 2),
        ("DELETE FROM audit WHERE id = 3", 3),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET id = 9 WHERE id = 3", 3),
    ],
)
def test_whoever_takes_the_locks_away_is_noticed(db, sql, first):
    unlocked(db).conn.execute(sql)
    assert first_broken(db) == first


def test_an_empty_trail_is_whole(tmp_path):
    with database(Settings(tmp_path / "new")) as db:
        assert first_broken(db) is None
        assert list(entries(db)) == []


TAMPERING = [
    "UPDATE audit SET who = 'bob' WHERE id = {}",
    "UPDATE audit SET about = about || char(0) || 'x' WHERE id = {}",
    "UPDATE audit SET about = CAST(about AS BLOB) WHERE id = {}",
    "UPDATE audit SET seal = upper(seal) WHERE id = {}",
    "UPDATE audit SET at = '2026-11-20T09:00:00.000Z' WHERE id = {}",
    "DELETE FROM audit WHERE id = {}",
    "UPDATE audit SET id = id + 10 WHERE id = {}",
]


@pytest.mark.parametrize("sql", TAMPERING)
@pytest.mark.parametrize("tampered", [1, 2, 3, 4, 5])
def test_what_was_checked_before_is_still_noticed(db, sql, tampered):
    """Three are remembered as checked; whichever of five is changed, the whole check and this one agree."""
    before = checked(db)
    assert (before.count, before.broken) == (3, None)
    for _ in range(2):
        record(db, None, Action.SIGNED_IN, "later", NOW)
    assert checked(db, before) == checked(db)
    unlocked(db).conn.execute(sql.format(tampered))
    assert checked(db, before).broken == tampered


def test_seals_that_were_computed_are_not_computed_again(db, monkeypatch):
    before, computed = checked(db), []
    record(db, None, Action.SIGNED_IN, "later", NOW)
    seal = audit._seal
    monkeypatch.setattr(audit, "_seal", lambda *given: computed.append(given[1]["id"]) or seal(*given))
    assert checked(db, before).broken is None
    assert computed == [4]
    assert first_broken(db) is None
    assert computed == [4, 1, 2, 3, 4]


def test_a_broken_trail_stays_so_and_is_whole_again_once_it_is_mended(db):
    unlocked(db).conn.execute("UPDATE audit SET about = 'x' WHERE id = 2")
    first = checked(db)
    assert (first.count, first.broken) == (1, 2)
    assert checked(db, first) == first
    db.conn.execute("UPDATE audit SET about = '' WHERE id = 2")
    assert checked(db, first).broken is None


def test_another_trail_in_the_place_of_the_first_is_checked_whole(db):
    before = checked(db)
    db.conn.execute("DROP TRIGGER audit_is_never_deleted")
    db.conn.execute("DELETE FROM audit")
    assert checked(db, before).broken == 1


DAMAGE = {
    "no instant": ("at = 'yesterday'", "yesterday"),
    "no time zone": ("at = '2026-11-20T09:00:00'", "2026-11-20T09:00:00"),
    "before all time": ("at = '0001-01-01T00:00:00+23:00'", "0001-01-01T00:00:00+23:00"),
    "a number": ("at = 5", "5"),
    "bytes": ("at = x'ff00'", "\ufffd\x00"),
    "no UTF-8": ("at = CAST(x'32ff' AS TEXT)", "2\ufffd"),
    "nothing": ("at = ''", ""),
}


@pytest.mark.parametrize(("damage", "written"), DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("damaged", [1, 2, 3])
def test_a_damaged_instant_hides_no_other_entry_and_stops_none(db, damage, written, damaged):
    others = {entry.id: entry for entry in entries(db) if entry.id != damaged}
    unlocked(db).conn.execute(f"UPDATE audit SET {damage} WHERE id = ?", [damaged])
    record(db, None, Action.SIGNED_IN, "later", NOW)
    listed = {entry.id: entry for entry in entries(db)}
    assert sorted(listed) == [1, 2, 3, 4]
    assert (listed[damaged].at, listed[damaged].written_at) == (None, written)
    assert {id_: listed[id_] for id_ in others} == others
    assert listed[4].at == NOW
    assert first_broken(db) == damaged


@pytest.mark.parametrize("column", ["who", "action", "about", "seal"])
@pytest.mark.parametrize("value", ["x'fffe'", "CAST(x'41ff' AS TEXT)", "7"])
def test_what_else_is_damaged_is_read_as_far_as_it_can_be(db, column, value):
    unlocked(db).conn.execute(f"UPDATE audit SET {column} = {value} WHERE id = 3")
    record(db, None, Action.SIGNED_IN, "later", NOW)
    listed = {entry.id: entry for entry in entries(db)}
    assert listed[3].at == NOW and listed[4].about == "later"
    assert getattr(listed[3], column) in ("\ufffd\ufffd", "A\ufffd", "7")
    assert first_broken(db) == 3
    assert audit_csv(entries(db)).count(b"\n") == 5


def test_reading_a_damaged_trail_leaves_other_reads_as_they_were(db):
    unlocked(db).conn.execute("UPDATE audit SET at = CAST(x'32ff' AS TEXT) WHERE id = 2")
    assert len(list(entries(db))) == 3 and next(entries(db, 1)).id == 3 and first_broken(db) == 2
    with pytest.raises(sqlite3.OperationalError, match="UTF-8"):
        list(db.query("SELECT at FROM audit"))
