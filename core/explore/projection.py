"""A question's days as far as they are known, and what the days after them will bring.

Connections do not all know the same days. Those that do are forecast together, the others apart; their sums
are added up, and their errors as errors that know nothing of each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isqrt
from typing import TYPE_CHECKING

from sqlite_utils import Database

from core.explore.engine import rows
from core.explore.gains import gained, with_gains
from core.explore.insights import KnownDays, known_days_of
from core.explore.projected_days import Part, Total
from core.explore.provenance import coverage
from core.explore.query import Query
from core.explore.scan import connection_values, kept_connections
from core.forecast.outlook import Ahead
from core.periods import ONE_DAY, Period

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

HISTORY_DAYS = 400
"""Days before today that a forecast looks at."""
_NAME = "cost_center"


@dataclass(frozen=True)
class Projection:
    """All parts of a question, each forecast up to ``end``."""

    parts: tuple[Part, ...]
    end: date

    @property
    def complete_until(self) -> date:
        """The day up to which all of them know everything."""
        return min((part.complete_until for part in self.parts), default=self.end)

    @property
    def known_until(self) -> date:
        """The first day of which no part knows anything."""
        return max((part.later for part in self.parts if not part.is_empty), default=self.end)

    @property
    def is_empty(self) -> bool:
        """Whether no day has anything."""
        return all(part.is_empty for part in self.parts)

    def within(self, period: Period) -> Total:
        """The sum over a period that ends no later than the forecast."""
        totals = [part.within(period) for part in self.parts]
        of_use = [total for total, part in zip(totals, self.parts, strict=True) if not part.is_empty]
        known = [total.known_days for total in of_use or totals]
        return Total(
            period,
            sum(total.actual for total in totals),
            frozenset(period).intersection(*known),
            sum(total.estimated for total in totals),
            max((total.estimated_days for total in totals), default=0),
            max((total.unknown_days for total in totals), default=0),
            sum(total.so_far for total in totals),
            None if self.is_empty else _together([total.ahead for total in totals]),
            sum(total.gained for total in totals),
            max((total.grown_days for total in totals), default=0),
            max(map(len, known), default=0),
            self._young(totals),
        )

    def _young(self, totals: Sequence[Total]) -> tuple[str, ...]:
        """The connections with too little history, where others have enough. ``totals``: of each part."""
        of_use = [(part, total) for part, total in zip(self.parts, totals, strict=True) if not part.is_empty]
        young = [part for part, total in of_use if total.ahead is None]
        return tuple(sorted({n for part in young for n in part.names})) if len(young) < len(of_use) else ()

    def on(self, day: date) -> Ahead | None:
        """What is expected of one day that no part knows, with the range of a single day; None if not all of
        them have history enough."""
        if self.is_empty:
            return None
        return _together(
            [part.ahead.of_day(day) if part.ahead else None for part in self.parts if not part.is_empty]
        )

    def by_day(self, period: Period) -> list[Total]:
        """The sum from the first day of a period to each of its days."""
        return [self.within(Period(period.start, day + ONE_DAY)) for day in period]


def _together(parts: Sequence[Ahead | None]) -> Ahead | None:
    """Their sum; None if one is not known."""
    known = [part for part in parts if part]
    if len(known) < len(parts):
        return None
    point = sum(part.point for part in known)
    below = isqrt(sum((part.point - part.low) ** 2 for part in known))
    above = isqrt(sum((part.high - part.point) ** 2 for part in known))
    return Ahead(point, point - below, point + above)


def projections(
    ledger: Snapshot, query: Query, known: Iterable[KnownDays], today: date, end: date
) -> dict[tuple[str, ...], Projection]:
    """For each group of ``query``, by the labels of its values: what is known, and expected before ``end``.

    ``known``: of each connection, as :func:`known_for` reads it.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    (measure,) = query.measures
    kept = kept_connections(ledger, query.filters)
    days = _days(ledger, query.during(looked_at(query, today)), measure)
    names = connection_values(ledger, _NAME)
    silent = _silent(days)
    alike: dict[tuple[date, frozenset[date], bool], list[KnownDays]] = defaultdict(list)
    for connection in known:
        if connection.connection_id in kept:
            never = names[connection.connection_id] in silent
            alike[min(connection.complete_until, today), connection.unknown, never].append(connection)
    return {
        group: Projection(
            tuple(
                Part(
                    complete_until,
                    unknown,
                    _summed(of_group[names[connection.connection_id]] for connection in connections),
                    end,
                    gained(
                        connections, {c.connection_id: of_group[names[c.connection_id]] for c in connections}
                    ),
                    tuple(names[c.connection_id] for c in connections),
                )
                for (complete_until, unknown, _), connections in alike.items()
            ),
            end,
        )
        for group, of_group in days.items()
    }


def known_for(db: Database, ledger: Snapshot, query: Query, today: date) -> list[KnownDays]:
    """What :func:`projections` needs to be told of the days that it looks at."""
    held = coverage(db, ledger.connections, looked_at(query, today), today)
    known = known_days_of(held, query.measures[0])
    return with_gains(db, ledger.connections, known, query.measures[0], today)


def looked_at(query: Query, today: date) -> Period:
    """The days that are read: those of the question, and those that its forecast rests on."""
    start = min(query.period.start, today - HISTORY_DAYS * ONE_DAY)
    return Period(start, today + ONE_DAY)


_ByConnection = defaultdict[str, dict[date, int | None]]


def _days(ledger: Snapshot, query: Query, measure: str) -> dict[tuple[str, ...], _ByConnection]:
    """By group, connection and day; a day without a row is not in it."""
    values: dict[tuple[str, ...], _ByConnection] = defaultdict(lambda: defaultdict(dict))
    if not query.series:
        values[()].clear()
    series = [name for name in query.series if name != _NAME]
    columns = ("day", f"{_NAME}_value", measure, *query.series)
    for day, name, value, *group in (
        rows(ledger, query.grouped("day", _NAME, *series)).select(columns).iter_rows()
    ):
        values[tuple(group)][name][day] = value
    return values


def _silent(days: Mapping[tuple[str, ...], _ByConnection]) -> set[str]:
    """Connections that have use and never tell the measure, as Anthropic's older reports no list cost.

    They are in no total, and would make the days of those that tell it unknown.
    """
    used = {name for group in days.values() for name, of_days in group.items() if of_days}
    return {name for name in used if not any(_tells(group[name]) for group in days.values() if name in group)}


def _tells(of_days: Mapping[date, int | None]) -> bool:
    return any(value is not None for value in of_days.values())


def _summed(connections: Iterable[Mapping[date, int | None]]) -> dict[date, int | None]:
    """A day that is unknown of one is unknown."""
    summed: dict[date, int | None] = {}
    for days in connections:
        for day, value in days.items():
            before = summed.get(day, 0)
            summed[day] = None if value is None or before is None else before + value
    return summed
