"""Giving something another name: the same small form wherever that can be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import streamlit as st

LONGEST = 100


class Named(Protocol):
    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


def rename_form(kind: str, label: str, kept: T, field: str, ask: Callable[[T, str], None]) -> None:
    """A popover with the present name. ``ask`` gets ``one`` and ``field``, the key of what was typed."""
    with (
        st.popover("Rename", icon=":material/edit:", type="tertiary", key=f"rename-{kind}-{kept.id}"),
        st.form(f"rename-{kind}-form-{kept.id}", border=False),
    ):
        st.text_input(label, value=kept.name, max_chars=LONGEST, key=field)
        st.form_submit_button("Save name", on_click=ask, args=(kept, field))
