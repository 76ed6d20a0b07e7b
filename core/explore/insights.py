"""The overview's numbers: month to date and run rate.

Connections do not all know the same days: one was connected in the middle of a month, another failed for a
week. So each is compared over the days of the month that it knows on both sides, and its run rate is the mean
of those that it knows. Nobody grows by being connected.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

from core.explore.compare import complete_part, months_before, same_period_last_month
from core.explore.engine import rows, total
from core.explore.measures import needs_cost
from core.explore.query import Filter, Query
from core.explore.scan import connection_values, kept_connections
from core.formats import count_between
from core.periods import ONE_DAY, Period, day_of, month_start, next_month, previous_month

if TYPE_CHECKING:
    from core.explore.provenance import ConnectionCoverage
    from core.ledger.snapshot import Snapshot

_NAME = "cost_center"
_BEHIND = 2 * ONE_DAY
"""By so much one connection may be behind another every day: then all are compared over the same days."""


@dataclass(frozen=True)
class KnownDays:
    """What a connection knows: neither ``unknown`` days, nor all of those from ``complete_until`` on.

    ``gains``: of days that may still change, what they will become, in parts of what they are.
    """

    connection_id: int
    complete_until: date
    unknown: frozenset[date] = frozenset()
    gains: Mapping[date, Fraction] = field(default_factory=dict, compare=False)

    def complete_days(self, period: Period) -> frozenset[date]:
        """Those of ``period`` that are known and over."""
        return frozenset(complete_part(period, self.complete_until)) - self.unknown


def known_days_of(coverage: Iterable[ConnectionCoverage], measure: str) -> list[KnownDays]:
    """The days on which each connection knows the measure; one without any data knows none."""
    return [
        KnownDays(
            connection.connection_id,
            day_of(connection.data_as_of) if connection.data_as_of else date.min,
            connection.unknown_days(of_cost=needs_cost(measure)),
        )
        for connection in coverage
    ]


@dataclass(frozen=True)
class Sides:
    """What is compared with what: the same connections, over days that all of them know."""

    connections: tuple[str, ...]
    now: frozenset[date]
    before: frozenset[date]

    @property
    def is_unbroken(self) -> bool:
        """Whether no day between the first and the last is left out."""
        return all(len(days) == span(days).days for days in (self.now, self.before))


@dataclass(frozen=True)
class MonthToDate:
    """A measure's sum over a month so far; None is unknown.

    ``complete_period`` has the days that are over. ``sides``: what is compared, ``complete`` and ``previous``
    its two sums; a day is compared with the same day of the month before. ``connections``: how many there
    are; ``compared`` and ``projected``: of those, how many are in the comparison and in the run rate.
    ``rate_days``: the complete days of those with use, at most, and ``fewest_rate_days`` at least.

    ``run_rate`` is the whole month's, should each connection's ``rate_days`` go on like this; never less than
    what there is already, and None before there is one.
    """

    period: Period
    value: int | None
    complete_period: Period
    complete: int | None
    previous_period: Period
    previous: int | None
    run_rate: int | None
    sides: tuple[Sides, ...] = ()
    connections: int = 0
    projected: int = 0
    rate_days: int = 0
    fewest_rate_days: int = 0

    @property
    def rate_days_text(self) -> str:
        """``26 to 27 complete days``."""
        return count_between(self.fewest_rate_days, self.rate_days, "complete day")

    @property
    def compared(self) -> int:
        return sum(len(side.connections) for side in self.sides)

    @property
    def compared_days(self) -> frozenset[date]:
        return frozenset().union(*(side.now for side in self.sides))

    @property
    def uncompared_days(self) -> tuple[date, ...]:
        """Complete days that no connection is compared over: the month before is shorter, or not known."""
        return tuple(sorted(frozenset(self.complete_period) - self.compared_days))


def month_to_date(
    ledger: Snapshot,
    today: date,
    filters: tuple[Filter, ...] = (),
    known_days: Iterable[KnownDays] | None = None,
    measure: str = "cost",
) -> MonthToDate:
    """The month ``today`` lies in. ``known_days``: of each connection; None: all know every day before today.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    start = month_start(today)
    period = Period(start, today + ONE_DAY)
    names = connection_values(ledger, _NAME)
    known = {
        names[id_]: connection for id_, connection in _known_days(ledger, today, filters, known_days).items()
    }
    days = _by_day(ledger, Query((measure,), Period(previous_month(today), period.end), filters=filters))
    complete = complete_part(period, _reached(known.values(), start))
    sides = _sides(known, complete)
    rates = [_projected(days.get(name, {}), period, connection) for name, connection in known.items()]
    rate_days = _rate_days(known, days, period)
    value = total(ledger, Query((measure,), period, filters=filters))[measure]
    so_far = None if value is None else int(value)
    return MonthToDate(
        period,
        so_far,
        complete,
        _summed(days, sides, lambda pair: pair.now),
        same_period_last_month(complete),
        _summed(days, sides, lambda pair: pair.before),
        _run_rate(rates, so_far),
        sides,
        len(known),
        sum(rate is not None for rate in rates),
        max(rate_days, default=0),
        min(rate_days, default=0),
    )


def _reached(known: Iterable[KnownDays], start: date) -> date:
    """Up to where the connections know everything; those far behind have days of their own."""
    ends = [connection.complete_until for connection in known]
    last = max(ends, default=start)
    return min((end for end in ends if last - end <= _BEHIND), default=start)


_Days = Mapping[str, Mapping[date, int]]


def _known_days(
    ledger: Snapshot, today: date, filters: tuple[Filter, ...], given: Iterable[KnownDays] | None
) -> dict[int, KnownDays]:
    """Of each connection that passes the filters."""
    kept = kept_connections(ledger, filters)
    if given is None:
        given = (KnownDays(id_, today) for id_ in kept)
    return {
        connection.connection_id: KnownDays(
            connection.connection_id, min(connection.complete_until, today), connection.unknown
        )
        for connection in given
        if connection.connection_id in kept
    }


def _by_day(ledger: Snapshot, query: Query) -> _Days:
    """By connection and day; a day without a row is not in it."""
    (measure,) = query.measures
    by_name: dict[str, dict[date, int]] = defaultdict(dict)
    names = ("day", f"{_NAME}_value", measure)
    for day, name, value in rows(ledger, query.grouped("day", _NAME)).select(names).iter_rows():
        if value is not None:
            by_name[name][day] = int(value)
    return by_name


def _sides(known: Mapping[str, KnownDays], complete: Period) -> tuple[Sides, ...]:
    """Connections by the days they know in this month and, at the same date, in the one before."""
    alike: dict[frozenset[date], list[str]] = defaultdict(list)
    for name, connection in known.items():
        both = {
            day
            for day in connection.complete_days(complete)
            if (earlier := _a_month_before(day)) and earlier not in connection.unknown
        }
        if both:
            alike[frozenset(both)].append(name)
    return tuple(
        Sides(tuple(names), days, frozenset(filter(None, map(_a_month_before, days))))
        for days, names in alike.items()
    )


def _a_month_before(day: date) -> date | None:
    """The same date of the month before; None where that has none."""
    earlier = months_before(day, 1)
    return earlier if earlier.day == day.day else None


def _summed(days: _Days, sides: Iterable[Sides], side: Callable[[Sides], frozenset[date]]) -> int | None:
    """None without a row on either side: nothing there is known to have been used."""
    days_of_each = [(pair, days.get(name, {})) for pair in sides for name in pair.connections]
    if all((pair.now | pair.before).isdisjoint(of_name) for pair, of_name in days_of_each):
        return None
    return sum(value for pair, of_name in days_of_each for day, value in of_name.items() if day in side(pair))


def _projected(days: Mapping[date, int], period: Period, connection: KnownDays) -> Fraction | None:
    """A connection's whole month: complete days as they were, days under way as they are if that is more
    than the mean, all others at the mean. None without a complete day."""
    complete = connection.complete_days(period)
    if not complete:
        return None
    so_far = sum(value for day, value in days.items() if day in complete)
    mean = Fraction(so_far, len(complete))
    under_way = frozenset(period) - complete - connection.unknown
    there = sum(value for day, value in days.items() if day in under_way)
    rest = Period(period.start, next_month(period.start)).days - len(complete) - len(under_way)
    return so_far + max(Fraction(there), mean * len(under_way)) + mean * rest


def _rate_days(known: Mapping[str, KnownDays], days: _Days, period: Period) -> list[int]:
    """Complete days of each connection in the run rate; of those with use, where one has any."""
    counts = {name: len(connection.complete_days(period)) for name, connection in known.items()}
    used = [counts[name] for name in counts if any(day in period for day in days.get(name, {}))]
    return [count for count in used or counts.values() if count]


def _run_rate(rates: Iterable[Fraction | None], so_far: int | None) -> int | None:
    known = [rate for rate in rates if rate is not None]
    return max(round(sum(known, Fraction(0))), so_far) if known and so_far is not None else None


def side_query(pair: Sides, group_by: tuple[str, ...] = (), filters: tuple[Filter, ...] = ()) -> Query:
    """The cost of the days now, of these connections; of both sides' days, should it ask for others."""
    query = Query(("cost",), span(pair.now), group_by, filters)
    only = [Filter(_NAME, pair.connections)]
    if not pair.is_unbroken:
        only.append(Filter("day", tuple(day.isoformat() for day in sorted(pair.now | pair.before))))
    return query.narrowed(*only)


def span(days: frozenset[date]) -> Period:
    """From the first of the days to the last."""
    return Period(min(days), max(days) + ONE_DAY)
