"""The controls above an answer: range, measure, groups; and those of the chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import streamlit as st

from core.charts.over_time import KINDS
from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS
from core.explore.compare import previous_period
from core.explore.links import COMPARISONS, MAX_GROUPS, SHAPES
from core.explore.lists import dimension_names
from core.explore.query import FIRST_DAY, LAST_DAY
from core.ledger.view import LedgerView
from core.periods import GRAINS, ONE_DAY, PRESETS, Period
from core.ui import saved_views, view
from core.ui.view import Explorer, View

CUSTOM = "custom"
TOPS = (3, 5, 8, 10, 12, 20)
GRAIN_LABELS = {"day": "Day", "week": "Week", "month": "Month"}


def toolbar(explorer: Explorer, shown: View, ledger: LedgerView) -> None:
    """Range, measure and groups in one row, actions at its end."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        _range(shown)
        _measure(explorer, shown)
        _groups(shown, ledger)
        _versus(shown)
        with st.container(horizontal=True, gap="small", width="content"):
            saved_views.keep(explorer.name, shown)
            _actions()
    saved_views.show_failure()


def range_toolbar(shown: View, groups: tuple[str, ...] = ()) -> None:
    """Range and, with ``groups``, one dimension of them; for pages that choose measures themselves."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        _range(shown)
        if groups:
            st.selectbox(
                "Compare by", groups, key=view.set_value("w.group", one_group(shown, groups)), width=200,
                format_func=lambda name: DIMENSIONS[name].label, on_change=_change_group,
            )  # fmt: skip
        _actions()


def one_group(shown: View, groups: tuple[str, ...]) -> str:
    """The first group of the view that is one of ``groups``, else their first."""
    return next((name for name in shown.group_by if name in groups), groups[0])


def _change_group() -> None:
    chosen = st.session_state["w.group"]
    view.change(lambda now: replace(now, group_by=(chosen,)))


def shape_control(shown: View) -> None:
    """What stands between the number and the detail."""
    st.segmented_control(
        "Show", list(SHAPES), key=view.set_value("w.shape", shown.shown.shape), required=True,
        format_func=SHAPES.__getitem__, on_change=view.change_shown, args=("shape", "w.shape"),
        label_visibility="collapsed",
    )  # fmt: skip


def shape_controls(shown: View, across: str, ledger: LedgerView) -> None:
    """How the shape is drawn; changes no number. ``across``: the pivot's columns."""
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        if shown.shown.shape == "time":
            _chart_controls(shown)
        elif shown.shown.shape == "pivot":
            st.selectbox(
                "Columns", _with(dimension_names(ledger), across), width=190,
                key=view.set_value("w.across", across),
                format_func=lambda name: f"By {DIMENSIONS[name].inline}",
                on_change=_change_across, args=(across,), label_visibility="collapsed",
            )  # fmt: skip
        _top(shown)


def _change_across(shown: str) -> None:
    """Other columns than those ``shown``, which the page may have chosen itself."""
    if st.session_state["w.across"] != shown:
        view.change_shown("across", "w.across")


def _chart_controls(shown: View) -> None:
    st.segmented_control(
        "By", GRAINS, key=view.set_value("w.grain", shown.shown.grain), required=True,
        format_func=GRAIN_LABELS.__getitem__, on_change=view.change_shown, args=("grain", "w.grain"),
        label_visibility="collapsed",
    )  # fmt: skip
    st.segmented_control(
        "Chart", list(KINDS), key=view.set_value("w.chart", shown.shown.chart), required=True,
        format_func=KINDS.__getitem__, on_change=view.change_shown, args=("chart", "w.chart"),
        label_visibility="collapsed",
    )  # fmt: skip


def _top(shown: View) -> None:
    st.selectbox(
        "Top", sorted({*TOPS, shown.shown.top}), key=view.set_value("w.top", shown.shown.top),
        format_func="Top {}".format, on_change=view.change_shown, args=("top", "w.top"),
        label_visibility="collapsed", width=105, disabled=not shown.group_by,
    )  # fmt: skip


def _range(shown: View) -> None:
    st.selectbox(
        "Range (UTC days)", [*PRESETS, CUSTOM], key=view.set_value("w.range", shown.shown.preset or CUSTOM),
        format_func=lambda name: PRESETS.get(name, "Custom"), on_change=_change_range, width=150,
    )  # fmt: skip
    if shown.shown.preset is None:
        _day("First day", "w.from", shown.period.start)
        _day("Last day", "w.to", shown.period.last)


def _versus(shown: View) -> None:
    st.selectbox(
        "Compare with", list(COMPARISONS), key=view.set_value("w.versus", shown.shown.versus), width=200,
        format_func=COMPARISONS.__getitem__, on_change=_change_versus,
    )  # fmt: skip
    if chosen := shown.shown.versus_period:
        _day("Compare from", "w.vs.from", chosen.start)
        _day("Compare to", "w.vs.to", chosen.last)


def _day(label: str, key: str, value: date) -> None:
    change = _change_compared_days if key.startswith("w.vs.") else _change_days
    st.date_input(
        label, key=view.set_value(key, value), min_value=FIRST_DAY, max_value=LAST_DAY - ONE_DAY,
        format="YYYY-MM-DD", on_change=change, args=(key,), width=140,
    )  # fmt: skip


def _measure(explorer: Explorer, shown: View) -> None:
    st.selectbox(
        "Measure", explorer.measures, key=view.set_value("w.measure", shown.measure), width=170,
        format_func=lambda name: MEASURES[name].label, on_change=view.change_field,
        args=("measure", "w.measure"),
    )  # fmt: skip


def _groups(shown: View, ledger: LedgerView) -> None:
    names = [name for name in dimension_names(ledger) if name not in TIME_DIMENSIONS]
    st.multiselect(
        "Group by", _with(names, *shown.group_by), max_selections=MAX_GROUPS,
        key=view.set_value("w.groups", list(shown.group_by)),
        format_func=lambda name: DIMENSIONS[name].label, on_change=view.change_field,
        args=("group_by", "w.groups"), placeholder="Nothing: one total", width=235, select_all=False,
    )  # fmt: skip


def _with(names: Iterable[str], *chosen: str) -> list[str]:
    """With those chosen that are there no more, as a tag that a link names."""
    return list(dict.fromkeys((*names, *chosen)))


def _actions() -> None:
    with st.popover("Copy link", icon=":material/link:", type="tertiary"):
        st.caption(
            "Opens exactly this view. A range such as “Last 30 days” stays relative to the day it is opened."
        )
        st.code(view.link(), language=None, wrap_lines=True)
    st.button("Reset", icon=":material/restart_alt:", type="tertiary", on_click=view.reset)


def _change_range() -> None:
    chosen = st.session_state["w.range"]
    preset = None if chosen == CUSTOM else chosen
    view.change(lambda now: replace(now, shown=replace(now.shown, preset=preset)))


def _change_versus() -> None:
    """Chosen days begin as those just before."""
    kind = st.session_state["w.versus"]

    def changed(now: View) -> View:
        days = previous_period(now.period, now.shown.preset) if kind == "chosen" else None
        return replace(now, shown=replace(now.shown, versus=kind, versus_period=days))

    view.change(changed)


def _change_days(key: str) -> None:
    picked: date | None = st.session_state[key]
    if picked:
        view.change(
            lambda now: replace(now, period=moved_period(now.period, picked, is_first=key == "w.from"))
        )


def _change_compared_days(key: str) -> None:
    picked: date | None = st.session_state[key]
    if not picked:
        return

    def changed(now: View) -> View:
        days = moved_period(now.shown.versus_period or now.period, picked, is_first=key == "w.vs.from")
        return replace(now, shown=replace(now.shown, versus_period=days))

    view.change(changed)


def moved_period(period: Period, picked: date, *, is_first: bool) -> Period:
    """The day that was changed holds; the other one follows where they cross."""
    first, last = (picked, period.last) if is_first else (period.start, picked)
    if first > last:
        first = last = picked
    return Period(first, last + ONE_DAY)
