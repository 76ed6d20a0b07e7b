"""What the other channels are told of one that does not deliver: once, and when it does again.

That such a word does not get through by another channel is an outage of that one, and told the rest in turn:
as each is told of once, no failure is told for ever.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlite_utils import Database

from core.alerts.message import plain
from core.store import outbox
from core.store.outbox import GIVES_UP_AFTER, Alert, Message, Phase

_QUICK_TRIES, _LATE_TRIES = 3, 2
_SOON = timedelta(minutes=15)
_RULE = "channel"


def tell_failure(
    db: Database, taken: Message, alert: Alert, at: datetime, problem: str, *, given_up: bool
) -> None:
    """At its third try, or its second where that came late: nobody need wait for the day after which it is
    given up. Not at each later one, between which other messages may get through.
    """
    late = taken.attempts == _LATE_TRIES and at - alert.told_at >= _SOON
    key, name = _key(taken), plain(taken.channel_name)
    if not (given_up or late or taken.attempts == _QUICK_TRIES) or key in outbox.open_events(db):
        return
    last = f"{alert.told_at + GIVES_UP_AFTER:%Y-%m-%d %H:%M}"
    ahead = "It was given up." if given_up else f"It is tried again until {last} UTC, then given up."
    text = (
        f"A message of {alert.told_at:%Y-%m-%d %H:%M} UTC did not get through by the channel “{name}” in "
        f"{taken.attempts} tries. {problem} {ahead} The Alerts page has what was told meanwhile, and "
        "a test of the channel."
    )
    outbox.keep_open(db, key, 1)
    _tell(db, taken, Phase.BEGUN, f"The channel “{name}” does not deliver", text, at)


def tell_recovery(db: Database, taken: Message, at: datetime) -> None:
    """Where the others were told that it failed."""
    key, name = _key(taken), plain(taken.channel_name)
    if key not in outbox.open_events(db):
        return
    outbox.close_events(db, [key])
    text = (
        f"A message got through by the channel “{name}” at {at:%Y-%m-%d %H:%M} UTC. What waits for it is "
        "sent in turn; the Alerts page names what was given up."
    )
    _tell(db, taken, Phase.ENDED, f"The channel “{name}” delivers again", text, at)


def _tell(db: Database, taken: Message, phase: Phase, subject: str, text: str, at: datetime) -> None:
    outbox.add_alert(db, Alert(_key(taken), _RULE, phase, subject, text, "alerts", at), taken.channel_id)


def _key(taken: Message) -> str:
    return f"{outbox.OF_A_CHANNEL}{taken.channel_id}"
