"""What is worth telling, rule by rule: judged from what is stored, told by :mod:`core.alerts.book`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from core.alerts import connection_events
from core.alerts.anomaly_events import anomalies
from core.alerts.newcomers import newcomers
from core.alerts.plan_events import plan_events
from core.alerts.scope_events import scope_events
from core.alerts.verdict import Verdict
from core.alerts.world import World
from core.store.alert_kinds import RuleKind
from core.store.alert_rules import Rule


def verdicts(world: World, rule: Rule) -> Iterator[Verdict]:
    """What a rule says of everything that it judges. What it says nothing of is closed without a word.

    Raises:
        InputError: the rule's scope cannot be read, or a sum beyond 64 bits.
    """
    return _JUDGES[rule.kind](world, rule)


_JUDGES: Mapping[RuleKind, Callable[[World, Rule], Iterator[Verdict]]] = MappingProxyType(
    {
        RuleKind.SYNC: connection_events.syncs,
        RuleKind.KEY: connection_events.keys,
        RuleKind.LATE: connection_events.late,
        RuleKind.TOTALS: connection_events.totals,
        RuleKind.REVISED: connection_events.revised,
        RuleKind.FIRST_DATA: connection_events.first_data,
        RuleKind.AMOUNT: scope_events,
        RuleKind.CHANGE: scope_events,
        RuleKind.RATE: scope_events,
        RuleKind.CACHE: scope_events,
        RuleKind.PLAN_ACTUAL: plan_events,
        RuleKind.PLAN_FORECAST: plan_events,
        RuleKind.ANOMALY: anomalies,
        RuleKind.NEW: newcomers,
    }
)
