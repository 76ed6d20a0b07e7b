"""Tiles moved by dragging: a small script of ours says which tile was dropped where.

There are packages that drag: streamlit-sortables sorts lists of words, streamlit-elements brings a grid of
its own in a frame, and neither can take hold of what Streamlit has drawn.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.store import dashboards
from core.ui.app import html, library
from core.ui.app.components import component

_SCRIPT = Path(__file__).with_name("drag.js")
_KEY = "drag"
_MOVED = "moved"


def grip() -> None:
    """What a tile is taken by; the buttons beside it do the same without a pointer."""
    html.show(
        html.span("⠿", cls="tl-grip", title="Drag to where the tile shall be", aria_hidden="true"),
        width="content",
    )


def listen(place: str) -> None:
    """Hear of tiles that are dropped, while a dashboard is edited."""
    component(_SCRIPT)(key=_KEY, on_moved_change=lambda: _dropped(place))


def _dropped(place: str) -> None:
    """The two ids come from a browser: the store looks whether they are tiles of one dashboard."""
    moved = st.session_state[_KEY].get(_MOVED) or {}
    tile, onto = moved.get("tile"), moved.get("onto")
    if isinstance(tile, int) and isinstance(onto, int):
        library.ask(place, "Moving", lambda db: dashboards.place_tile(db, tile, onto), done="")
