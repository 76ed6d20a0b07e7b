"""Filters under a name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.store import saved_filters
from core.store.saved_filters import add_filter, delete_filter, list_filters

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OPUS = {"has.model": ["opus"], "not.workspace": ["~none", "Research"]}


def test_filters_are_kept_by_name_and_listed_in_its_order(db: Database) -> None:
    assert add_filter(db, "  opus  ", OPUS, NOW) == "opus"
    add_filter(db, "Ann", {"in.user": ["ann@acme.com"]}, NOW)
    assert [(one.name, one.params) for one in list_filters(db)] == [
        ("Ann", {"in.user": ["ann@acme.com"]}),
        ("opus", OPUS),
    ]


@pytest.mark.parametrize("name", ["", "  ", "OPUS"])
def test_a_name_that_is_unusable_or_used_is_refused(db: Database, name: str) -> None:
    add_filter(db, "Opus", OPUS, NOW)
    with pytest.raises(InputError):
        add_filter(db, name, OPUS, NOW)
    assert len(list_filters(db)) == 1


def test_there_is_an_end_to_how_many_and_how_long(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="This filter names too many values"):
        add_filter(db, "Long", {"in.user": ["x" * 30_000]}, NOW)
    monkeypatch.setattr(saved_filters, "MOST_FILTERS", 1)
    add_filter(db, "One", OPUS, NOW)
    with pytest.raises(InputError, match="saved filters already"):
        add_filter(db, "Two", OPUS, NOW)


def test_a_filter_is_deleted_and_twice_is_no_error(db: Database) -> None:
    add_filter(db, "Opus", OPUS, NOW)
    (one,) = list_filters(db)
    delete_filter(db, one.id)
    delete_filter(db, one.id)
    assert list_filters(db) == []
