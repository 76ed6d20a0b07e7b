"""A page that somebody opens shows its numbers before its chart and its table.

The browser fetches what draws a kind of element when the first of that kind comes, and shows none that
wait for such until all of them can be shown: the numbers would wait for what draws charts and tables. So
the first run of a session begins with a number that nobody sees. It is among the very first of what a run
sends: what comes a little later comes to a busy browser along with the numbers themselves, and is too late.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_ASKED = "first_number.asked"
_UNSEEN = ContextVar[DeltaGenerator | None]("unseen", default=None)


def ask() -> None:
    """Draw it once for each session, at the end of a container that nobody sees and that is on every page.

    Were it a place of its own, all that follows would move up by one in the next run, and the browser would
    make it anew.
    """
    if not st.session_state.get(_ASKED):
        st.session_state[_ASKED] = True
        unseen = st.empty()
        unseen.metric("Number", 0)
        _UNSEEN.set(unseen)


@contextmanager
def asked_early() -> Iterator[None]:
    """A run that takes away at its end what it asked for."""
    try:
        yield
        take_away()
    finally:
        _UNSEEN.set(None)


def take_away() -> None:
    """A page that stops itself does it before: after that nothing is sent."""
    if unseen := _UNSEEN.get():
        unseen.empty()
