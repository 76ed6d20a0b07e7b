"""The shape over time: the chart of an answer and its legend."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from core.charts.bands import signs
from core.charts.forecast_band import extended, with_days_ahead
from core.charts.ghost import Ghost
from core.charts.marks import Mark, drawn_marks, with_marks
from core.charts.over_time import PICK, Plot, drawn_kind, over_time_chart, shows_ghost
from core.explore.buckets import whole_buckets
from core.explore.change import Group
from core.explore.query import Value
from core.formats import count_of, period_label
from core.periods import ONE_DAY
from core.ui.app import blocks, drilling, explorer_state, plan_lines
from core.ui.app.answers import Answer
from core.ui.app.hues import plotted
from core.ui.app.marks import ANNOTATION, ANOMALY, marks_of
from core.ui.app.plan_lines import PlanOnChart
from core.ui.app.toolbar import choose_days
from core.ui.explorer import days_ahead
from core.ui.explorer.legend import Entry, legend

_CHART = "w.picked"


def draw(answer: Answer) -> None:
    """The chart and its legend. Both drill into a value."""
    if answer.grain != answer.state.display.grain:
        blocks.quiet(
            f"Shown by {answer.grain}: the range is too long to draw each {answer.state.display.grain}."
        )
    _offer_whole(answer)
    plot = replace(plotted(answer), ghost=_ghost(answer), turn=explorer_state.ADDRESS.turn())
    coming = days_ahead.of(answer)
    is_ahead_drawn = bool(coming and coming.days) and days_ahead.is_drawn(answer, len(plot.series))
    if coming and is_ahead_drawn:
        plot = replace(plot, timeline=extended(plot.timeline, max(coming.days) + ONE_DAY))
    chart = over_time_chart(answer.drawn(), plot, answer.state.display.chart)
    if coming and is_ahead_drawn:
        chart = with_days_ahead(chart, coming.days, plot)
    plan = plan_lines.plan_on_chart(answer)
    chart = plan_lines.laid_on(chart, plan, plot, answer.state.display.chart)
    marks = marks_of(answer)
    drawn = drawn_marks(marks, answer.shown_period)
    chart = with_marks(chart, drawn, plot, answer.shown_period)
    st.altair_chart(chart, width="stretch", key=_CHART, on_select=partial(_picked, answer))
    kind = drawn_kind(answer.measure, len(plot.series), answer.state.display.chart)
    if kind != answer.state.display.chart:
        blocks.quiet(f"{answer.measure.label} cannot be added up, so it is drawn as lines.")
    ghost = None
    if plot.ghost and answer.versus and shows_ghost(answer.measure, len(plot.series), kind):
        before = answer.versus.before[answer.state.measure]
        ghost = plot.ghost.label, answer.compared_total.scale.write(before)
    legend(
        _entries(answer, plot),
        ghost=ghost,
        signs=signs(plot.timeline),
    )
    if coming:
        days_ahead.line(answer, coming, drawn=is_ahead_drawn)
    elif why := days_ahead.lacks(answer):
        blocks.quiet(why)
    if plan:
        _say(plan, plot, answer)
    if marks:
        blocks.quiet(_marked(drawn, len(marks)))


def _say(plan: PlanOnChart, plot: Plot, answer: Answer) -> None:
    """What the plan's line is, or why it is not there."""
    if plan.line and not plan_lines.is_beside_whole(plot, answer.state.display.chart):
        blocks.quiet(
            f"The plan “{plan.line.name}” is of the whole, so it is not drawn beside lines of parts."
        )
    else:
        blocks.quiet(plan.words)


def _marked(drawn: list[Mark], total: int) -> str:
    """``▲ on the axis: 2 anomalies, 1 annotation; 3 more of these days on the Anomalies page.``"""
    kinds = Counter(mark.kind for mark in drawn)
    counts = [
        count_of(kinds[kind], *names)
        for kind, names in ((ANOMALY, ("anomaly", "anomalies")), (ANNOTATION, ("annotation", "annotations")))
        if kinds[kind]
    ]
    left_out = total - len(drawn)
    more = f"; {left_out:,} more of these days on the Anomalies page" if left_out else ""
    return f"▲ on the axis: {', '.join(counts)}{more}."


def _offer_whole(answer: Answer) -> None:
    """Where a week or month at an edge is cut: a click to whole ones, which can be compared."""
    if answer.grain == "day":
        return
    whole = whole_buckets(answer.shown_period, answer.grain, answer.today)
    if whole.days and whole != answer.period:
        st.button(
            f"Whole {answer.grain}s: {period_label(whole)}", key="whole-buckets", type="tertiary",
            icon=":material/event_available:", on_click=choose_days, args=(whole,),
            help=f"The {answer.grain}s that this range reaches into and that are over.",
        )  # fmt: skip


def _entries(answer: Answer, plot: Plot) -> list[Entry]:
    groups, amounts = answer.series_groups(), answer.part_texts()
    return [
        Entry(name, plot.colors[name], amounts[name], *_way_in(answer, groups, name)) for name in plot.series
    ]


def _way_in(answer: Answer, groups: dict[str, Group], name: str) -> tuple[Group, tuple[Value, ...]]:
    """What a click on a series narrows to. Other: all but the named ones, where one dimension tells them."""
    if name in groups or len(answer.state.group_by) != 1:
        return groups.get(name, ()), ()
    return (), tuple(value for group in groups.values() for _, value in group)


def _picked(answer: Answer) -> None:
    """A mark was clicked: narrow to its series; with one total only, to its days."""
    points = st.session_state[_CHART]["selection"].get(PICK) or []
    if not points or points[0].get("turn") != explorer_state.ADDRESS.turn():
        return
    name, groups = str(points[0]["series"]), answer.series_groups()
    if not answer.state.group_by:
        day = datetime.fromtimestamp(points[0]["mid"] / 1000, UTC).date()
        drilling.into_days(next(bucket for bucket in answer.timeline.buckets() if day in bucket))
        return
    group, left_out = _way_in(answer, groups, name)
    if group:
        drilling.into(group)
    elif left_out:
        drilling.into_others(left_out)


def _ghost(answer: Answer) -> Ghost | None:
    """The earlier days' total, laid over the days now."""
    if not answer.versus:
        return None
    alike = ", weekday by weekday" if answer.versus.periods.line_is_by_weekday(answer.grain) else ""
    label = f"Before: {period_label(answer.versus.periods.earlier)}{alike}"
    return Ghost(label, answer.versus.laid_over(answer.query.measuring(answer.state.measure), answer.grain))
