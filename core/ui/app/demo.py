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
    _button("Load the demo", ":material/science:", "Preparing the demo", _load, Action.LOADED_DEMO)


def remove_button() -> None:
    """And one to be without it."""
    _button("Remove the demo", ":material/delete:", "Removing the demo", _remove, Action.REMOVED_DEMO)


def _button(label: str, icon: str, waiting: str, act: Callable[[], str], done: Action) -> None:
    st.button(label, icon=icon, on_click=actions.request, args=(_PLACE, waiting, act, done))
    actions.show_failure(_PLACE)


def _load() -> str:
    operations.load_demo(data.admin_settings())
    sync_strip.start()
    return "The demo organizations are connected. A year of their data is being pulled now."


def _remove() -> str:
    operations.remove_demo(data.admin_settings())
    return "The demo organizations and their data were removed."
