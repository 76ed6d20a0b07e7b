"""The Saved views page: what was kept from an explorer, and where it is shown."""

from __future__ import annotations

import streamlit as st

from core.explore.board_files import problems
from core.store import dashboards as boards
from core.store import saved_views as store
from core.store.saved_views import SavedView
from core.ui.app import actions, blocks, library, times
from core.ui.app.library import Library
from core.ui.app.navigation import page_file
from core.ui.app.renaming import rename_form
from core.ui.app.text import count_of, markdown_text

PLACE = "saved-views"
MOST_SHOWN = 25
"""Past so many, a search on the server finds the others."""


def saved_view_list() -> None:
    """Every saved view: what it shows, where, and what can be done with it."""
    saved = library.read()
    actions.show_failure(PLACE)
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
