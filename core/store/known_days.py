"""The days of a connection's reports as its ledger knows them, whichever bill it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlite_utils import Database

from core.periods import Period
from core.store.bills import analytics_days
from core.store.connections import Connection
from core.store.coverage import reached_at
from core.store.days import DayState, stream_days
from core.stream import StreamUnit
from core.streams import STREAMS, newest_streams_of


def known_days(
    db: Database, connection: Connection, streams: Sequence[str], period: Period, today: date
) -> dict[str, list[DayState]]:
    """As :func:`core.store.days.stream_days` of the legacy ``streams``.

    Where the ledger rests on the newest reports, a day is as these have it.
    """
    found = stream_days(db, connection, streams, period, today)
    newest = analytics_days(db, connection.id, connection.origin, period)
    if not newest:
        return found
    names = [stream.name for stream in newest_streams_of(connection.origin)]
    cost, usage = stream_days(db, connection, names, period, today).values()
    return {
        stream: [
            stand_in if own.day in newest else own
            for own, stand_in in zip(states, cost if _is_cost(stream) else usage, strict=True)
        ]
        for stream, states in found.items()
    }


def told_until(db: Database, connection: Connection, streams: Sequence[str]) -> datetime | None:
    """The instant that the slowest of the legacy ``streams`` reaches, or a newest report in its place.

    None as long as one of them has nothing.
    """
    reached = reached_at(db, connection.id)
    cost, usage = (reached.get(stream.name) for stream in newest_streams_of(connection.origin))
    instants = []
    for stream in streams:
        stand_in = (cost if _is_cost(stream) else usage) if cost and usage else None
        instants.append(max((at for at in (reached.get(stream), stand_in) if at), default=None))
    told = [at for at in instants if at]
    return min(told) if told and len(told) == len(instants) else None


def _is_cost(stream: str) -> bool:
    return STREAMS[stream].unit is StreamUnit.USD
