"""Which fields of a page a browser has made: it names them all whenever it asks for a run.

Streamlit tells a field's value once, when it is set. Where a newer run overtakes the one that told it, the
browser never hears of it, and makes the field empty.
"""

from __future__ import annotations

from contextvars import ContextVar

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

_MADE: ContextVar[frozenset[str]] = ContextVar("made", default=frozenset())


def hear(asked: RerunData) -> None:
    """At the beginning of a run: what the browser has. A page asks for a run of its own without saying so."""
    states = asked.widget_states
    _MADE.set(frozenset(state.id for state in states.widgets) if states else frozenset())


def has_made(key: str) -> bool:
    """Whether the browser has the field of this key that the page drew last."""
    ctx = get_script_run_ctx()
    return ctx is not None and ctx.session_state._state._get_widget_id(key) in _MADE.get()
