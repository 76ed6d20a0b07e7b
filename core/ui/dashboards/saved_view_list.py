"""The Saved views page: what was kept from an explorer, and where it is shown."""

from __future__ import annotations

import streamlit as st

from core.explore.dashboard_files import problems
from core.store import dashboards, saved_views
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
    listed = _searched(saved)
    for view in listed[:MOST_SHOWN]:
        _row(view, saved.showing.get(view.id, []))
    if listed[MOST_SHOWN:]:
        blocks.quiet(
            f"{MOST_SHOWN} of {count_of(len(listed), 'view')} are listed. Search to find the others."
        )


def _searched(saved: Library) -> list[SavedView]:
    views = list(saved.views.values())
    if len(views) <= MOST_SHOWN and "w.views.search" not in st.session_state:
        return views
    wanted = st.text_input(
        "Search saved views", key="w.views.search", icon=":material/search:", width=420,
        placeholder=f"Search {count_of(len(views), 'saved view')}", label_visibility="collapsed",
    )  # fmt: skip
    return [view for view in views if wanted.strip().casefold() in view.name.casefold()]


def _row(view: SavedView, showing: list[str]) -> None:
    today = times.today()
    where = library.showing_words(showing) if showing else "On no dashboard."
    readable = not problems(view.content, library.MEASURES_OF)
    with st.container(border=True, key=f"card-view-{view.id}"):
        left, right = st.columns([1, 1], vertical_alignment="center")
    with left:
        blocks.card_title(view.name, f"{library.words(view.content, today)}. {where}")
    with right, st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if readable:
            st.page_link(
                page_file(view.content.page), label="Open", icon=":material/open_in_full:",
                query_params=library.opened(view.content, today).params(),
            )  # fmt: skip
        rename_form("view", "New name of the view", view, f"w.view.name.{view.id}", _ask_rename)
        st.button(
            "Duplicate", icon=":material/content_copy:", type="tertiary", key=f"w.view.copy.{view.id}",
            on_click=_ask_copy, args=(view,),
        )  # fmt: skip
        _delete(view, where)


def _ask_rename(view: SavedView, key: str) -> None:
    name = st.session_state[key]
    words = f"“{view.name}” is now called “{name.strip()}”."
    library.ask(PLACE, "Renaming", lambda db: saved_views.rename_view(db, view.id, name), done=words)


def _ask_copy(view: SavedView) -> None:
    library.ask(
        PLACE, "Duplicating", lambda db: f"“{saved_views.copy_view(db, view.id, times.now()).name}” is saved."
    )


def _delete(view: SavedView, where: str) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"delete-view-{view.id}"):
        tiles = " Its tiles go too." if where != "On no dashboard." else ""
        st.markdown(f"Deletes **{markdown_text(view.name)}**. {markdown_text(where + tiles)}")
        st.button(
            "Delete this view",
            type="primary",
            key=f"w.view.delete.{view.id}",
            on_click=_ask_delete,
            args=(view,),
        )


def _ask_delete(view: SavedView) -> None:
    words = f"“{view.name}” was deleted."
    library.ask(PLACE, "Deleting", lambda db: dashboards.remove_view(db, view.id), done=words)
