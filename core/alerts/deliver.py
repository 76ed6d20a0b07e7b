"""Sends what waits in the outbox, one message at a time, and keeps how it ended."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from core.alerts import hook, mail, message, outages, services
from core.alerts.kinds import APPRISE, EMAIL
from core.alerts.message import Told
from core.clock import Clock, utc_now
from core.errors import TokenLedgerError
from core.settings import Settings
from core.store import outbox
from core.store.alert_files import list_files
from core.store.channels import ChannelContent, read_content
from core.store.database import database, writing
from core.store.outbox import Alert, Message, Phase
from core.store.quiet_hours import quiet_hours
from core.store.secrets import Vault

_FRONT = "overview"
"""This page stands at the program's own address, and below no name."""


@dataclass(frozen=True)
class Outcome:
    """How one message fared: ``problem`` is empty where it was sent."""

    channel: str
    subject: str
    problem: str


def send_due(settings: Settings, clock: Clock = utc_now, tls: ssl.SSLContext | None = None) -> list[Outcome]:
    """Send every message whose time has come, and what that makes to be told. A channel that fails is left
    alone until the next call.

    Raises:
        StoreError: the database cannot be used.
    """
    outcomes, seen, down = list[Outcome](), set[int](), set[int | None]()
    while waiting := _waiting(settings, clock, seen):
        for message_id in waiting:
            outcome = _send_unless(down, settings, message_id, clock, tls)
            outcomes += [outcome] if outcome else []
        seen.update(waiting)
    return outcomes


def _waiting(settings: Settings, clock: Clock, seen: set[int]) -> list[int]:
    with database(settings) as db:
        return [message_id for message_id in _due(db, clock()) if message_id not in seen]


def _send_unless(
    down: set[int | None], settings: Settings, message_id: int, clock: Clock, tls: ssl.SSLContext | None
) -> Outcome | None:
    """None where its channel is down, or somebody else has it. Keeps in ``down`` what failed."""
    with database(settings) as db:
        if outbox.channel_of(db, message_id) in down:
            return None
        with writing(db):
            taken = outbox.claim(db, message_id, clock())
            alert = outbox.get_alert(db, taken.alert_id) if taken else None
    if not taken or not alert or taken.channel_id is None:
        return None
    outcome = _send(settings, taken, alert, clock, tls)
    down |= {taken.channel_id} if outcome.problem else set()
    return outcome


def _due(db: Database, now: datetime) -> list[int]:
    """In quiet hours, what may be sent at any hour, and digests: they have an hour that somebody chose."""
    quiet = quiet_hours(db)
    only = {*quiet.lets_through, outbox.DIGEST} if quiet and quiet.include(now) else None
    return outbox.due_messages(db, now, only)


def _send(
    settings: Settings, taken: Message, alert: Alert, clock: Clock, tls: ssl.SSLContext | None
) -> Outcome:
    note, problem = "", ""
    try:
        with database(settings) as db:
            content = read_content(db, Vault(settings), taken.channel_id or 0)
            files = list_files(db, alert.id) if content.kind == EMAIL else ()
        note = deliver(settings, content, replace(told_of(settings, alert, taken), files=files), tls)
    except TokenLedgerError as error:
        problem = str(error)
    with database(settings) as db, writing(db):
        if problem:
            given_up = outbox.mark_failed(db, taken, alert.told_at, clock(), problem)
            outages.tell_failure(db, taken, alert, clock(), problem, given_up=given_up)
        else:
            outbox.mark_sent(db, taken.id, clock(), note)
            outages.tell_recovery(db, taken, clock())
    return Outcome(taken.channel_name, alert.subject, problem)


def told_of(settings: Settings, alert: Alert, taken: Message) -> Told:
    """An alert as a message: its link leads to the address that people open, where it is known."""
    page = "" if alert.page == _FRONT else alert.page
    link = f"{settings.public_url}/{page}" if settings.public_url and alert.page else ""
    return Told(
        f"token-ledger-{int(alert.told_at.timestamp())}-{taken.id}", alert.event_key, alert.rule,
        alert.phase.value, alert.subject, alert.text, link, alert.told_at,
    )  # fmt: skip


def deliver(
    settings: Settings, content: ChannelContent, told: Told, tls: ssl.SSLContext | None = None
) -> str:
    """Send one message now; returns what of it did not arrive, or nothing.

    Raises:
        NotSentError: it did not get through.
    """
    if content.kind == EMAIL:
        sent = message.mail(told, content.config)
        return mail.send_mail(sent, content.config, content.secrets["password"], tls=tls)
    if content.kind == APPRISE:
        services.send(content.secrets["url"], told, private=settings.allow_private_webhooks)
        return ""
    hook.post(
        content.secrets["url"],
        message.BODIES[content.kind](told),
        {"Token-Ledger-Delivery": told.delivery} if "signing_secret" in content.secrets else {},
        private=settings.allow_private_webhooks,
        signing_secret=content.secrets.get("signing_secret", ""),
        timestamp=str(int(utc_now().timestamp())),
        tls=tls,
    )
    return ""


def trial(now: datetime, settings: Settings) -> Told:
    """What a test of a channel sends."""
    return Told(
        f"token-ledger-test-{int(now.timestamp() * 1000)}", "test", "test", Phase.BEGUN.value,
        "this channel works", "This is a test of an alert channel. Alerts will look like this one.",
        f"{settings.public_url}/alerts" if settings.public_url else "", now,
    )  # fmt: skip
