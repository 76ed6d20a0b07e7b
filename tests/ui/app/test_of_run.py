"""A page's run opens the database once, and hands nobody what is another's or at fault."""

from __future__ import annotations

import sqlite3

import pytest
from sqlite_utils import Database

from core.errors import StoreError
from core.settings import Settings
from core.store.database import database, reading
from core.ui.app import of_run


def revision(db: Database) -> str:
    return str(next(db.query("SELECT value FROM meta WHERE name = 'revision'"))["value"])


def set_revision(settings: Settings, value: str) -> None:
    with database(settings) as db:
        db.execute("UPDATE meta SET value = :value WHERE name = 'revision'", {"value": value})


def test_a_run_has_one_database_that_is_closed_at_its_end(settings: Settings) -> None:
    with of_run.during_the_run():
        with of_run.store() as first:
            assert first.conn.execute("SELECT 1").fetchone()
        with of_run.store() as second:
            assert second is first
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.conn.execute("SELECT 1")


def test_outside_of_a_run_each_read_has_its_own(settings: Settings) -> None:
    with of_run.store() as first:
        pass
    with of_run.store() as second:
        assert second is not first


def test_what_is_written_meanwhile_is_read(settings: Settings) -> None:
    with of_run.during_the_run():
        for value in ("41", "42"):
            set_revision(settings, value)
            with of_run.store() as db:
                assert revision(db) == value


def test_who_asks_within_a_transaction_gets_another_and_its_own_is_not_lost(settings: Settings) -> None:
    """What the inner one writes would else end with the outer read, undone."""
    set_revision(settings, "1")
    with of_run.during_the_run(), of_run.store() as outer, reading(outer):
        assert revision(outer) == "1"
        with of_run.store() as inner:
            assert inner is not outer
            inner.execute("UPDATE meta SET value = '2' WHERE name = 'revision'")
        assert revision(outer) == "1", "a read sees one state"
    with database(settings) as db:
        assert revision(db) == "2"


def test_after_a_refusal_it_is_opened_anew_and_who_still_reads_may_go_on(settings: Settings) -> None:
    with of_run.during_the_run(), of_run.store() as outer:
        with pytest.raises(StoreError), of_run.store():
            raise StoreError("The disk is full.")
        with of_run.store() as after:
            assert after is not outer
            assert revision(after) == revision(outer)


def test_the_settings_of_a_run_are_read_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with of_run.during_the_run():
        before = of_run.settings()
        monkeypatch.setenv("TOKEN_LEDGER_IDLE_MINUTES", "7")
        assert of_run.settings() is before
    assert of_run.settings().idle_minutes == 7
