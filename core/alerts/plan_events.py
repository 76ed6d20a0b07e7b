"""Financial plans that are used up, or expected to be, to a share that is worth telling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial

from core.alerts.message import plain
from core.alerts.verdict import Verdict, over, staying
from core.alerts.world import World
from core.dimensions import MEASURES
from core.errors import InputError
from core.explore.insights import KnownDays
from core.explore.plan_figures import PlanFigures, PlanPeriod, figures, forecast_end, plan_query
from core.explore.projection import Projection, known_for, looked_at
from core.formats import day_label, short
from core.periods import calendar_label, calendar_period, day_of
from core.store.alert_kinds import RuleKind
from core.store.alert_rules import Rule
from core.store.owners import Kind, private
from core.store.plans import Plan, list_plans

_SLACK = 0.95
"""What is expected moves to and fro: it is over once it is clearly below the threshold."""


def plan_events(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of each plan's period under way; of a private plan only where the rule names it."""
    for plan in world.once("plans", lambda: list_plans(world.db)):
        period = calendar_period(plan.content.period, world.today)
        if not _is_asked_for(world, rule, plan) or not plan.content.amounts.get(period.start):
            continue
        planned = world.once(("plan", plan.id, world.today), partial(_figures, world, plan))
        if planned and planned.current:
            yield from _judged(planned, planned.current, rule)


def _is_asked_for(world: World, rule: Rule, plan: Plan) -> bool:
    if rule.terms.plan is not None:
        return rule.terms.plan == plan.id
    return plan.id not in world.once("private plans", lambda: private(world.db, Kind.PLAN))


def _figures(world: World, plan: Plan) -> PlanFigures | None:
    """As they were on that day; None for a plan whose scope cannot be read."""
    day, present = world.today, day_of(world.present)
    try:
        query = plan_query(plan, present)
        days = (query.measures, looked_at(query, present))
        known = world.once(days, lambda: known_for(world.db, world.ledger, query, present))
        whole = world.once(("plan", plan.id), lambda: _projection(world, plan, known))
    except InputError:
        return None
    return PlanFigures(plan, whole if day == present else _as_of(whole, day, forecast_end(plan, day)), day)


def _as_of(whole: Projection, day: date, end: date) -> Projection:
    """What was known and expected on an earlier day, of what is known now."""
    parts = (
        replace(
            part,
            complete_until=min(part.complete_until, day),
            values={known: value for known, value in part.values.items() if known < day},
            gained={known: more for known, more in part.gained.items() if known < day},
            end=end,
        )
        for part in whole.parts
    )
    return replace(whole, parts=tuple(parts), end=end)


def _projection(world: World, plan: Plan, known: list[KnownDays]) -> Projection:
    return figures(world.ledger, plan, known, day_of(world.present)).projection


def _judged(planned: PlanFigures, current: PlanPeriod, rule: Rule) -> Iterator[Verdict]:
    """Nothing where nothing is known."""
    amount, shares = _amount(current, rule), rule.terms.shares or ()
    if amount is None:
        return
    key = f"{rule.kind}:{planned.plan.id}:{current.period.start}"
    share, page = 100 * amount / current.budget, f"plans?plan={planned.plan.id}"
    name, period = plain(planned.plan.name), calendar_label(planned.plan.content.period, current.period.start)
    if level := sum(share >= wanted for wanted in shares):
        subject = _subject(rule, name, period, share)
        yield Verdict(key, level, subject, _text(planned, current), page, graded=True)
    elif share >= shares[0] * _SLACK:
        yield staying(key)
    else:
        subject = f"Plan {name}, {period}: below {shares[0]}% again"
        yield over(key, subject, _text(planned, current), page)


def _amount(current: PlanPeriod, rule: Rule) -> int | None:
    if rule.kind is RuleKind.PLAN_ACTUAL:
        return current.actual
    return current.expected.point if current.expected else None


def _subject(rule: Rule, name: str, period: str, share: float) -> str:
    """The per cents are cut, not rounded: 99.9 is not yet all."""
    is_actual = rule.kind is RuleKind.PLAN_ACTUAL
    says = "is used up to" if is_actual else "is expected to end at"
    return f"Plan {name}, {period} {says} {int(share):,}%"


def _text(planned: PlanFigures, current: PlanPeriod) -> str:
    measure = MEASURES[planned.plan.content.measure]
    unit = " tokens" if measure.name == "tokens" else ""
    known = len(current.total.known_days)
    parts = [
        f"{short(measure, current.actual)} of {short(measure, current.budget)}{unit} is used, by "
        f"{known} known days of {current.period.days}."
        if known
        else f"No day of it is known yet. The budget is {short(measure, current.budget)}{unit}."
    ]
    if ahead := current.expected:
        low, high = short(measure, ahead.low), short(measure, ahead.high)
        parts.append(
            f"Expected at the end: {short(measure, ahead.point)}; four in five such sums lie from {low} "
            f"to {high}."
        )
    if planned.breaks_on:
        used_up = "was used up" if planned.is_over else "is expected to be used up"
        parts.append(f"The budget {used_up} on {day_label(planned.breaks_on)}.")
    return " ".join(parts)
