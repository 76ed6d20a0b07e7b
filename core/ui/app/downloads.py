"""Files to download: made when asked for, and kept until the browser has fetched them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    ScriptRunContext,
    get_script_run_ctx,
)
from streamlit.runtime.scriptrunner_utils.script_run_context_attr import SCRIPT_RUN_CONTEXT_ATTR_NAME

from core.explore.parquet import parquet_bytes
from core.explore.sheets import Column, Separators, sheet_bytes
from core.explore.workbook import About, Sheet, workbook_bytes
from core.store.audit import Action
from core.ui.app import audit_trail, fields, html, visitor

_AT_ONCE = 8
"""So many files are kept: a new one takes the place of the oldest."""

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PARQUET = "application/vnd.apache.parquet"
_SEMICOLON = "downloads.semicolon"

_turns = itertools.count()


@dataclass(frozen=True)
class File:
    """A table that can be had as a file: what it is called in the menu, and its name without extension.

    ``more``: further sheets of the workbook, which ``caption`` tells of.
    """

    label: str
    stem: str
    columns: Callable[[], list[Column]]
    caption: str = ""
    more: Callable[[], list[Sheet]] = list


def menu(files: Sequence[File], about: Callable[[], About], *, key: str) -> None:
    """One button for every file of a card: what it holds by how it is written. ``about``: of a workbook."""
    with st.popover("Download", icon=":material/download:", type="tertiary", key=f"download-{key}"):
        has_semicolons = bool(st.session_state.get(_SEMICOLON))
        separators = Separators.SEMICOLON if has_semicolons else Separators.COMMA
        for place, file in enumerate(files):
            html.show(html.div(file.label, cls="tl-filter"))
            if file.caption:
                st.caption(file.caption)
            with st.container(horizontal=True, gap="small"):
                for kind, make in _kinds(file, about, separators).items():
                    label, extension, mime = kind
                    file_button(
                        label, make, f"{file.stem}.{extension}", mime=mime,
                        key=f"file-{key}-{place}-{extension}",
                    )  # fmt: skip
        toggle = fields.holding(f"w.{key}.semicolon", has_semicolons)
        st.toggle(
            "Semicolons and decimal commas", value=has_semicolons, key=toggle,
            on_change=_change_separators, args=(toggle,),
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
        ("Excel", "xlsx", _XLSX): lambda: workbook_bytes(file.columns(), about(), file.more()),
        ("Parquet", "parquet", _PARQUET): lambda: parquet_bytes(file.columns()),
    }


def file_button(
    label: str, make: Callable[[], bytes], file_name: str, *, mime: str = "text/csv", **look: Any
) -> None:
    """A button to download what ``make`` returns when it is clicked. ``look``: as ``st.download_button``.

    The click is answered beside the page's script. It is that of the same person all the same, who may have
    been refused since, and it is remembered.
    """
    access, script = visitor.current(), get_script_run_ctx(suppress_warning=True)

    def made() -> bytes:
        with _as_part_of(script):
            visitor.require_same(access)
            content = make()
            audit_trail.note(Action.DOWNLOADED, file_name)
            return _kept(content, file_name, mime)

    st.download_button(
        label, made, file_name=file_name, mime=mime, on_click="ignore",
        icon=":material/download:", **look,
    )  # fmt: skip


@contextmanager
def _as_part_of(script: ScriptRunContext | None) -> Iterator[None]:
    """This thread knows the session that a script belongs to."""
    thread = threading.current_thread()
    before = getattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, None)
    setattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, script)
    try:
        yield
    finally:
        setattr(thread, SCRIPT_RUN_CONTEXT_ATTR_NAME, before)


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
