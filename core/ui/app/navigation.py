"""The pages, their frame, and what happens when the program is opened."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.commands import navigation as streamlit_navigation
from streamlit.commands.page_config import MenuItems
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.session_state import WStates

from core import __version__
from core.access.shell import SIDEBAR_WIDTH
from core.errors import TokenLedgerError
from core.people.roles import Access
from core.secrecy import fault_text
from core.ui.app import (
    actions,
    blocks,
    data,
    door,
    finder,
    first_number,
    forgetting,
    library,
    of_run,
    signing_in,
    sync_strip,
    visitor,
)
from core.ui.app.menu import PAGES, SECTIONS, MenuPage

PROJECT = Path(__file__).resolve().parents[3]
NAME = "Token Ledger"
_ART = Path(__file__).parent / "art"
ICON = str(_ART / "icon.svg")

_MENU: MenuItems = {"About": f"{NAME} {__version__}: what you spend on Anthropic, and on what."}
"""With an item of our own the menu is there, and has the choice of a theme besides."""
_UNKNOWN = "navigation.unknown"
"""Set where the address names no page: the first page is shown, and says so."""
_HERE = "navigation.here"
_FIRST = next(iter(PAGES))
"""The page at the address without a name."""
_ANONYMOUS = "Whoever can reach this address sees all of it: TOKEN_LEDGER_ALLOW_ANONYMOUS is set."
_FRAMED = "navigation.framed"
"""Set just before a page runs inside ``app.py``, taken away by the page: never left over for a bare run."""

log = logging.getLogger(__name__)


def run() -> None:
    """Everything around a page: called by ``app.py`` on every rerun."""
    st.set_page_config(
        page_title=NAME, page_icon=ICON, layout="wide", initial_sidebar_state=SIDEBAR_WIDTH, menu_items=_MENU
    )
    st.logo(str(_ART / "logo.svg"), size="large", icon_image=ICON)
    try:
        access = visitor.enter()
    except TokenLedgerError as refusal:
        door.closed(refusal).run()
        return
    page = _register(access)
    st.session_state[_HERE] = page.url_path or _FIRST
    with of_run.during_the_run(access), first_number.asked_early():
        finder.box(here(), page_file)
        blocks.style()
        blocks.scripts()
        with _failures_shown():
            finder.opener()
            door.way_out(access)
            sync_strip.refresh_on_open()
            st.session_state[_FRAMED] = True
            page.run()


def _noted_unknown(ctx: ScriptRunContext) -> None:
    """Streamlit would open a dialog of its own; the page says it. The first page goes by its name too."""
    st.session_state[_UNKNOWN] = ctx.pages_manager.intended_page_name != _FIRST


streamlit_navigation.send_page_not_found = _noted_unknown
WStates.remove_stale_widgets = forgetting.remove_and_forget  # type: ignore[method-assign]


def page(title: str, question: str) -> None:
    """The head of a page: its title, the question it answers, and how fresh the data is.

    On a server that just started, a deep link runs the page file without ``app.py``: then the navigation is
    registered here and the run starts over.
    """
    if not st.session_state.pop(_FRAMED, False):
        st.set_page_config(page_icon=ICON)  # else the browser gets the page's own icon from Google
        _register_whoever()
        st.rerun()
    st.set_page_config(page_title=f"{title} · {NAME}")
    actions.perform()
    library.note_opened()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="head"):
        blocks.page_head(title, question)
        sync_strip.strip()
    if data.settings().allow_anonymous and signing_in.setup() is None:
        blocks.quiet(_ANONYMOUS)
    if st.session_state.pop(_UNKNOWN, False):
        blocks.notices([f"There is no page at this address. This is {title}."])
    actions.show_done()
    blocks.sync_problems()


def here() -> str:
    """The script of the page that is shown."""
    name: str = st.session_state[_HERE]
    return name


def may_open(name: str) -> bool:
    """Whether who asks has this page in their menu."""
    return visitor.may(PAGES[name].least)


def page_file(name: str) -> str:
    """The script of a page, for ``st.switch_page`` and ``st.page_link``."""
    return str(PROJECT / "pages" / f"{name}.py")


def _register_whoever() -> None:
    try:
        _register(visitor.current())
    except TokenLedgerError as refusal:
        door.closed(refusal)


def _register(access: Access) -> StreamlitPage:
    pages = {
        section: [_page(entry) for entry in entries if access.role.may(entry.least)]
        for section, entries in SECTIONS.items()
    }
    return st.navigation({section: entries for section, entries in pages.items() if entries}, expanded=True)


def _page(page: MenuPage) -> StreamlitPage:
    return st.Page(page_file(page.name), title=page.title, icon=page.icon, default=page.name == _FIRST)


@contextmanager
def _failures_shown() -> Iterator[None]:
    """An error becomes a block in the page; its traceback goes to the log, not to the browser."""
    try:
        yield
    except TokenLedgerError as error:
        blocks.failure(error)
    except Exception:
        log.error("A page failed.\n%s", fault_text())
        blocks.unexpected()
