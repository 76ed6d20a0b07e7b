"""What was told, and the messages that carry it: written with the event, sent after the commit.

A message is taken by one process at a time: it is marked as being sent before it is, until a time. Who dies
between sending and saying so leaves it to the next one after that time: this one message is then sent twice,
rather than never.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.store.alert_kinds import RuleKind
from core.store.columns import stored_instant, stored_instant_or_none
from core.store.database import insert, writing

LEASE = timedelta(minutes=5)
"""So long a message belongs to who sends it; longer than any sending may take."""
GIVES_UP_AFTER = timedelta(days=1)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=2)

OF_A_CONNECTION = ("sync", "key", "late", "totals", "revised", "first-data")
"""What the keys of events begin with that are about one connection; its id follows."""
OF_A_CHANNEL = "channel:"
"""What the keys of events begin with that are about a channel."""
DIGEST = "digest"
"""Stands where an alert names its rule, in what a digest sends."""
_OF_NAMES = tuple(
    kind.value
    for kind in (
        RuleKind.ANOMALY, RuleKind.NEW, RuleKind.AMOUNT, RuleKind.CHANGE, RuleKind.RATE, RuleKind.CACHE
    )
)  # fmt: skip
"""Kinds of rules whose alerts name people, keys and workspaces, of whichever connections."""


class Phase(StrEnum):
    """Whether something began, grew worse or is over."""

    BEGUN = "begun"
    WORSE = "worse"
    ENDED = "ended"


class MessageState(StrEnum):
    """``waiting`` for its first or next try; ``failed``: nobody tries any more."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Alert:
    """What was told. ``rule``: its kind. ``page``: where in the program more is to be seen."""

    event_key: str
    rule: str
    phase: Phase
    subject: str
    text: str
    page: str
    told_at: datetime
    id: int = 0


@dataclass(frozen=True)
class Message:
    """An alert on its way by a channel. ``channel_id`` is None once the channel is deleted."""

    id: int
    alert_id: int
    channel_id: int | None
    channel_name: str
    state: MessageState
    attempts: int
    next_attempt_at: datetime
    sent_at: datetime | None
    last_error: str


def open_events(db: Database) -> dict[str, int]:
    """Key of every event that is remembered -> how grave it was when it was last told; zero: it is over."""
    return {row["key"]: row["level"] for row in db.query("SELECT key, level FROM open_events")}


def keep_open(db: Database, key: str, level: int) -> None:
    """Remember that an event was told, and how grave it is."""
    db.table("open_events").upsert({"key": key, "level": level}, pk="key")


def close_events(db: Database, keys: Iterable[str]) -> None:
    """Forget that these last: should they come again, they are told again."""
    for key in keys:
        db.execute("DELETE FROM open_events WHERE key = :key", {"key": key})


def add_alert(
    db: Database, alert: Alert, besides: int | None = None, channels: Collection[int] | None = None
) -> int:
    """Keep what is told, with a message for each of ``channels`` (ids; None: all there are) that is on, but
    for the one of the id ``besides``; inside the event's own transaction.
    """
    row: dict[str, object] = {
        "event_key": alert.event_key,
        "rule": alert.rule,
        "phase": alert.phase.value,
        "subject": alert.subject,
        "text": alert.text,
        "page": alert.page,
        "told_at": rfc3339(alert.told_at),
    }
    with writing(db):
        alert_id = insert(db, "alerts", row)
        db.execute(
            "INSERT INTO outbox (alert_id, channel_id, channel_name, state, next_attempt_at)"
            " SELECT :alert, id, name, :state, :now FROM channels"
            " WHERE id IS NOT :besides AND length(encrypted_secrets) > 0"
            " AND (:channels IS NULL OR id IN (SELECT value FROM json_each(:channels)))",
            {
                "besides": besides,
                "channels": None if channels is None else json.dumps(sorted(channels)),
                "alert": alert_id,
                "state": MessageState.WAITING.value,
                "now": rfc3339(alert.told_at),
            },
        )
    return alert_id


def forget_connection(db: Database, connection_id: int) -> None:
    """What was told of a connection goes with it, sent or waiting; and what names people of any,
    what digests sent among it.
    """
    for begins in OF_A_CONNECTION:
        key = f"{begins}:{connection_id}"
        for keys in (key, f"{key}@%", f"{key}:%"):
            db.execute("DELETE FROM alerts WHERE event_key LIKE :keys", {"keys": keys})
            db.execute("DELETE FROM open_events WHERE key LIKE :keys", {"keys": keys})
    for kind in (*_OF_NAMES, DIGEST):
        db.execute("DELETE FROM alerts WHERE rule = :rule", {"rule": kind})
        db.execute("DELETE FROM open_events WHERE key LIKE :keys", {"keys": f"{kind}:%"})


def due_messages(db: Database, now: datetime, only: Collection[str] | None = None) -> list[int]:
    """Ids of messages whose time has come, those left behind by who died among them. ``only``: of alerts of
    these kinds."""
    rows = db.query(
        "SELECT outbox.id, rule FROM outbox JOIN alerts ON alerts.id = alert_id"
        " WHERE state IN ('waiting', 'sending') AND next_attempt_at <= :now ORDER BY outbox.id",
        {"now": rfc3339(now)},
    )
    return [row["id"] for row in rows if only is None or row["rule"] in only]


def claim(db: Database, message_id: int, now: datetime) -> Message | None:
    """Take a message to send it, committed before it is sent; None if somebody else has it."""
    taken = db.execute(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, next_attempt_at = :until"
        " WHERE id = :id AND state IN ('waiting', 'sending') AND next_attempt_at <= :now",
        {"id": message_id, "now": rfc3339(now), "until": rfc3339(now + LEASE)},
    ).rowcount
    return get_message(db, message_id) if taken else None


def get_message(db: Database, message_id: int) -> Message:
    """Raises LookupError when there is none."""
    for row in db.query("SELECT * FROM outbox WHERE id = :id", {"id": message_id}):
        return _message(row)
    raise LookupError(f"no message {message_id}")


def channel_of(db: Database, message_id: int) -> int | None:
    """The channel that a message goes by; None if either is gone."""
    for row in db.query("SELECT channel_id FROM outbox WHERE id = :id", {"id": message_id}):
        return int(row["channel_id"]) if row["channel_id"] is not None else None
    return None


def get_alert(db: Database, alert_id: int) -> Alert:
    """Raises LookupError when there is none."""
    for row in db.query("SELECT * FROM alerts WHERE id = :id", {"id": alert_id}):
        return _alert(row)
    raise LookupError(f"no alert {alert_id}")


def mark_sent(db: Database, message_id: int, at: datetime, note: str = "") -> None:
    """It arrived, as far as the other side says; ``note``: what of it did not."""
    _update(db, message_id, {"state": "sent", "sent_at": rfc3339(at), "last_error": note})


def mark_failed(db: Database, message: Message, told_at: datetime, at: datetime, problem: str) -> bool:
    """Try again later, each time twice as long; a day after the alert no more: then it says True."""
    wait = min(_FIRST_WAIT * 2 ** (message.attempts - 1), _LONGEST_WAIT)
    over: bool = at + wait > told_at + GIVES_UP_AFTER
    state = MessageState.FAILED if over else MessageState.WAITING
    changed = {"state": state.value, "next_attempt_at": rfc3339(at + wait), "last_error": problem}
    _update(db, message.id, changed)
    return over


def give_up_channel(db: Database, channel_id: int) -> None:
    """Nothing is sent by this channel any more."""
    db.execute(
        "UPDATE outbox SET state = 'failed', last_error = 'The channel was deleted.'"
        " WHERE channel_id = :id AND state IN ('waiting', 'sending')",
        {"id": channel_id},
    )


def channel_problems(db: Database) -> dict[int, str]:
    """Why the latest message that was tried by a channel did not arrive, by the channel's id; those that
    deliver are not in it."""
    rows = db.query(
        "SELECT channel_id, state, last_error FROM outbox"
        " WHERE attempts > 0 AND state != 'sending' AND channel_id IS NOT NULL"
        " ORDER BY coalesce(sent_at, next_attempt_at)"
    )
    latest = {row["channel_id"]: row for row in rows}
    return {id_: row["last_error"] for id_, row in latest.items() if row["state"] != MessageState.SENT}


def list_alerts(
    db: Database, since: datetime, *, digests: bool = False
) -> list[tuple[Alert, tuple[Message, ...]]]:
    """What was told since then, or what ``digests`` sent, the latest first, each with its messages."""
    asked = {"since": rfc3339(since), "digest": DIGEST}
    chosen = f"told_at >= :since AND rule {'=' if digests else '<>'} :digest"
    messages: dict[int, list[Message]] = {}
    for row in db.query(
        f"SELECT * FROM outbox WHERE alert_id IN (SELECT id FROM alerts WHERE {chosen}) ORDER BY id", asked
    ):
        messages.setdefault(row["alert_id"], []).append(_message(row))
    rows = db.query(f"SELECT * FROM alerts WHERE {chosen} ORDER BY id DESC", asked)
    return [(alert, tuple(messages.get(alert.id, ()))) for alert in map(_alert, rows)]


def count_told(db: Database, since: datetime) -> Counter[int]:
    """How often each rule told something since then, by its id."""
    rows = db.query("SELECT event_key FROM alerts WHERE told_at >= :since", {"since": rfc3339(since)})
    ids = (row["event_key"].rpartition("@")[2] for row in rows)
    return Counter(int(id_) for id_ in ids if id_.isdecimal())


def _update(db: Database, message_id: int, changed: Mapping[str, object]) -> None:
    """Nothing where the message is gone, with the connection it told of."""
    columns = ", ".join(f"{name} = :{name}" for name in changed)
    db.execute(f"UPDATE outbox SET {columns} WHERE id = :id", {**changed, "id": message_id})


def _alert(row: Mapping[str, Any]) -> Alert:
    return Alert(
        row["event_key"], row["rule"], Phase(row["phase"]), row["subject"], row["text"], row["page"],
        stored_instant(row["told_at"]), row["id"],
    )  # fmt: skip


def _message(row: Mapping[str, Any]) -> Message:
    return Message(
        row["id"], row["alert_id"], row["channel_id"], row["channel_name"], MessageState(row["state"]),
        row["attempts"], stored_instant(row["next_attempt_at"]), stored_instant_or_none(row["sent_at"]),
        row["last_error"],
    )  # fmt: skip
