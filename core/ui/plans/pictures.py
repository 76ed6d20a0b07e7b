"""The plan in view: its numbers, its burn-up, and its periods beside their budgets."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from core.charts.plan_charts import ACTUAL, BUDGET, EXPECTED, BurnUp, burn_up_chart, periods_chart
from core.explore.plan_figures import PlanPeriod, plan_query
from core.figures import Scale, row_scale
from core.forecast.outlook import Ahead
from core.formats import UNKNOWN, count_between, count_of, day_label, exact, period_label
from core.periods import calendar_label, preset
from core.ui.app import blocks, downloads, html, ways
from core.ui.app.navigation import page_file
from core.ui.plans import plan_files
from core.ui.plans.planned import PlansPage

TOO_LITTLE = "Too little history"
_OF_RANGE = "Of the whole period. The range holds four in five of such sums."
_MOST_BARS = 24


def numbers(page: PlansPage) -> None:
    """Actual, budget, forecast and the day it breaks, of the period under way."""
    current = page.chosen.current
    if current is None:
        blocks.quiet("There is no budget for the period under way. Add one below.")
        return
    scale, ahead = _scale(page, [current]), current.expected
    cells = [
        (f"{page.measure.label} so far", scale.write(current.actual), _used(current), _known(page, current)),
        ("Budget", scale.write(current.budget), period_label(current.period), _exactly(page, current.budget)),
        ("Forecast", scale.write(ahead.point if ahead else None), _range(scale, ahead), _OF_RANGE),
        ("Over or under", *_variance(page, scale, current)),
        ("Breaks", *_breaks(page)),
    ]
    with blocks.number_row("plan-numbers"):
        for label, value, below, text in cells:
            st.metric(
                label, value, delta=_safe(below), delta_color="off", delta_arrow="off", border=True,
                height="stretch", help=_safe(text),
            )  # fmt: skip
    if ahead is None and current.total.young:
        blocks.quiet(current.total.lacks)


def _safe(text: str) -> str:
    return text.replace("$", r"\$")


def _used(current: PlanPeriod) -> str:
    used = f"{current.used:.0%} used" if current.used is not None else "nothing known yet"
    return f"{used}, {current.gone:.0%} of days gone"


def _known(page: PlansPage, current: PlanPeriod) -> str:
    total = current.total
    days = count_between(len(total.known_days), total.most_known_days, "day")
    parts = [f"Exactly {exact(page.measure, current.actual)}, of {days}."]
    if number := total.estimated_days:
        parts.append(f"{count_of(number, 'day')} between are not known: the forecast takes their weekdays.")
    if number := total.grown_days:
        gain = exact(page.measure, total.gained)
        parts.append(
            f"{count_of(number, 'day')} may still be revised: the forecast has the {gain} such days gain."
        )
    if number := total.unknown_days:
        parts.append(f"{count_of(number, 'day')} before history begins are in no number.")
    return " ".join(parts)


def _scale(page: PlansPage, periods: Sequence[PlanPeriod]) -> Scale:
    """One precision for all amounts of these periods."""
    return row_scale(
        page.measure, [amount for period in periods for amount in (period.actual, period.budget)]
    )


def _exactly(page: PlansPage, amount: int) -> str:
    return f"Exactly {exact(page.measure, amount)}."


def _range(scale: Scale, ahead: Ahead | None) -> str:
    return f"{scale.write(ahead.low)} to {scale.write(ahead.high)}" if ahead else TOO_LITTLE


def _variance(page: PlansPage, scale: Scale, current: PlanPeriod) -> tuple[str, str, str]:
    ahead = current.expected
    if ahead is None:
        return UNKNOWN, TOO_LITTLE, "The forecast less the budget."
    step = ahead.point - current.budget
    part = f"{abs(step) / current.budget:.0%} of the budget" if current.budget else "no budget"
    below = f"{'over' if step > 0 else 'under'}, {part}"
    return (
        _less(scale, ahead.point, current.budget),
        below,
        f"The forecast less the budget. {_exactly(page, step)}",
    )


def _less(scale: Scale, amount: int | None, budget: int) -> str:
    """The difference of the two as they are printed."""
    printed, planned = scale.steps(amount), scale.steps(budget)
    return scale.signed(None if printed is None or planned is None else printed - planned)


def _breaks(page: PlansPage) -> tuple[str, str, str]:
    figures = page.chosen
    text = "The day on which the sum, or its forecast, passes the budget."
    if figures.breaks_on:
        return day_label(figures.breaks_on), "used up already" if figures.is_over else "as expected", text
    if figures.current and figures.current.expected is None:
        return UNKNOWN, TOO_LITTLE, text
    return "Lasts", "to the end of the period", text


def burn_up_card(page: PlansPage) -> None:
    """The sum day by day, the budget, and the fan of the forecast."""
    current = page.chosen.current
    if current is None:
        return
    with st.container(border=True, key="card-burn-up"):
        extent = f"{page.scope} · {period_label(current.period)}"
        with blocks.card_head("burn-up", f"{page.measure.label} against budget", extent):
            _way_to_chart(page)
            downloads.menu(
                [plan_files.course_file(page), plan_files.periods_file(page)],
                lambda: plan_files.about(page),
                key="plan",
            )
        points = page.chosen.course(current.period)
        st.altair_chart(
            burn_up_chart(
                BurnUp(
                    current.period,
                    points,
                    current.budget,
                    page.measure,
                    page.chosen.breaks_on,
                    blocks.theme(),
                )
            ),
            width="stretch",
        )
        _legend()


_PRESETS = {"month": "month_to_date", "quarter": "this_quarter", "year": "year_to_date"}


def _way_to_chart(page: PlansPage) -> None:
    """To the view of the plan's scope, its line on the chart: from there it is pinned to a dashboard."""
    plan = page.chosen.plan
    name = _PRESETS[plan.content.period]
    query = plan_query(plan, page.today).during(preset(name, page.today))
    explorer = "usage" if plan.content.measure == "tokens" else "cost"
    to = ways.way(explorer, query, preset=name, plan=plan.name)
    st.page_link(
        page_file(to.page), query_params=to.params, label="On the chart", icon=":material/show_chart:",
        help="The view of the same use with the plan's line; pin it to a dashboard from there.",
    )  # fmt: skip


def _legend() -> None:
    theme = blocks.theme()
    colors = ((ACTUAL, theme.hues[0]), (EXPECTED, theme.hues[0] + "66"), (BUDGET, theme.ink))
    html.show(
        html.div([blocks.legend_item("tl-swatch", name, color=hue) for name, hue in colors], cls="tl-legend")
    )


def periods_card(page: PlansPage) -> None:
    """Every period that has begun: actual, budget, variance."""
    periods = page.chosen.periods
    if not periods:
        return
    names = [calendar_label(page.chosen.plan.content.period, period.period.start) for period in periods]
    with st.container(border=True, key="card-periods"):
        blocks.card_title("Plan and actual", f"By {page.chosen.plan.content.period}; lighter: still expected")
        st.altair_chart(
            periods_chart(periods[-_MOST_BARS:], names[-_MOST_BARS:], page.measure, blocks.theme()),
            width="stretch",
        )
        scale = _scale(page, periods)
        rows = [_row(scale, name, period) for name, period in zip(names, periods, strict=True)]
        st.dataframe(
            pl.DataFrame(rows[::-1]), hide_index=True, width="stretch",
            height=blocks.table_height(len(rows)), alt=f"Periods of the plan: {len(rows)} rows",
        )  # fmt: skip


def _row(scale: Scale, name: str, period: PlanPeriod) -> dict[str, str]:
    ahead = period.expected if period.gone < 1 else None
    return {
        "Period": name,
        "Actual": scale.write(period.actual),
        "Budget": scale.write(period.budget),
        "Variance": _less(scale, period.actual, period.budget),
        "Used": UNKNOWN if period.used is None else f"{period.used:.0%}",
        "Days known": f"{len(period.total.known_days)} of {period.period.days}",
        "Forecast": scale.write(ahead.point if ahead else None),
    }
