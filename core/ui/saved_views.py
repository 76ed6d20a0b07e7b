"""Saved views: kept and pinned from an explorer, and listed on a page of their own."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from core.explore.board_files import problems
from core.store import dashboards as boards
from core.store import saved_views as store
from core.store.dashboards import TileLook
from core.store.database import writing
from core.store.names import free_name
from core.store.saved_views import SavedView, ViewContent
from core.ui import actions, blocks, dashboard_state, library, times, view
from core.ui.library import Library
from core.ui.navigation import page_file
from core.ui.renaming import rename_form
from core.ui.text import count_of, markdown_text
from core.ui.tile_kinds import KINDS

PLACE = "saved-views"
MOST_SHOWN = 25
"""Past so many, a search on the server finds the others."""

_NEW_BOARD = 0
"""Stands for a dashboard that is made for the tile."""


def keep(page: str, shown: view.View) -> None:
    """The two ways to keep what an explorer shows: under a name, and on a dashboard."""
    saved, content = library.read(), library.content_of(page, shown)
    name = library.title(shown)
    with st.popover("Save view", icon=":material/bookmark_add:", type="tertiary"):
        _save_form(content, name)
        _replace_form(content, saved)
    with st.popover("Pin to dashboard", icon=":material/keep:", type="tertiary"):
        _pin_form(content, saved, name)


def show_failure() -> None:
    """What went wrong with saving or pinning."""
    actions.show_failure(PLACE)


def _save_form(content: ViewContent, name: str) -> None:
    with st.form("save-view", border=False):
        st.text_input("Name of the view", key="w.save.name", max_chars=100, placeholder=name)
        st.form_submit_button("Save as new", type="primary", on_click=_ask_save, args=(content, name))


def _ask_save(content: ViewContent, suggested: str) -> None:
    name = st.session_state["w.save.name"] or suggested

    def saved(db: Database) -> str:
        made = store.add_view(db, name, content, times.now())
        st.session_state["w.save.name"] = ""
        return f"“{made.name}” is saved. It is listed under Saved views."

    library.ask(PLACE, "Saving", saved)


def _replace_form(content: ViewContent, saved: Library) -> None:
    names = {one.id: one.name for one in saved.views.values() if one.content.page == content.page}
    if not names:
        return
    with st.form("replace-view", border=False):
        st.selectbox(
            "Or replace a saved view", list(names), format_func=names.__getitem__, key="w.save.replace",
            index=None, placeholder="Choose a view",
            help="Every tile that shows it follows.",
        )  # fmt: skip
        st.form_submit_button("Replace", on_click=_ask_replace, args=(content,))


def _ask_replace(content: ViewContent) -> None:
    view_id = st.session_state["w.save.replace"]
    if view_id is None:
        return

    def replaced(db: Database) -> str:
        made = store.replace_view(db, view_id, content, times.now())
        return f"“{made.name}” is now what this page shows."

    library.ask(PLACE, "Saving", replaced)


def _pin_form(content: ViewContent, saved: Library, name: str) -> None:
    names = {**{one.id: one.name for one in saved.dashboards}, _NEW_BOARD: "A new dashboard"}
    kinds = {kind: one.label for kind, one in KINDS.items()}
    with st.form("pin-view", border=False):
        st.selectbox("Dashboard", list(names), format_func=names.__getitem__, key="w.pin.board")
        st.text_input("Title", key="w.pin.title", max_chars=100, placeholder=name)
        st.segmented_control(
            "Show as", list(kinds), format_func=kinds.__getitem__, default="chart", required=True,
            key="w.pin.kind",
        )  # fmt: skip
        st.form_submit_button("Pin", type="primary", on_click=_ask_pin, args=(content, name))


def _ask_pin(content: ViewContent, suggested: str) -> None:
    chosen = st.session_state
    title, board_id, kind = chosen["w.pin.title"] or suggested, chosen["w.pin.board"], chosen["w.pin.kind"]

    def pinned(db: Database) -> str:
        with writing(db):
            saved = _saved(db, title, content)
            board = _board(db, board_id)
            boards.add_tile(
                db, board.id, saved.id, TileLook(kind, title="" if saved.name == title else title)
            )
        chosen["w.pin.title"] = ""
        dashboard_state.show(board)
        return f"“{title}” is on the dashboard “{board.name}”."

    library.ask(PLACE, "Pinning", pinned)


def _saved(db: Database, title: str, content: ViewContent) -> SavedView:
    """The saved view that is exactly this, or a new one named like the tile."""
    views = store.list_views(db)
    same = [one for one in views if one.content == content]
    named = [one for one in same if one.name == title]
    if same:
        return (named or same)[0]
    return store.add_view(db, free_name(title.strip(), (one.name for one in views)), content, times.now())


def _board(db: Database, board_id: int) -> boards.Dashboard:
    if board_id != _NEW_BOARD:
        return boards.get_dashboard(db, board_id)
    taken = (one.name for one in boards.list_dashboards(db))
    return boards.add_dashboard(db, free_name("New dashboard", taken))


def section() -> None:
    """Every saved view: what it shows, where, and what can be done with it."""
    saved = library.read()
    show_failure()
    if not saved.views:
        blocks.empty(
            "No view is saved yet",
            "Open Cost or Usage, choose what to look at, and keep it with “Save view”.",
        )
        return
    found = _searched(saved)
    for one in found[:MOST_SHOWN]:
        _row(one, saved.showing.get(one.id, []))
    if found[MOST_SHOWN:]:
        blocks.quiet(f"{MOST_SHOWN} of {count_of(len(found), 'view')} are listed. Search to find the others.")


def _searched(saved: Library) -> list[SavedView]:
    found = list(saved.views.values())
    if len(found) <= MOST_SHOWN and "w.views.search" not in st.session_state:
        return found
    wanted = st.text_input(
        "Search saved views", key="w.views.search", icon=":material/search:", width=420,
        placeholder=f"Search {count_of(len(found), 'saved view')}", label_visibility="collapsed",
    )  # fmt: skip
    return [one for one in found if wanted.strip().casefold() in one.name.casefold()]


def _row(one: SavedView, showing: list[str]) -> None:
    today = times.today()
    where = library.showing_words(showing) if showing else "On no dashboard."
    readable = not problems(one.content, library.MEASURES_OF)
    with st.container(border=True, key=f"card-view-{one.id}"):
        left, right = st.columns([1, 1], vertical_alignment="center")
    with left:
        blocks.card_title(one.name, f"{library.words(one.content, today)}. {where}")
    with right, st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if readable:
            st.page_link(
                page_file(one.content.page), label="Open", icon=":material/open_in_full:",
                query_params=library.opened(one.content, today).params(),
            )  # fmt: skip
        rename_form("view", "New name of the view", one, f"w.view.name.{one.id}", _ask_rename)
        st.button(
            "Duplicate", icon=":material/content_copy:", type="tertiary", key=f"w.view.copy.{one.id}",
            on_click=_ask_copy, args=(one,),
        )  # fmt: skip
        _delete(one, where)


def _ask_rename(one: SavedView, key: str) -> None:
    name = st.session_state[key]
    words = f"“{one.name}” is now called “{name.strip()}”."
    library.ask(PLACE, "Renaming", lambda db: store.rename_view(db, one.id, name), done=words)


def _ask_copy(one: SavedView) -> None:
    library.ask(
        PLACE, "Duplicating", lambda db: f"“{store.copy_view(db, one.id, times.now()).name}” is saved."
    )


def _delete(one: SavedView, where: str) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-view-{one.id}"):
        tiles = " Its tiles go too." if where != "On no dashboard." else ""
        st.markdown(f"Deletes **{markdown_text(one.name)}**. {markdown_text(where + tiles)}")
        st.button(
            "Delete this view",
            type="primary",
            key=f"w.view.delete.{one.id}",
            on_click=_ask_delete,
            args=(one,),
        )


def _ask_delete(one: SavedView) -> None:
    words = f"“{one.name}” was deleted."
    library.ask(PLACE, "Deleting", lambda db: boards.remove_view(db, one.id), done=words)
