"""Saved views: names, copies, and what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.settings import Settings
from core.store import saved_views
from core.store.database import database
from core.store.given_names import LONGEST_NAME, free_name
from core.store.saved_views import (
    LONGEST_PARAMS,
    ViewContent,
    add_view,
    copy_view,
    get_view,
    list_views,
    note_opened,
    rename_view,
    replace_view,
    star_view,
)
from tests.store.books import NOW

COST = ViewContent("cost", {"measure": ["cost"], "in.workspace": ["ü", "~none", "<b>"]})
LATER = NOW + timedelta(hours=3)
USAGE = ViewContent("usage", {"measure": ["tokens"]})


def test_a_view_comes_back_as_it_was_saved_after_a_restart(settings: Settings) -> None:
    with database(settings) as db:
        saved = add_view(db, "  Cost of checkout ", COST, NOW)
    with database(settings) as db:
        assert list_views(db) == [saved]
        assert (saved.name, saved.content, saved.changed_at) == ("Cost of checkout", COST, NOW)


def test_views_are_listed_by_name_case_aside(db: Database) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        add_view(db, name, COST, NOW)
    assert [view.name for view in list_views(db)] == ["Alpha", "beta", "Gamma"]


@pytest.mark.parametrize("name", ["", "   ", "x" * (LONGEST_NAME + 1), "line\nbreak", "bell\a", "\ud800"])
def test_a_name_that_cannot_be_given(db: Database, name: str) -> None:
    saved = add_view(db, "Good", COST, NOW)
    for attempt in (lambda: add_view(db, name, COST, NOW), lambda: rename_view(db, saved.id, name)):
        with pytest.raises(InputError) as refused:
            attempt()
        assert refused.value.field == "name" and refused.value.remedy
    assert list_views(db) == [saved]


def test_a_name_is_used_once_case_aside(db: Database) -> None:
    add_view(db, "Straße", COST, NOW)
    other = add_view(db, "Other", COST, NOW)
    for attempt in (lambda: add_view(db, "STRASSE", COST, NOW), lambda: rename_view(db, other.id, "strasse")):
        with pytest.raises(InputError, match="“Straße” is already used"):
            attempt()


def test_a_view_may_be_renamed_to_its_own_name_in_other_case(db: Database) -> None:
    saved = add_view(db, "cost", COST, NOW)
    assert rename_view(db, saved.id, "COST").name == "COST"


def test_replacing_keeps_the_name_and_takes_the_new_content(db: Database) -> None:
    saved = add_view(db, "Mine", COST, NOW)
    replace_view(db, saved.id, USAGE, NOW)
    assert (get_view(db, saved.id).name, get_view(db, saved.id).content) == ("Mine", USAGE)


def test_copies_take_the_next_free_name(db: Database) -> None:
    saved = add_view(db, "Mine", COST, NOW)
    assert [copy_view(db, saved.id, NOW).name for _ in range(2)] == ["Mine (2)", "Mine (3)"]


def test_a_view_too_long_for_a_link_is_refused(db: Database) -> None:
    saved = add_view(db, "Mine", COST, NOW)
    huge = ViewContent("cost", {"in.user": ["x" * LONGEST_PARAMS]})
    for attempt in (lambda: add_view(db, "Huge", huge, NOW), lambda: replace_view(db, saved.id, huge, NOW)):
        with pytest.raises(InputError, match="This view names too many values"):
            attempt()
    assert list_views(db) == [saved]


def test_what_is_gone_is_said(db: Database) -> None:
    for attempt in (
        lambda: get_view(db, 7),
        lambda: rename_view(db, 7, "x"),
        lambda: copy_view(db, 7, NOW),
        lambda: replace_view(db, 7, COST, NOW),
    ):
        with pytest.raises(InputError, match="no longer exists"):
            attempt()


def test_free_names_stay_within_the_longest() -> None:
    long = "x" * LONGEST_NAME
    assert free_name("new", []) == "new"
    second = free_name(long, [long])
    assert len(second) == LONGEST_NAME and second.endswith(" (2)")


def test_a_star_and_the_last_use_stay_with_the_view_and_not_with_its_copy(settings: Settings) -> None:
    with database(settings) as db:
        view = add_view(db, "Mine", COST, NOW)
        assert (view.starred, view.opened_at) == (False, None)
        star_view(db, view.id, starred=True)
        note_opened(db, view.id, LATER)
        replace_view(db, view.id, USAGE, NOW)
        copy = copy_view(db, view.id, NOW)
    with database(settings) as db:
        kept = get_view(db, view.id)
        assert (kept.starred, kept.opened_at, kept.content) == (True, LATER, USAGE)
        assert (copy.starred, copy.opened_at) == (False, None)
        star_view(db, view.id, starred=False)
        assert not get_view(db, view.id).starred


def test_a_view_that_is_gone_takes_no_star_and_its_use_is_no_failure(db: Database) -> None:
    with pytest.raises(InputError, match="no longer exists"):
        star_view(db, 99, starred=True)
    note_opened(db, 99, NOW)


def test_what_a_viewer_keeps_stands_apart_from_the_views_of_all(db: Database) -> None:
    """Nobody learns from a name that is refused what another's view is called."""
    of_all = add_view(db, "Plans", COST, NOW)
    anns, bobs = (add_view(db, "Plans", USAGE, NOW, keeper) for keeper in ("ann@a.com", "bob@a.com"))
    assert list_views(db) == [of_all]
    assert list_views(db, "ann@a.com") == [of_all, anns]
    assert (get_view(db, bobs.id).name, copy_view(db, bobs.id, NOW).name) == ("Plans", "Plans (2)")
    with pytest.raises(InputError, match="already used"):
        add_view(db, "plans", USAGE, NOW, "ann@a.com")
    assert rename_view(db, anns.id, "Mine").name == "Mine"
    assert rename_view(db, anns.id, "Plans").keeper == "ann@a.com"
    add_view(db, "Mine", COST, NOW)


def test_a_viewer_does_not_fill_the_list_of_all(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MOST_VIEWS", 20)
    for name in ("one", "two"):
        add_view(db, name, COST, NOW, "ann@a.com")
    with pytest.raises(InputError, match="2 saved views already"):
        add_view(db, "three", COST, NOW, "ann@a.com")
    add_view(db, "three", COST, NOW)
