"""The commands about channels and sending: by which channels alerts go out, and telling now."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import Any

from sqlite_utils import Database

from core import follow_up
from core.alerts.changing import change
from core.alerts.kinds import APPRISE, EMAIL, SECURITIES, hook_content, mail_content
from core.alerts.services import service_content
from core.cli import codes
from core.cli.printing import print_json
from core.clock import rfc3339, utc_now
from core.errors import InputError
from core.settings import from_environment
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
from core.store.secrets import Vault


def channels(given: Namespace) -> int:
    """Add, change, test or delete a channel, and list them."""
    settings = from_environment()
    if given.action != "list" and not given.name:
        raise InputError(f"“channels {given.action}” needs a name.", remedy="Name the channel.")
    if given.action == "test":
        note = follow_up.try_channel(settings, given.name)
        sys.stderr.write(f"A test was sent by “{given.name}”. {note}".rstrip() + "\n")
    with database(settings) as db:
        if given.action in _DONE:
            _act(db, Vault(settings), given)
            about = f"{_DONE[given.action]} {given.name}"
            record(db, COMMAND_LINE, Action.CHANGED_CHANNEL, about, utc_now())
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


_DONE = {"add": "added", "change": "changed", "delete": "deleted"}
ACTIONS = ("list", *_DONE, "test")


def _act(db: Database, vault: Vault, given: Namespace) -> None:
    if given.action == "add":
        add_channel(db, vault, given.name, _content(given), utc_now())
    elif given.action == "delete":
        delete_channel(db, find_channel(db, given.name).id)
    else:
        _change(db, vault, find_channel(db, given.name), given)


def _change(db: Database, vault: Vault, kept: Channel, given: Namespace) -> None:
    """What is not given stays."""
    if given.kind and given.kind != kept.kind:
        raise InputError("A channel keeps its kind.", field="kind", remedy="Add another channel.")
    words = {name: getattr(given, name) for name in ("host", "port", "security", "user", "sender")}
    config = {name: text for name, text in (words | {"recipients": given.to}).items() if text is not None}
    secret = "password" if kept.kind == EMAIL else "url"
    variables = {secret: given.secret_env, "signing_secret": given.signing_env}
    secrets = {name: os.environ.get(variable, "") for name, variable in variables.items() if variable}
    change(db, vault, kept, given.new_name or kept.name, config, secrets)


def _content(given: Namespace) -> ChannelContent:
    secret = _secret(given)
    if given.kind == APPRISE:
        return service_content(secret)
    if given.kind != EMAIL:
        return hook_content(given.kind or "", secret, os.environ.get(given.signing_env or "", ""))
    return mail_content(
        host=given.host or "", port=given.port or "", security=given.security or SECURITIES[0],
        user=given.user or "", password=secret if given.user else "", sender=given.sender or "",
        recipients=given.to or "",
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
    new, outcomes = follow_up.notify(from_environment())
    if given.json:
        sent = [{"channel": o.channel, "subject": o.subject, "problem": o.problem or None} for o in outcomes]
        print_json({"new_alerts": new, "messages": sent})
    else:
        sys.stdout.write(f"{new} new, {len(outcomes)} to send\n")
        sys.stdout.writelines(f"{o.channel}: {o.subject}: {o.problem or 'sent'}\n" for o in outcomes)
    return codes.PARTLY if any(outcome.problem for outcome in outcomes) else codes.DONE


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
