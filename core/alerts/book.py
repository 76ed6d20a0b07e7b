"""Tells each event once: when it begins, when it is half as grave again, and when it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlite_utils import Database

from core.alerts.events import World, verdicts
from core.alerts.verdict import Verdict
from core.ledger.snapshot import Snapshot
from core.store.alert_rules import Rule, RuleName, list_rules
from core.store.database import writing
from core.store.outbox import OF_A_CHANNEL, Alert, Phase, add_alert, close_events, keep_open, open_events

_WORSE = 1.5


def evaluate(ledger: Snapshot, db: Database, now: datetime) -> int:
    """Judge everything that a rule is on for, and put what is to be told into the outbox, in one transaction.

    Returns how many alerts were added.

    Raises:
        InputError: a sum beyond 64 bits.
        StoreError: it cannot be kept.
    """
    world, rules = World(ledger, db, now), list_rules(db)
    judged = [(rule, list(verdicts(world, rule))) for rule in rules.values() if rule.is_on]
    with writing(db):
        told = sum(_settle(db, rule, verdicts, now) for rule, verdicts in judged)
        _close(db, {verdict.key for _, verdicts in judged for verdict in verdicts})
    return told


def _settle(db: Database, rule: Rule, verdicts: list[Verdict], now: datetime) -> int:
    open_now = open_events(db)
    told = 0
    for verdict in verdicts:
        phase = _phase(verdict, open_now)
        if phase:
            add_alert(db, _alert(rule.name, verdict, phase, now))
            told += 1
        if phase is Phase.ENDED:
            close_events(db, [verdict.key])
        elif phase:
            keep_open(db, verdict.key, verdict.level)
    return told


def _phase(verdict: Verdict, open_now: Mapping[str, int]) -> Phase | None:
    """What is to be told of it now; None: nothing."""
    before = open_now.get(verdict.key)
    if verdict.stays:
        return None
    if before is None:
        return Phase.BEGUN if verdict.level else None
    if verdict.once:
        return None
    if not verdict.level:
        return Phase.ENDED
    return Phase.WORSE if verdict.level >= before * _WORSE else None


def _close(db: Database, said: Collection[str]) -> None:
    """Close without a word what no rule says anything of: it is answered, gone, or its rule is off."""
    close_events(db, (key for key in open_events(db) if key not in said and not key.startswith(OF_A_CHANNEL)))


def _alert(rule: RuleName, verdict: Verdict, phase: Phase, now: datetime) -> Alert:
    subject = f"Worse: {verdict.subject}" if phase is Phase.WORSE else verdict.subject
    return Alert(verdict.key, rule.value, phase, subject, verdict.text, verdict.page, now)
