"""Tiles that hold a text: an explanation, a budget's owner, a link to the ticket."""

from __future__ import annotations

import streamlit as st
from sqlite_utils import Database

from core.store import dashboards
from core.store.dashboards import TEXT, Dashboard, Tile, TileLook
from core.store.given_names import LONGEST_TEXT
from core.ui.app import fields, html, library
from core.ui.app.text import reader_markdown

NAMELESS = "the text"
"""What a text without a title is called in buttons."""
_HELP = "Markdown: **bold**, # heading, - list, [words](https://…). No HTML and no images."
_NEW = "w.add.text"


def draw(tile: Tile) -> None:
    """The title, if it has one, and the text."""
    if tile.look.title:
        html.show(html.div(html.name(tile.look.title), cls="tl-tile-title", title=tile.look.title))
    st.markdown(reader_markdown(tile.text))


def add_form(dashboard: Dashboard, place: str) -> None:
    """Another text, at the end of a dashboard."""
    with st.form("add-text", border=False):
        st.text_area("Or a text", key=_NEW, max_chars=LONGEST_TEXT, help=_HELP, height=110)
        st.form_submit_button("Add text", on_click=_ask_add, args=(dashboard, place))


def _ask_add(dashboard: Dashboard, place: str) -> None:
    text = st.session_state[_NEW]

    def added(db: Database) -> None:
        dashboards.add_text(db, dashboard.id, text, TileLook(TEXT))
        st.session_state[_NEW] = ""

    library.ask(place, "Saving", added, done="")


def edit_form(tile: Tile, place: str) -> None:
    """What the tile says."""
    key = fields.holding(f"w.tile.text.{tile.id}", tile.text)
    st.text_area(
        "Text", value=tile.text, key=key, max_chars=LONGEST_TEXT, help=_HELP, height=160,
        on_change=_ask_change, args=(tile, key, place),
    )  # fmt: skip


def _ask_change(tile: Tile, key: str, place: str) -> None:
    text = st.session_state[key]
    library.ask(place, "Saving", lambda db: dashboards.change_text(db, tile.id, text), done="")
