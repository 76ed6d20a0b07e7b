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
from core.ui.app import audit_trail, blocks, of_run
from core.ui.app.presses import hold, whole
from core.ui.app.text import markdown_text

_PENDING = "actions.pending"
_DONE = "actions.done"
_FAILED = "actions.failed"
_PRESSED, _DRAWINGS = "actions.pressed", 2
"""Which typed button waits to be acted on, and for how many drawings of a page: one may begin anew."""
_TOLD = "actions.told"
"""Whether the failure was shown: a run may end before it comes so far."""


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
    st.session_state[_PENDING] = [*_pending(), Request(place, waiting, act, kept, about)]


def _pending() -> list[Request]:
    """In the order asked for: a run may end before it does what the press that began it asked for."""
    pending: list[Request] = st.session_state.get(_PENDING, [])
    return pending


def typed_button(label: str, key: str, ask: Callable[[], None], **look: Any) -> None:
    """A button that acts on what is typed beside it, as ``ask`` knows it when it is drawn; ``look``: of
    ``st.button``.

    The callback of a plain button gets its arguments from the drawing before. Who types and presses at once
    would have asked for what stood there until then. So the callback only notes the press, and what is drawn
    with the new texts acts on it.
    """
    st.button(label, key=key, on_click=_note_press, args=(key,), **look)
    if key in st.session_state.get(_PRESSED, {}):
        with whole():
            del st.session_state[_PRESSED]
            ask()
            st.rerun()


def _note_press(key: str) -> None:
    st.session_state[_PRESSED] = {key: _DRAWINGS}
    hold()


def _forget_press() -> None:
    """Of a button that is not drawn any more."""
    pressed: dict[str, int] = st.session_state.get(_PRESSED, {})
    st.session_state[_PRESSED] = {key: left - 1 for key, left in pressed.items() if left}


def perform() -> None:
    """Do what was asked for, once, whatever is asked for meanwhile."""
    with whole():
        _forget_press()
        pending = _pending()
        st.session_state[_PENDING] = []
        if pending or st.session_state.pop(_TOLD, False):
            st.session_state[_FAILED] = []
        for request in pending:
            _perform(request)


def _perform(request: Request) -> None:
    try:
        with st.spinner(request.waiting):
            done = request.act()
            if request.kept:
                audit_trail.note(request.kept, done if request.about is None else request.about)
    except TokenLedgerError as error:
        st.session_state[_FAILED] = [*st.session_state[_FAILED], _Failed(request.place, error)]
        st.session_state[_TOLD] = False
    else:
        st.session_state[_DONE] = [*st.session_state.get(_DONE, []), done]
    finally:
        of_run.forget_access()


def show_done() -> None:
    """Say, once, that it worked: above the page, so that nothing moves."""
    with whole():
        for done in filter(None, st.session_state.pop(_DONE, [])):
            st.toast(markdown_text(done), icon=":material/check_circle:", duration="long")


def show_failure(place: str) -> None:
    """What went wrong with the requests made here."""
    failures: list[_Failed] = st.session_state.get(_FAILED, [])
    for failed in failures:
        if failed.place == place:
            blocks.failure(failed.error)
            st.session_state[_TOLD] = True
