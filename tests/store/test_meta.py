"""Single values, and how each report fared."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.periods import Period
from core.store.meta import get_meta, raise_revision, refresh_hours, revision, set_meta, set_refresh_hours
from core.store.states import FAILED, OK, REDUCED, StreamState, list_states, record_state
from tests.store.books import NOW, connect


def test_the_revision_goes_up_by_one(db: Database) -> None:
    assert [revision(db), raise_revision(db), raise_revision(db), revision(db)] == [0, 1, 2, 2]


def test_the_refresh_age_is_a_day_unless_set(db: Database) -> None:
    assert refresh_hours(db) == 24
    set_refresh_hours(db, 6)
    assert refresh_hours(db) == 6 and get_meta(db, "refresh_hours") == "6"


@pytest.mark.parametrize("hours", [0, -1, 8761])
def test_an_absurd_refresh_age_is_refused(db: Database, hours: int) -> None:
    with pytest.raises(InputError, match="1 to 8760") as caught:
        set_refresh_hours(db, hours)
    assert caught.value.field == "refresh_hours" and refresh_hours(db) == 24


def test_a_value_never_set_is_none(db: Database) -> None:
    assert get_meta(db, "nothing") is None
    set_meta(db, "nothing", "")
    assert get_meta(db, "nothing") == ""


def test_a_state_is_kept_whole_and_replaced_by_the_next(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    failed = StreamState(
        1, "platform_cost", FAILED, "No.", "req_9", Period(date(2026, 3, 1), date(2026, 3, 8)), NOW
    )
    reduced = StreamState(1, "platform_usage", REDUCED, "Less.", None, None, NOW)
    for state in (reduced, failed):
        record_state(db, state)
    assert list_states(db, 1) == [failed, reduced] and list_states(db, 2) == []
    well = StreamState(1, "platform_cost", OK, "", None, None, NOW + timedelta(hours=1))
    record_state(db, well)
    assert list_states(db, 1) == [well, reduced]


def test_an_unknown_state_is_refused(db: Database) -> None:
    connect(db)
    with pytest.raises(sqlite3.IntegrityError):
        record_state(db, StreamState(1, "platform_cost", "fine", "", None, None, NOW))
