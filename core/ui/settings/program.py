"""What is set for the whole program: how often it refreshes, and its demo."""

from __future__ import annotations

import streamlit as st

from core.store.audit import Action
from core.ui.app import audit_trail, connection_states, data, demo


def refresh_age() -> None:
    """How old data may be when a page opens before a sync starts."""
    st.header("Refresh", anchor=False)
    hours = st.number_input(
        "Refresh age (hours)", min_value=1, max_value=8760, value=connection_states.refresh_hours(), step=1,
        width=220,
        help="When the program is opened and the last complete sync is older, a sync starts by itself.",
    )  # fmt: skip
    if hours != connection_states.refresh_hours():
        connection_states.set_refresh_hours(int(hours))
        audit_trail.note(Action.SET, f"refresh age: {hours} hours")
        st.toast("Refresh age saved.")


def demo_section() -> None:
    """The part of the settings page that is about the demo."""
    st.header("Demo", anchor=False)
    st.caption(
        "A simulated company with two Claude Platform and two Claude Enterprise organizations and "
        "a year of use. Its data goes the same way as real data."
    )
    if any(connection.demo for connection in data.connections()):
        demo.remove_button()
    else:
        demo.load_button()
