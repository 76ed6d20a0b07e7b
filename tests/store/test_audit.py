"""The audit trail: what is added stays as it was, and whatever else happened to it is noticed."""

import hashlib
import json
import sqlite3
from datetime import UTC, datetime

import pytest

from core.settings import Settings
from core.store.audit import COMMAND_LINE, Action, count_entries, entries, first_broken, record
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
