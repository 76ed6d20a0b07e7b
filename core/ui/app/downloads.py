"""Files to download: made when asked for, and kept until the browser has fetched them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st
from streamlit import runtime

_AT_ONCE = 8
"""So many files are kept: a new one takes the place of the oldest."""

_turns = itertools.count()


def file_button(
    label: str, make: Callable[[], bytes], file_name: str, *, mime: str = "text/csv", **look: Any
) -> None:
    """A button to download what ``make`` returns when it is clicked. ``look``: as ``st.download_button``."""
    st.download_button(
        label, lambda: _kept(make(), file_name, mime), file_name=file_name, mime=mime, on_click="ignore",
        icon=":material/download:", **look,
    )  # fmt: skip


def _kept(content: bytes, file_name: str, mime: str) -> bytes:
    """``content``, noted as in use.

    Streamlit forgets a file made on a click once two scripts of anybody have ended. Every open page looks for
    a sync all the time, so that this can be before the browser asks for the file.
    """
    if runtime.exists():
        with suppress(AttributeError, TypeError):  # another version of Streamlit: it goes without
            files = runtime.get_instance().media_file_mgr
            place = f"downloads-{next(_turns) % _AT_ONCE}"
            files.add(content, mime, place, file_name=file_name, is_for_static_download=True)
    return content
