"""The controls of an explorer: what is asked above its answer, and how its shape is drawn."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.charts.over_time import KINDS
from core.dimensions import DIMENSIONS, MEASURES, TIME_DIMENSIONS, WORKSPACE_TAG, Source
from core.explore.compare import previous_period
from core.explore.explorers import Explorer
from core.explore.links import COMPARISONS, MAX_GROUPS, SHAPES
from core.explore.list_lookup import dimension_names
from core.ledger.snapshot import Snapshot
from core.periods import GRAINS, Period
from core.ui.app import explorer_state, fields, filters, ownership
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.text import markdown_text
from core.ui.app.toolbar import action_controls, actions, days_field, range_controls
from core.ui.explorer import keep

TOPS = (3, 5, 8, 10, 12, 20)
GRAIN_LABELS = {"day": "Day", "week": "Week", "month": "Month"}


def toolbar(explorer: Explorer, state: ExplorerState, ledger: Snapshot) -> None:
    """Range, measure and groups in one row, actions at its end."""
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="toolbar"):
        range_controls(state)
        _measure(explorer, state)
        _groups(state, ledger)
        filters.control(ledger, state)
        filters.origin_switch(ledger, state)
        _versus(state)
        with actions():
            keep.keep(explorer.name, state)
            action_controls()
    keep.show_failure()


def shape_control(state: ExplorerState) -> None:
    """What stands between the number and the detail."""
    fields.segments(
        "Show", list(SHAPES), "w.shape", state.display.shape, required=True,
        format_func=SHAPES.__getitem__, on_change=explorer_state.change_display, args=("shape", "w.shape"),
        label_visibility="collapsed",
    )  # fmt: skip


def shape_controls(state: ExplorerState, across: str, ledger: Snapshot) -> None:
    """How the shape is drawn; changes no number. ``across``: the pivot's columns."""
    if state.display.shape == "time":
        _chart_controls(state)
        if not ledger.restriction:
            _plan(state)
    elif state.display.shape == "pivot":
        fields.select(
            "Columns", _with(dimension_names(ledger), across), "w.across", across, width=190,
            format_func=lambda name: f"By {DIMENSIONS[name].inline}",
            on_change=_change_across, args=(across,), label_visibility="collapsed",
        )  # fmt: skip
    _top(state)
    if state.display.shape != "pivot":
        st.button(
            "Picture", icon=":material/image:", type="tertiary", key="picture",
            help="Picture: the chart with its title, range, filters, legend and source, as a PNG file.",
        )  # fmt: skip


def _change_across(shown: str) -> None:
    """Other columns than those ``shown``, which the page may have chosen itself."""
    if st.session_state["w.across"] != shown:
        explorer_state.change_display("across", "w.across")


def _chart_controls(state: ExplorerState) -> None:
    fields.segments(
        "By", GRAINS, "w.grain", state.display.grain, required=True,
        format_func=GRAIN_LABELS.__getitem__, on_change=explorer_state.change_display,
        args=("grain", "w.grain"), label_visibility="collapsed",
    )  # fmt: skip
    fields.segments(
        "Chart", list(KINDS), "w.chart", state.display.chart, required=True,
        format_func=KINDS.__getitem__, on_change=explorer_state.change_display, args=("chart", "w.chart"),
        label_visibility="collapsed",
    )  # fmt: skip


def _plan(state: ExplorerState) -> None:
    """The plan whose line is laid on the chart; nothing where no plan is made."""
    names = [plan.name for plan in ownership.plans()]
    if not names and not state.display.plan:
        return
    fields.select(
        "Plan", _with(("", *names), state.display.plan), "w.plan", state.display.plan, width=150,
        format_func=lambda name: f"Plan: {name}" if name else "No plan", label_visibility="collapsed",
        on_change=explorer_state.change_display, args=("plan", "w.plan"),
    )  # fmt: skip


def _top(state: ExplorerState) -> None:
    fields.select(
        "Top", sorted({*TOPS, state.display.top}), "w.top", state.display.top,
        format_func="Top {}".format, on_change=explorer_state.change_display, args=("top", "w.top"),
        label_visibility="collapsed", width=92, disabled=not state.group_by,
    )  # fmt: skip


def _versus(state: ExplorerState) -> None:
    fields.select(
        "Compare with", list(COMPARISONS), "w.versus", state.display.versus, width=140,
        format_func=COMPARISONS.__getitem__, on_change=_change_versus,
    )  # fmt: skip
    if chosen := state.display.versus_period:
        days_field("Days to compare with", "w.vs.days", chosen, _change_compared_days)


def per_day_switch(answer: Answer) -> None:
    """Where the sides of a comparison differ in length."""
    if answer.versus and not answer.versus.periods.is_even:
        per_day = answer.state.display.per_day
        st.toggle(
            "Per day", value=per_day, key=fields.holding("w.per_day", per_day),
            on_change=explorer_state.change_display, args=("per_day", "w.per_day"),
            help="Both sides as the mean of their days, which differ in number.",
        )  # fmt: skip


def _measure(explorer: Explorer, state: ExplorerState) -> None:
    fields.select(
        "Measure", explorer.measures, "w.measure", state.measure, width=108,
        format_func=lambda name: MEASURES[name].label, on_change=_change_measure,
    )  # fmt: skip


def _change_measure() -> None:
    if chosen := st.session_state["w.measure"]:
        explorer_state.change(lambda now: now.asking(now.query.measuring(chosen)))


def _with(names: Iterable[str], *chosen: str) -> list[str]:
    """With those chosen that are there no more, as a tag that a link names."""
    return list(dict.fromkeys((*names, *chosen)))


def _groups(state: ExplorerState, ledger: Snapshot) -> None:
    """Names first; ids and what lists tell of users and keys behind "More"."""
    names = [name for name in dimension_names(ledger) if name not in TIME_DIMENSIONS]
    first = [name for name in names if _is_first(name)]
    offered = names if st.session_state.get(_MORE) else [*first, _MORE]
    fields.several(
        "Group by", _with(offered, *state.group_by), "w.groups", state.group_by,
        max_selections=MAX_GROUPS, on_change=_change_groups,
        format_func=lambda name: "More: IDs, roles, states …" if name == _MORE else DIMENSIONS[name].label,
        placeholder="Nothing: one total",
    )  # fmt: skip
    if len(state.group_by) > 1:
        _order(state)


_MORE = "w.groups.more"


def _is_first(name: str) -> bool:
    """Whether a dimension is a name that people look for, not an id or what a list tells of one."""
    is_listed = DIMENSIONS[name].source is Source.LIST and not name.startswith(WORKSPACE_TAG)
    return not name.endswith("_id") and not is_listed


def _change_groups() -> None:
    chosen = [name for name in st.session_state["w.groups"] if name != _MORE]
    if len(chosen) < len(st.session_state["w.groups"]):
        st.session_state[_MORE] = True
        return
    explorer_state.change(lambda now: now.asking(now.query.grouped(*chosen)))


def _order(state: ExplorerState) -> None:
    """Which group stands first: each but the first can go up by one."""
    with st.popover(
        "Order", icon=":material/swap_vert:", type="tertiary", key="group-order", help="Order of the groups"
    ):
        for place, name in enumerate(state.group_by):
            st.button(
                f"{place + 1}. {markdown_text(DIMENSIONS[name].label)}", key=f"group-up-{place}",
                icon=":material/arrow_upward:" if place else None, disabled=not place, type="tertiary",
                help=None if not place else "One place up", on_click=_move_up, args=(name,),
            )  # fmt: skip


def _move_up(name: str) -> None:
    def moved(now: ExplorerState) -> ExplorerState:
        names = list(now.group_by)
        place = names.index(name) if name in names else 0
        if not place:
            return now
        names[place - 1 : place + 1] = names[place], names[place - 1]
        return now.asking(now.query.grouped(*names))

    explorer_state.change(moved)


def _change_versus() -> None:
    """Chosen days begin as those just before."""
    kind = st.session_state["w.versus"]

    def changed(now: ExplorerState) -> ExplorerState:
        days = previous_period(now.period, now.display.preset) if kind == "chosen" else None
        return now.displayed(versus=kind, versus_period=days)

    explorer_state.change(changed)


def _change_compared_days(days: Period) -> None:
    explorer_state.change(lambda now: now.displayed(versus_period=days))
