"""Sends digests: those that are due, and one that somebody asks for."""

from __future__ import annotations

from sqlite_utils import Database

from core.alerts.deliver import Outcome, send_due
from core.clock import Clock, utc_now
from core.digests.book import evaluate, send_now
from core.digests.desk import Desk
from core.ledger.publish import current_snapshot
from core.settings import Settings
from core.store.database import database
from core.store.digests import find_digest


def put_due(settings: Settings, clock: Clock) -> int:
    """Put into the outbox what is due; returns how many.

    Raises:
        StoreError: the database cannot be used.
    """
    with database(settings) as db:
        return evaluate(_desk(settings, db, clock))


def send(settings: Settings, name: str, clock: Clock = utc_now) -> list[Outcome]:
    """Send a digest, whenever it is due; returns how each message fared that is sent with it.

    Raises:
        InputError: there is no such digest, or it cannot be written.
        StoreError: the database cannot be used.
    """
    with database(settings) as db:
        send_now(_desk(settings, db, clock), find_digest(db, name))
    return send_due(settings, clock)


def _desk(settings: Settings, db: Database, clock: Clock) -> Desk:
    return Desk(current_snapshot(db, settings), db, clock(), settings.public_url or "")
