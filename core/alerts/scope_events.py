"""Amounts, changes and rates of a scope beyond a line, over days, weeks or months."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from types import MappingProxyType

from core.alerts.message import one_line, plain
from core.alerts.rule_words import rule_words
from core.alerts.runs import Reading, Run, each_alone, runs
from core.alerts.sums import Part, Total, before, parts_of, periods_until, total
from core.alerts.verdict import Ending, Verdict
from core.alerts.views import view
from core.alerts.world import World
from core.dimensions import MEASURES
from core.explore.plan_figures import scope_of
from core.formats import period_label, short
from core.money import MICROCENTS_PER_USD, usd_label
from core.periods import Period, day_of
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import Rule

_LOOKS_BACK = {"day": timedelta(days=14), "week": timedelta(days=21), "month": timedelta(days=45)}
"""What ended longer ago is not told any more."""
_MEASURE = {RuleKind.RATE: "effective_rate", RuleKind.CACHE: "cache_hit_rate"}
_EARLIER = {"day": "a week earlier", "week": "the week before", "month": "the month before"}
_MILLION, _WHOLE = 10**6, 100


def scope_events(world: World, rule: Rule) -> Iterator[Verdict]:
    """Of the rule's scope.

    Raises:
        InputError: the scope cannot be read, or a sum beyond 64 bits.
    """
    terms, grain = rule.terms, rule.terms.period or "day"
    parts = parts_of(world, scope_of(rule.content.scope), _measure(rule))
    read = _READS[rule.kind]
    periods = periods_until(grain, world.looked_at.start, world.today)
    readings = [read(terms, parts, period) for period in periods]
    for run in each_alone(readings) if _is_each_alone(rule) else runs(readings):
        if _is_told(run, rule, world.today - _LOOKS_BACK[grain]):
            yield _verdict(run, rule)


def _measure(rule: Rule) -> str:
    return rule.terms.measure or _MEASURE[rule.kind]


def _is_each_alone(rule: Rule) -> bool:
    """A week or a month above an amount is told whatever the one before was; days in a row are one event."""
    return rule.kind is RuleKind.AMOUNT and rule.terms.period != "day"


def _is_told(run: Run, rule: Rule, since: date) -> bool:
    """What lasts is; what was over before the rule was on, or long ago, is not."""
    if not run.ended and not _is_each_alone(rule):
        return True
    on_since = day_of(rule.on_since) if rule.on_since else date.min
    return run.period.end > max(since, on_since)


def _verdict(run: Run, rule: Rule) -> Verdict:
    name, condition = plain(rule.content.name), one_line(rule_words(rule.content))
    many, worst = len(run.readings), run.worst
    lasts = f" {many} {rule.terms.period}s in a row: {period_label(run.period)}." if many > 1 else ""
    ending = Ending(f"{name} is over: {run.ended.says}", f"{condition}.{lasts}") if run.ended else None
    page = view(_measure(rule), run.period, scope_of(rule.content.scope))
    return Verdict(
        f"{rule.kind}:{run.period.start}", worst.level, f"{name}: {worst.says}", f"{condition}.{lasts}", page,
        ending=ending, span=Period(run.after, run.period.end),
    )  # fmt: skip


def _amount(terms: Terms, parts: list[Part], period: Period) -> Reading:
    """What is known already may be beyond the line before all is known."""
    measure = terms.measure or "cost"
    sum_ = total(parts, period, measure)
    is_beyond = sum_.value >= (terms.threshold or 0)
    so_far = "" if sum_.is_whole else ", as far as it is known"
    says = f"{short(MEASURES[measure], sum_.value)}{_unit(measure)} {_in(period)}{so_far}"
    return Reading(period, is_beyond or (False if sum_.is_whole else None), sum_.value, says)


def _change(terms: Terms, parts: list[Part], period: Period) -> Reading:
    """Of the connections that know all days of both sides."""
    measure, earlier = terms.measure or "cost", before(terms.period or "day", period)
    sides = [(part.total(earlier, measure), part.total(period, measure)) for part in parts]
    both = [(was, now) for was, now in sides if was is not None and now is not None]
    if not both:
        return Reading(period, None, 0, "")
    was, now = (sum(side) for side in zip(*both, strict=True))
    moved = now - was if terms.direction == "rise" else was - now
    is_beyond = moved >= (terms.floor or 0) and moved * _WHOLE >= (terms.threshold or 0) * max(was, 0)
    of = MEASURES[measure]
    after = f"after {short(of, was)} {_EARLIER[terms.period or 'day']}"
    says = f"{short(of, now)}{_unit(measure)} {_in(period)} {after}"
    return Reading(period, is_beyond and moved > 0, moved, says)


def _rate(terms: Terms, parts: list[Part], period: Period) -> Reading:
    cost, tokens = (total(parts, period, column) for column in ("_priced_cost", "_priced_tokens"))
    if not (cost.is_whole and tokens.value):
        return _without(period, is_whole=cost.is_whole)
    rate = cost.value * _MILLION // tokens.value
    is_beyond = rate >= (terms.threshold or 0) and cost.value >= (terms.floor or 0)
    shown = short(MEASURES["effective_rate"], rate / MICROCENTS_PER_USD)
    return Reading(period, is_beyond, rate, f"{shown} tokens {_in(period)}, {_spent(cost)}")


def _cache(terms: Terms, parts: list[Part], period: Period) -> Reading:
    columns = ("_cache_read_tokens", "_input_tokens", "cost")
    read, given, cost = (total(parts, period, column) for column in columns)
    if not (given.is_whole and given.value):
        return _without(period, is_whole=given.is_whole)
    short_of = (terms.threshold or 0) * _MILLION // _WHOLE - read.value * _MILLION // given.value
    shown = short(MEASURES["cache_hit_rate"], read.value / given.value)
    is_beyond = short_of > 0 and cost.value >= (terms.floor or 0)
    return Reading(period, is_beyond, short_of, f"cache hit rate {shown} {_in(period)}, {_spent(cost)}")


def _without(period: Period, *, is_whole: bool) -> Reading:
    """Nothing to divide by: known to be nothing, or not known yet."""
    return Reading(period, False if is_whole else None, 0, f"nothing {_in(period)}")


def _unit(measure: str) -> str:
    """Dollars say so themselves."""
    return " tokens" if measure == "tokens" else ""


def _spent(cost: Total) -> str:
    return f"where {usd_label(cost.value)} was spent"


def _in(period: Period) -> str:
    return f"{'on' if period.days == 1 else 'in'} {period_label(period)}"


_READS: Mapping[RuleKind, Callable[[Terms, list[Part], Period], Reading]] = MappingProxyType(
    {RuleKind.AMOUNT: _amount, RuleKind.CHANGE: _change, RuleKind.RATE: _rate, RuleKind.CACHE: _cache}
)
