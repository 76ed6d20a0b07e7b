"""What follows a sync: the dashboards that ship, a backup, what is unusual, and what is told of it.

Each of these can be asked for without a sync, too.
"""

from __future__ import annotations

from contextlib import suppress

from core import upkeep
from core.alerts import book, deliver
from core.alerts.deliver import Outcome
from core.clock import Clock, utc_now
from core.digests import sending as digests
from core.errors import TokenLedgerError
from core.explore.dashboard_exchange import ensure_shipped
from core.explore.explorers import MEASURES_OF
from core.ledger.publish import current_snapshot
from core.settings import Settings
from core.store.channels import find_channel, read_content
from core.store.database import database
from core.store.secrets import Vault
from core.watch.evaluate import evaluate


def follow_up(settings: Settings, clock: Clock = utc_now) -> None:
    """All of it. A sync whose numbers cannot be looked through has still pulled them: the page says what is
    wrong.
    """
    for step in (ship_dashboards, upkeep.back_up_daily, look_for_anomalies, notify):
        with suppress(TokenLedgerError):
            step(settings, clock)


def ship_dashboards(settings: Settings, clock: Clock = utc_now) -> None:
    """Add the dashboards that ship, once: when something is connected, else after a sync. Pages only look."""
    with database(settings) as db:
        ensure_shipped(db, MEASURES_OF, clock())


def look_for_anomalies(settings: Settings, clock: Clock = utc_now) -> None:
    """Judge the days of the ledger anew, where anything has changed; see :mod:`core.watch`.

    Raises:
        StoreError: the ledger cannot be read, or what is found cannot be kept.
    """
    with database(settings) as db:
        evaluate(current_snapshot(db, settings), db, clock())


def notify(settings: Settings, clock: Clock = utc_now) -> tuple[int, list[Outcome]]:
    """Put what is worth telling into the outbox, and send what is due; returns how many are new, and how each
    message fared.

    Raises:
        StoreError: the database cannot be used.
    """
    with database(settings) as db:
        new = book.evaluate(current_snapshot(db, settings), db, clock())
    return new + digests.put_due(settings, clock), deliver.send_due(settings, clock)


send_digest = digests.send
"""Send a digest now; see :func:`core.digests.sending.send`."""


def try_channel(settings: Settings, name: str, clock: Clock = utc_now) -> str:
    """Send a test by a channel now; returns what of it did not arrive, or nothing.

    Raises:
        InputError: there is no such channel.
        SecretKeyError: its secrets cannot be decrypted.
        NotSentError: it did not get through.
    """
    with database(settings) as db:
        content = read_content(db, Vault(settings), find_channel(db, name).id)
    return deliver.deliver(settings, content, deliver.trial(clock(), settings))
