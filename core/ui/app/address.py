"""Binds what a page shows to its address: one value, kept in the session and written to the address.

Widgets hold no state of their own (``fields``): each has its value from the state. When someone changes it,
a callback changes the state. So the address, the widgets and the answer cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from urllib.parse import parse_qs, unquote, urlencode

import streamlit as st

from core.ui.app.presses import whole

Params = dict[str, list[str]]


class Linked(Protocol):
    """A state that a link can hold."""

    def params(self) -> Params: ...


S = TypeVar("S", bound=Linked)


@dataclass(frozen=True)
class Address(Generic[S]):
    """``name``: where the session keeps the state. ``owns``: which parameters of an address are its own."""

    name: str
    owns: Callable[[str], bool]

    @property
    def state(self) -> S | None:
        """None before a page has shown one."""
        state: S | None = st.session_state.get(self.name)
        return state

    @whole()
    def arrive(self, opened: Callable[[Params], tuple[S, list[str]]]) -> S | None:
        """The state of this session: from the address where that is new, else as it was left, here or before.

        ``opened`` reads parameters; it returns a state, and a sentence for what it could not read.
        """
        session, params = st.session_state, self._params()
        touched = session.pop(self._key("touched"), False)
        if touched:
            session[self._key("problems")] = []
            session.pop(self._key("arrived"), None)
        elif params and params != session.get(self._key("written")):
            session[self.name], session[self._key("problems")] = opened(params)
            session[self._key("arrived")] = None if self.problems() else params
        elif not params and self.state is None and (last := self._remembered()):
            session[self.name] = opened(last)[0]
        return self.state

    def _remembered(self) -> Params:
        """What this browser showed last, before this session: ``remember.js``."""
        text = unquote(st.context.cookies.get(f"token-ledger-{self.name}", ""))
        return {name: texts for name, texts in parse_qs(text).items() if self.owns(name)}

    @whole()
    def publish(self, state: S) -> S:
        """Keep the state, and write it to the address.

        A link that was opened stays as it was spelled until something changes: written anew, the way back
        would lead to it, and on to here again.
        """
        session, params, now = st.session_state, state.params(), self._params()
        kept = bool(now) and now == session.get(self._key("arrived"))
        if now != params and not kept:
            st.query_params.from_dict(params)
        if session.get(self._key("shown")) != params:
            session[self._key("turn")] = self.turn() + 1
        session[self._key("shown")], session[self._key("written")] = params, now if kept else params
        session[self.name] = state
        return state

    def put(self, state: S) -> None:
        """Show this from now on, whatever the address says; from a callback or an action.

        A browser may send a widget that is no longer on the page once more, with the value it had: then the
        state stays as it is, and the address decides what is shown.
        """
        if state != self.state:
            st.session_state[self.name] = state
            st.session_state[self._key("touched")] = True

    def change(self, update: Callable[[S], S]) -> None:
        """Put what ``update`` makes of the state; from a widget's callback."""
        if (state := self.state) is not None:
            self.put(update(state))

    def reset(self) -> None:
        """Back to what the page shows at first."""
        st.session_state.pop(self.name, None)
        st.session_state[self._key("touched")] = True

    def refuse(self, problem: str) -> None:
        """Say what of a widget could not be read, in place of what the link could not; from a callback."""
        st.session_state[self._key("problems")] = [problem]

    def problems(self) -> list[str]:
        """What the opened link said that could not be read."""
        problems: list[str] = st.session_state.get(self._key("problems"), [])
        return problems

    def turn(self) -> int:
        """A number that is another one after each change: what was clicked before is then past."""
        return int(st.session_state.get(self._key("turn"), 0))

    def link(self) -> str:
        """The whole address."""
        page = (st.context.url or "").split("?")[0].split("#")[0]
        params = self.state.params() if self.state else {}
        return f"{page}?{urlencode(params, doseq=True)}"

    def _params(self) -> Params:
        return {name: st.query_params.get_all(name) for name in st.query_params if self.owns(name)}

    def _key(self, what: str) -> str:
        return f"{self.name}.{what}"
