"""Tells each event once: when it begins, when it is graver by a step, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from sqlite_utils import Database

from core.alerts.course import Step, steps
from core.alerts.events import verdicts
from core.alerts.verdict import Verdict
from core.alerts.world import World
from core.errors import InputError
from core.ledger.snapshot import Snapshot
from core.store.alert_rules import Rule, list_rules
from core.store.database import writing
from core.store.outbox import OF_A_CHANNEL, Alert, add_alert, close_events, keep_open, open_events


def evaluate(ledger: Snapshot, db: Database, now: datetime) -> int:
    """Judge everything that a rule is on for, and put what is to be told into the outbox, in one transaction.

    Returns how many alerts were added.

    Raises:
        StoreError: it cannot be kept.
    """
    world = World.of(ledger, db, now)
    judged = list(_judged(world))
    with writing(db):
        settled = [(rule, step) for rule, said in judged for step in steps(rule, said, open_events(db))]
        told = sum(_settle(db, rule, step, now) for rule, step in settled)
        _close(db, (step.key for _, step in settled))
    return told


def _judged(world: World) -> Iterator[tuple[Rule, list[Verdict]]]:
    """A rule whose scope cannot be read any more says nothing; its page says so."""
    for rule in list_rules(world.db):
        if rule.is_on:
            with suppress(InputError):
                yield rule, list(verdicts(world, rule))


def _settle(db: Database, rule: Rule, step: Step, now: datetime) -> bool:
    """Whether it is told."""
    if not step.phase:
        return False
    alert = Alert(step.key, rule.kind.value, step.phase, step.subject, step.text, step.verdict.page, now)
    add_alert(db, alert, channels=rule.content.channels)
    keep_open(db, step.key, step.level)
    return True


def _close(db: Database, said: Iterable[str]) -> None:
    """Close without a word what no rule says anything of: it is answered, gone, or its rule is off."""
    kept = set(said)
    close_events(db, (key for key in open_events(db) if key not in kept and not key.startswith(OF_A_CHANNEL)))
