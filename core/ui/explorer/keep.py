"""Saves what an explorer shows: under a name, or on a dashboard."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from core.errors import InputError
from core.explore.view_words import view_title
from core.store import dashboards, saved_views
from core.store.dashboards import PLAN, TILE_KINDS, TileLook
from core.store.database import writing
from core.store.given_names import free_name
from core.store.saved_views import SavedView, ViewContent
from core.ui.app import actions, explorer_state, library, times, visitor
from core.ui.app.library import Library, kind_label

PLACE = "keep"
_NEW_BOARD = 0
"""Stands for a dashboard that is made for the tile."""


def keep(page: str, state: explorer_state.ExplorerState) -> None:
    """The two ways to keep what an explorer shows: under a name, and, but for viewers, on a dashboard."""
    saved, name = library.read(), _title(state)
    with st.popover("Save view", icon=":material/bookmark_add:", type="tertiary", help="Save view"):
        _save_form(page, saved, name)
        _replace_form(page, saved)
    if not visitor.sees_all():
        return
    with st.popover("Pin to dashboard", icon=":material/keep:", type="tertiary", help="Pin to dashboard"):
        kinds = [kind for kind in TILE_KINDS if kind != PLAN or state.display.plan]
        _pin_form(page, saved, name, kinds)


def _title(state: explorer_state.ExplorerState) -> str:
    return view_title(state.query, state.display)


def _shown(page: str) -> tuple[ViewContent, str]:
    """What the page shows once all that was pressed is heard, and the name it gets where none is typed."""
    state = explorer_state.ADDRESS.state
    if state is None:
        raise InputError("Nothing is shown any more.", remedy="Open the view again.")
    return library.content_of(page, state), _title(state)


def show_failure() -> None:
    """What went wrong with saving or pinning."""
    actions.show_failure(PLACE)


def _save_form(page: str, saved: Library, name: str) -> None:
    names = _board_names(saved)
    with st.form("save-view", border=False):
        st.text_input("Name of the view", key="w.save.name", max_chars=100, placeholder=name)
        if visitor.sees_all():
            st.selectbox(
                "Pin it to", list(names), format_func=names.__getitem__, key="w.save.board", index=None,
                placeholder="No dashboard",
            )  # fmt: skip
        st.form_submit_button("Save as new", type="primary", on_click=_ask_save, args=(page,))


def _board_names(saved: Library) -> dict[int, str]:
    return {**{board.id: board.name for board in saved.dashboards}, _NEW_BOARD: "A new dashboard"}


def _ask_save(page: str) -> None:
    name, board_id = st.session_state["w.save.name"], st.session_state.get("w.save.board")

    def saved(db: Database) -> str:
        content, suggested = _shown(page)
        with writing(db):
            made = saved_views.add_view(db, name or suggested, content, times.now(), library.keeper())
            board = None if board_id is None else _pinned(db, board_id, made, TileLook())
        st.session_state["w.save.name"], st.session_state["w.save.board"] = "", None
        where = f"It is on the dashboard “{board.name}”." if board else "It is listed under Saved views."
        return f"“{made.name}” is saved. {where}"

    if board_id is None:
        library.ask_own(PLACE, "Saving", None, saved)
    else:
        library.ask(PLACE, "Saving", saved)


def _pinned(db: Database, board_id: int, view: SavedView, look: TileLook) -> dashboards.Dashboard:
    """The dashboard, with one tile more; it is the one that is shown next."""
    board = _board(db, board_id)
    dashboards.add_tile(db, board.id, view.id, look)
    library.show_next(board)
    return board


def _replace_form(page: str, saved: Library) -> None:
    names = {
        view.id: view.name
        for view in saved.views.values()
        if view.content.page == page and library.may_change(view)
    }
    if not names:
        return
    with st.form("replace-view", border=False):
        st.selectbox(
            "Or replace a saved view", list(names), format_func=names.__getitem__, key="w.save.replace",
            index=None, placeholder="Choose a view",
            help="Every tile that shows it follows.",
        )  # fmt: skip
        st.form_submit_button("Replace", on_click=_ask_replace, args=(page, saved))


def _ask_replace(page: str, shown: Library) -> None:
    view_id = st.session_state["w.save.replace"]
    if view_id is None:
        return

    def replaced(db: Database) -> str:
        made = saved_views.replace_view(db, view_id, _shown(page)[0], times.now())
        return f"“{made.name}” is now what this page shows."

    library.ask_own(PLACE, "Saving", shown.views[view_id], replaced)


def _pin_form(page: str, saved: Library, name: str, kinds: list[str]) -> None:
    names = _board_names(saved)
    with st.form("pin-view", border=False):
        st.selectbox("Dashboard", list(names), format_func=names.__getitem__, key="w.pin.board")
        st.text_input("Title", key="w.pin.title", max_chars=100, placeholder=name)
        st.segmented_control(
            "Show as", kinds, format_func=kind_label, default="chart", required=True,
            key="w.pin.kind",
        )  # fmt: skip
        st.form_submit_button("Pin", type="primary", on_click=_ask_pin, args=(page,))


def _ask_pin(page: str) -> None:
    chosen = st.session_state
    typed, board_id, kind = chosen["w.pin.title"], chosen["w.pin.board"], chosen["w.pin.kind"]

    def pinned(db: Database) -> str:
        content, suggested = _shown(page)
        title = typed or suggested
        with writing(db):
            saved = _saved(db, title, content)
            look = TileLook(kind, title="" if saved.name == title else title)
            board = _pinned(db, board_id, saved, look)
        chosen["w.pin.title"] = ""
        return f"“{title}” is on the dashboard “{board.name}”."

    library.ask(PLACE, "Pinning", pinned)


def _saved(db: Database, title: str, content: ViewContent) -> SavedView:
    """The saved view that is exactly this, and is seen, or a new one named like the tile."""
    views, seen = saved_views.list_views(db), library.read().views
    same = [saved_view for saved_view in views if saved_view.content == content and saved_view.id in seen]
    named = [saved_view for saved_view in same if saved_view.name == title]
    if same:
        return (named or same)[0]
    return saved_views.add_view(
        db, free_name(title.strip(), (saved_view.name for saved_view in views)), content, times.now()
    )


def _board(db: Database, board_id: int) -> dashboards.Dashboard:
    if board_id != _NEW_BOARD:
        return dashboards.get_dashboard(db, board_id)
    taken = (board.name for board in dashboards.list_dashboards(db))
    return dashboards.add_dashboard(db, free_name("New dashboard", taken))
