"""Loading and removing the demo organizations."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core import operations
from core.store.audit import Action
from core.ui.app import actions, data, sync_strip

_PLACE = "demo"


def load_button() -> None:
    """One click to a company with a year of data."""
    st.button("Load the demo", icon=":material/science:", on_click=_ask, args=(_load, "Preparing the demo"))
    actions.show_failure(_PLACE)


def remove_button() -> None:
    """And one to be without it."""
    st.button("Remove the demo", icon=":material/delete:", on_click=_ask, args=(_remove, "Removing the demo"))
    actions.show_failure(_PLACE)


def _ask(act: Callable[[], str], waiting: str) -> None:
    actions.request(_PLACE, waiting, act, Action.DEMO)


def _load() -> str:
    operations.load_demo(data.admin_settings())
    sync_strip.start()
    return "The demo organizations are connected. A year of their data is being pulled now."


def _remove() -> str:
    operations.remove_demo(data.admin_settings())
    return "The demo organizations and their data were removed."
