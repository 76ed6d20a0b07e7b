"""The library in a file of settings: saved filters, saved views and dashboards."""

from __future__ import annotations

from dataclasses import asdict

from sqlite_utils import Database

from core.errors import InputError
from core.explore.dashboard_files import FileTile, check_tile, problems
from core.explore.explorers import MEASURES_OF
from core.explore.plan_figures import scope_of
from core.settings_file.entries import BoardEntry, FilterEntry, ViewEntry
from core.settings_file.owning import keep_standing, stored_standing, wanted_standing
from core.settings_file.section import Into, Section
from core.store import dashboards, saved_filters, saved_views
from core.store.given_names import named
from core.store.owners import Kind


def _filters(db: Database) -> list[FilterEntry]:
    return [FilterEntry(name=kept.name, parameters=kept.params) for kept in saved_filters.list_filters(db)]


def _canonical_filter(entry: FilterEntry) -> FilterEntry:
    scope_of(entry.parameters)
    return FilterEntry(name=entry.name.strip(), parameters=entry.parameters)


def _put_filter(into: Into, entry: FilterEntry) -> str:
    _drop_filter(into.db, entry)
    saved_filters.add_filter(into.db, entry.name, entry.parameters, into.now)
    return ""


def _drop_filter(db: Database, entry: FilterEntry) -> None:
    if kept := named(saved_filters.list_filters(db), entry.name):
        saved_filters.delete_filter(db, kept.id)


def _views(db: Database) -> list[ViewEntry]:
    return [
        ViewEntry(
            name=view.name,
            page=view.content.page,
            parameters=view.content.params,
            starred=view.starred,
            **stored_standing(db, Kind.VIEW, view.id),
        )
        for view in saved_views.list_views(db)
    ]


def _canonical_view(entry: ViewEntry) -> ViewEntry:
    content = saved_views.ViewContent(entry.page, entry.parameters)
    for problem in problems(content, MEASURES_OF):
        raise InputError(problem)
    return ViewEntry(
        name=entry.name.strip(), page=entry.page, parameters=entry.parameters, starred=entry.starred,
        **wanted_standing(entry),
    )  # fmt: skip


def _put_view(into: Into, entry: ViewEntry) -> str:
    db, content = into.db, saved_views.ViewContent(entry.page, entry.parameters)
    kept = named(saved_views.list_views(db), entry.name)
    if kept is None:
        kept = saved_views.add_view(db, entry.name, content, into.now)
    else:
        saved_views.rename_view(db, kept.id, entry.name)
        saved_views.replace_view(db, kept.id, content, into.now)
    saved_views.star_view(db, kept.id, starred=entry.starred)
    keep_standing(db, Kind.VIEW, kept.id, entry)
    return ""


def _drop_view(db: Database, entry: ViewEntry) -> None:
    """Raises InputError where a dashboard shows it: its tile would go too."""
    view = named(saved_views.list_views(db), entry.name)
    if view is None:
        return
    if shown := dashboards.dashboards_showing(db).get(view.id):
        raise InputError(
            f"The view “{view.name}” is not in the file, but the dashboard “{shown[0]}” shows it.",
            remedy="Put the view into the file, or take its tile off.",
        )
    dashboards.remove_view(db, view.id)


def _boards(db: Database) -> list[BoardEntry]:
    names = {view.id: view.name for view in saved_views.list_views(db)}
    boards = [
        BoardEntry(
            name=board.name,
            tiles=tuple(
                FileTile(
                    view="" if tile.view_id is None else names[tile.view_id],
                    text=tile.text,
                    **asdict(tile.look),
                )
                for tile in board.tiles
            ),
            **stored_standing(db, Kind.DASHBOARD, board.id),
        )
        for board in dashboards.list_dashboards(db)
    ]
    return sorted(boards, key=lambda board: (board.name.casefold(), board.name))


def _canonical_board(entry: BoardEntry) -> BoardEntry:
    for tile in entry.tiles:
        check_tile(tile, {tile.view} - {""})
    tiles = (FileTile(view=tile.view, text=tile.text.strip(), **asdict(tile.look)) for tile in entry.tiles)
    return BoardEntry(name=entry.name.strip(), tiles=tuple(tiles), **wanted_standing(entry))


def _put_board(into: Into, entry: BoardEntry) -> str:
    db = into.db
    board = named(dashboards.list_dashboards(db), entry.name)
    if board is None:
        board = dashboards.add_dashboard(db, entry.name)
    dashboards.rename_dashboard(db, board.id, entry.name)
    keep_standing(db, Kind.DASHBOARD, board.id, entry)
    for before in board.tiles:
        dashboards.remove_tile(db, before.id)
    views = {view.name: view.id for view in saved_views.list_views(db)}
    for tile in entry.tiles:
        if tile.kind == dashboards.TEXT:
            dashboards.add_text(db, board.id, tile.text, tile.look)
        elif tile.view in views:
            dashboards.add_tile(db, board.id, views[tile.view], tile.look)
        else:
            raise InputError(f"A tile shows the view “{tile.view[:60]}”, which there is not.")
    return ""


def _drop_board(db: Database, entry: BoardEntry) -> None:
    if board := named(dashboards.list_dashboards(db), entry.name):
        dashboards.remove_dashboard(db, board.id)


FILTERS = Section("filters", "saved filter", _filters, _canonical_filter, _put_filter, _drop_filter)
VIEWS = Section("views", "saved view", _views, _canonical_view, _put_view, _drop_view)
DASHBOARDS = Section("dashboards", "dashboard", _boards, _canonical_board, _put_board, _drop_board)
