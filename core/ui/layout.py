"""Arrangement of blocks."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def side_by_side(left: Callable[[], None], right: Callable[[], None]) -> None:
    """Two blocks in one row; below each other where the window is narrow."""
    with st.container(key="pair"):
        first, second = st.columns([2, 3])
    with first:
        left()
    with second:
        right()
