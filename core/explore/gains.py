"""What the days that Anthropic may still revise will gain, by connection and day, for a measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from sqlite_utils import Database

from core.dimensions import MEASURES, TOKEN_MEASURES, Unit
from core.explore.insights import KnownDays
from core.ledger.manifest import ConnectionInfo
from core.periods import ONE_DAY, Period
from core.store.bills import analytics_days
from core.store.gains import OLDEST, ages, median_gains
from core.stream import Stream, StreamUnit
from core.streams import newest_streams_of, streams_of


def with_gains(
    db: Database, connections: Iterable[ConnectionInfo], known: Iterable[KnownDays], measure: str, today: date
) -> list[KnownDays]:
    """The known days of each connection, with what those that may change will become."""
    unit = _unit(measure)
    by_id = {connection.id: connection for connection in connections}
    if unit is None:
        return list(known)
    return [
        replace(each, gains=_of_connection(db, by_id[each.connection_id], unit, today))
        if each.connection_id in by_id
        else each
        for each in known
    ]


def _unit(measure: str) -> StreamUnit | None:
    """What the reports count of it; None where their changes do not tell."""
    if MEASURES[measure].unit is Unit.USD:
        return StreamUnit.USD
    return StreamUnit.TOKENS if measure in ("tokens", *TOKEN_MEASURES) else None


def _of_connection(
    db: Database, connection: ConnectionInfo, unit: StreamUnit, today: date
) -> dict[date, Fraction]:
    """Each day by the report that the ledger has it from."""
    period = Period(today - 2 * OLDEST * ONE_DAY, today)
    newest = analytics_days(db, connection.id, connection.origin, period)
    gains: dict[date, Fraction] = {}
    for stream in _totals(connection, unit):
        young = ages(db, connection.id, stream.name, period, today)
        mine = {day: age for day, age in young.items() if (day in newest) is stream.optional}
        if mine:
            by_age = median_gains(db, connection.id, stream.name, today)
            gains |= {day: by_age[age] for day, age in mine.items() if age in by_age}
    return gains


def _totals(connection: ConnectionInfo, unit: StreamUnit) -> list[Stream]:
    """The report that holds a whole organization, and its newest stand-in."""
    whole = (stream for stream in streams_of(connection.origin) if stream.is_total)
    return [stream for stream in (*whole, *newest_streams_of(connection.origin)) if stream.unit is unit]


def gained(
    connections: Iterable[KnownDays], values: Mapping[int, Mapping[date, int | None]]
) -> dict[date, int]:
    """By day, of all connections together: whole micro-cents or tokens."""
    by_day: dict[date, int] = {}
    for connection in connections:
        for day, factor in connection.gains.items():
            value = values[connection.connection_id].get(day)
            if value is not None:
                by_day[day] = by_day.get(day, 0) + round(value * (factor - 1))
    return by_day
