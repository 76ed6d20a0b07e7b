"""The commands about digests: which there are, what was sent, sending one now, adding and deleting."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from core import operations
from core.cli import codes
from core.cli.printing import print_json
from core.clock import rfc3339, utc_now
from core.digests.schedule import next_due, schedule_words, usable_schedule
from core.errors import InputError
from core.settings import from_environment
from core.store.audit import COMMAND_LINE, Action, record
from core.store.channels import find_channel, list_channels
from core.store.dashboards import list_dashboards
from core.store.database import database
from core.store.digests import (
    Digest,
    DigestContent,
    DigestKind,
    add_digest,
    delete_digest,
    find_digest,
    list_digests,
    list_sent,
    switch_digest,
)
from core.store.outbox import Alert, Message
from core.store.saved_views import list_views

SENT_DAYS = 30


def digests(given: Namespace) -> int:
    """Do what was asked for with a digest, or list them, and what was sent in the last 30 days."""
    if given.what:
        if not given.name:
            raise InputError(f"“digests {given.what}” needs a name.", remedy="Name the digest.")
        return _ACTS[given.what](given)
    now = utc_now()
    with database(from_environment()) as db:
        kept, sent = list_digests(db), list_sent(db, now - timedelta(days=SENT_DAYS))
        channels = {channel.id: channel.name for channel in list_channels(db)}
    if given.json:
        told = [_json(digest, channels) for digest in kept]
        print_json({"digests": told, "sent": [_sent_json(*entry) for entry in sent]})
        return codes.DONE
    sys.stdout.write("".join(_line(digest, channels) for digest in kept) or "There is no digest yet.\n")
    sys.stdout.writelines(_sent_line(*entry) for entry in sent)
    return codes.DONE


def _send(given: Namespace) -> int:
    """Exits with 1 when a message did not get through."""
    settings = from_environment()
    outcomes = operations.send_digest(settings, given.name)
    with database(settings) as db:
        record(db, COMMAND_LINE, Action.SENT_DIGEST, given.name, utc_now())
    if given.json:
        print_json(
            [{"channel": o.channel, "subject": o.subject, "problem": o.problem or None} for o in outcomes]
        )
    else:
        sys.stdout.writelines(f"{o.channel}: {o.subject}: {o.problem or 'sent'}\n" for o in outcomes)
        if not outcomes:
            sys.stdout.write("It waits to be sent.\n")
    return codes.PARTLY if any(outcome.problem for outcome in outcomes) else codes.DONE


def _add(given: Namespace) -> int:
    schedule = usable_schedule(given.weekday, given.hour, given.zone)
    with database(from_environment()) as db:
        kind, target = _target(db, given)
        channels = [find_channel(db, name).id for name in given.channel]
        content = DigestContent(kind, target, schedule, tuple(channels))
        digest = add_digest(db, given.name, content, utc_now())
        record(db, COMMAND_LINE, Action.CHANGED_DIGEST, f"added {digest.name}", utc_now())
    due = rfc3339(next_due(schedule, utc_now()))
    sys.stdout.write(f"“{digest.name}” is sent first at {due}.\n")
    return codes.DONE


def _target(db: Database, given: Namespace) -> tuple[DigestKind, int | None]:
    if given.view and given.dashboard:
        raise InputError("A digest sends a view or a dashboard.", remedy="Give --view or --dashboard.")
    if given.view:
        views = {view.name: view.id for view in list_views(db)}
        return DigestKind.VIEW, _named(views, given.view, "saved view")
    if given.dashboard:
        boards = {board.name: board.id for board in list_dashboards(db)}
        return DigestKind.DASHBOARD, _named(boards, given.dashboard, "dashboard")
    return DigestKind.NUMBERS, None


def _named(ids: dict[str, int], wanted: str, what: str) -> int:
    for name, id_ in ids.items():
        if name.casefold() == wanted.strip().casefold():
            return id_
    raise InputError(f"No {what} is named “{wanted.strip()}”.", field=what)


def _switch(given: Namespace) -> int:
    with database(from_environment()) as db:
        digest = find_digest(db, given.name)
        switch_digest(db, digest.id, is_on=given.what == "resume", at=utc_now())
        record(db, COMMAND_LINE, Action.CHANGED_DIGEST, f"{given.what}d {digest.name}", utc_now())
    return codes.DONE


def _delete(given: Namespace) -> int:
    with database(from_environment()) as db:
        digest = find_digest(db, given.name)
        delete_digest(db, digest.id)
        record(db, COMMAND_LINE, Action.CHANGED_DIGEST, f"deleted {digest.name}", utc_now())
    return codes.DONE


_ACTS: dict[str, Callable[[Namespace], int]] = {
    "send": _send,
    "add": _add,
    "pause": _switch,
    "resume": _switch,
    "delete": _delete,
}
ACTS = tuple(_ACTS)


def _json(digest: Digest, channels: dict[int, str]) -> dict[str, Any]:
    content, schedule = digest.content, digest.content.schedule
    return {
        "id": digest.id,
        "name": digest.name,
        "kind": content.kind.value,
        "target": content.target,
        "weekday": schedule.weekday,
        "hour": schedule.hour,
        "zone": schedule.zone,
        "channels": [channels[id_] for id_ in content.channels if id_ in channels],
        "on": digest.is_on,
        "next": rfc3339(next_due(schedule, utc_now())) if digest.is_on else None,
        "problem": digest.problem or None,
    }


def _line(digest: Digest, channels: dict[int, str]) -> str:
    names = ", ".join(channels[id_] for id_ in digest.content.channels if id_ in channels) or "no channel"
    when = schedule_words(digest.content.schedule)
    line = f"{'on ' if digest.is_on else 'off'}  {digest.name}: {digest.content.kind.value}; {when}; {names}"
    return f"{line}; not sent: {digest.problem}\n" if digest.problem else f"{line}\n"


def _sent_json(alert: Alert, messages: tuple[Message, ...]) -> dict[str, Any]:
    return {
        "at": rfc3339(alert.told_at),
        "subject": alert.subject,
        "messages": [
            {
                "channel": message.channel_name,
                "state": message.state.value,
                "sent_at": rfc3339(message.sent_at) if message.sent_at else None,
                "last_error": message.last_error or None,
            }
            for message in messages
        ],
    }


def _sent_line(alert: Alert, messages: tuple[Message, ...]) -> str:
    how = ", ".join(f"{message.channel_name}: {message.state.value}" for message in messages) or "no channel"
    return f"{alert.told_at:%Y-%m-%d %H:%M}  {alert.subject}  ({how})\n"
