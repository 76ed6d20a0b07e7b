"""What a scope came to, day by day and connection by connection, as far as it is known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.alerts.world import World
from core.explore.engine import rows
from core.explore.query import Filter, Query, bucket
from core.explore.scan import connection_values, kept_connections
from core.periods import ONE_DAY, Period, next_month

_NAME = "cost_center"
_MEASURES = ("cost", "list_cost", "tokens", "effective_rate", "cache_hit_rate")
COLUMNS = (
    "cost", "list_cost", "tokens", "_priced_cost", "_priced_tokens", "_input_tokens", "_cache_read_tokens"
)  # fmt: skip

Sums = Mapping[str, int | None]
"""By column; None is unknown."""


@dataclass(frozen=True)
class Part:
    """One connection's days. ``known``: those that are over and known; one without sums is a true zero."""

    days: Mapping[date, Sums]
    known: frozenset[date]

    def value(self, day: date, column: str) -> int | None:
        """What a ratio is made of is nothing where it is not told: it then counts on neither side."""
        if day not in self.known:
            return None
        value = self.days[day][column] if day in self.days else 0
        return 0 if value is None and column.startswith("_") else value

    def total(self, period: Period, column: str) -> int | None:
        """None as long as a day is unknown."""
        values = [self.value(day, column) for day in period]
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None


@dataclass(frozen=True)
class Total:
    """Of a period: what is known of it, and whether that is all."""

    value: int
    is_whole: bool


def total(parts: Iterable[Part], period: Period, column: str) -> Total:
    """Of all connections together."""
    values = [part.value(day, column) for part in parts for day in period]
    known = [value for value in values if value is not None]
    return Total(sum(known), len(known) == len(values))


def parts_of(world: World, filters: tuple[Filter, ...], measure: str) -> list[Part]:
    """The connections that have anything of a scope; all that its filters leave, where none has."""
    days = world.once(("days", filters), lambda: _read(world, filters))
    kept = kept_connections(world.ledger, filters)
    names = connection_values(world.ledger, _NAME)
    all_known = [known for known in world.known(measure) if known.connection_id in kept]
    having = [known for known in all_known if names[known.connection_id] in days] or all_known
    return [
        Part(days.get(names[known.connection_id], {}), known.complete_days(world.looked_at))
        for known in having
    ]


def _read(world: World, filters: tuple[Filter, ...]) -> dict[str, dict[date, Sums]]:
    answer = rows(world.ledger, Query(_MEASURES, world.looked_at, ("day", _NAME), filters))
    by_name: dict[str, dict[date, Sums]] = defaultdict(dict)
    for row in answer.select("day", f"{_NAME}_value", *COLUMNS).iter_rows(named=True):
        by_name[row[f"{_NAME}_value"]][row["day"]] = row
    return by_name


def period_of(grain: str, day: date) -> Period:
    """The day, week or month that ``day`` lies in."""
    start = bucket(grain, day)
    end = next_month(start) if grain == "month" else start + timedelta(days=7 if grain == "week" else 1)
    return Period(start, end)


def periods_until(grain: str, first: date, today: date) -> Iterator[Period]:
    """Every day, week or month from the first that begins on ``first`` or later, to the one under way."""
    period = period_of(grain, first)
    if period.start < first:
        period = period_of(grain, period.end)
    while period.start <= today:
        yield period
        period = period_of(grain, period.end)


def before(grain: str, period: Period) -> Period:
    """What a period is compared with: the week or month before; of a day the same day of the week before."""
    return period.shifted(-7) if grain == "day" else period_of(grain, period.start - ONE_DAY)
