"""A plan as a tile: its figures of the period under way, and, where there is room, its burn-up."""

from __future__ import annotations

import streamlit as st

from core.charts.plan_charts import BurnUp, burn_up_chart
from core.explore.plan_figures import PlanFigures, PlanPeriod
from core.figures import row_scale
from core.formats import day_label, period_label
from core.store.dashboards import TileLook
from core.ui.app import blocks, forecasts, html, plan_lines
from core.ui.app.answers import Answer

_HEIGHT = 250


def draw(answer: Answer, look: TileLook) -> None:
    """Of the plan that the view lays on its chart, as long as the tile is of the same as the plan."""
    name = answer.state.display.plan
    plan = plan_lines.find(name) if name else None
    if plan is None:
        blocks.quiet(f"There is no plan called “{name}”." if name else _NO_PLAN)
        return
    if reason := plan_lines.why_not(plan, answer):
        blocks.quiet(f"The plan “{plan.name}” cannot be shown here: {reason}.")
        return
    figures = forecasts.plan_figures(answer.ledger, plan, answer.today)
    current = figures.current
    if current is None:
        blocks.quiet(f"The plan “{plan.name}” has no amount for the period under way.")
        return
    _figures(answer, figures, current)
    if look.height == "tall":
        _burn_up(answer, figures, current)


_NO_PLAN = "This view has no plan: choose one above the chart on its page, and save the view anew."


def _figures(answer: Answer, figures: PlanFigures, current: PlanPeriod) -> None:
    ahead, measure = current.expected, answer.measure
    scale = row_scale(measure, (current.actual, current.budget))
    used = "" if current.used is None else f"{current.used:.0%} used"
    cells = [
        (f"{measure.label} so far", scale.write(current.actual), used),
        ("Budget", scale.write(current.budget), period_label(current.period)),
        ("Forecast", scale.write(ahead.point if ahead else None), "" if ahead else current.total.too_little),
        ("Breaks", *_breaks(figures, current)),
    ]
    html.show(html.div([_cell(*cell) for cell in cells], cls="tl-plan-tile"))


def _cell(title: str, value: str, below: str) -> html.Node:
    return html.div(html.span(title, cls="tl-quiet"), html.b(value), html.span(below, cls="tl-quiet"))


def _breaks(figures: PlanFigures, current: PlanPeriod) -> tuple[str, str]:
    if figures.breaks_on:
        return day_label(figures.breaks_on), "used up" if figures.is_over else "as expected"
    return ("Lasts", "to its end") if current.expected else ("–", "")


def _burn_up(answer: Answer, figures: PlanFigures, current: PlanPeriod) -> None:
    shown = BurnUp(
        current.period, figures.course(current.period), current.budget, answer.measure, figures.breaks_on,
        blocks.theme(), _HEIGHT,
    )  # fmt: skip
    st.altair_chart(burn_up_chart(shown), width="stretch")
