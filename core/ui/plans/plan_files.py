"""The Plans page's files."""

from __future__ import annotations

from core.explore.plan_amounts import amount_text
from core.explore.sheets import Column
from core.explore.workbook import About
from core.formats import period_label
from core.periods import calendar_label
from core.ui.app.downloads import File
from core.ui.plans.planned import PlansPage


def periods_file(page: PlansPage) -> File:
    """A row for each period that has begun."""
    return File("Plan and actual", f"token-ledger_plan_{page.today}", lambda: _periods(page))


def course_file(page: PlansPage) -> File:
    """A row for each day of the period under way."""
    return File("Day by day", f"token-ledger_plan-by-day_{page.today}", lambda: _course(page))


def _periods(page: PlansPage) -> list[Column]:
    figures, unit, ending = page.chosen, page.measure.unit, _ending(page)
    ahead = [period.expected for period in figures.periods]
    kind = figures.plan.content.period
    return [
        Column("period", [calendar_label(kind, period.period.start) for period in figures.periods]),
        Column(f"budget_{ending}", [period.budget for period in figures.periods], unit),
        Column(f"actual_{ending}", [period.actual for period in figures.periods], unit),
        Column(f"variance_{ending}", [period.variance for period in figures.periods], unit),
        Column(f"forecast_{ending}", [expected.point if expected else None for expected in ahead], unit),
        Column(f"forecast_low_{ending}", [expected.low if expected else None for expected in ahead], unit),
        Column(f"forecast_high_{ending}", [expected.high if expected else None for expected in ahead], unit),
        Column("known_days", [len(period.total.known_days) for period in figures.periods]),
        Column("days", [period.period.days for period in figures.periods]),
    ]


def _course(page: PlansPage) -> list[Column]:
    current, unit, ending = page.chosen.current, page.measure.unit, _ending(page)
    points = page.chosen.course(current.period) if current else []
    ahead = [point.expected for point in points]
    return [
        Column("day", [point.day for point in points]),
        Column(f"sum_{ending}", [point.actual for point in points], unit),
        Column(f"forecast_{ending}", [expected.point if expected else None for expected in ahead], unit),
        Column(f"forecast_low_{ending}", [expected.low if expected else None for expected in ahead], unit),
        Column(f"forecast_high_{ending}", [expected.high if expected else None for expected in ahead], unit),
    ]


def _ending(page: PlansPage) -> str:
    return page.measure.column


def about(page: PlansPage) -> About:
    """What a workbook says of itself."""
    figures, current = page.chosen, page.chosen.current
    lines = [("Plan", figures.plan.name), ("Of", page.scope), ("Measure", page.measure.label)]
    if current:
        lines.append(("Period under way", period_label(current.period)))
        lines.append(("Budget", amount_text(figures.plan.content.measure, current.budget)))
    lines.append(("Complete until", figures.projection.complete_until.isoformat()))
    lines.append(("Breaks on", figures.breaks_on.isoformat() if figures.breaks_on else "–"))
    return lines
