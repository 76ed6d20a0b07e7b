"""The Dashboards page: choose one, what its tiles share, and how to get another."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from sqlite_utils import Database

from core.dimensions import DIMENSIONS
from core.explore import dashboard_exchange
from core.explore.dashboard_files import decoded
from core.explore.explorers import MEASURES_OF
from core.ledger.snapshot import Snapshot
from core.periods import DEFAULT_PRESET, PRESETS, Period, preset
from core.store import dashboards
from core.store.dashboards import Dashboard
from core.ui.app import blocks, carried, data, fields, library, times, visitor
from core.ui.app.answer_blocks import nothing_connected
from core.ui.app.carried import Range
from core.ui.app.library import Library
from core.ui.app.presses import whole
from core.ui.app.toolbar import CUSTOM, TYPED, copy_link, days_field
from core.ui.dashboards import board_state, edit
from core.ui.dashboards.board_state import SHARED_FILTERS, BoardState
from core.ui.dashboards.edit import PLACE
from core.ui.dashboards.tiles import Board

_AS_SAVED = "as_saved"
_RANGES = {_AS_SAVED: "As saved", **PRESETS, CUSTOM: "Choose days"}
_UPLOADS = "board.uploads"


def ask() -> Board:
    """The dashboard of this address, and everything above its tiles."""
    ledger, saved, today = data.ledger(), library.read(), times.today()
    if not ledger.connections:
        nothing_connected()
        blocks.stop()
    with whole():
        if pinned_on := library.pop_next():
            board_state.show(pinned_on)
    is_named = "board" in st.query_params
    state = board_state.current(today)
    dashboard = _dashboard(state, saved)
    if not dashboard and not is_named:
        state = replace(state, board="")  # the one shown last was deleted: quietly to another
        dashboard = _dashboard(state, saved)
    if dashboard and not state.board:
        state = replace(state, board=board_state.address_of(dashboard))
    board_state.ADDRESS.publish(state)
    editing = _toolbar(dashboard, state, saved, ledger)
    edit.show_failure()
    blocks.notices(board_state.ADDRESS.problems())
    if not dashboard:
        _nothing_chosen(saved)
        blocks.stop()
    return Board(dashboard, saved, state, ledger, today, editing)


def _dashboard(state: BoardState, saved: Library) -> Dashboard | None:
    """The one the link names; without a name, the first there is."""
    if state.board:
        return board_state.chosen(state.board, saved.dashboards)
    return saved.dashboards[0] if saved.dashboards else None


def _nothing_chosen(saved: Library) -> None:
    if not saved.dashboards and not visitor.sees_all():
        blocks.empty(
            "No dashboard is shown to viewers",
            "Analysts and admins choose which are. Your own views are under Saved views.",
        )
    elif saved.dashboards:
        blocks.empty(
            "This dashboard no longer exists",
            "The link is of a dashboard that was deleted, or of another installation. Choose one above.",
        )
    else:
        blocks.empty(
            "There are no dashboards",
            "A dashboard shows saved views side by side, for one range. Choose “New” to make one, to import "
            "it from a file, or to bring back those that come with the program.",
        )


def _toolbar(dashboard: Dashboard | None, state: BoardState, saved: Library, ledger: Snapshot) -> bool:
    """Returns whether the dashboard is being edited."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        _chooser(dashboard, saved)
        _range(state)
        for dimension in SHARED_FILTERS:
            _filter(dimension, state, ledger)
        copy_link(board_state.ADDRESS.link())
        editing = visitor.sees_all() and _changes(dashboard)
    if dashboard and editing:
        edit.controls(dashboard, saved)
    return editing


def _changes(dashboard: Dashboard | None) -> bool:
    """A new one, or another look of this; returns whether it is being edited."""
    with st.popover("New", icon=":material/add:", type="tertiary"):
        _new()
    return st.toggle("Edit", key="w.board.edit", disabled=dashboard is None)


def _chooser(dashboard: Dashboard | None, saved: Library) -> None:
    names = {
        board.id: board.name for board in sorted(saved.dashboards, key=lambda board: board.name.casefold())
    }
    fields.select(
        "Dashboard", list(names), "w.board", dashboard.id if dashboard else None,
        format_func=names.__getitem__, on_change=_choose,
        args=(saved,), width=220, placeholder="Choose a dashboard", disabled=not names,
    )  # fmt: skip


def _choose(saved: Library) -> None:
    for dashboard in saved.dashboards:
        if dashboard.id == st.session_state["w.board"]:
            board_state.show(dashboard)


def _range(state: BoardState) -> None:
    chosen = _AS_SAVED if state.is_as_saved else state.preset or CUSTOM
    fields.select(
        "Range of all tiles (UTC days)", list(_RANGES), "w.board.range", chosen,
        width=190, format_func=lambda name: _RANGES.get(name, name), on_change=_change_range,
        accept_new_options=True, help=TYPED,
    )  # fmt: skip
    if state.period and not state.preset:
        days_field("Days", "w.board.days", state.period, _change_days)


def _change_range() -> None:
    name, today = st.session_state["w.board.range"], times.today()
    if name == _AS_SAVED:
        board_state.change(preset=None, period=None)
    elif name == CUSTOM:
        board_state.change(preset=None, period=preset(DEFAULT_PRESET, today))
    elif name:
        try:
            _choose_range(carried.read(name, today))
        except ValueError as error:
            board_state.ADDRESS.refuse(str(error))


def _change_days(period: Period) -> None:
    _choose_range(Range(None, period))


def _choose_range(chosen: Range) -> None:
    carried.choose(board_state.ADDRESS.name, chosen)
    board_state.ADDRESS.change(lambda state: board_state.ranging(state, chosen))


def _filter(dimension: str, state: BoardState, ledger: Snapshot) -> None:
    label = DIMENSIONS[dimension].label
    offered = [getattr(connection, dimension) for connection in ledger.connections]
    chosen = list(state.values(dimension))
    key = f"w.board.{dimension}"
    fields.several(
        label, list(dict.fromkeys([*sorted(map(str, offered)), *chosen])), key, chosen, width=180,
        placeholder="All", on_change=_change_filter, args=(dimension, key),
    )  # fmt: skip


def _change_filter(dimension: str, key: str) -> None:
    values = tuple(st.session_state[key])
    board_state.ADDRESS.change(lambda state: state.narrowed_to(dimension, values))


def _new() -> None:
    """An empty one, one from a file, or those that ship."""
    with st.form("new-board", border=False, clear_on_submit=True):
        st.text_input("Name of the new dashboard", key="w.board.new", max_chars=100)
        st.form_submit_button("Create", type="primary", on_click=_ask_new)
    st.divider()
    key = f"w.board.file.{st.session_state.setdefault(_UPLOADS, 0)}"
    file = st.file_uploader("From a file that was made with Export", type="json", key=key)
    st.button("Import", icon=":material/upload:", on_click=_ask_import, args=(key,), disabled=file is None)
    st.divider()
    st.button(
        "Restore shipped dashboards", icon=":material/history:", type="tertiary", on_click=_ask_restore,
        help="Brings back Finance and Engineering as they shipped. Yours stay as they are.",
    )  # fmt: skip


def _ask_new() -> None:
    name = st.session_state["w.board.new"]

    def created(db: Database) -> str:
        dashboard = dashboards.add_dashboard(db, name)
        board_state.show(dashboard)
        return f"{dashboard.name} was created."

    library.ask(PLACE, "Creating", created)


def _ask_import(key: str) -> None:
    file = st.session_state.get(key)
    content = file.getvalue() if file else b""

    def imported(db: Database) -> str:
        made = dashboard_exchange.import_board(db, decoded(content, MEASURES_OF), times.now())
        board_state.show(made.dashboard)
        st.session_state[_UPLOADS] += 1
        return dashboard_exchange.import_words(made)

    library.ask(PLACE, "Importing", imported)


def _ask_restore() -> None:
    def restored(db: Database) -> str:
        made = dashboard_exchange.restore_shipped(db, MEASURES_OF, times.now())
        if not made:
            return "The shipped dashboards are here already, exactly as they shipped."
        board_state.show(made[0])
        return " ".join(f"“{dashboard.name}” is back." for dashboard in made)

    library.ask(PLACE, "Restoring", restored)
