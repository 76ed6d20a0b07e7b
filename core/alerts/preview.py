"""When a rule would have told something: the days gone by, judged as a sync judges them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from sqlite_utils import Database

from core.alerts.connection_events import ended_at
from core.alerts.course import steps, tellings
from core.alerts.events import verdicts
from core.alerts.world import World
from core.ledger.snapshot import Snapshot
from core.store.alert_kinds import RuleKind
from core.store.alert_rules import Rule, RuleContent
from core.store.outbox import Phase

DAYS = 90
_OF_SYNCS = (RuleKind.SYNC, RuleKind.KEY, RuleKind.FIRST_DATA)
"""Kinds that are judged as each sync ended."""
_NOT_KEPT = {
    RuleKind.LATE: "How far the data reached on earlier days is not kept: this tells of now alone.",
    RuleKind.TOTALS: "What differed on earlier days is not kept: this tells of now alone.",
    RuleKind.ANOMALY: "Anomalies that were withdrawn or muted since are not in it.",
}


@dataclass(frozen=True)
class Fired:
    """What would have been told, and when."""

    at: datetime
    phase: Phase
    subject: str
    text: str


@dataclass(frozen=True)
class Preview:
    """Oldest first. ``lacks``: what it cannot tell, or nothing."""

    fired: tuple[Fired, ...]
    lacks: str = ""

    @property
    def begun(self) -> int:
        """How many events."""
        return sum(fired.phase is Phase.BEGUN for fired in self.fired)


_NAMELESS = "This rule"
"""Until its name is typed."""


def preview(ledger: Snapshot, db: Database, content: RuleContent, now: datetime, days: int = DAYS) -> Preview:
    """What a rule would have told in the last ``days``, had it been on.

    Raises:
        InputError: its scope cannot be read, or a sum beyond 64 bits.
    """
    world = World.of(ledger, db, now, days)
    named = replace(content, name=content.name.strip() or _NAMELESS)
    rule = Rule(0, named, is_on=True, on_since=now - timedelta(days=days))
    events, fired = dict[str, int](), list[Fired]()
    for instant in _instants(world, rule):
        settled = list(steps(rule, verdicts(world.at(instant), rule), events))
        fired += [Fired(instant, told.phase, told.subject, told.text) for told in tellings(settled)]
        events = {step.key: step.level for step in settled if step.phase or step.key in events}
    return Preview(tuple(fired), _NOT_KEPT.get(content.kind, ""))


def _instants(world: World, rule: Rule) -> Iterator[datetime]:
    """The begin of each day, when the day before is over; of syncs, the end of each."""
    if rule.kind in _OF_SYNCS:
        yield from ended_at(world)
    else:
        day = world.first
        while day < world.today:
            yield datetime.combine(day, time.max, UTC)
            day += timedelta(days=1)
    yield world.now
