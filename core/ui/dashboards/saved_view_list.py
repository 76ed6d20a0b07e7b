"""The Saved views page: what was kept from an explorer, and where it is shown."""

from __future__ import annotations

import streamlit as st

from core.explore.dashboard_files import problems
from core.explore.explorers import MEASURES_OF
from core.explore.view_words import view_line
from core.formats import count_of
from core.store import dashboards, saved_views
from core.store.grants import Role
from core.store.owners import Kind
from core.store.saved_views import SavedView
from core.ui.app import actions, blocks, html, library, ownership, times, visitor, ways
from core.ui.app.library import Library
from core.ui.app.navigation import page_file
from core.ui.app.renaming import rename_form
from core.ui.app.text import markdown_text
from core.ui.app.ways import Way

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
            "The views that you keep will be listed here, those with a star and those you used last on top. "
            "Open Cost or Usage, choose what to look at, and keep it with “Save view”.",
        )
        return
    if visitor.may(Role.ADMIN):
        html.show(html.div(ways.link(Way("alerts"), "Send one on a schedule, with its file"), cls="tl-quiet"))
    listed = _searched(sorted(saved.views.values(), key=_rank))
    for view in listed[:MOST_SHOWN]:
        _row(view, saved)
    if listed[MOST_SHOWN:]:
        blocks.quiet(
            f"{MOST_SHOWN} of {count_of(len(listed), 'view')} are listed. Search to find the others."
        )


def _rank(view: SavedView) -> tuple[bool, float]:
    """Those with a star first, then by when they were opened last; the rest as listed, by name."""
    return not view.starred, -view.opened_at.timestamp() if view.opened_at else 0.0


def _searched(views: list[SavedView]) -> list[SavedView]:
    wanted = st.text_input(
        "Search saved views", key="w.views.search", icon=":material/search:", width=420,
        placeholder=f"Search {count_of(len(views), 'saved view')}", label_visibility="collapsed",
    )  # fmt: skip
    fitting = [view for view in views if library.mentions(view, wanted)]
    if not fitting:
        blocks.quiet(f"No saved view has “{wanted.strip()[:60]}” in its name or in what it shows.")
    return fitting


def _row(view: SavedView, saved: Library) -> None:
    showing = saved.showing.get(view.id, [])
    where = library.showing_words(showing) if showing else "On no dashboard."
    with st.container(border=True, key=f"card-view-{view.id}"):
        left, right = st.columns([2, 3], vertical_alignment="center")
    may_change = library.may_change(view)
    with left, st.container(horizontal=True, gap="small", vertical_alignment="center", wrap=False):
        if may_change:
            _star(view)
        whose = ownership.words(Kind.VIEW, view.id)
        opened = f" Opened {times.ago(view.opened_at)}." if view.opened_at else ""
        blocks.card_title(
            view.name, f"{view_line(view.content, times.today())}. {where}{opened} {whose}".strip()
        )
    with right, st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if not problems(view.content, MEASURES_OF):
            st.page_link(
                page_file(view.content.page), label="Open", icon=":material/open_in_full:",
                query_params=library.opening_params(view, times.today()),
            )  # fmt: skip
        if may_change:
            _changes(view, where)


def _changes(view: SavedView, where: str) -> None:
    rename_form("view", "New name of the view", view, f"w.view.name.{view.id}", _ask_rename)
    st.button(
        "Duplicate", icon=":material/content_copy:", type="tertiary", key=f"w.view.copy.{view.id}",
        on_click=_ask_copy, args=(view,),
    )  # fmt: skip
    ownership.switch(Kind.VIEW, view.id, view.name, PLACE)
    _delete(view, where)


def _star(view: SavedView) -> None:
    name = markdown_text(view.name)
    st.button(
        "", icon=":material/star:" if view.starred else ":material/star_border:", type="tertiary",
        key=f"w.view.star.{view.id}", on_click=_ask_star, args=(view,),
        help=f"Take the star off {name}" if view.starred else f"Give {name} a star: it is listed first",
    )  # fmt: skip


def _ask_star(view: SavedView) -> None:
    starred = not view.starred
    library.ask_own(
        PLACE, "Saving", view, lambda db: saved_views.star_view(db, view.id, starred=starred), done=""
    )


def _ask_rename(view: SavedView, key: str) -> None:
    name = st.session_state[key]
    words = f"“{view.name}” is now called “{name.strip()}”."
    library.ask_own(
        PLACE, "Renaming", view, lambda db: saved_views.rename_view(db, view.id, name), done=words
    )


def _ask_copy(view: SavedView) -> None:
    library.ask_own(
        PLACE, "Duplicating", view,
        lambda db: f"“{saved_views.copy_view(db, view.id, times.now()).name}” is saved.",
    )  # fmt: skip


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
    library.ask_own(PLACE, "Deleting", view, lambda db: dashboards.remove_view(db, view.id), done=words)
