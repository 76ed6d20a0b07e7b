"""Dashboards between the store and their files: export, import, and those that ship."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from core.explore.dashboard_files import BoardFile, FileTile, FileView, Measures, decoded
from core.store.dashboards import (
    TEXT,
    Dashboard,
    TileLook,
    add_dashboard,
    add_text,
    add_tile,
    get_dashboard,
    list_dashboards,
)
from core.store.database import if_writable, writing
from core.store.given_names import free_name
from core.store.meta import get_meta, set_meta
from core.store.saved_views import SavedView, ViewContent, add_view, get_view, list_views

SHIPPED_FOLDER = Path(__file__).parent / "shipped"
SHIPPED = ("finance", "engineering")
_SEEDED = "dashboards_shipped"


@dataclass(frozen=True)
class Imported:
    """What an import made; ``renamed`` says, for each name that was taken, what it became."""

    dashboard: Dashboard
    renamed: tuple[tuple[str, str], ...]
    reused: int
    """Views that were here already, exactly the same under the same name."""


def exported(db: Database, dashboard_id: int) -> BoardFile:
    """A dashboard with its views, as its file holds it.

    Raises:
        InputError: there is no such dashboard.
    """
    dashboard = get_dashboard(db, dashboard_id)
    ids = dict.fromkeys(tile.view_id for tile in dashboard.tiles if tile.view_id is not None)
    views = {id_: get_view(db, id_) for id_ in ids}
    return BoardFile(
        name=dashboard.name,
        views=tuple(FileView(v.name, v.content.page, v.content.params) for v in views.values()),
        tiles=tuple(
            FileTile(
                view="" if tile.view_id is None else views[tile.view_id].name,
                text=tile.text,
                **asdict(tile.look),
            )
            for tile in dashboard.tiles
        ),
    )


def import_board(db: Database, file: BoardFile, now: datetime) -> Imported:
    """Add a dashboard from a file that was checked; all of it or nothing. No name is taken from another.

    Raises:
        InputError: there are too many dashboards or views.
    """
    with writing(db):
        known = list_views(db)
        views = {view.name: _view(db, view, known, now) for view in file.views}
        name = free_name(file.name.strip(), (other.name for other in list_dashboards(db)))
        dashboard = add_dashboard(db, name)
        for tile in file.tiles:
            if tile.kind == TEXT:
                add_text(db, dashboard.id, tile.text, tile.look)
            else:
                add_tile(db, dashboard.id, views[tile.view].id, tile.look)
        named = [(file.name, name), *((given, view.name) for given, view in views.items())]
        old = {view.id for view in known}
        return Imported(
            get_dashboard(db, dashboard.id),
            tuple((given.strip(), called) for given, called in named if given.strip() != called),
            sum(view.id in old for view in views.values()),
        )


def ensure_shipped(db: Database, measures: Measures, now: datetime) -> None:
    """Add the dashboards that ship, once for each data folder. Deleted ones do not come back."""
    if get_meta(db, _SEEDED):
        return
    with if_writable(), writing(db):
        if not get_meta(db, _SEEDED):  # another process may have been first
            restore_shipped(db, measures, now)
            set_meta(db, _SEEDED, "1")


def restore_shipped(db: Database, measures: Measures, now: datetime) -> list[Dashboard]:
    """Add those that ship and are not here as they shipped, under any name. What people changed stays."""
    with writing(db):
        present = [_tiles(exported(db, dashboard.id)) for dashboard in list_dashboards(db)]
        missing = [file for file in shipped(measures) if _tiles(file) not in present]
        return [import_board(db, file, now).dashboard for file in missing]


def shipped(measures: Measures) -> list[BoardFile]:
    """The files that ship."""
    return [decoded((SHIPPED_FOLDER / f"{name}.json").read_bytes(), measures) for name in SHIPPED]


def import_words(imported: Imported) -> str:
    """Sentences about an import, and about what it found in its way."""
    words = [f"“{imported.dashboard.name}” was imported."]
    words += [
        f"“{given}” is called “{name}” here, because that name was taken." for given, name in imported.renamed
    ]
    if imported.reused:
        words.append(f"Views that were here already, exactly the same, are used: {imported.reused}.")
    return " ".join(words)


def _tiles(file: BoardFile) -> list[tuple[ViewContent | None, TileLook, str]]:
    """What a dashboard shows, whatever it and its views are called."""
    contents = {view.name: view.content for view in file.views}
    return [(contents.get(tile.view), tile.look, tile.text) for tile in file.tiles]


def _view(db: Database, file_view: FileView, known: list[SavedView], now: datetime) -> SavedView:
    """The saved view that is exactly this one, or a new one under the next free name."""
    name = file_view.name.strip()
    for view in known:
        if view.name == name and view.content == file_view.content:
            return view
    return add_view(db, free_name(name, (view.name for view in list_views(db))), file_view.content, now)
