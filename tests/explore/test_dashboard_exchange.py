"""Dashboards to files and back through the store, and the two that ship."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.explore import dashboard_exchange
from core.explore.dashboard_exchange import ensure_shipped, exported, import_board, restore_shipped, shipped
from core.explore.dashboard_files import BoardFile, FileTile, FileView, decoded, encoded
from core.explore.explorers import MEASURES_OF
from core.store.dashboards import list_dashboards, remove_dashboard, remove_tile, rename_dashboard
from core.store.saved_views import ViewContent, add_view, list_views, replace_view
from tests.store.books import NOW, dump, in_memory

COST = {"measure": ["cost"], "by": ["model"], "range": ["last_30"]}
FILE = BoardFile(
    name="Finance",
    views=(FileView("Mine", "cost", COST), FileView("Yours", "usage", {"measure": ["tokens"]})),
    tiles=(
        FileTile(view="Yours", kind="number", width="third", height="small"),
        FileTile(view="Mine", kind="bars", width="half", height="tall", range="own", title="<b>Spend</b>"),
        FileTile(view="Mine", kind="chart", width="full", height="tall"),
        FileTile(kind="text", width="third", height="small", text="Booked **monthly**\n\n<b>by us</b>"),
    ),
)
TABLES = ("saved_views", "dashboards", "tiles")


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        yield opened


def test_an_imported_dashboard_is_exported_equal(db: Database) -> None:
    made = import_board(db, FILE, NOW)
    again = exported(db, made.dashboard.id)
    assert (again.name, again.tiles) == (FILE.name, FILE.tiles)
    assert sorted(again.views, key=lambda view: view.name) == list(FILE.views)
    assert (made.renamed, made.reused) == ((), 0)


def test_names_that_are_taken_are_numbered_and_said(db: Database) -> None:
    mine = add_view(db, "MINE", ViewContent("usage", {"measure": ["requests"]}), NOW)
    first, second = import_board(db, FILE, NOW), import_board(db, FILE, NOW)
    assert first.renamed == (("Mine", "Mine (2)"),)
    assert second.dashboard.name == "Finance (2)"
    assert mine in list_views(db), "another's view is not touched"
    words = dashboard_exchange.import_words(second)
    assert "“Finance” is called “Finance (2)” here" in words


def test_views_that_are_here_already_are_used(db: Database) -> None:
    import_board(db, FILE, NOW)
    again = import_board(db, FILE, NOW)
    assert (again.reused, len(list_views(db))) == (2, 2)


def test_an_import_that_breaks_half_way_leaves_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    import_board(db, FILE, NOW)
    before = dump(db, *TABLES)

    def refuse(*_: object) -> None:
        raise InputError("No more.")

    monkeypatch.setattr(dashboard_exchange, "add_tile", refuse)
    with pytest.raises(InputError):
        import_board(db, msgspec.structs.replace(FILE, name="Other"), NOW)
    assert dump(db, *TABLES) == before


def test_two_dashboards_ship_and_every_view_of_them_reads() -> None:
    files = shipped(MEASURES_OF)
    assert [file.name for file in files] == ["Finance", "Engineering"]
    for file in files:
        assert decoded(encoded(file), MEASURES_OF) == file
        assert {tile.view for tile in file.tiles} == {view.name for view in file.views}


def test_the_shipped_ones_come_once_and_stay_deleted(db: Database) -> None:
    ensure_shipped(db, MEASURES_OF, NOW)
    assert [board.name for board in list_dashboards(db)] == ["Finance", "Engineering"]
    for board in list_dashboards(db):
        remove_dashboard(db, board.id)
    ensure_shipped(db, MEASURES_OF, NOW)
    assert list_dashboards(db) == []


def test_restoring_brings_back_what_is_missing_only(db: Database) -> None:
    ensure_shipped(db, MEASURES_OF, NOW)
    finance, engineering = list_dashboards(db)
    assert restore_shipped(db, MEASURES_OF, NOW) == []
    remove_dashboard(db, engineering.id)
    assert [board.name for board in restore_shipped(db, MEASURES_OF, NOW)] == ["Engineering"]
    assert list_dashboards(db)[0] == finance


def test_restoring_leaves_what_people_changed(db: Database) -> None:
    ensure_shipped(db, MEASURES_OF, NOW)
    finance, engineering = list_dashboards(db)
    remove_tile(db, finance.tiles[0].id)
    remove_tile(db, engineering.tiles[0].id)
    rename_dashboard(db, engineering.id, "Ours")
    kept = list_dashboards(db)
    view = list_views(db)[0]
    replace_view(db, view.id, ViewContent("cost", COST), NOW)
    made = restore_shipped(db, MEASURES_OF, NOW)
    assert [board.name for board in made] == ["Finance (2)", "Engineering"]
    assert list_dashboards(db)[:2] == kept
    names = {view.name for view in list_views(db)}
    assert f"{view.name} (2)" in names
    assert restore_shipped(db, MEASURES_OF, NOW) == []
