"""How far back a connection's reports can still be pulled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlite_utils import Database

from core.reach import first_day
from core.store.connections import Connection
from core.store.learned import REACH, Learned, read_learned


def first_asked(db: Database, connection: Connection, streams: Iterable[str], today: date) -> date:
    """The earliest day that is wanted and that some of the reports may still tell about."""
    reached = widest_reach(read_learned(db, connection.id), streams)
    return first_day(connection.origin, connection.since, today, reached)


def widest_reach(learned: Learned, streams: Iterable[str]) -> int | None:
    """How many days back some of the reports are answered; None as long as that of one is not known."""
    reaches = [learned.whole(stream, REACH) for stream in streams]
    known = [days for days in reaches if days is not None]
    return max(known) if known and len(known) == len(reaches) else None
