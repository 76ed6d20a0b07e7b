"""The commands about alerts: what was told, the rules, the channels, and telling now."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from datetime import timedelta
from typing import Any

from core import operations
from core.alerts.kinds import EMAIL, hook_content, mail_content
from core.cli import codes
from core.cli.printing import print_json
from core.clock import rfc3339, utc_now
from core.errors import InputError
from core.settings import from_environment
from core.store.alert_rules import Rule, change_rule, list_rules
from core.store.audit import COMMAND_LINE, Action, record
from core.store.channels import (
    Channel,
    ChannelContent,
    add_channel,
    delete_channel,
    find_channel,
    list_channels,
)
from core.store.database import database
from core.store.outbox import Alert, Message, list_alerts
from core.store.secrets import Vault

TOLD_DAYS = 30


def alerts(given: Namespace) -> int:
    """Change a rule, if asked to, and list the rules and what was told in the last 30 days."""
    now = utc_now()
    with database(from_environment()) as db:
        if given.rule:
            change_rule(db, given.rule, now, is_on=given.switch, threshold=given.threshold)
            record(db, COMMAND_LINE, Action.CHANGED_RULE, given.rule, now)
        elif given.switch is not None or given.threshold is not None:
            raise InputError("--on, --off and --threshold need --rule.", remedy="Name the rule.")
        rules, told = list(list_rules(db).values()), list_alerts(db, now - timedelta(days=TOLD_DAYS))
    if given.json:
        print_json({"rules": list(map(_rule, rules)), "told": [_told(*entry) for entry in told]})
        return codes.DONE
    sys.stdout.writelines(f"{_rule_line(rule)}\n" for rule in rules)
    sys.stdout.writelines(f"{_told_line(*entry)}\n" for entry in told)
    if not told:
        sys.stdout.write(f"Nothing was told in the last {TOLD_DAYS} days.\n")
    return codes.DONE


def channels(given: Namespace) -> int:
    """Add, test or delete a channel, and list them."""
    settings = from_environment()
    with database(settings) as db:
        if given.add:
            add_channel(db, Vault(settings), given.add, _content(given), utc_now())
            record(db, COMMAND_LINE, Action.CHANGED_CHANNEL, f"added {given.add}", utc_now())
        if given.delete:
            delete_channel(db, find_channel(db, given.delete).id)
            record(db, COMMAND_LINE, Action.CHANGED_CHANNEL, f"deleted {given.delete}", utc_now())
    if given.test:
        note = operations.try_channel(settings, given.test)
        sys.stderr.write(f"A test was sent by “{given.test}”. {note}".rstrip() + "\n")
    with database(settings) as db:
        kept = list_channels(db)
    if given.json:
        print_json(list(map(_channel, kept)))
    else:
        lines = [
            f"{channel.id:>4}  {channel.kind:<12}  {channel.name}: {channel.hint}{_off(channel)}\n"
            for channel in kept
        ]
        sys.stdout.write("".join(lines) or "There is no channel yet: alerts are kept, and told nobody.\n")
    return codes.DONE


def _content(given: Namespace) -> ChannelContent:
    secret = _secret(given)
    if given.kind != EMAIL:
        return hook_content(given.kind or "", secret, os.environ.get(given.signing_env or "", ""))
    return mail_content(
        host=given.host or "", port=given.port or "", security=given.security, user=given.user or "",
        password=secret if given.user else "", sender=given.sender or "", recipients=given.to or "",
    )  # fmt: skip


def _secret(given: Namespace) -> str:
    """A password or a webhook's address: from a variable, or from standard input; never an argument."""
    if given.kind == EMAIL and not given.user:
        return ""
    if given.secret_env:
        return os.environ.get(given.secret_env, "")
    return sys.stdin.readline().strip()


def notify(given: Namespace) -> int:
    """Judge, tell, send; exits with 1 when a message did not get through."""
    new, outcomes = operations.notify(from_environment())
    if given.json:
        sent = [{"channel": o.channel, "subject": o.subject, "problem": o.problem or None} for o in outcomes]
        print_json({"new_alerts": new, "messages": sent})
    else:
        sys.stdout.write(f"{new} new, {len(outcomes)} to send\n")
        sys.stdout.writelines(f"{o.channel}: {o.subject}: {o.problem or 'sent'}\n" for o in outcomes)
    return codes.PARTLY if any(outcome.problem for outcome in outcomes) else codes.DONE


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.name.value,
        "label": rule.kind.label,
        "on": rule.is_on,
        "threshold": rule.threshold if rule.kind.unit else None,
        "unit": rule.kind.unit or None,
    }


def _rule_line(rule: Rule) -> str:
    sign = {"usd": f" ${rule.threshold:,}", "percent": f" {rule.threshold:,} %"}.get(rule.kind.unit, "")
    return f"{'on ' if rule.is_on else 'off'}  {rule.name.value:<14}  {rule.kind.label}{sign}"


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


def _off(channel: Channel) -> str:
    return "" if channel.is_on else " (switched off: add it again with its secret)"


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind,
        "hint": channel.hint,
        "on": channel.is_on,
        "added_at": rfc3339(channel.added_at),
    }
