"""Filters under a name: saved from a view, used on any page, deleted."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from core.explore.labels import filter_param
from core.explore.links import from_params
from core.store import saved_filters
from core.store.saved_filters import SavedFilter
from core.ui.app import actions, data, explorer_state, library, times, visitor
from core.ui.app.explorer_state import ExplorerState, FilterRow
from core.ui.app.text import markdown_text

PLACE = "saved-filters"
_NAME = "w.filter.name"


def saved(state: ExplorerState) -> None:
    """Those there are, each a button, and a form to save what the view is narrowed by now."""
    if not visitor.sees_all():
        return
    with data.store() as db:
        filters = saved_filters.list_filters(db)
    for kept in filters:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.button(
                markdown_text(kept.name), key=f"filter-use-{kept.id}", icon=":material/bookmark:",
                help="Use this saved filter in place of the present ones", on_click=_use, args=(kept,),
            )  # fmt: skip
            st.button(
                "", key=f"filter-delete-{kept.id}", icon=":material/delete:", type="tertiary",
                help=f"Delete the saved filter {markdown_text(kept.name)}", on_click=_ask_delete,
                args=(kept,),
            )  # fmt: skip
    if state.query.filters:
        with st.form("save-filter", border=False):
            st.text_input("Save these filters as", key=_NAME, max_chars=100, placeholder="Name")
            st.form_submit_button("Save filter", on_click=_ask_save)
    actions.show_failure(PLACE)


def _use(kept: SavedFilter) -> None:
    query, _, _ = from_params(kept.params, today=times.today())

    def narrowed(now: ExplorerState) -> ExplorerState:
        first = explorer_state.next_id(now.rows)
        return now.filtered(
            FilterRow(first + place, part.dimension, part.exclude, part.values, part.match)
            for place, part in enumerate(query.filters)
        )

    explorer_state.change(narrowed)


def _ask_save() -> None:
    """Those there are once all that was pressed is heard."""
    name = st.session_state[_NAME]

    def save(db: Database) -> str:
        state = explorer_state.ADDRESS.state
        params = dict(map(filter_param, state.query.filters)) if state else {}
        kept = saved_filters.add_filter(db, name, params, times.now())
        st.session_state[_NAME] = ""
        return f"The filter “{kept}” is saved."

    library.ask(PLACE, "Saving", save)


def _ask_delete(kept: SavedFilter) -> None:
    words = f"The filter “{kept.name}” is deleted."
    library.ask(PLACE, "Deleting", lambda db: saved_filters.delete_filter(db, kept.id), done=words)
