"""The command about alerts: the rules, what they told, and what they would have told."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from core import operations
from core.alerts.preview import Preview, preview
from core.alerts.rule_terms import channel_ids, read_terms, typed_terms, usable
from core.alerts.rule_words import about_rule, rule_words
from core.cli import codes
from core.cli.printing import print_json
from core.clock import rfc3339, utc_now
from core.errors import InputError
from core.explore.labels import filter_param, parse_filters
from core.settings import from_environment
from core.store.alert_kinds import RuleKind
from core.store.alert_rules import (
    Rule,
    RuleContent,
    add_rule,
    change_rule,
    delete_rule,
    find_rule,
    list_rules,
    switch_rule,
)
from core.store.audit import COMMAND_LINE, Action, record
from core.store.channels import list_channels
from core.store.database import database
from core.store.outbox import Alert, Message, count_told, list_alerts
from core.store.plans import find_plan, list_plans
from core.store.quiet_hours import QuietHours, quiet_hours, set_quiet_hours

TOLD_DAYS = 30
_UNNAMED = "Preview"
_TERMS = ("threshold", "floor", "period", "measure", "direction", "dimension", "shares")


@dataclass(frozen=True)
class _Names:
    """Of channels and plans, by id."""

    channels: dict[int, str]
    plans: dict[int, str]

    @classmethod
    def read(cls, db: Database) -> _Names:
        return cls({c.id: c.name for c in list_channels(db)}, {p.id: p.name for p in list_plans(db)})


def alerts(given: Namespace) -> int:
    """Do what is asked with a rule, then list the rules and what was told in the last 30 days."""
    now = utc_now()
    if given.action in _OF_ONE and not given.name:
        raise InputError(f"“alerts {given.action}” needs a name.", field="rule", remedy="Name the rule.")
    if given.action == "preview":
        return _preview(given)
    with database(from_environment()) as db:
        _act(db, given, now)
        rules, told = list_rules(db), list_alerts(db, now - timedelta(days=TOLD_DAYS))
        quiet, names = quiet_hours(db), _Names.read(db)
        times = count_told(db, now - timedelta(days=TOLD_DAYS))
    if given.json:
        listed = [_rule(rule, names) | {"told": times[rule.id]} for rule in rules]
        print_json({"rules": listed, "quiet_hours": _quiet(quiet), "told": [_told(*entry) for entry in told]})
        return codes.DONE
    sys.stdout.writelines(f"{_rule_line(rule, names, times[rule.id])}\n" for rule in rules)
    if quiet:
        sys.stdout.write(f"Quiet from {quiet.start} to {quiet.end}, {quiet.zone}\n")
    sys.stdout.writelines(f"{_told_line(*entry)}\n" for entry in told)
    if not told:
        sys.stdout.write(f"Nothing was told in the last {TOLD_DAYS} days.\n")
    return codes.DONE


def _act(db: Database, given: Namespace, now: datetime) -> None:
    if given.action == "quiet":
        set_quiet_hours(db, _wanted_quiet(given))
        record(db, COMMAND_LINE, Action.SET, "quiet hours", now)
    elif given.action == "add":
        added = add_rule(db, _new(db, given), now, is_on=given.switch is not False)
        record(db, COMMAND_LINE, Action.CHANGED_RULE, f"added rule {added.id} of {added.kind}", now)
    elif given.action != "list":
        _change(db, find_rule(db, given.name), given, now)


def _change(db: Database, rule: Rule, given: Namespace, now: datetime) -> None:
    """Delete it, change it, or switch it."""
    switch = {"on": True, "off": False}.get(given.action, given.switch)
    if given.action == "delete":
        delete_rule(db, rule.id)
    elif given.action == "change":
        change_rule(db, rule.id, _changed(db, rule.content, given), now)
    if switch is not None and given.action != "delete":
        switch_rule(db, rule.id, now, is_on=switch)
    record(db, COMMAND_LINE, Action.CHANGED_RULE, f"{_DONE[given.action]} {about_rule(rule)}", now)


_DONE = {"change": "changed", "delete": "deleted", "on": "switched on", "off": "switched off"}
_OF_ONE = ("add", *_DONE)
ACTIONS = ("list", "preview", *_OF_ONE, "quiet")


def _new(db: Database, given: Namespace) -> RuleContent:
    if not given.kind:
        raise InputError("A new rule needs --kind.", field="kind", remedy="Say what it is about.")
    kind = RuleKind(given.kind)
    return _with_rest(db, RuleContent(given.name or _UNNAMED, kind, _terms(db, kind, given)), given)


def _changed(db: Database, content: RuleContent, given: Namespace) -> RuleContent:
    """With what is given in the place of what it has."""
    if given.kind and given.kind != content.kind:
        raise InputError("A rule keeps its kind.", field="kind", remedy="Add another rule.")
    terms = _terms(db, content.kind, given, content)
    return _with_rest(db, replace(content, terms=terms, name=given.new_name or content.name), given)


def _terms(db: Database, kind: RuleKind, given: Namespace, before: RuleContent | None = None) -> Any:
    typed = typed_terms(kind, before.terms) if before else {}
    typed |= {name: getattr(given, name) for name in _TERMS if getattr(given, name)}
    plan = before.terms.plan if before else None
    return read_terms(kind, typed, find_plan(db, given.plan).id if given.plan else plan)


def _with_rest(db: Database, content: RuleContent, given: Namespace) -> RuleContent:
    """Scope, step and channels, as far as they are given."""
    if given.where:
        content = replace(content, scope=dict(map(filter_param, parse_filters(given.where))))
    if given.channel:
        content = replace(content, channels=channel_ids(db, given.channel))
    if given.all_channels:
        content = replace(content, channels=None)
    return usable(replace(content, step=given.step) if given.step else content)


def _wanted_quiet(given: Namespace) -> QuietHours | None:
    if given.switch is False:
        return None
    if not (given.start and given.end and given.zone):
        raise InputError("Quiet hours need --from, --to and --zone.", remedy="Or --off for none.")
    return QuietHours(given.start, given.end, given.zone, given.syncs_pass)


def _preview(given: Namespace) -> int:
    """What a rule that is there, or one that is described, would have told."""
    settings = from_environment()
    with database(settings) as db:
        content = (
            _changed(db, find_rule(db, given.name).content, given)
            if given.name and not given.kind
            else _new(db, given)
        )
    ledger = operations.open_ledger(settings)
    with database(settings) as db:
        shown = preview(ledger, db, content, utc_now())
    if given.json:
        print_json(_previewed(content, shown))
        return codes.DONE
    sys.stdout.write(f"{rule_words(content)}\n")
    sys.stdout.writelines(
        f"{fired.at:%Y-%m-%d}  {fired.phase.value:<5}  {fired.subject}\n" for fired in shown.fired
    )
    if not shown.fired:
        sys.stdout.write("It would not have told anything in the last 90 days.\n")
    if shown.lacks:
        sys.stdout.write(f"{shown.lacks}\n")
    return codes.DONE


def _previewed(content: RuleContent, shown: Preview) -> dict[str, Any]:
    told = [
        {"at": rfc3339(fired.at), "phase": fired.phase.value, "subject": fired.subject, "text": fired.text}
        for fired in shown.fired
    ]
    return {"says": rule_words(content), "would_have_told": told, "lacks": shown.lacks or None}


def _rule(rule: Rule, names: _Names) -> dict[str, Any]:
    content = rule.content
    return {
        "id": rule.id,
        "name": content.name,
        "kind": rule.kind.value,
        "says": rule_words(content, names.plans),
        "on": rule.is_on,
        "terms": typed_terms(rule.kind, rule.terms),
        "plan": names.plans.get(rule.terms.plan) if rule.terms.plan is not None else None,
        "scope": content.scope,
        "step": content.step,
        "channels": None if content.channels is None else _channel_names(content, names),
    }


def _channel_names(content: RuleContent, names: _Names) -> list[str]:
    """Those that are still there."""
    return [names.channels[id_] for id_ in content.channels or () if id_ in names.channels]


def _rule_line(rule: Rule, names: _Names, times: int) -> str:
    content, by = rule.content, ""
    if content.channels is not None:
        by = f" ({', '.join(_channel_names(content, names)) or 'no channel'})"
    told = f"; told {times:,} in {TOLD_DAYS} days" if times else ""
    line = f"{content.name}: {rule_words(content, names.plans)}{by}{told}"
    return f"{'on ' if rule.is_on else 'off'}  {rule.id:>3}  {line}"


def _quiet(quiet: QuietHours | None) -> dict[str, Any] | None:
    if not quiet:
        return None
    return {
        "from": quiet.start, "to": quiet.end, "zone": quiet.zone, "syncs_pass": quiet.lets_syncs_through
    }  # fmt: skip


def _told(alert: Alert, messages: tuple[Message, ...]) -> dict[str, Any]:
    return {
        "told_at": rfc3339(alert.told_at),
        "event": alert.event_key,
        "rule": alert.rule,
        "phase": alert.phase.value,
        "subject": alert.subject,
        "text": alert.text,
        "messages": [
            {
                "channel": message.channel_name,
                "state": message.state.value,
                "attempts": message.attempts,
                "sent_at": rfc3339(message.sent_at) if message.sent_at else None,
                "last_error": message.last_error or None,
            }
            for message in messages
        ],
    }


def _told_line(alert: Alert, messages: tuple[Message, ...]) -> str:
    how = ", ".join(f"{message.channel_name}: {message.state.value}" for message in messages) or "no channel"
    return f"{alert.told_at:%Y-%m-%d %H:%M}  {alert.subject}  ({how})"
