"""Files to download: made when asked for, and kept until the browser has fetched them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit import runtime

from core.explore.parquet import parquet_bytes
from core.explore.sheets import Column, Separators, sheet_bytes
from core.explore.workbook import About, workbook_bytes
from core.ui.app import html
from core.ui.app.address import give_value

_AT_ONCE = 8
"""So many files are kept: a new one takes the place of the oldest."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"
_SEMICOLON = "downloads.semicolon"

_turns = itertools.count()


@dataclass(frozen=True)
class File:
    """A table that can be had as a file: what it is called in the menu, and its name without extension."""

    label: str
    stem: str
    columns: Callable[[], list[Column]]


def menu(files: Sequence[File], about: Callable[[], About], *, key: str) -> None:
    """One button for every file of a card: what it holds by how it is written. ``about``: of a workbook."""
    with st.popover("Download", icon=":material/download:", type="tertiary", key=f"download-{key}"):
        has_semicolons = bool(st.session_state.get(_SEMICOLON))
        separators = Separators.SEMICOLON if has_semicolons else Separators.COMMA
        for place, file in enumerate(files):
            html.show(html.div(file.label, cls="tl-filter"))
            with st.container(horizontal=True, gap="small"):
                for kind, make in _kinds(file, about, separators).items():
                    label, extension, mime = kind
                    file_button(
                        label, make, f"{file.stem}.{extension}", mime=mime,
                        key=f"file-{key}-{place}-{extension}",
                    )  # fmt: skip
        toggle = give_value(f"w.{key}.semicolon", has_semicolons)
        st.toggle(
            "Semicolons and decimal commas", key=toggle, on_change=_change_separators, args=(toggle,),
            help="For CSV, where a spreadsheet expects 1,5 instead of 1.5: much of Europe and South America.",
        )  # fmt: skip


def _change_separators(toggle: str) -> None:
    """One choice for all menus of a session."""
    st.session_state[_SEMICOLON] = st.session_state[toggle]


def _kinds(
    file: File, about: Callable[[], About], separators: Separators
) -> dict[tuple[str, str, str], Callable[[], bytes]]:
    """How a file can be written, by label, extension and type."""
    return {
        ("CSV", "csv", "text/csv"): lambda: sheet_bytes(file.columns(), separators),
        ("Excel", "xlsx", _XLSX): lambda: workbook_bytes(file.columns(), about()),
        ("Parquet", "parquet", _PARQUET): lambda: parquet_bytes(file.columns()),
    }


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
