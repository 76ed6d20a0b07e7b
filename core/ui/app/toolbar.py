"""The controls above an answer that pages of several families have: range, one group, link, reset."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.dimensions import DIMENSIONS
from core.ledger.snapshot import Snapshot
from core.periods import FIRST_DAY, LAST_DAY, ONE_DAY, PRESETS, Period
from core.ui.app import carried, explorer_state, fields, filters, html, times
from core.ui.app.carried import Range
from core.ui.app.explorer_state import ExplorerState

CUSTOM = "custom"
_LABELS = {**PRESETS, CUSTOM: "Choose days"}
TYPED = "Choose a range, or type one: 3w, 10d, 2026-10, oct, q3, 2026-10-05 to 2026-10-11."


def range_toolbar(
    state: ExplorerState, ledger: Snapshot, groups: tuple[str, ...] = (), *, with_origin: bool = False
) -> None:
    """Range, filters, one dimension of ``groups``, if any; for pages that choose measures themselves."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="toolbar"):
        range_controls(state)
        if groups:
            fields.select(
                "Compare by", groups, "w.group", one_group(state, groups), width=200,
                format_func=lambda name: DIMENSIONS[name].label, on_change=_change_group,
            )  # fmt: skip
        filters.control(ledger, state)
        if with_origin:
            filters.origin_switch(ledger, state)
        with actions():
            action_controls()


def one_group(state: ExplorerState, groups: tuple[str, ...]) -> str:
    """The first group of the view that is one of ``groups``, else their first."""
    return next((name for name in state.group_by if name in groups), groups[0])


def _change_group() -> None:
    chosen = st.session_state["w.group"]
    explorer_state.change(lambda now: now.asking(now.query.grouped(chosen)))


def range_controls(state: ExplorerState) -> None:
    """A named range, a typed one, or days of a calendar."""
    fields.select(
        "Range (UTC days)", list(_LABELS), "w.range", state.display.preset or CUSTOM,
        format_func=lambda name: _LABELS.get(name, name), on_change=_change_range, width=136,
        accept_new_options=True, help=TYPED,
    )  # fmt: skip
    if state.display.preset is None:
        days_field("Days", "w.days", state.period, choose_days)


def days_field(label: str, key: str, period: Period, changed: Callable[[Period], None]) -> None:
    """One calendar for first and last day; ``changed`` gets the days. One day picked waits for the other."""
    days = period.start, max(period.start, period.last)
    picked = st.session_state.get(key)
    if not isinstance(picked, tuple) or len(picked) != 1:
        fields.holding(key, days)
    st.date_input(
        label, value=days, key=key, min_value=FIRST_DAY, max_value=LAST_DAY - ONE_DAY, format="YYYY-MM-DD",
        on_change=_pick, args=(key, changed), width=230,
    )  # fmt: skip


def _pick(key: str, changed: Callable[[Period], None]) -> None:
    picked = st.session_state[key]
    if len(picked) == len(("first", "last")):
        changed(Period(picked[0], picked[1] + ONE_DAY))


def actions() -> DeltaGenerator:
    """The place for what can be done with a view: icons, whose names show on hover."""
    return st.container(horizontal=True, gap="xxsmall", width="content", key="actions")


def action_controls() -> None:
    """What can be done with all of it: its link, and back to the start."""
    copy_link(explorer_state.ADDRESS.link())
    st.button(
        "Reset", icon=":material/restart_alt:", type="tertiary", on_click=explorer_state.ADDRESS.reset,
        help="Reset: back to what the page shows at first.",
    )  # fmt: skip


def copy_link(link: str) -> None:
    """A button that copies ``link``; a small script does it, for only the browser can."""
    html.show(html.span(cls="tl-link", data_link=link), width="content")
    st.button(
        "Copy link", icon=":material/link:", type="tertiary", key="copy-link",
        help="Copy link: opens exactly this view. A range like “Last month” stays relative to the day it is "
        "opened.",
    )  # fmt: skip


def _change_range() -> None:
    typed = st.session_state["w.range"]
    if typed == CUSTOM:
        explorer_state.change(lambda now: now.displayed(preset=None))
    elif typed:
        try:
            chosen = carried.read(typed, times.today())
        except ValueError as error:
            explorer_state.ADDRESS.refuse(str(error))
        else:
            _choose(chosen)


def choose_days(period: Period) -> None:
    """These days, whatever today is, here and on the next pages; from a widget's callback."""
    _choose(Range(None, period))


def _choose(chosen: Range) -> None:
    carried.choose(explorer_state.ADDRESS.name, chosen)
    explorer_state.change(lambda now: now.ranging(chosen.preset, chosen.period))
