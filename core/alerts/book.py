"""Tells each event once: when it begins, when it is graver by a step, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from sqlite_utils import Database

from core.alerts.course import Step, steps, tellings
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
        settled = [(rule, list(steps(rule, said, open_events(db)))) for rule, said in judged]
        told = sum(_settle(db, rule, of_rule, now) for rule, of_rule in settled)
        _close(db, (step.key for _, of_rule in settled for step in of_rule))
    return told


def _judged(world: World) -> Iterator[tuple[Rule, list[Verdict]]]:
    """A rule whose scope cannot be read any more says nothing; its page says so."""
    for rule in list_rules(world.db):
        if rule.is_on:
            with suppress(InputError):
                yield rule, list(verdicts(world, rule))


def _settle(db: Database, rule: Rule, of_rule: list[Step], now: datetime) -> int:
    """How many messages that makes."""
    all_told = tellings(of_rule)
    for told in all_told:
        alert = Alert(told.event_key, rule.kind.value, told.phase, told.subject, told.text, told.page, now)
        add_alert(db, alert, channels=rule.content.channels)
    for step in of_rule:
        if step.phase:
            keep_open(db, step.key, step.level)
    return len(all_told)


def _close(db: Database, said: Iterable[str]) -> None:
    """Close without a word what no rule says anything of: it is answered, gone, or its rule is off."""
    kept = set(said)
    close_events(db, (key for key in open_events(db) if key not in kept and not key.startswith(OF_A_CHANNEL)))
