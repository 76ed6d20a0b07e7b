"""What an alert rule can be about, and which terms each kind takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import MappingProxyType

from core.errors import InputError
from core.money import MICROCENTS_PER_USD

MEASURES = ("cost", "list_cost", "tokens")
PERIODS = ("day", "week", "month")
DIRECTIONS = ("rise", "fall")
NEWCOMERS = ("model", "api_key", "user", "workspace")
"""Dimensions whose new values are told."""
_MOST_AMOUNT = 2**62


class RuleKind(StrEnum):
    """What an alert is about."""

    SYNC = "sync"
    KEY = "key"
    LATE = "late"
    TOTALS = "totals"
    REVISED = "revised"
    FIRST_DATA = "first_data"
    AMOUNT = "amount"
    CHANGE = "change"
    PLAN_ACTUAL = "plan_actual"
    PLAN_FORECAST = "plan_forecast"
    ANOMALY = "anomaly"
    RATE = "rate"
    CACHE = "cache"
    NEW = "new"


@dataclass(frozen=True)
class Terms:
    """From how much on a rule tells; what its kind does not take is None.

    ``threshold`` and ``floor``: micro-cents, tokens, per cent or hours, as :func:`unit_of` says. ``shares``:
    per cent of a budget. ``plan``: its id; None is every plan.
    """

    threshold: int | None = None
    floor: int | None = None
    period: str | None = None
    measure: str | None = None
    direction: str | None = None
    dimension: str | None = None
    shares: tuple[int, ...] | None = None
    plan: int | None = None

    def text(self) -> str:
        """As it is kept."""
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})

    @classmethod
    def read(cls, text: str) -> Terms:
        """As it was kept."""
        values = json.loads(text)
        return cls(**{**values, "shares": tuple(values["shares"]) if "shares" in values else None})


class Reach(StrEnum):
    """Which filters a kind's scope may have: any, those that choose connections, or none."""

    ANY = "any"
    CONNECTIONS = "connections"
    NONE = "none"


@dataclass(frozen=True)
class KindTraits:
    """``usual``: the terms that it takes, as they are until somebody gives others."""

    label: str
    reach: Reach = Reach.CONNECTIONS
    usual: Terms = Terms()
    takes_plan: bool = False


def _usd(dollars: int) -> int:
    return dollars * MICROCENTS_PER_USD


RULE_KINDS: Mapping[RuleKind, KindTraits] = MappingProxyType(
    {
        RuleKind.AMOUNT: KindTraits(
            "An amount over a day, week or month",
            Reach.ANY,
            Terms(threshold=_usd(1_000), period="day", measure="cost"),
        ),
        RuleKind.CHANGE: KindTraits(
            "A change against the period before",
            Reach.ANY,
            Terms(threshold=50, floor=_usd(100), period="week", measure="cost", direction="rise"),
        ),
        RuleKind.PLAN_ACTUAL: KindTraits(
            "A plan is used up to a share", Reach.NONE, Terms(shares=(80, 100, 150)), takes_plan=True
        ),
        RuleKind.PLAN_FORECAST: KindTraits(
            "A plan is expected to end at a share", Reach.NONE, Terms(shares=(100, 150)), takes_plan=True
        ),
        RuleKind.ANOMALY: KindTraits(
            "An anomaly of at least an amount", Reach.ANY, Terms(threshold=_usd(100))
        ),
        RuleKind.RATE: KindTraits(
            "The effective rate is above a line",
            Reach.ANY,
            Terms(threshold=_usd(10), floor=_usd(100), period="week"),
        ),
        RuleKind.CACHE: KindTraits(
            "The cache hit rate is below a line",
            Reach.ANY,
            Terms(threshold=50, floor=_usd(100), period="week"),
        ),
        RuleKind.NEW: KindTraits(
            "Something new spends", Reach.ANY, Terms(threshold=_usd(10), dimension="model")
        ),
        RuleKind.LATE: KindTraits("Data are late", usual=Terms(threshold=48)),
        RuleKind.SYNC: KindTraits("A sync failed, or a key was refused"),
        RuleKind.KEY: KindTraits("A key was refused"),
        RuleKind.REVISED: KindTraits(
            "Past days were revised by more than an amount", usual=Terms(threshold=_usd(100))
        ),
        RuleKind.TOTALS: KindTraits("The ledger differs from Anthropic's totals"),
        RuleKind.FIRST_DATA: KindTraits("The first data of a new connection is there"),
    }
)
"""In the order they are offered."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "period": PERIODS,
    "measure": MEASURES,
    "direction": DIRECTIONS,
    "dimension": NEWCOMERS,
}
_MOST = {"percent": 10_000, "hours": 10_000}


def unit_of(kind: RuleKind, measure: str | None = None) -> str:
    """Of a kind's threshold: ``usd``, ``tokens``, ``percent``, ``hours``, ``rate`` (dollars a million)."""
    if kind in (RuleKind.CHANGE, RuleKind.CACHE):
        return "percent"
    if kind is RuleKind.LATE:
        return "hours"
    return "rate" if kind is RuleKind.RATE else floor_unit_of(measure)


def floor_unit_of(measure: str | None) -> str:
    """Of a kind's floor: ``usd`` or ``tokens``."""
    return "tokens" if measure == "tokens" else "usd"


def checked_terms(kind: RuleKind, given: Terms) -> Terms:
    """What is given, else what is usual; in the kind's own terms only.

    Raises:
        InputError: a term that the kind does not take, or a value that is none.
    """
    traits, values = RULE_KINDS[kind], asdict(given)
    usual = asdict(traits.usual)
    for name, value in values.items():
        is_taken = usual[name] is not None or (name == "plan" and traits.takes_plan)
        if value is not None and not is_taken:
            raise InputError(f"The kind {kind} takes no {name}.", field=name, remedy="Leave it out.")
    terms = Terms(**{name: usual[name] if value is None else value for name, value in values.items()})
    _check_choices(kind, terms)
    _check_numbers(kind, terms)
    return terms


def _check_choices(kind: RuleKind, terms: Terms) -> None:
    for name, choices in _CHOICES.items():
        value = getattr(terms, name)
        if value is not None and value not in choices:
            remedy = f"Choose from: {', '.join(choices)}."
            raise InputError(f"{value[:40]!r} is no {name} of {kind}.", field=name, remedy=remedy)


def _check_numbers(kind: RuleKind, terms: Terms) -> None:
    most = _MOST.get(unit_of(kind, terms.measure), _MOST_AMOUNT)
    if terms.threshold is not None and not 1 <= terms.threshold <= most:
        raise InputError("The threshold is zero, below it, or too large.", field="threshold")
    if kind is RuleKind.CACHE and terms.threshold is not None and terms.threshold > 100:
        raise InputError("A cache hit rate is 100% at most.", field="threshold")
    if terms.floor is not None and not 0 <= terms.floor <= _MOST_AMOUNT:
        raise InputError("The least amount is below zero or too large.", field="floor")
    shares = terms.shares
    if shares is not None and not (1 <= len(shares) <= 10 and all(1 <= s <= 1_000 for s in shares)):
        raise InputError("Shares of a budget are 1 to 10 numbers from 1 to 1,000 per cent.", field="shares")
    if shares is not None and list(shares) != sorted(set(shares)):
        raise InputError("The shares do not rise.", field="shares", remedy="Write them like 50, 80, 100.")
