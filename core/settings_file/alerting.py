"""Rules of alerts in a file of settings: with their terms as they are typed, plans and channels by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlite_utils import Database

from core.alerts.rule_terms import read_terms, typed_terms, usable
from core.errors import InputError
from core.settings_file.entries import RuleEntry
from core.settings_file.section import Into, Section
from core.store.alert_kinds import RuleKind
from core.store.alert_rules import (
    Rule,
    RuleContent,
    add_rule,
    change_rule,
    delete_rule,
    list_rules,
    switch_rule,
)
from core.store.channels import list_channels
from core.store.given_names import named
from core.store.plans import list_plans


def _rules(db: Database) -> list[RuleEntry]:
    plans = {plan.id: plan.name for plan in list_plans(db)}
    channels = {channel.id: channel.name for channel in list_channels(db)}
    rules = sorted(list_rules(db), key=lambda rule: rule.content.name.casefold())
    return [_entry(rule, plans, channels) for rule in rules]


def _entry(rule: Rule, plans: Mapping[int, str], channels: Mapping[int, str]) -> RuleEntry:
    content, ids = rule.content, rule.content.channels
    names = None if ids is None else tuple(sorted(channels[id_] for id_ in ids if id_ in channels))
    plan = None if rule.terms.plan is None else plans.get(rule.terms.plan, "")
    return RuleEntry(
        name=content.name, kind=rule.kind.value, on=rule.is_on, terms=typed_terms(rule.kind, rule.terms),
        plan=plan, scope=content.scope, step=content.step, channels=names,
    )  # fmt: skip


def _content(entry: RuleEntry, plan: int | None = None) -> RuleContent:
    """Without its channels."""
    if entry.kind not in set(RuleKind):
        raise InputError(
            f"There is no kind {entry.kind[:40]!r}.", remedy=f"Choose from: {', '.join(RuleKind)}."
        )
    kind = RuleKind(entry.kind)
    for name in entry.terms:
        if name not in _TERMS:
            raise InputError(f"There is no term {name[:40]!r}.", remedy=f"Choose from: {', '.join(_TERMS)}.")
    return usable(
        RuleContent(entry.name.strip(), kind, read_terms(kind, entry.terms, plan), entry.scope, entry.step)
    )


_TERMS = ("threshold", "floor", "period", "measure", "direction", "dimension", "shares")


def _canonical(entry: RuleEntry) -> RuleEntry:
    content = _content(entry)
    return RuleEntry(
        name=content.name, kind=entry.kind, on=entry.on, terms=typed_terms(content.kind, content.terms),
        plan=entry.plan, scope=entry.scope, step=entry.step,
        channels=None if entry.channels is None else tuple(sorted(set(entry.channels))),
    )  # fmt: skip


def _put(into: Into, entry: RuleEntry) -> str:
    db, now = into.db, into.now
    plans = {plan.name: plan.id for plan in list_plans(db)}
    plan = None if entry.plan is None else _id_of(plans, entry.plan, "plan")
    content = replace(_content(entry, plan), channels=_channel_ids(db, entry.channels))
    kept = named(list_rules(db), entry.name)
    if kept is None:
        add_rule(db, content, now, is_on=entry.on)
        return ""
    if kept.kind != content.kind:
        raise InputError(
            f"The rule “{kept.content.name}” is of the kind {kept.kind}.", remedy="Name another."
        )
    change_rule(db, kept.id, content, now)
    switch_rule(db, kept.id, now, is_on=entry.on)
    return ""


def _channel_ids(db: Database, names: Iterable[str] | None) -> tuple[int, ...] | None:
    ids = {channel.name: channel.id for channel in list_channels(db)}
    return None if names is None else tuple(_id_of(ids, name, "channel") for name in names)


def _id_of(ids: Mapping[str, int], name: str, word: str) -> int:
    if name not in ids:
        raise InputError(f"There is no {word} “{name[:60]}”.", remedy=f"Name a {word} as it is written here.")
    return ids[name]


def _drop(db: Database, entry: RuleEntry) -> None:
    if kept := named(list_rules(db), entry.name):
        delete_rule(db, kept.id)


RULES_OF_ALERTS = Section("rules", "rule", _rules, _canonical, _put, _drop)
