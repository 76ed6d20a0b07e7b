"""Dashboards: saved views and texts as tiles, in the order and size that people gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlite_utils import Database

from core.errors import InputError
from core.store.database import insert, writing
from core.store.given_names import free_name, usable_name, usable_text
from core.store.saved_views import get_view

MOST_TILES = 40
MOST_DASHBOARDS = 200

PLAN = "plan"
"""The kind of a tile that shows the figures of the plan on a view's chart."""
TILE_KINDS = ("chart", "bars", "number", "table", PLAN)
"""How a tile shows a saved view."""
TEXT = "text"
"""The kind of a tile that shows a text of its own."""
TILE_WIDTHS = ("third", "half", "two_thirds", "full")
TILE_HEIGHTS = ("small", "tall")
TILE_RANGES = ("shared", "own")
_CHOICES = {"kind": (*TILE_KINDS, TEXT), "width": TILE_WIDTHS, "height": TILE_HEIGHTS, "range": TILE_RANGES}


@dataclass(frozen=True)
class TileLook:
    """How a tile shows its view.

    ``range`` "shared" is the dashboard's, where one is chosen; "own" always the view's. An empty ``title`` is
    the view's name.

    Raises:
        InputError: an unknown kind, width, height or range, or a title too long or unprintable.
    """

    kind: str = "chart"
    width: str = "half"
    height: str = "small"
    range: str = "shared"
    title: str = ""

    def __post_init__(self) -> None:
        for field, choices in _CHOICES.items():
            value = getattr(self, field)
            if value not in choices:
                raise InputError(
                    f"There is no {field} of a tile called {value[:60]!r}.",
                    field=field,
                    remedy=f"Choose from: {', '.join(choices)}.",
                )
        if self.title.strip():
            usable_name(self.title, "title of the tile")
        object.__setattr__(self, "title", self.title.strip())


@dataclass(frozen=True)
class Tile:
    """A place on a dashboard: of a saved view, or, where ``view_id`` is None, of a text in Markdown."""

    id: int
    view_id: int | None
    look: TileLook
    text: str = ""


@dataclass(frozen=True)
class Dashboard:
    id: int
    name: str
    tiles: tuple[Tile, ...] = ()
    """In the order shown."""


def list_dashboards(db: Database) -> list[Dashboard]:
    """All dashboards with their tiles, oldest first."""
    return [Dashboard(id_, name, _tiles(db, id_)) for id_, name in _names(db).items()]


def get_dashboard(db: Database, dashboard_id: int) -> Dashboard:
    """Raises InputError when there is none (it may have been deleted meanwhile)."""
    for row in db.query("SELECT name FROM dashboards WHERE id = :id", {"id": dashboard_id}):
        return Dashboard(dashboard_id, row["name"], _tiles(db, dashboard_id))
    raise InputError(
        "This dashboard no longer exists.", field="dashboard", remedy="Choose one of those that do."
    )


def add_dashboard(db: Database, name: str) -> Dashboard:
    """An empty dashboard.

    Raises:
        InputError: the name is unusable or used, or there are too many.
    """
    with writing(db):
        names = _names(db)
        if len(names) >= MOST_DASHBOARDS:
            raise InputError(f"There are {MOST_DASHBOARDS} dashboards already.", remedy="Delete some first.")
        name = usable_name(name, "name of the dashboard", names.values())
        return get_dashboard(db, insert(db, "dashboards", {"name": name}))


def rename_dashboard(db: Database, dashboard_id: int, name: str) -> Dashboard:
    """Raises InputError for a name that is unusable or used, or when there is no such dashboard."""
    with writing(db):
        get_dashboard(db, dashboard_id)
        taken = [other for id_, other in _names(db).items() if id_ != dashboard_id]
        name = usable_name(name, "name of the dashboard", taken)
        db.table("dashboards").update(dashboard_id, {"name": name})
        return get_dashboard(db, dashboard_id)


def copy_dashboard(db: Database, dashboard_id: int) -> Dashboard:
    """The same tiles once more, under the next free name; the saved views are shared.

    Raises:
        InputError: there is no such dashboard, or too many.
    """
    with writing(db):
        source = get_dashboard(db, dashboard_id)
        copy = add_dashboard(db, free_name(source.name, _names(db).values()))
        for tile in source.tiles:
            _append(db, copy.id, tile.view_id, tile.look, tile.text)
        return get_dashboard(db, copy.id)


def remove_dashboard(db: Database, dashboard_id: int) -> None:
    """Delete a dashboard with its tiles; the saved views stay."""
    with writing(db):
        get_dashboard(db, dashboard_id)
        db.table("dashboards").delete(dashboard_id)


def add_tile(db: Database, dashboard_id: int, view_id: int, look: TileLook) -> Tile:
    """Pin a saved view at the end of a dashboard.

    Raises:
        InputError: the dashboard or the view is gone, or the dashboard is full.
    """
    with writing(db):
        get_view(db, view_id)
        return _append(db, dashboard_id, view_id, look, "")


def add_text(db: Database, dashboard_id: int, text: str, look: TileLook) -> Tile:
    """Put a text at the end of a dashboard; ``look`` is of the kind "text".

    Raises:
        InputError: the text is unusable, the dashboard is gone, or it is full.
    """
    with writing(db):
        return _append(db, dashboard_id, None, look, usable_text(text))


def _append(db: Database, dashboard_id: int, view_id: int | None, look: TileLook, text: str) -> Tile:
    position = len(get_dashboard(db, dashboard_id).tiles)
    if position >= MOST_TILES:
        raise InputError(f"A dashboard holds {MOST_TILES} tiles at most.", remedy="Remove one first.")
    place = {"dashboard_id": dashboard_id, "view_id": view_id, "position": position, "text": text}
    return Tile(insert(db, "tiles", {**place, **asdict(look)}), view_id, look, text)


def change_tile(db: Database, tile_id: int, **changes: str) -> Tile:
    """Give a tile another kind, width, height, range or title.

    Raises:
        InputError: the tile is gone, or there is no such choice for it.
    """
    with writing(db):
        _, tile = _find_tile(db, tile_id)
        look = replace(tile.look, **changes)
        if TEXT in {look.kind, tile.look.kind} and look.kind != tile.look.kind:
            raise InputError("A tile shows a saved view or a text, and stays so.", field="kind")
        db.table("tiles").update(tile_id, asdict(look))
        return replace(tile, look=look)


def change_text(db: Database, tile_id: int, text: str) -> None:
    """Let a tile of text say something else.

    Raises:
        InputError: the tile is gone or shows a saved view, or the text is unusable.
    """
    with writing(db):
        _, tile = _find_tile(db, tile_id)
        if tile.view_id is not None:
            raise InputError("This tile shows a saved view and has no text.", field="tile")
        db.table("tiles").update(tile_id, {"text": usable_text(text)})


def move_tile(db: Database, tile_id: int, steps: int) -> None:
    """Move a tile ``steps`` places later (earlier, where negative), no further than the ends.

    Raises:
        InputError: the tile is gone.
    """
    with writing(db):
        ids, place = _order(db, tile_id)
        _arrange(db, _moved(ids, place, place + steps))


def place_tile(db: Database, tile_id: int, other_id: int) -> None:
    """Move a tile to where another one of its dashboard is, which makes room.

    Raises:
        InputError: one of them is gone.
    """
    with writing(db):
        ids, place = _order(db, tile_id)
        other_ids, target = _order(db, other_id)
        if ids == other_ids:
            _arrange(db, _moved(ids, place, target))


def _order(db: Database, tile_id: int) -> tuple[list[int], int]:
    """The tiles of a tile's dashboard, and its place among them."""
    dashboard, _ = _find_tile(db, tile_id)
    ids = [tile.id for tile in dashboard.tiles]
    return ids, ids.index(tile_id)


def _moved(ids: list[int], place: int, target: int) -> list[int]:
    rest = [*ids[:place], *ids[place + 1 :]]
    target = max(0, target)
    return [*rest[:target], ids[place], *rest[target:]]


def remove_tile(db: Database, tile_id: int) -> None:
    """Take a tile off its dashboard; the saved view stays.

    Raises:
        InputError: the tile is gone.
    """
    with writing(db):
        dashboard, _ = _find_tile(db, tile_id)
        db.table("tiles").delete(tile_id)
        _arrange(db, [tile.id for tile in dashboard.tiles if tile.id != tile_id])


def remove_view(db: Database, view_id: int) -> None:
    """Delete a saved view and every tile that shows it.

    Raises:
        InputError: the view is gone.
    """
    with writing(db):
        get_view(db, view_id)
        db.table("saved_views").delete(view_id)
        for dashboard in list_dashboards(db):
            _arrange(db, [tile.id for tile in dashboard.tiles])


def dashboards_showing(db: Database) -> dict[int, list[str]]:
    """For each saved view on a dashboard: the names of those dashboards, oldest first."""
    shown: dict[int, list[str]] = {}
    for dashboard in list_dashboards(db):
        for view_id in dict.fromkeys(tile.view_id for tile in dashboard.tiles):
            if view_id is not None:
                shown.setdefault(view_id, []).append(dashboard.name)
    return shown


def _names(db: Database) -> dict[int, str]:
    """Id -> name, oldest first."""
    return {row["id"]: row["name"] for row in db.query("SELECT id, name FROM dashboards ORDER BY id")}


def _tiles(db: Database, dashboard_id: int) -> tuple[Tile, ...]:
    rows = db.query(
        "SELECT * FROM tiles WHERE dashboard_id = :dashboard_id ORDER BY position",
        {"dashboard_id": dashboard_id},
    )
    return tuple(Tile(row["id"], row["view_id"], _look(row), row["text"]) for row in rows)


def _look(row: Mapping[str, Any]) -> TileLook:
    return TileLook(row["kind"], row["width"], row["height"], row["range"], row["title"])


def _find_tile(db: Database, tile_id: int) -> tuple[Dashboard, Tile]:
    """A tile, with the dashboard it is on."""
    for row in list(db.query("SELECT dashboard_id FROM tiles WHERE id = :id", {"id": tile_id})):
        dashboard = get_dashboard(db, row["dashboard_id"])
        return dashboard, next(tile for tile in dashboard.tiles if tile.id == tile_id)
    raise InputError("This tile no longer exists.", field="tile", remedy="Reload the page to see which do.")


def _arrange(db: Database, tile_ids: Sequence[int]) -> None:
    """Number the tiles from 0; first out of each other's way, because no two may share a place."""
    for offset in (-len(tile_ids), 0):
        db.conn.executemany(
            "UPDATE tiles SET position = :position WHERE id = :id",
            [{"id": tile_id, "position": place + offset} for place, tile_id in enumerate(tile_ids)],
        )
