"""Forecasts and plans for the pages, cached like every other answer."""

from __future__ import annotations

from datetime import date

from core.errors import InputError
from core.explore import projection
from core.explore.gains import with_gains
from core.explore.insights import KnownDays, known_days_of
from core.explore.plan_figures import PlanFigures, forecast_end, plan_query
from core.explore.projected_days import Total
from core.explore.projection import Projection
from core.explore.query import Filter, Query
from core.ledger.snapshot import Snapshot
from core.periods import calendar_period
from core.store.plans import Plan
from core.ui.app import data, ownership


def projections(ledger: Snapshot, query: Query, today: date, end: date) -> dict[tuple[str, ...], Projection]:
    """``core.explore.projection.projections``, over the days that each connection knows."""
    held = data.coverage(ledger, projection.looked_at(query, today), today)
    known = _with_gains(ledger, known_days_of(held, query.measures[0]), query.measures[0], today)
    return data.of_days(
        "projections",
        ledger,
        (query, today, end),
        lambda: projection.projections(ledger, query, known, today, end),
    )


def _with_gains(ledger: Snapshot, known: list[KnownDays], measure: str, today: date) -> list[KnownDays]:
    def read() -> list[KnownDays]:
        with data.shared_store() as db:
            return with_gains(db, ledger.connections, known, measure, today)

    return data.of_days("gains", ledger, (repr(known), measure, today), read)


def month_total(
    ledger: Snapshot, today: date, filters: tuple[Filter, ...] = (), measure: str = "cost"
) -> Total:
    """What is known of the month of today, and what all of it is expected to be."""
    month = calendar_period("month", today)
    by_group = projections(ledger, Query((measure,), month, filters=filters), today, month.end)
    return by_group[()].within(month)


def plan_figures(ledger: Snapshot, plan: Plan, today: date) -> PlanFigures:
    """``core.explore.plan_figures.figures``.

    Raises:
        InputError: the plan's scope cannot be read.
    """
    query = plan_query(plan, today)
    (projection,) = projections(ledger, query, today, forecast_end(plan, today)).values()
    return PlanFigures(plan, projection, today)


def all_plans(ledger: Snapshot, today: date) -> tuple[tuple[PlanFigures, ...], tuple[tuple[Plan, str], ...]]:
    """Every plan: over budget, then those that break, the soonest first, then the others by name; and those
    that can no longer be read, with the reason."""
    all_figures, problems = list[PlanFigures](), list[tuple[Plan, str]]()
    for plan in ownership.plans():
        try:
            all_figures.append(plan_figures(ledger, plan, today))
        except InputError as error:
            problems.append((plan, str(error)))
    all_figures.sort(
        key=lambda figures: (not figures.is_over, figures.breaks_on or date.max, figures.plan.name.casefold())
    )
    return tuple(all_figures), tuple(problems)
