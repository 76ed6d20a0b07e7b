"""Does what someone asked for with a button, at the head of the next run, and reports it where it was asked.

A callback only notes the request. Doing it in the page itself allows a spinner, and it comes before all else,
so that nothing drawn is out of date. An API key lives in the request and nowhere else, and goes with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.errors import TokenLedgerError
from core.store.audit import Action
from core.ui.app import audit_trail, blocks, visitor
from core.ui.app.presses import whole
from core.ui.app.text import markdown_text

_PENDING = "actions.pending"
_DONE = "actions.done"
_FAILED = "actions.failed"
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
    st.session_state[_PENDING] = Request(place, waiting, act, kept, about)


def perform() -> None:
    """Do what was asked for, once, whatever is asked for meanwhile."""
    with whole():
        pending: Request | None = st.session_state.pop(_PENDING, None)
        if pending or st.session_state.pop(_TOLD, False):
            st.session_state.pop(_FAILED, None)
        if pending:
            _perform(pending)


def _perform(pending: Request) -> None:
    try:
        with st.spinner(pending.waiting):
            done = pending.act()
            if pending.kept:
                audit_trail.note(pending.kept, done if pending.about is None else pending.about)
    except TokenLedgerError as error:
        st.session_state[_FAILED] = _Failed(pending.place, error)
        st.session_state[_TOLD] = False
    else:
        st.session_state[_DONE] = done
    finally:
        visitor.look_again()


def show_done() -> None:
    """Say, once, that it worked: above the page, so that nothing moves."""
    with whole():
        if done := st.session_state.pop(_DONE, None):
            st.toast(markdown_text(done), icon=":material/check_circle:", duration="long")


def show_failure(place: str) -> None:
    """What went wrong with the request made here."""
    failed: _Failed | None = st.session_state.get(_FAILED)
    if failed and failed.place == place:
        blocks.failure(failed.error)
        st.session_state[_TOLD] = True
