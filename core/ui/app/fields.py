"""Fields that hold no state of their own: each has the value that the state of the page has for it.

The value is the field's default, and is set only where the session holds another one. So a browser that makes
a field has its value from whichever run drew it last, and one that has the field gets the same message run
after run, and does not draw it anew. A value that is set is told in one run only, by a message of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

V = TypeVar("V")


def holding(key: str, value: Any) -> str:
    """The key of a field whose default is ``value``; sets it where session or browser may hold another."""
    is_held = key in st.session_state
    if (st.session_state[key] != value) if is_held else _browser_has(key):
        st.session_state[key] = value
    return key


def _browser_has(key: str) -> bool:
    """Whether the browser sent a value of such a field, as it does to a server that has started anew."""
    ctx = get_script_run_ctx()
    return ctx is not None and any(
        name.endswith(f"-{key}") for name in ctx.session_state._state._new_widget_state
    )


def select(label: str, options: Sequence[V], key: str, value: V | None, **look: Any) -> None:
    """A list of which one is chosen, or none. ``look``: as ``st.selectbox`` takes it."""
    chosen = _offered(options, value)
    index = None if chosen is None else list(options).index(chosen)
    st.selectbox(label, options, index=index, key=holding(key, chosen), **look)


def several(label: str, options: Sequence[V], key: str, values: Sequence[V], **look: Any) -> None:
    """A list of which any number is chosen. ``look``: as ``st.multiselect`` takes it."""
    chosen = [value for value in values if value in options]
    st.multiselect(label, options, default=chosen, key=holding(key, chosen), select_all=False, **look)


def segments(label: str, options: Sequence[V], key: str, value: V | None, **look: Any) -> None:
    """A row of which one is chosen, or none. ``look``: as ``st.segmented_control`` takes it."""
    chosen = _offered(options, value)
    st.segmented_control(label, options, default=chosen, key=holding(key, chosen), **look)


def _offered(options: Sequence[V], value: V | None) -> V | None:
    """None where it is not on offer: a link may name anything, and Streamlit refuses it as a default."""
    return value if value in options else None
