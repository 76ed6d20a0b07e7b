"""Loading and removing the demo organizations."""

from __future__ import annotations

import streamlit as st

from core import operations
from core.errors import TokenLedgerError
from core.ui import blocks, data, progress


def load() -> None:
    """Connect the demo organizations and start pulling their data; the page shows the progress."""
    try:
        with st.spinner("Preparing the demo organizations"):
            operations.load_demo(data.settings())
            progress.start()
    except TokenLedgerError as error:
        blocks.failure(error)
        return
    st.rerun()


def section() -> None:
    """The part of the settings page that is about the demo."""
    loaded = any(connection.demo for connection in data.ledger().connections)
    st.header("Demo", anchor=False)
    st.caption(
        "A simulated company with two Claude Platform organizations, one Claude Enterprise organization and "
        "a year of use. It takes the same way as real data: client, store, ledger, pages."
    )
    if loaded and st.button("Remove the demo", icon=":material/delete:"):
        _remove()
    if not loaded and st.button("Load the demo", icon=":material/science:"):
        load()


def _remove() -> None:
    try:
        operations.remove_demo(data.settings())
    except TokenLedgerError as error:
        blocks.failure(error)
        return
    st.rerun()
