"""The plan whose line is laid on a view's chart, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from core.charts.over_time import Plot, drawn_kind, shows_ghost
from core.charts.plan_line import PlanLine, with_plan_line
from core.errors import InputError
from core.explore.links import RUNNING
from core.explore.plan_line import spread, why_unfit
from core.figures import row_scale
from core.formats import period_label
from core.store.given_names import named
from core.store.plans import Plan
from core.ui.app import ownership
from core.ui.app.answers import Answer


@dataclass(frozen=True)
class PlanOnChart:
    """``line`` None: it is not drawn, and ``words`` say why; else they say what it is."""

    line: PlanLine | None
    words: str


def plan_on_chart(answer: Answer) -> PlanOnChart | None:
    """None where no plan is asked for, or only a part is shown: a plan is of the whole."""
    name = answer.state.display.plan
    if not name or answer.ledger.restriction:
        return None
    plan = find(name)
    if plan is None:
        return PlanOnChart(None, f"There is no plan called “{name}” any more.")
    reason = why_not(plan, answer)
    if reason:
        return PlanOnChart(None, f"The plan “{plan.name}” is not drawn: {reason}.")
    line = PlanLine(plan.name, spread(plan.content, answer.timeline.buckets()))
    if all(amount is None for amount in line.amounts):
        return PlanOnChart(None, f"The plan “{plan.name}” is not drawn: it has no amount for these days.")
    if line.amounts[0] is None and answer.state.display.chart == RUNNING:
        return PlanOnChart(
            None, f"The plan “{plan.name}” is not drawn: its first days have no amount to add up."
        )
    return PlanOnChart(line, _words(plan, line, answer))


def find(name: str) -> Plan | None:
    """The plan of a name, case aside."""
    return named(ownership.plans(), name)


def why_not(plan: Plan, answer: Answer) -> str:
    """Why it would not be of what the view shows; empty where it is."""
    try:
        return why_unfit(plan, answer.query)
    except InputError as error:
        return str(error).rstrip(".")


def _words(plan: Plan, line: PlanLine, answer: Answer) -> str:
    """How much it is, over the days that it speaks of."""
    told = [amount for amount in line.amounts if amount is not None]
    total = row_scale(answer.measure, (sum(told),)).write(sum(told))
    part = "" if len(told) == len(line.amounts) else "; the other days have no amount"
    return (
        f"Line: the plan “{plan.name}”, each {plan.content.period}'s amount used evenly over its days: "
        f"{total} in {period_label(answer.timeline.period)}{part}."
    )


def laid_on(chart: alt.LayerChart, shown: PlanOnChart | None, plot: Plot, kind: str) -> alt.LayerChart:
    """The chart with the line, if there is one, and if it does not stand beside lines of parts."""
    if shown is None or shown.line is None or not is_beside_whole(plot, kind):
        return chart
    is_running = drawn_kind(plot.measure, len(plot.series), kind) == RUNNING
    return with_plan_line(chart, shown.line, plot, is_running=is_running)


def is_beside_whole(plot: Plot, kind: str) -> bool:
    """Whether the chart shows the whole that the plan is of, and not the lines of its parts alone."""
    return shows_ghost(plot.measure, len(plot.series), kind)
