"""The commands that look ahead: ``forecast``, ``plans``, and ``query --forecast``."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import date
from typing import Any

from core import operations
from core.cli import codes
from core.cli.printing import print_json
from core.clock import utc_now
from core.dimensions import MEASURES, TIME_DIMENSIONS, Unit
from core.errors import InputError
from core.explore.forecast_file import ForecastFile, json_of
from core.explore.insights import KnownDays
from core.explore.labels import parse_filters
from core.explore.list_lookup import require_listed_tags
from core.explore.plan_amounts import amount_text
from core.explore.plan_figures import PlanFigures, PlanPeriod, figures, plan_query
from core.explore.projected_days import TAKES, too_little
from core.explore.projection import known_for, projections
from core.explore.query import Query
from core.explore.sheets import sheet_bytes
from core.ledger.snapshot import Snapshot
from core.periods import calendar_label, calendar_period, day_of
from core.settings import from_environment
from core.store.database import database
from core.store.plans import Plan, list_plans

_FURTHEST_DAYS = 400


def forecast(given: Namespace) -> int:
    """Print what the period under way is expected to be."""
    period = calendar_period(given.until, day_of(utc_now()))
    question = Query((given.measure,), period, given.group_by, parse_filters(given.where))
    ledger = operations.open_ledger(from_environment())
    require_listed_tags(ledger, question)
    return print_forecast(ledger, question, as_json=given.json, by_day=given.by_day)


def print_forecast(ledger: Snapshot, question: Query, *, as_json: bool, by_day: bool) -> int:
    """What is known of a range, and what it is expected to be in whole; says how many groups have none.

    Raises:
        InputError: it groups by time, or ends too far ahead.
    """
    today = day_of(utc_now())
    if set(question.group_by) & set(TIME_DIMENSIONS):
        raise InputError(
            "A forecast of a range is not grouped by time.",
            field="group_by",
            remedy="For each day, use: python -m core forecast --by-day.",
        )
    if (question.period.end - today).days > _FURTHEST_DAYS:
        raise InputError("The range ends too far ahead.", remedy=f"End it within {_FURTHEST_DAYS} days.")
    by_group = projections(ledger, question, _known(ledger, question, today), today, question.period.end)
    file = ForecastFile(question, by_group)
    columns = file.by_day if by_day else file.columns
    if as_json:
        sys.stdout.write(json_of(columns))
    else:
        sys.stdout.buffer.write(sheet_bytes(columns))
    sys.stdout.flush()
    totals = [projection.within(question.period) for projection in by_group.values()]
    lacking = sum(total.ahead is None for total in totals)
    if lacking:
        groups = f" for {lacking:,} of {len(by_group):,} groups" if question.group_by else ""
        young = sorted({name for total in totals for name in total.young})
        sys.stderr.write(f"{too_little(young)} for a forecast{groups}: {TAKES}.\n")
    return codes.DONE


def _known(ledger: Snapshot, question: Query, today: date) -> list[KnownDays]:
    with database(from_environment()) as db:
        return known_for(db, ledger, question, today)


def print_plans(*, as_json: bool) -> int:
    """Print each plan's numbers; the exit code tells whether all of them last."""
    settings, today = from_environment(), day_of(utc_now())
    ledger = operations.open_ledger(settings)
    with database(settings) as db:
        kept = list_plans(db)
    well, told = True, []
    for plan in kept:
        try:
            numbers = figures(ledger, plan, _known(ledger, plan_query(plan, today), today), today)
        except InputError as error:
            well = False
            told.append({"name": plan.name, "problem": str(error)})
            continue
        well = well and numbers.breaks_on is None
        told.append(_plan_of(numbers))
    if as_json:
        print_json(told)
    else:
        sys.stdout.write(
            "".join(map(_line, told))
            or "There is no plan. Make one on the Plans page, or with “plans add”.\n"
        )
    return codes.DONE if well else codes.PARTLY


def _plan_of(numbers: PlanFigures) -> dict[str, Any]:
    content = numbers.plan.content
    return {
        "name": numbers.plan.name,
        "scope": content.params,
        "measure": content.measure,
        "period": content.period,
        "complete_until": numbers.projection.complete_until.isoformat(),
        "breaks_on": numbers.breaks_on.isoformat() if numbers.breaks_on else None,
        "current": _period_of(numbers.plan, numbers.current) if numbers.current else None,
        "periods": [_period_of(numbers.plan, period) for period in numbers.periods],
    }


def _period_of(plan: Plan, period: PlanPeriod) -> dict[str, Any]:
    """Dollars as decimal strings, tokens as numbers; unknown is null."""
    ahead = period.expected
    amounts = {
        "budget": period.budget,
        "actual": period.actual,
        "variance": period.variance,
        "forecast": ahead.point if ahead else None,
        "forecast_low": ahead.low if ahead else None,
        "forecast_high": ahead.high if ahead else None,
    }
    measure = plan.content.measure
    return {
        "name": calendar_label(plan.content.period, period.period.start),
        **{f"{name}_{_unit(measure)}": _json_amount(measure, value) for name, value in amounts.items()},
        "used": period.used,
        "gone": period.gone,
        "unknown_days": period.total.unknown_days,
        "estimated_days": period.total.estimated_days,
        "grown_days": period.total.grown_days,
        "too_little_history_in": list(period.total.young),
        f"gained_{_unit(measure)}": _json_amount(measure, period.total.gained),
    }


def _unit(measure: str) -> str:
    return "usd" if MEASURES[measure].unit is Unit.USD else "tokens"


def _json_amount(measure: str, value: int | None) -> str | int | None:
    if value is None or MEASURES[measure].unit is not Unit.USD:
        return value
    return f"-{amount_text(measure, -value)}" if value < 0 else amount_text(measure, value)


def _line(told: dict[str, Any]) -> str:
    name, now = told["name"], told.get("current")
    if "problem" in told:
        return f"{name}: cannot be read. {told['problem']}\n"
    if not now:
        return f"{name}: no budget for the {told['period']} under way\n"
    unit = _unit(told["measure"])
    words = [f"{now[f'actual_{unit}'] or 'unknown'} of {now[f'budget_{unit}']}"]
    words += (
        [f"{now['used']:.0%} used, {now['gone']:.0%} of the days gone"] if now["used"] is not None else []
    )
    if now[f"forecast_{unit}"] is None:
        words.append(f"{too_little(now['too_little_history_in'])} for a forecast".replace("T", "t", 1))
    else:
        low, high = now[f"forecast_low_{unit}"], now[f"forecast_high_{unit}"]
        words.append(f"expected {now[f'forecast_{unit}']} ({low} to {high})")
    words.append(f"breaks on {told['breaks_on']}" if told["breaks_on"] else "lasts")
    return f"{name}, {now['name']}: {'; '.join(words)}\n"
