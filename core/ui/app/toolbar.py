"""The controls above an answer that pages of several families have: range, one group, link, reset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from core.dimensions import DIMENSIONS
from core.explore.query import FIRST_DAY, LAST_DAY
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, PRESETS, Period
from core.ui.app import filters, html, view
from core.ui.app.address import set_value
from core.ui.app.view import View

CUSTOM = "custom"


def range_toolbar(
    shown: View, ledger: Snapshot, groups: tuple[str, ...] = (), *, with_origin: bool = False
) -> None:
    """Range, filters, one dimension of ``groups``, if any; for pages that choose measures themselves."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        range_controls(shown)
        if groups:
            st.selectbox(
                "Compare by", groups, key=set_value("w.group", one_group(shown, groups)), width=200,
                format_func=lambda name: DIMENSIONS[name].label, on_change=_change_group,
            )  # fmt: skip
        filters.control(ledger, shown)
        if with_origin:
            filters.origin_switch(ledger, shown)
        action_controls()


def one_group(shown: View, groups: tuple[str, ...]) -> str:
    """The first group of the view that is one of ``groups``, else their first."""
    return next((name for name in shown.group_by if name in groups), groups[0])


def _change_group() -> None:
    chosen = st.session_state["w.group"]
    view.change(lambda now: now.asking(now.query.grouped(chosen)))


def range_controls(shown: View) -> None:
    """A named range, or two days."""
    st.selectbox(
        "Range (UTC days)", [*PRESETS, CUSTOM], key=set_value("w.range", shown.display.preset or CUSTOM),
        format_func=lambda name: PRESETS.get(name, "Custom"), on_change=_change_range, width=150,
    )  # fmt: skip
    if shown.display.preset is None:
        day_field("First day", "w.from", shown.period.start, _change_days)
        day_field("Last day", "w.to", shown.period.last, _change_days)


def day_field(label: str, key: str, value: date, changed: Callable[[str], None]) -> None:
    """A day to choose; ``changed`` gets the key."""
    st.date_input(
        label, key=set_value(key, value), min_value=FIRST_DAY, max_value=LAST_DAY - ONE_DAY,
        format="YYYY-MM-DD", on_change=changed, args=(key,), width=140,
    )  # fmt: skip


def action_controls() -> None:
    """What can be done with all of it: its link, and back to the start."""
    copy_link(view.ADDRESS.link())
    st.button("Reset", icon=":material/restart_alt:", type="tertiary", on_click=view.ADDRESS.reset)


def copy_link(link: str) -> None:
    """A button that copies ``link``; a small script does it, for only the browser can."""
    html.show(html.span(cls="tl-link", data_link=link), width="content")
    st.button(
        "Copy link", icon=":material/link:", type="tertiary", key="copy-link",
        help="Opens exactly this view. A range like “Last month” stays relative to the day it is opened.",
    )  # fmt: skip


def _change_range() -> None:
    chosen = st.session_state["w.range"]
    preset = None if chosen == CUSTOM else chosen
    view.change(lambda now: now.displayed(preset=preset))


def _change_days(key: str) -> None:
    picked: date | None = st.session_state[key]
    if picked:
        is_first = key == "w.from"
        view.change(
            lambda now: now.asking(now.query.during(moved_period(now.period, picked, is_first=is_first)))
        )


def moved_period(period: Period, picked: date, *, is_first: bool) -> Period:
    """The day that was changed holds; the other one follows where they cross."""
    first, last = (picked, period.last) if is_first else (period.start, picked)
    if first > last:
        first = last = picked
    return Period(first, last + ONE_DAY)
