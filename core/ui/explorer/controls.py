"""The controls of an explorer: what is asked above its answer, and how its shape is drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from core.charts.over_time import KINDS
from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS
from core.explore.compare import previous_period
from core.explore.links import COMPARISONS, MAX_GROUPS, SHAPES
from core.periods import GRAINS
from core.ui.app import view
from core.ui.app.toolbar import action_controls, day_field, moved_period, range_controls
from core.ui.app.view import Explorer, View
from core.ui.explorer import keep

TOPS = (3, 5, 8, 10, 12, 20)
GROUPS = tuple(name for name in DIMENSIONS if name not in TIME_DIMENSIONS)
GRAIN_LABELS = {"day": "Day", "week": "Week", "month": "Month"}


def toolbar(explorer: Explorer, shown: View) -> None:
    """Range, measure and groups in one row, actions at its end."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="toolbar"):
        range_controls(shown)
        _measure(explorer, shown)
        _groups(shown)
        _versus(shown)
        with st.container(horizontal=True, gap="small", width="content"):
            keep.keep(explorer.name, shown)
            action_controls()
    keep.show_failure()


def shape_control(shown: View) -> None:
    """What stands between the number and the detail."""
    st.segmented_control(
        "Show", list(SHAPES), key=view.set_value("w.shape", shown.shown.shape), required=True,
        format_func=SHAPES.__getitem__, on_change=view.change_shown, args=("shape", "w.shape"),
        label_visibility="collapsed",
    )  # fmt: skip


def shape_controls(shown: View, across: str) -> None:
    """How the shape is drawn; changes no number. ``across``: the pivot's columns."""
    with st.container(
        horizontal=True, horizontal_alignment="right", vertical_alignment="center", gap="small"
    ):
        if shown.shown.shape == "time":
            _chart_controls(shown)
        elif shown.shown.shape == "pivot":
            st.selectbox(
                "Columns", list(DIMENSIONS), key=view.set_value("w.across", across), width=190,
                format_func=lambda name: f"By {DIMENSIONS[name].label.lower()}",
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


def _versus(shown: View) -> None:
    st.selectbox(
        "Compare with", list(COMPARISONS), key=view.set_value("w.versus", shown.shown.versus), width=200,
        format_func=COMPARISONS.__getitem__, on_change=_change_versus,
    )  # fmt: skip
    if chosen := shown.shown.versus_period:
        day_field("Compare from", "w.vs.from", chosen.start, _change_compared_days)
        day_field("Compare to", "w.vs.to", chosen.last, _change_compared_days)


def _measure(explorer: Explorer, shown: View) -> None:
    st.selectbox(
        "Measure", explorer.measures, key=view.set_value("w.measure", shown.measure), width=170,
        format_func=lambda name: MEASURES[name].label, on_change=view.change_field,
        args=("measure", "w.measure"),
    )  # fmt: skip


def _groups(shown: View) -> None:
    st.multiselect(
        "Group by", GROUPS, key=view.set_value("w.groups", list(shown.group_by)), max_selections=MAX_GROUPS,
        format_func=lambda name: DIMENSIONS[name].label, on_change=view.change_field,
        args=("group_by", "w.groups"), placeholder="Nothing: one total", width=235, select_all=False,
    )  # fmt: skip


def _change_versus() -> None:
    """Chosen days begin as those just before."""
    kind = st.session_state["w.versus"]

    def changed(now: View) -> View:
        days = previous_period(now.period, now.shown.preset) if kind == "chosen" else None
        return replace(now, shown=replace(now.shown, versus=kind, versus_period=days))

    view.change(changed)


def _change_compared_days(key: str) -> None:
    picked: date | None = st.session_state[key]
    if not picked:
        return

    def changed(now: View) -> View:
        days = moved_period(now.shown.versus_period or now.period, picked, is_first=key == "w.vs.from")
        return replace(now, shown=replace(now.shown, versus_period=days))

    view.change(changed)
