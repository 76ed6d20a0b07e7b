"""The command about digests: which there are, what was sent; adding, changing, sending and deleting one."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from core import follow_up
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
    change_digest,
    delete_digest,
    find_digest,
    list_digests,
    list_sent,
    switch_digest,
)
from core.store.given_names import named_or_numbered
from core.store.outbox import Alert, Message
from core.store.saved_views import list_views

SENT_DAYS = 30


def digests(given: Namespace) -> int:
    """Do what is asked with a digest, then list all, and what was sent in the last 30 days; or send one."""
    if given.action != "list" and not given.name:
        raise InputError(f"“digests {given.action}” needs a name.", remedy="Name the digest.")
    if given.action == _SEND:
        return _send(given)
    now = utc_now()
    with database(from_environment()) as db:
        if given.action in _DONE:
            _act(db, given)
            record(db, COMMAND_LINE, Action.CHANGED_DIGEST, f"{_DONE[given.action]} {given.name}", now)
        kept, sent = list_digests(db), list_sent(db, now - timedelta(days=SENT_DAYS))
        channels = {channel.id: channel.name for channel in list_channels(db)}
        targets = _Targets.read(db)
    if given.json:
        told = [_json(digest, channels, targets) for digest in kept]
        print_json({"digests": told, "sent": [_sent_json(*entry) for entry in sent]})
        return codes.DONE
    lines = (_line(digest, channels, targets) for digest in kept)
    sys.stdout.write("".join(lines) or "There is no digest yet.\n")
    sys.stdout.writelines(_sent_line(*entry) for entry in sent)
    return codes.DONE


_SEND = "send"
_DONE = {
    "add": "added", "change": "changed", "delete": "deleted", "on": "switched on", "off": "switched off",
}  # fmt: skip
ACTIONS = ("list", *_DONE, _SEND)
DAILY = "daily"
_EVERY_DAY, _HOUR, _ZONE = -1, 8, "UTC"


@dataclass(frozen=True)
class _Targets:
    """Names of saved views and dashboards, by id."""

    views: dict[int, str]
    boards: dict[int, str]

    @classmethod
    def read(cls, db: Database) -> _Targets:
        views = {view.id: view.name for view in list_views(db)}
        return cls(views, {board.id: board.name for board in list_dashboards(db)})

    def of(self, content: DigestContent) -> str | None:
        """None of numbers, and where it was deleted."""
        names = {DigestKind.VIEW: self.views, DigestKind.DASHBOARD: self.boards}.get(content.kind, {})
        return None if content.target is None else names.get(content.target)


def _send(given: Namespace) -> int:
    """Exits with 1 when a message did not get through."""
    settings = from_environment()
    outcomes = follow_up.send_digest(settings, given.name)
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


def _act(db: Database, given: Namespace) -> None:
    now = utc_now()
    if given.action == "add":
        usual = DigestContent(DigestKind.NUMBERS, None, usable_schedule(None, _HOUR, _ZONE), ())
        add_digest(db, given.name, _content(db, usual, given), now)
        return
    digest = find_digest(db, given.name)
    if given.action == "change":
        content = _content(db, digest.content, given)
        change_digest(db, digest.id, given.new_name or digest.name, content, now)
    elif given.action == "delete":
        delete_digest(db, digest.id)
    else:
        switch_digest(db, digest.id, is_on=given.action == "on", at=now)


def _content(db: Database, before: DigestContent, given: Namespace) -> DigestContent:
    """With what is given in the place of what it has."""
    kind, target = _target(db, given) or (before.kind, before.target)
    weekday = before.schedule.weekday if given.weekday is None else given.weekday
    schedule = usable_schedule(
        None if weekday == _EVERY_DAY else weekday,
        before.schedule.hour if given.hour is None else given.hour,
        given.zone or before.schedule.zone,
    )
    channels = tuple(find_channel(db, name).id for name in given.channel)
    return DigestContent(kind, target, schedule, channels or before.channels)


def _target(db: Database, given: Namespace) -> tuple[DigestKind, int] | None:
    """None: nothing is said of it."""
    if given.view and given.dashboard:
        raise InputError("A digest sends a view or a dashboard.", remedy="Give --view or --dashboard.")
    if given.view:
        return DigestKind.VIEW, named_or_numbered(list_views(db), given.view, "saved view").id
    if given.dashboard:
        return DigestKind.DASHBOARD, named_or_numbered(list_dashboards(db), given.dashboard, "dashboard").id
    return None


def _json(digest: Digest, channels: dict[int, str], targets: _Targets) -> dict[str, Any]:
    content, schedule = digest.content, digest.content.schedule
    return {
        "id": digest.id,
        "name": digest.name,
        "kind": content.kind.value,
        "of": targets.of(content),
        "weekday": schedule.weekday,
        "hour": schedule.hour,
        "zone": schedule.zone,
        "channels": [channels[id_] for id_ in content.channels if id_ in channels],
        "on": digest.is_on,
        "next": rfc3339(next_due(schedule, utc_now())) if digest.is_on else None,
        "problem": digest.problem or None,
    }


def _line(digest: Digest, channels: dict[int, str], targets: _Targets) -> str:
    names = ", ".join(channels[id_] for id_ in digest.content.channels if id_ in channels) or "no channel"
    when = schedule_words(digest.content.schedule)
    of = targets.of(digest.content)
    what = f"{digest.content.kind.value} “{of}”" if of else digest.content.kind.value
    due = f"; next {rfc3339(next_due(digest.content.schedule, utc_now()))}" if digest.is_on else ""
    line = f"{'on ' if digest.is_on else 'off'}  {digest.id:>3}  {digest.name}: {what}; {when}; {names}{due}"
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
