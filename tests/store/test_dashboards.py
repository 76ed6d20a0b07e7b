"""Dashboards: tiles in dense places, whatever is done to them."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.errors import InputError
from core.settings import Settings
from core.store.dashboards import (
    MOST_TILES,
    TEXT,
    TileLook,
    add_dashboard,
    add_text,
    add_tile,
    change_text,
    change_tile,
    copy_dashboard,
    dashboards_showing,
    get_dashboard,
    list_dashboards,
    move_tile,
    place_tile,
    remove_dashboard,
    remove_tile,
    remove_view,
    rename_dashboard,
)
from core.store.database import database
from core.store.saved_views import SavedView, ViewContent, add_view, list_views
from tests.properties import tried
from tests.store.books import NOW, in_memory

LOOK = TileLook("number", "third", "tall", "own", "Spend")


def view(db: Database, name: str = "Mine") -> SavedView:
    return add_view(db, name, ViewContent("cost", {"measure": ["cost"]}), NOW)


def places(db: Database) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for board, place in db.conn.execute("SELECT dashboard_id, position FROM tiles ORDER BY 1, 2"):
        found.setdefault(board, []).append(place)
    return found


def test_a_dashboard_comes_back_as_it_was_after_a_restart(settings: Settings) -> None:
    with database(settings) as db:
        board = add_dashboard(db, " Finance ")
        add_tile(db, board.id, view(db).id, LOOK)
    with database(settings) as db:
        (found,) = list_dashboards(db)
        assert (found.name, [tile.look for tile in found.tiles]) == ("Finance", [LOOK])


def test_names_are_used_once_case_aside(db: Database) -> None:
    add_dashboard(db, "Finance")
    other = add_dashboard(db, "Other")
    for attempt in (lambda: add_dashboard(db, "FINANCE"), lambda: rename_dashboard(db, other.id, "finance ")):
        with pytest.raises(InputError, match="“Finance” is already used"):
            attempt()
    assert rename_dashboard(db, other.id, "Third").name == "Third"


def test_a_copy_has_the_same_tiles_and_shares_the_views(db: Database) -> None:
    board, saved = add_dashboard(db, "Finance"), view(db)
    for look in (LOOK, TileLook()):
        add_tile(db, board.id, saved.id, look)
    copy = copy_dashboard(db, board.id)
    assert copy.name == "Finance (2)"
    assert [(t.view_id, t.look) for t in copy.tiles] == [(saved.id, LOOK), (saved.id, TileLook())]
    assert dashboards_showing(db) == {saved.id: ["Finance", "Finance (2)"]}


def test_deleting_a_dashboard_keeps_the_views(db: Database) -> None:
    board, saved = add_dashboard(db, "Finance"), view(db)
    add_tile(db, board.id, saved.id, LOOK)
    remove_dashboard(db, board.id)
    assert (list_dashboards(db), list_views(db), places(db)) == ([], [saved], {})


def test_the_id_of_a_deleted_dashboard_is_never_given_again(db: Database) -> None:
    gone = add_dashboard(db, "Finance").id
    remove_dashboard(db, gone)
    assert add_dashboard(db, "Finance").id != gone


def test_deleting_a_view_takes_its_tiles_and_closes_the_gaps(db: Database) -> None:
    one, two, board = view(db, "One"), view(db, "Two"), add_dashboard(db, "Finance")
    for saved in (one, two, one, two):
        add_tile(db, board.id, saved.id, TileLook())
    remove_view(db, one.id)
    assert [tile.view_id for tile in get_dashboard(db, board.id).tiles] == [two.id, two.id]
    assert places(db) == {board.id: [0, 1]}


def test_a_tile_is_changed_in_place(db: Database) -> None:
    board = add_dashboard(db, "Finance")
    tile = add_tile(db, board.id, view(db).id, LOOK)
    change_tile(db, tile.id, width="full", title="  ")
    (found,) = get_dashboard(db, board.id).tiles
    assert found.look == TileLook("number", "full", "tall", "own", "")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "pie"},
        {"width": "<b>"},
        {"height": ""},
        {"range": "last_30"},
        {"title": "line\nbreak"},
        {"title": "x" * 101},
    ],
)
def test_a_look_there_is_not_is_refused_and_changes_nothing(db: Database, change: dict[str, str]) -> None:
    board = add_dashboard(db, "Finance")
    tile = add_tile(db, board.id, view(db).id, LOOK)
    with pytest.raises(InputError):
        change_tile(db, tile.id, **change)
    assert get_dashboard(db, board.id).tiles == (tile,)


def test_a_text_is_a_tile_like_any_other(settings: Settings) -> None:
    look = TileLook(TEXT, "full")
    with database(settings) as db:
        board = add_dashboard(db, "Finance")
        first = add_tile(db, board.id, view(db).id, LOOK)
        text = add_text(db, board.id, "  # Plan\n\n* <b>one</b>\t ", look)
        change_tile(db, text.id, height="tall")
        move_tile(db, text.id, -1)
        copy = copy_dashboard(db, board.id)
    with database(settings) as db:
        found = get_dashboard(db, copy.id).tiles
        assert [(tile.view_id, tile.text) for tile in found] == [
            (None, "# Plan\n\n* <b>one</b>"),
            (first.view_id, ""),
        ]
        assert found[0].look == TileLook(TEXT, "full", "tall")
        change_text(db, found[0].id, "Other")
        assert get_dashboard(db, copy.id).tiles[0].text == "Other"
        assert dashboards_showing(db) == {first.view_id: ["Finance", "Finance (2)"]}
        remove_view(db, first.view_id or 0)
        assert [len(one.tiles) for one in list_dashboards(db)] == [1, 1] and places(db) == {1: [0], 2: [0]}


@pytest.mark.parametrize("text", ["", " \n ", "x" * 5_001, "bell\a"])
def test_a_text_that_no_tile_can_show(db: Database, text: str) -> None:
    board = add_dashboard(db, "Finance")
    kept = add_text(db, board.id, "Good", TileLook(TEXT))
    for attempt in (
        lambda: add_text(db, board.id, text, TileLook(TEXT)),
        lambda: change_text(db, kept.id, text),
    ):
        with pytest.raises(InputError) as refused:
            attempt()
        assert refused.value.field == "text"
    assert get_dashboard(db, board.id).tiles == (kept,)


def test_a_tile_stays_a_view_or_a_text(db: Database) -> None:
    board = add_dashboard(db, "Finance")
    shows, says = add_tile(db, board.id, view(db).id, LOOK), add_text(db, board.id, "Good", TileLook(TEXT))
    for attempt in (
        lambda: change_tile(db, shows.id, kind=TEXT),
        lambda: change_tile(db, says.id, kind="bars"),
        lambda: change_text(db, shows.id, "Text"),
    ):
        with pytest.raises(InputError):
            attempt()
    assert get_dashboard(db, board.id).tiles == (shows, says)


def test_a_tile_goes_where_another_is_and_never_to_another_dashboard(db: Database) -> None:
    board, other, saved = add_dashboard(db, "One"), add_dashboard(db, "Two"), view(db)
    a, b, c, d = (add_tile(db, board.id, saved.id, LOOK).id for _ in range(4))
    elsewhere = add_tile(db, other.id, saved.id, LOOK).id
    for moved, onto, expected in (
        (a, c, [b, c, a, d]),
        (d, b, [d, b, c, a]),
        (b, b, [d, b, c, a]),
        (c, elsewhere, [d, b, c, a]),
    ):
        place_tile(db, moved, onto)
        assert [tile.id for tile in get_dashboard(db, board.id).tiles] == expected
    with pytest.raises(InputError, match="no longer exists"):
        place_tile(db, a, 999)


def test_a_full_dashboard_takes_no_more(db: Database) -> None:
    board, saved = add_dashboard(db, "Finance"), view(db)
    for _ in range(MOST_TILES):
        add_tile(db, board.id, saved.id, TileLook())
    with pytest.raises(InputError, match=f"{MOST_TILES} tiles at most"):
        add_tile(db, board.id, saved.id, TileLook())


def test_what_is_gone_is_said(db: Database) -> None:
    board, saved = add_dashboard(db, "Finance"), view(db)
    for attempt in (
        lambda: get_dashboard(db, 99),
        lambda: rename_dashboard(db, 99, "x"),
        lambda: copy_dashboard(db, 99),
        lambda: remove_dashboard(db, 99),
        lambda: add_tile(db, 99, saved.id, LOOK),
        lambda: add_tile(db, board.id, 99, LOOK),
        lambda: move_tile(db, 99, 1),
        lambda: change_tile(db, 99, kind="bars"),
        lambda: remove_tile(db, 99),
        lambda: remove_view(db, 99),
    ):
        with pytest.raises(InputError, match="no longer exists"):
            attempt()
    assert places(db) == {}


def test_the_database_itself_refuses_two_tiles_in_one_place_and_tiles_of_nothing(db: Database) -> None:
    board, saved = add_dashboard(db, "Finance"), view(db)
    add_tile(db, board.id, saved.id, LOOK)
    insert = "INSERT INTO tiles (dashboard_id, view_id, position, kind, width, height, range, title)"
    for dashboard_id, view_id, position in ((board.id, saved.id, 0), (99, saved.id, 1), (board.id, 99, 1)):
        with pytest.raises(sqlite3.IntegrityError):
            db.conn.execute(
                f"{insert} VALUES (?, ?, ?, '', '', '', '', '')", [dashboard_id, view_id, position]
            )


MOVES = st.tuples(st.sampled_from(["add", "move", "remove"]), st.integers(0, 9), st.integers(-12, 12))


@tried(60)
@given(st.lists(MOVES, max_size=14))
def test_places_are_dense_and_in_the_order_asked_for(steps: list[tuple[str, int, int]]) -> None:
    with in_memory() as db:
        board, saved = add_dashboard(db, "Finance"), view(db)
        expected: list[int] = []
        for what, which, by in steps:
            if what == "add" or not expected:
                expected.append(add_tile(db, board.id, saved.id, TileLook()).id)
                continue
            tile_id = expected[which % len(expected)]
            place = expected.index(tile_id)
            expected.remove(tile_id)
            if what == "remove":
                remove_tile(db, tile_id)
            else:
                move_tile(db, tile_id, by)
                expected.insert(max(0, place + by), tile_id)
        assert [tile.id for tile in get_dashboard(db, board.id).tiles] == expected
        assert places(db).get(board.id, []) == list(range(len(expected)))
