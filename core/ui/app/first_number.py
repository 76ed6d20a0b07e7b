"""A page that somebody opens shows its numbers before its chart and its table.

The browser fetches what draws a kind of element when the first of that kind comes, and shows none that
wait for such until all of them can be shown: the numbers would wait for what draws charts and tables. So
the first run of a session begins with a number that nobody sees.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_ASKED = "first_number.asked"
_UNSEEN = ContextVar[DeltaGenerator | None]("unseen", default=None)


@contextmanager
def asked_early(hidden: DeltaGenerator) -> Iterator[None]:
    """What draws numbers is fetched while the page is made; once for each session.

    ``hidden``: a container that is on every page, drawn whether or not this is in it. Were it a place of its
    own, all that follows would move up by one in the next run, and the browser would make it anew.
    """
    if st.session_state.get(_ASKED):
        yield
        return
    st.session_state[_ASKED] = True
    unseen = hidden.empty()
    unseen.metric("Number", 0)
    before = _UNSEEN.set(unseen)
    try:
        yield
        take_away()
    finally:
        _UNSEEN.reset(before)


def take_away() -> None:
    """A page that stops itself does it before: after that nothing is sent."""
    if unseen := _UNSEEN.get():
        unseen.empty()
