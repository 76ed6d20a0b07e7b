"""A rule as people read it: on the page, at the command line and in messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from core.alerts.rule_terms import typed_terms
from core.dimensions import DIMENSIONS, MEASURES
from core.errors import InputError
from core.explore.filter_words import scope_words
from core.formats import short
from core.money import usd_label
from core.store.alert_kinds import RULE_KINDS, RuleKind, Terms
from core.store.alert_rules import Rule, RuleContent

_DIRECTIONS = {"rise": "rises", "fall": "falls"}


UNREADABLE = "of a scope that can no longer be read"


def rule_words(content: RuleContent, plans: Mapping[int, str] = MappingProxyType({})) -> str:
    """``Cost over a day of $1,000 or more; API key is nightly``. ``plans``: their names by id."""
    says = _WORDS.get(content.kind)
    words = says(content.terms) if says else RULE_KINDS[content.kind].label
    if content.terms.plan is not None:
        words = f"{words} ({plans.get(content.terms.plan, 'a plan that is gone or private')})"
    try:
        scope = scope_words(content.scope)
    except InputError:
        scope = UNREADABLE
    return f"{words}; {scope}" if scope else words


def about_rule(rule: Rule) -> str:
    """Which rule, and how it is, without any name: what the audit trail keeps of it."""
    terms = ", ".join(f"{name} {text}" for name, text in typed_terms(rule.kind, rule.terms).items())
    return f"rule {rule.id} of {rule.kind}, which was {'on' if rule.is_on else 'off'}{terms and f', {terms}'}"


def _amount(terms: Terms) -> str:
    measure = MEASURES[terms.measure or "cost"]
    return f"{measure.label} over a {terms.period} of {short(measure, terms.threshold)} or more"


def _change(terms: Terms) -> str:
    measure = MEASURES[terms.measure or "cost"]
    against = "same day a week earlier" if terms.period == "day" else f"{terms.period} before"
    moves = _DIRECTIONS[terms.direction or "rise"]
    how = f"{moves} by {terms.threshold:,}% and {short(measure, terms.floor)}"
    return f"{measure.label} over a {terms.period} {how} or more against the {against}"


def _plan(says: str) -> Callable[[Terms], str]:
    def words(terms: Terms) -> str:
        *first, last = map(str, terms.shares or ())
        shares = f"{', '.join(first)} or {last}" if first else last
        return f"{'A' if terms.plan is None else 'This'} plan {says} {shares}%"

    return words


def _rate(terms: Terms) -> str:
    line = short(MEASURES["effective_rate"], (terms.threshold or 0) / 10**8)
    return f"Effective rate over a {terms.period} of {line} or more{_where(terms)}"


def _cache(terms: Terms) -> str:
    return f"Cache hit rate over a {terms.period} below {terms.threshold}%{_where(terms)}"


def _where(terms: Terms) -> str:
    return f", where {usd_label(terms.floor)} or more is spent" if terms.floor else ""


def _new(terms: Terms) -> str:
    label = DIMENSIONS[terms.dimension or "model"].label
    named = label if label[:2].isupper() else label.lower()
    return f"A new {named} spends {usd_label(terms.threshold or 0)} or more"


_WORDS: Mapping[RuleKind, Callable[[Terms], str]] = MappingProxyType(
    {
        RuleKind.AMOUNT: _amount,
        RuleKind.CHANGE: _change,
        RuleKind.PLAN_ACTUAL: _plan("is used up to"),
        RuleKind.PLAN_FORECAST: _plan("is expected to end at"),
        RuleKind.ANOMALY: lambda terms: f"An anomaly of {usd_label(terms.threshold or 0)} or more",
        RuleKind.RATE: _rate,
        RuleKind.CACHE: _cache,
        RuleKind.NEW: _new,
        RuleKind.LATE: lambda terms: f"Data end {terms.threshold:,} hours ago or earlier",
        RuleKind.REVISED: lambda terms: f"Past days are revised by {usd_label(terms.threshold or 0)} or more",
    }
)
"""Kinds that are not named here have no terms."""
