"""Does what someone asked for with a button, at the head of the next run, and reports it where it was asked.

A callback only notes the request. Doing it in the page itself allows a spinner, and it comes before all else,
so that nothing drawn is out of date. An API key lives in the request and nowhere else, and goes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core.errors import TokenLedgerError
from core.store.audit import Action
from core.ui.app import audit_trail, blocks, visitor
from core.ui.app.text import markdown_text

_PENDING = "actions.pending"
_DONE = "actions.done"
_FAILED = "actions.failed"
_PRESSED = "actions.pressed"


@dataclass(frozen=True)
class Request:
    """``place`` is where a failure is shown; ``act`` returns the sentence that says it is done.

    ``kept``: as what it is remembered, where it is; ``about``: in place of that sentence.
    """

    place: str
    waiting: str
    act: Callable[[], str]
    kept: Action | None = None
    about: str | None = None


@dataclass(frozen=True)
class _Failed:
    place: str
    error: TokenLedgerError


def request(
    place: str,
    waiting: str,
    act: Callable[[], str],
    kept: Action | None = None,
    about: str | None = None,
) -> None:
    """Note what is to be done, as a :class:`Request`; from a widget's callback."""
    st.session_state[_PENDING] = Request(place, waiting, act, kept, about)


def typed_button(label: str, key: str, ask: Callable[[], None], **look: Any) -> None:
    """A button that acts on what is typed beside it, as ``ask`` knows it when it is drawn; ``look``: of
    ``st.button``.

    The callback of a plain button gets its arguments from the drawing before. Who types and presses at once
    would have asked for what stood there until then. So the callback only notes the press, which an
    interrupted run can't lose, and what is drawn with the new texts acts on it.
    """
    st.button(label, key=key, on_click=_note_press, args=(key,), **look)
    if st.session_state.get(_PRESSED) == key:
        del st.session_state[_PRESSED]
        ask()
        st.rerun()


def _note_press(key: str) -> None:
    st.session_state[_PRESSED] = key


def perform() -> None:
    """Do what was asked for, once."""
    pending: Request | None = st.session_state.pop(_PENDING, None)
    st.session_state.pop(_FAILED, None)
    if pending is None:
        return
    try:
        with st.spinner(pending.waiting):
            done = pending.act()
            if pending.kept:
                audit_trail.note(pending.kept, done if pending.about is None else pending.about)
    except TokenLedgerError as error:
        st.session_state[_FAILED] = _Failed(pending.place, error)
    else:
        st.session_state[_DONE] = done
    finally:
        visitor.look_again()


def show_done() -> None:
    """Say, once, that it worked: above the page, so that nothing moves."""
    if done := st.session_state.pop(_DONE, None):
        st.toast(markdown_text(done), icon=":material/check_circle:", duration="long")


def show_failure(place: str) -> None:
    """What went wrong with the request made here."""
    failed: _Failed | None = st.session_state.get(_FAILED)
    if failed and failed.place == place:
        blocks.failure(failed.error)
