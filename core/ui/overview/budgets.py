"""Plans in trouble: over their budget, or expected to be before their period ends."""

from __future__ import annotations

from core.dimensions import MEASURES
from core.explore.plan_figures import PlanFigures
from core.figures import row_scale
from core.formats import day_label
from core.ui.app import blocks, forecasts, html, ways
from core.ui.app.text import count_of
from core.ui.app.ways import Way
from core.ui.overview.overview import Overview

_MOST = 5


def plans_in_trouble(overview: Overview) -> None:
    """Those that are over first, then those that break soonest; nothing where all last."""
    found, _ = forecasts.all_plans(overview.ledger, overview.today)
    troubled = [one for one in found if one.breaks_on]
    if not troubled:
        return
    rows = [_row(one) for one in troubled[:_MOST]]
    more = len(troubled) - len(rows)
    html.show(html.div(rows, cls="tl-list"))
    if more:
        blocks.quiet(f"{count_of(more, 'more plan')} on the Plans page.")


def _row(found: PlanFigures) -> html.Node:
    breaks, current = found.breaks_on, found.current
    day = day_label(breaks) if breaks else ""
    word = ("bad", "Over budget") if found.is_over else ("calm", f"Breaks {day}")
    return ways.link(
        Way("plans", {"plan": [str(found.plan.id)]}),
        html.span(html.b(html.name(found.plan.name))),
        html.span(blocks.badge(*word)),
        html.span(_amounts(found)),
        html.span(f"Passed on {day}" if found.is_over else "", cls="tl-quiet"),
        cls="tl-row",
        title=f"Open the plan {found.plan.name}" if current else None,
    )


def _amounts(found: PlanFigures) -> str:
    current = found.current
    if current is None:
        return ""
    measure = MEASURES[found.plan.content.measure]
    scale = row_scale(measure, (current.actual, current.budget))
    spent = f"{scale.write(current.actual)} of {scale.write(current.budget)}"
    return f"{spent}, {scale.write(current.expected.point)} expected" if current.expected else spent
