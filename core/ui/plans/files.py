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
    found, unit, ending = page.chosen, page.measure.unit, _ending(page)
    ahead = [one.expected for one in found.periods]
    kind = found.plan.content.period
    return [
        Column("period", [calendar_label(kind, one.period.start) for one in found.periods]),
        Column(f"budget_{ending}", [one.budget for one in found.periods], unit),
        Column(f"actual_{ending}", [one.actual for one in found.periods], unit),
        Column(f"variance_{ending}", [one.variance for one in found.periods], unit),
        Column(f"forecast_{ending}", [one.point if one else None for one in ahead], unit),
        Column(f"forecast_low_{ending}", [one.low if one else None for one in ahead], unit),
        Column(f"forecast_high_{ending}", [one.high if one else None for one in ahead], unit),
        Column("known_days", [len(one.total.known_days) for one in found.periods]),
        Column("days", [one.period.days for one in found.periods]),
    ]


def _course(page: PlansPage) -> list[Column]:
    current, unit, ending = page.chosen.current, page.measure.unit, _ending(page)
    points = page.chosen.course(current.period) if current else []
    ahead = [point.expected for point in points]
    return [
        Column("day", [point.day for point in points]),
        Column(f"sum_{ending}", [point.actual for point in points], unit),
        Column(f"forecast_{ending}", [one.point if one else None for one in ahead], unit),
        Column(f"forecast_low_{ending}", [one.low if one else None for one in ahead], unit),
        Column(f"forecast_high_{ending}", [one.high if one else None for one in ahead], unit),
    ]


def _ending(page: PlansPage) -> str:
    return page.measure.column


def about(page: PlansPage) -> About:
    """What a workbook says of itself."""
    found, current = page.chosen, page.chosen.current
    lines = [("Plan", found.plan.name), ("Of", page.scope), ("Measure", page.measure.label)]
    if current:
        lines.append(("Period under way", period_label(current.period)))
        lines.append(("Budget", amount_text(found.plan.content.measure, current.budget)))
    lines.append(("Complete until", found.projection.complete_until.isoformat()))
    lines.append(("Breaks on", found.breaks_on.isoformat() if found.breaks_on else "–"))
    return lines
