"""What people noted of days: the list, its file, and the form for another."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.explore.filter_words import scope_words
from core.store.annotations import (
    LONGEST_TEXT,
    Annotation,
    add_annotation,
    delete_annotation,
    list_annotations,
)
from core.store.saved_views import Params
from core.ui.app import actions, blocks, data, times
from core.ui.app.downloads import file_button
from core.ui.app.scopes import kept_scopes
from core.ui.app.text import markdown_text
from core.watch.note_file import notes_csv

PLACE = "notes"
MOST_SHOWN = 50
_TEXT, _DAYS, _SCOPE = "w.note.text", "w.note.days", "w.note.scope"
EVERYWHERE = "Everything"


def notes_card() -> None:
    """Notes on days, whoever made them: here, or by marking an anomaly as expected."""
    with data.store() as db:
        notes = list_annotations(db)
    with st.container(border=True, key="card-notes"):
        words = "What happened on a day: a launch, a change of prices."
        with blocks.card_head("notes", "Annotations", words):
            if notes:
                file_button("Download CSV", lambda: notes_csv(notes), "annotations.csv", key="download-notes")
        actions.show_failure(PLACE)
        for note in notes[:MOST_SHOWN]:
            _row(note)
        if notes[MOST_SHOWN:]:
            blocks.quiet(f"The latest {MOST_SHOWN} of {len(notes):,}; the CSV file has all.")
        _form()


def _row(note: Annotation) -> None:
    days = note.first.isoformat() if note.first == note.last else f"{note.first} to {note.last}"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        scope = f" ({scope_words(note.scope, all_values=True)})" if note.scope else ""
        st.markdown(f"**{markdown_text(days)}** {markdown_text(note.text + scope)}", width="content")
        st.button(
            "Delete", icon=":material/delete:", type="tertiary", key=f"w.note.delete.{note.id}",
            on_click=_ask_delete, args=(note,),
        )  # fmt: skip


def _form() -> None:
    today = times.today()
    with st.form("note", border=False, clear_on_submit=True):
        scopes = {EVERYWHERE: {}, **kept_scopes(today)}
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.date_input("Days (UTC)", value=(today, today), format="YYYY-MM-DD", key=_DAYS, width=230)
            st.text_input("What happened", max_chars=LONGEST_TEXT, key=_TEXT)
            st.selectbox(
                "Holds for", list(scopes), key=_SCOPE, width=200,
                help="Save a filter or a view on Cost or Usage to choose what it filters here.",
            )  # fmt: skip
        st.form_submit_button("Add note", on_click=_ask_add, args=(scopes,))


def _ask_add(scopes: Mapping[str, Params]) -> None:
    scope = scopes[st.session_state[_SCOPE]]
    text, days = st.session_state[_TEXT], st.session_state[_DAYS]
    first, last = days if len(days) == 2 else (days[0], days[0])

    def act() -> str:
        with data.store() as db:
            add_annotation(db, first, last, text, scope, times.now())
        return "Noted."

    actions.request(PLACE, "Noting", act)


def _ask_delete(note: Annotation) -> None:
    def act() -> str:
        with data.store() as db:
            delete_annotation(db, note.id)
        return "The note was deleted."

    actions.request(PLACE, "Deleting", act)
