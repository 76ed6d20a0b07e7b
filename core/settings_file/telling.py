"""Channels of alerts in a file of settings; secrets are in no file."""

from __future__ import annotations

from dataclasses import replace

from sqlite_utils import Database

from core.alerts.kinds import content_without_secrets, is_for_the_same
from core.settings_file.entries import ChannelEntry
from core.settings_file.section import Into, Section
from core.store import channels
from core.store.given_names import named

_OFF = "switched off until it is added again, under this name, with its secret"


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
    keeps = (
        kept is not None
        and kept.is_on
        and kept.kind == entry.kind
        and is_for_the_same(kept.config, entry.config)
    )
    content = content_without_secrets(entry.kind, entry.config, secrets_kept=keeps)
    if kept is None:
        made = channels.add_channel(into.db, into.vault, entry.name, content, into.now)
        return "" if made.is_on else _OFF
    if keeps and not content.config:
        content = replace(content, hint=kept.hint)
    secrets = None if keeps else channels.encrypted(into.vault, content)
    changed = channels.change_channel(into.db, kept.id, entry.name, content, secrets)
    return "" if changed.is_on else _OFF


def _drop_channel(db: Database, entry: ChannelEntry) -> None:
    if kept := named(channels.list_channels(db), entry.name):
        channels.delete_channel(db, kept.id)


CHANNELS = Section("channels", "channel", _channels, _canonical_channel, _put_channel, _drop_channel)
