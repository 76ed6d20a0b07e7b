"""The channels that alerts go out by, with their encrypted secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError, SecretKeyError
from core.store.columns import stored_instant
from core.store.database import insert, writing
from core.store.given_names import named_or_numbered, usable_name
from core.store.outbox import OF_A_CHANNEL, close_events, give_up_channel
from core.store.secrets import Vault

MOST_CHANNELS = 50


@dataclass(frozen=True)
class ChannelContent:
    """What is needed to send. ``secrets`` (a password, an address that whoever knows it may post to) are in
    no repr.
    """

    kind: str
    config: Mapping[str, str]
    hint: str
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Channel:
    """A channel as it is shown: without its secrets. ``hint`` is enough to recognise them.

    Switched off: it was made from a file, or came back from a backup, and has no secrets yet.
    """

    id: int
    name: str
    kind: str
    config: Mapping[str, str]
    hint: str
    is_on: bool
    added_at: datetime


def list_channels(db: Database) -> list[Channel]:
    """All of them, by name."""
    rows = db.query(
        "SELECT id, name, kind, config, hint, length(encrypted_secrets) > 0 AS is_on, added_at FROM channels"
    )
    return sorted(map(_channel, rows), key=lambda channel: (channel.name.casefold(), channel.id))


def find_channel(db: Database, name: str) -> Channel:
    """The channel of a name, case aside, or of an id. Raises InputError when there is none."""
    return named_or_numbered(list_channels(db), name, "channel")


def add_channel(db: Database, vault: Vault, name: str, content: ChannelContent, at: datetime) -> Channel:
    """Keep a channel; one of the same name and kind that is switched off gets its secrets so.

    Raises:
        InputError: the name is unusable or used, or there are too many.
        SecretKeyError: the secrets cannot be encrypted.
    """
    with writing(db):
        channels = list_channels(db)
        for channel in channels:
            is_named = channel.name.casefold() == name.strip().casefold()
            if is_named and channel.kind == content.kind and not channel.is_on:
                return change_channel(db, channel.id, channel.name, content, encrypted(vault, content))
        if len(channels) >= MOST_CHANNELS:
            raise InputError(f"There are {MOST_CHANNELS} channels already.", remedy="Delete some first.")
        name = usable_name(name, "name of the channel", (channel.name for channel in channels))
        secrets = {"encrypted_secrets": encrypted(vault, content), "added_at": rfc3339(at)}
        added = insert(db, "channels", {**_columns(name, content), **secrets})
        return _get(db, added)


def change_channel(
    db: Database, channel_id: int, name: str, content: ChannelContent, encrypted: bytes | None
) -> Channel:
    """Let a channel be another one. ``encrypted``: its secrets; None keeps those it has.

    Raises:
        InputError: the name is unusable or used.
    """
    secrets = {} if encrypted is None else {"encrypted_secrets": encrypted}
    with writing(db):
        others = (channel.name for channel in list_channels(db) if channel.id != channel_id)
        name = usable_name(name, "name of the channel", others)
        db.table("channels").update(channel_id, {**_columns(name, content), **secrets})
        return _get(db, channel_id)


def encrypted(vault: Vault, content: ChannelContent) -> bytes:
    """Nothing where there are no secrets yet: the channel is switched off."""
    return vault.encrypt(json.dumps(dict(content.secrets))) if content.secrets else b""


def _columns(name: str, content: ChannelContent) -> dict[str, object]:
    config = json.dumps(dict(content.config))
    return {"name": name, "kind": content.kind, "config": config, "hint": content.hint}


def _get(db: Database, channel_id: int) -> Channel:
    return next(channel for channel in list_channels(db) if channel.id == channel_id)


def delete_channel(db: Database, channel_id: int) -> None:
    """What still waits for it is given up. Nothing where there is none any more."""
    with writing(db):
        give_up_channel(db, channel_id)
        close_events(db, [f"{OF_A_CHANNEL}{channel_id}"])
        db.execute("DELETE FROM channels WHERE id = :id", {"id": channel_id})


def read_content(db: Database, vault: Vault, channel_id: int) -> ChannelContent:
    """With the secrets in the clear, for sending only.

    Raises:
        InputError: there is no such channel any more.
        SecretKeyError: they cannot be decrypted.
    """
    for row in db.query("SELECT * FROM channels WHERE id = :id", {"id": channel_id}):
        secrets = json.loads(_opened(vault, row["encrypted_secrets"]))
        return ChannelContent(row["kind"], json.loads(row["config"]), row["hint"], secrets)
    raise InputError("This channel no longer exists.", field="channel")


def _opened(vault: Vault, token: bytes) -> str:
    try:
        return vault.decrypt(token)
    except SecretKeyError:
        problem = SecretKeyError(
            "The stored secret of this channel cannot be decrypted.",
            means="It was encrypted with another secret than the present one, or restored without any.",
            remedy="Delete the channel and add it anew, or restore the secret of this installation.",
        )
    raise problem


def _channel(row: Mapping[str, Any]) -> Channel:
    return Channel(
        row["id"],
        row["name"],
        row["kind"],
        json.loads(row["config"]),
        row["hint"],
        bool(row["is_on"]),
        stored_instant(row["added_at"]),
    )
