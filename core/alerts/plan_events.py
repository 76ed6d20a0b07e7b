"""Financial plans that are used up, or expected to be, to a share that is worth telling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date

from sqlite_utils import Database

from core.alerts.message import plain
from core.alerts.verdict import Verdict, over, staying
from core.dimensions import MEASURES
from core.errors import InputError
from core.explore.plan_figures import PlanFigures, PlanPeriod, figures, plan_query
from core.explore.projection import known_for
from core.formats import short
from core.ledger.snapshot import Snapshot
from core.periods import calendar_label
from core.store.alert_rules import Rule, RuleName
from core.store.plans import list_plans

_WHOLE = 100
_STEPS = ((150, 5), (_WHOLE, 3), (0, 2))
"""Per cent -> level; each is half as much again as the one before: all of it, and half as much again."""
_SLACK = 0.95
"""What is expected moves to and fro: it is over once it is clearly below the threshold."""


def all_figures(ledger: Snapshot, db: Database, today: date) -> Iterator[PlanFigures]:
    """Of every plan; one whose scope cannot be read is not judged."""
    for plan in list_plans(db):
        with suppress(InputError):
            yield figures(ledger, plan, known_for(db, ledger, plan_query(plan, today), today), today)


def plan_events(all_planned: Iterable[PlanFigures], rule: Rule) -> Iterator[Verdict]:
    """Of each plan's period under way."""
    for planned in all_planned:
        if planned.current and planned.current.budget and (told := _judged(planned, planned.current, rule)):
            yield told


def _judged(planned: PlanFigures, current: PlanPeriod, rule: Rule) -> Verdict | None:
    """None where nothing is known."""
    amount = _amount(current, rule)
    if amount is None:
        return None
    key = f"{rule.name}:{planned.plan.id}:{current.period.start}"
    share = 100 * amount / current.budget
    name, period = plain(planned.plan.name), calendar_label(planned.plan.content.period, current.period.start)
    if share >= rule.threshold:
        level = next(level for least, level in _STEPS if share >= least)
        return Verdict(key, level, _subject(rule, name, period, share), _text(planned, current), "plans")
    if share >= rule.threshold * _SLACK:
        return staying(key)
    return over(
        key, f"Plan {name}, {period}: below {rule.threshold} % again", _text(planned, current), "plans"
    )


def _amount(current: PlanPeriod, rule: Rule) -> int | None:
    if rule.name is RuleName.PLAN_ACTUAL:
        return current.actual
    return current.expected.point if current.expected else None


def _subject(rule: Rule, name: str, period: str, share: float) -> str:
    """The per cents are cut, not rounded: 99.9 is not yet all."""
    is_actual = rule.name is RuleName.PLAN_ACTUAL
    says = "is used up to" if is_actual else "is expected to end at"
    return f"Plan {name}, {period} {says} {int(share):,} %"


def _text(planned: PlanFigures, current: PlanPeriod) -> str:
    measure = MEASURES[planned.plan.content.measure]
    parts = [
        f"{short(measure, current.actual)} of {short(measure, current.budget)} "
        f"in {len(current.total.known_days)} of {current.period.days} days."
    ]
    if ahead := current.expected:
        low, high = short(measure, ahead.low), short(measure, ahead.high)
        parts.append(f"Expected at the end: {short(measure, ahead.point)} ({low} to {high}).")
    if planned.breaks_on:
        parts.append(f"The budget is used up on {planned.breaks_on}.")
    return " ".join(parts)
