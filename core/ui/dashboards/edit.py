"""Edits a dashboard: its tiles one by one, and the whole of it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from sqlite_utils import Database

from core.explore import dashboard_exchange
from core.explore.dashboard_files import encoded
from core.formats import count_of
from core.store import dashboards
from core.store.dashboards import TEXT, TILE_HEIGHTS, TILE_RANGES, TILE_WIDTHS, Dashboard, Tile, TileLook
from core.store.owners import Kind
from core.ui.app import actions, data, fields, library, ownership
from core.ui.app.downloads import file_button
from core.ui.app.library import Library
from core.ui.app.renaming import rename_form
from core.ui.app.text import markdown_text
from core.ui.dashboards import board_state, dragging, text_tiles
from core.ui.dashboards.tile_kinds import KINDS

PLACE = "dashboard"
WIDTHS = dict(zip(TILE_WIDTHS, ("Third", "Half", "Two thirds", "Full"), strict=True))
HEIGHTS = dict(zip(TILE_HEIGHTS, ("Small", "Tall"), strict=True))
RANGES = dict(zip(TILE_RANGES, ("The dashboard's", "Its own"), strict=True))
_LOOKS_OF_TEXT: dict[str, Mapping[str, str]] = {"width": WIDTHS, "height": HEIGHTS}
_LOOKS = {"kind": {name: library.kind_label(name) for name in KINDS}, **_LOOKS_OF_TEXT, "range": RANGES}


def tile_controls(dashboard: Dashboard, tile: Tile, place: int, view_name: str) -> None:
    """Move, change or take off a tile: above it, while the dashboard is edited."""
    name = tile.look.title or view_name
    last = len(dashboard.tiles) - 1
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key=f"tools-{tile.id}"):
        dragging.grip()
        _move(tile, -1, ":material/arrow_back:", f"Move {name} earlier", disabled=place == 0)
        _move(tile, 1, ":material/arrow_forward:", f"Move {name} later", disabled=place == last)
        with st.popover("Look", icon=":material/tune:", key=f"tile-look-{tile.id}"):
            _look_fields(tile, view_name)
        st.button(
            "", icon=":material/close:", key=f"w.tile.remove.{tile.id}",
            help=markdown_text(f"Take {name} off this dashboard"), on_click=_change,
            args=(lambda db: dashboards.remove_tile(db, tile.id),),
        )  # fmt: skip


def _move(tile: Tile, steps: int, icon: str, words: str, *, disabled: bool) -> None:
    st.button(
        "", icon=icon, key=f"w.tile.move.{steps}.{tile.id}", help=markdown_text(words), disabled=disabled,
        on_click=_change, args=(lambda db: dashboards.move_tile(db, tile.id, steps),),
    )  # fmt: skip


def _look_fields(tile: Tile, view_name: str) -> None:
    key = fields.holding(f"w.tile.title.{tile.id}", tile.look.title)
    is_text = tile.look.kind == TEXT
    st.text_input(
        "Title", value=tile.look.title, key=key, max_chars=100,
        placeholder="No title" if is_text else view_name, on_change=_change_look, args=(tile, "title", key),
    )  # fmt: skip
    if is_text:
        text_tiles.edit_form(tile, PLACE)
    for field, choices in (_LOOKS_OF_TEXT if is_text else _LOOKS).items():
        _look_choice(tile, field, choices)


def _look_choice(tile: Tile, field: str, choices: Mapping[str, str]) -> None:
    key = f"w.tile.{field}.{tile.id}"
    fields.segments(
        field.capitalize(), list(choices), key, getattr(tile.look, field), required=True,
        format_func=choices.__getitem__, on_change=_change_look, args=(tile, field, key),
    )  # fmt: skip


def _change_look(tile: Tile, field: str, key: str) -> None:
    value = st.session_state[key]
    _change(lambda db: dashboards.change_tile(db, tile.id, **{field: value}))


def _change(act: library.Act) -> None:
    """A change that shows for itself."""
    library.ask(PLACE, "Saving", act, done="")


def controls(dashboard: Dashboard, saved: Library) -> None:
    """Everything that changes the whole dashboard, in one row."""
    dragging.listen(PLACE)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="board-controls"):
        with st.popover("Add a tile", icon=":material/add:"):
            _view_form(dashboard, saved)
            text_tiles.add_form(dashboard, PLACE)
        rename_form(
            "board", "New name of the dashboard", dashboard, f"w.board.name.{dashboard.id}", _ask_rename
        )
        st.button(
            "Duplicate",
            icon=":material/content_copy:",
            type="tertiary",
            on_click=_ask_copy,
            args=(dashboard,),
        )
        ownership.switch(Kind.DASHBOARD, dashboard.id, dashboard.name, PLACE)
        _export(dashboard)
        _delete(dashboard)


def _view_form(dashboard: Dashboard, saved: Library) -> None:
    if not saved.views:
        st.caption("No view is saved yet. Open Cost or Usage and choose “Save view”.")
        return
    names = {id_: view.name for id_, view in saved.views.items()}
    kinds = _LOOKS["kind"]
    with st.form("add-tile", border=False):
        st.selectbox("Saved view", list(names), format_func=names.__getitem__, key="w.add.view")
        st.segmented_control(
            "Kind", list(kinds), format_func=kinds.__getitem__, default="chart", required=True,
            key="w.add.kind",
        )  # fmt: skip
        st.form_submit_button("Add", type="primary", on_click=_ask_add, args=(dashboard,))


def _ask_add(dashboard: Dashboard) -> None:
    view_id, look = st.session_state["w.add.view"], TileLook(kind=st.session_state["w.add.kind"])
    _change(lambda db: dashboards.add_tile(db, dashboard.id, view_id, look))


def _ask_rename(dashboard: Dashboard, key: str) -> None:
    name = st.session_state[key]

    def renamed(db: Database) -> None:
        board_state.show(dashboards.rename_dashboard(db, dashboard.id, name))

    library.ask(PLACE, "Renaming", renamed, done=f"{dashboard.name} is now called {name.strip()}.")


def _ask_copy(dashboard: Dashboard) -> None:
    def copied(db: Database) -> None:
        board_state.show(dashboards.copy_dashboard(db, dashboard.id))

    library.ask(PLACE, "Duplicating", copied, done=f"This is a copy of {dashboard.name}.")


def _export(dashboard: Dashboard) -> None:
    with data.store() as db:
        content = encoded(dashboard_exchange.exported(db, dashboard.id))
    name = board_state.slug(dashboard.name) or str(dashboard.id)
    file_button(
        "Export", lambda: content, f"token-ledger_dashboard_{name}.json", mime="application/json",
        type="tertiary", key="export-board", help="Its views and layout as a JSON file, without any data.",
    )  # fmt: skip


def _delete(dashboard: Dashboard) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary"):
        tiles = count_of(len(dashboard.tiles), "tile")
        st.markdown(
            f"Deletes **{markdown_text(dashboard.name)}** with its {tiles}. The saved views stay; links to "
            "this dashboard stop working."
        )
        st.button("Delete this dashboard", type="primary", on_click=_ask_delete, args=(dashboard,))


def _ask_delete(dashboard: Dashboard) -> None:
    def deleted(db: Database) -> None:
        dashboards.remove_dashboard(db, dashboard.id)
        board_state.change(board="")

    library.ask(PLACE, "Deleting", deleted, done=f"{dashboard.name} was deleted.")


def show_failure() -> None:
    """What went wrong with a change asked for on this page."""
    actions.show_failure(PLACE)
