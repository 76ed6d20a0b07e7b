"""Which alerts are wanted, and from how much on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.columns import stored_instant_or_none


class RuleName(StrEnum):
    """What an alert is about."""

    SYNC = "sync"
    TOTALS = "totals"
    ANOMALY = "anomaly"
    PLAN_ACTUAL = "plan_actual"
    PLAN_FORECAST = "plan_forecast"
    MODEL = "model"
    FIRST_DATA = "first_data"


@dataclass(frozen=True)
class RuleKind:
    """``unit`` of the threshold: ``usd`` or ``percent``; empty: it has none. ``most``: the largest one."""

    label: str
    unit: str = ""
    threshold: int = 0
    is_on: bool = False

    @property
    def most(self) -> int:
        return {"usd": 1_000_000_000, "percent": 1_000}.get(self.unit, 0)


RULES: Mapping[RuleName, RuleKind] = MappingProxyType(
    {
        RuleName.SYNC: RuleKind("A sync failed, or a key was refused", is_on=True),
        RuleName.TOTALS: RuleKind("The ledger differs from Anthropic's totals", is_on=True),
        RuleName.ANOMALY: RuleKind("An anomaly is found, of at least", "usd", 100),
        RuleName.PLAN_ACTUAL: RuleKind("A plan is used up by at least", "percent", 80),
        RuleName.PLAN_FORECAST: RuleKind("A plan is expected to end at or above", "percent", 100),
        RuleName.MODEL: RuleKind("A new model is used, for at least", "usd", 10),
        RuleName.FIRST_DATA: RuleKind("The first data of a new connection is there"),
    }
)
"""In the order they are shown, as they are until somebody changes them."""


@dataclass(frozen=True)
class Rule:
    """``threshold``: whole dollars or per cent. ``on_since``: when somebody switched it on."""

    name: RuleName
    is_on: bool
    threshold: int
    on_since: datetime | None = None

    @property
    def kind(self) -> RuleKind:
        return RULES[self.name]


def list_rules(db: Database) -> dict[RuleName, Rule]:
    """Every rule, changed or not."""
    rules = {name: Rule(name, kind.is_on, kind.threshold) for name, kind in RULES.items()}
    for row in db.query("SELECT * FROM alert_rules"):
        if row["name"] in rules:
            name = RuleName(row["name"])
            since = stored_instant_or_none(row["on_since"])
            rules[name] = Rule(name, bool(row["is_on"]), row["threshold"], since)
    return rules


def change_rule(
    db: Database, name: str, at: datetime, *, is_on: bool | None = None, threshold: int | None = None
) -> Rule:
    """Switch a rule, or give it another threshold.

    Raises:
        InputError: there is no such rule, or the threshold is none of its.
    """
    rule = list_rules(db)[_known(name)]
    wanted = rule.threshold if threshold is None else threshold
    _check(rule, wanted, given=threshold is not None)
    on = rule.is_on if is_on is None else is_on
    since = rule.on_since if on == rule.is_on else at if on else None
    row = {
        "name": rule.name.value,
        "is_on": int(on),
        "threshold": wanted,
        "on_since": rfc3339(since) if since else None,
    }
    db.table("alert_rules").upsert(row, pk="name")
    return Rule(rule.name, on, wanted, since)


def _known(name: str) -> RuleName:
    try:
        return RuleName(name)
    except ValueError:
        raise InputError(
            f"There is no rule {name[:40]!r}.", field="rule", remedy=f"Choose from: {', '.join(RuleName)}."
        ) from None


def _check(rule: Rule, threshold: int, *, given: bool) -> None:
    if given and not rule.kind.unit:
        raise InputError(f"The rule {rule.name} has no threshold.", field="threshold")
    if rule.kind.unit and not 1 <= threshold <= rule.kind.most:
        raise InputError(
            f"The threshold of {rule.name} is a whole number from 1 to {rule.kind.most:,}.",
            field="threshold",
        )
