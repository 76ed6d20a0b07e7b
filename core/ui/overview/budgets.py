"""Plans in trouble: over their budget, or expected to be before their period ends."""

from __future__ import annotations

from core.dimensions import MEASURES
from core.explore.plan_figures import PlanFigures
from core.figures import row_scale
from core.formats import count_of, day_label
from core.ui.app import blocks, forecasts, html, ways
from core.ui.app.ways import Way
from core.ui.overview.overview import Overview

_MOST = 5


def plans_in_trouble(overview: Overview) -> None:
    """Those that are over first, then those that break soonest; nothing where all last. Not to whom only a
    part is shown: a budget is for the whole."""
    if overview.ledger.restriction:
        return
    all_figures, _ = forecasts.all_plans(overview.ledger, overview.today)
    troubled = [figures for figures in all_figures if figures.breaks_on]
    if not troubled:
        return
    rows = [_row(figures) for figures in troubled[:_MOST]]
    more = len(troubled) - len(rows)
    html.show(html.div(rows, cls="tl-list"))
    if more:
        blocks.quiet(f"{count_of(more, 'more plan')} on the Plans page.")


def _row(figures: PlanFigures) -> html.Node:
    breaks, current = figures.breaks_on, figures.current
    day = day_label(breaks) if breaks else ""
    word = ("bad", "Over budget") if figures.is_over else ("calm", f"Breaks {day}")
    return ways.link(
        Way("plans", {"plan": [str(figures.plan.id)]}),
        html.span(html.b(html.name(figures.plan.name))),
        html.span(blocks.badge(*word)),
        html.span(_amounts(figures)),
        html.span(f"Passed on {day}" if figures.is_over else "", cls="tl-quiet"),
        cls="tl-row",
        title=f"Open the plan {figures.plan.name}" if current else None,
    )


def _amounts(figures: PlanFigures) -> str:
    current = figures.current
    if current is None:
        return ""
    measure = MEASURES[figures.plan.content.measure]
    scale = row_scale(measure, (current.actual, current.budget))
    spent = f"{scale.write(current.actual)} of {scale.write(current.budget)}"
    return f"{spent}, {scale.write(current.expected.point)} expected" if current.expected else spent
