"""Rules and channels of alerts in a file of settings; secrets are in no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlite_utils import Database

from core.alerts.kinds import content_without_secrets
from core.settings_file.entries import ChannelEntry, RuleEntry
from core.settings_file.section import Into, Section, named
from core.store import channels
from core.store.alert_rules import RULES, change_rule, list_rules

_OF_THE_MACHINE = ("host", "port", "security", "user")
"""What of a mail channel its password is for: with another one it is not used."""
_OFF = "switched off until it is added again, under this name, with its secret"


def _rules(db: Database) -> list[RuleEntry]:
    return [
        RuleEntry(name=rule.name.value, on=rule.is_on, threshold=rule.threshold if rule.kind.unit else None)
        for rule in list_rules(db).values()
    ]


def _canonical_rule(entry: RuleEntry) -> RuleEntry:
    """A threshold that is left out is the usual one."""
    kind = next((kind for name, kind in RULES.items() if name.value == entry.name), None)
    usual = kind.threshold if kind and kind.unit and entry.threshold is None else entry.threshold
    return RuleEntry(name=entry.name, on=entry.on, threshold=usual)


def _put_rule(into: Into, entry: RuleEntry) -> str:
    change_rule(into.db, entry.name, into.now, is_on=entry.on, threshold=entry.threshold)
    return ""


def _channels(db: Database) -> list[ChannelEntry]:
    return [
        ChannelEntry(name=kept.name, kind=kept.kind, config=dict(kept.config))
        for kept in channels.list_channels(db)
    ]


def _canonical_channel(entry: ChannelEntry) -> ChannelEntry:
    config = content_without_secrets(entry.kind, entry.config).config
    return ChannelEntry(name=entry.name.strip(), kind=entry.kind, config=dict(config))


def _put_channel(into: Into, entry: ChannelEntry) -> str:
    """Keeps its secrets as long as they are for the same machine and user."""
    kept = named(channels.list_channels(into.db), entry.name)
    keeps = kept is not None and kept.is_on and _is_for_the_same(kept, entry)
    content = content_without_secrets(entry.kind, entry.config, secrets_kept=keeps)
    if kept is None:
        made = channels.add_channel(into.db, into.vault, entry.name, content, into.now)
        return "" if made.is_on else _OFF
    if keeps and not content.config:
        content = replace(content, hint=kept.hint)
    secrets = None if keeps else channels.encrypted(into.vault, content)
    changed = channels.change_channel(into.db, kept.id, entry.name, content, secrets)
    return "" if changed.is_on else _OFF


def _is_for_the_same(kept: channels.Channel, entry: ChannelEntry) -> bool:
    return kept.kind == entry.kind and _machine(kept.config) == _machine(entry.config)


def _machine(config: Mapping[str, str]) -> list[str | None]:
    return [config.get(name) for name in _OF_THE_MACHINE]


def _drop_channel(db: Database, entry: ChannelEntry) -> None:
    if kept := named(channels.list_channels(db), entry.name):
        channels.delete_channel(db, kept.id)


RULES_OF_ALERTS = Section("rules", "rule", _rules, _canonical_rule, _put_rule, None)
CHANNELS = Section("channels", "channel", _channels, _canonical_channel, _put_channel, _drop_channel)
