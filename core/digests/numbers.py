"""The numbers of a day or a week: of the days that each connection knows; what is not known stands apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl
from sqlite_utils import Database

from core.dimensions import MEASURES
from core.explore.compare import previous_period
from core.explore.engine import rows
from core.explore.insights import KnownDays, Sides, known_days_of
from core.explore.movers import Mover, movers
from core.explore.projected_days import Total
from core.explore.projection import known_for, projections
from core.explore.provenance import ConnectionCoverage, coverage
from core.explore.query import Query
from core.figures import Compared
from core.ledger.snapshot import Snapshot
from core.periods import Period, calendar_period, runs_of

CHART_DAYS = 28
_MEASURES = ("cost", "tokens")
_NAME = "cost_center"


@dataclass(frozen=True)
class Numbers:
    """Of ``period``, beside the days before it."""

    ledger: Snapshot
    db: Database
    period: Period
    today: date

    @property
    def earlier(self) -> Period:
        """As many days before, weekday by weekday."""
        return previous_period(self.period)

    @cached_property
    def coverage(self) -> tuple[ConnectionCoverage, ...]:
        """Of each connection, over both sides and the chart."""
        start = min(self.earlier.start, self.period.end - timedelta(days=CHART_DAYS))
        return coverage(self.db, self.ledger.connections, Period(start, self.period.end), self.today)

    @cached_property
    def known(self) -> dict[str, KnownDays]:
        """By connection, what it knows."""
        names = {connection.connection_id: connection.cost_center for connection in self.coverage}
        return {names[known.connection_id]: known for known in known_days_of(self.coverage, "cost")}

    @property
    def is_awaited(self) -> bool:
        """Whether the last of the days are not known of each connection yet."""
        return any(known.complete_until < self.period.end for known in self.known.values())

    @property
    def unknown(self) -> dict[str, list[Period]]:
        """By connection, the days that are in no number; latest first."""
        lacking = {
            name: runs_of(set(self.period) - known.complete_days(self.period))
            for name, known in self.known.items()
        }
        return {name: runs for name, runs in lacking.items() if runs}

    @cached_property
    def _frame(self) -> pl.DataFrame:
        """By day, connection and model, with whether the connection knows the day."""
        period = Period(self.earlier.start, self.period.end)
        read = rows(self.ledger, Query(_MEASURES, period, ("day", _NAME, "model")))
        known = [(name, day) for name, days in self.known.items() for day in days.complete_days(period)]
        keys = pl.DataFrame(known, schema={"connection": pl.String, "day": pl.Date}, orient="row")
        named = read.select("day", "model", *_MEASURES, connection=pl.col(f"{_NAME}_value").cast(pl.String))
        marked = named.join(keys.with_columns(is_known=True), on=["connection", "day"], how="left")
        return marked.with_columns(pl.col("is_known").fill_null(value=False))

    def compared(self, measure: str) -> Compared:
        """The known days; beside those before, where all are known; and what other days have so far."""
        now = self._sum(measure, self.period, is_known=True) if self._has_known_days else None
        before = self._sum(measure, self.earlier, is_known=True) if self.is_compared else None
        outside = self._sum(measure, self.period, is_known=False) if self.unknown else None
        return Compared(MEASURES[measure], now, before, outside or None)

    def _sum(self, measure: str, period: Period, *, is_known: bool) -> int:
        within = pl.col("day").is_between(period.start, period.end, closed="left")
        kept = self._frame.filter(within, pl.col("is_known") == is_known)
        return int(kept[measure].cast(pl.Int128).sum() or 0)

    @property
    def _has_known_days(self) -> bool:
        return any(known.complete_days(self.period) for known in self.known.values())

    @property
    def is_compared(self) -> bool:
        """Whether every day on either side is known of every connection."""
        sides = (self.period, self.earlier)
        return all(
            len(known.complete_days(side)) == side.days for known in self.known.values() for side in sides
        )

    @property
    def sides(self) -> tuple[Sides, ...]:
        """Connections by the days that they know on both sides."""
        shift = self.period.start - self.earlier.start
        alike: Mapping[frozenset[date], list[str]] = defaultdict(list)
        for name, known in self.known.items():
            before = {day + shift for day in known.complete_days(self.earlier)}
            if both := known.complete_days(self.period) & before:
                alike[both].append(name)
        return tuple(
            Sides(tuple(names), days, frozenset(day - shift for day in days)) for days, names in alike.items()
        )

    def movers(self, dimension: str) -> tuple[Mover, ...]:
        """The values whose cost changed most, over the days that are known on both sides."""
        return movers(self.ledger, dimension, self.sides)

    def by_model(self) -> list[tuple[str, int]]:
        """Each model with the cost of the known days, the largest first."""
        within = pl.col("day").is_between(self.period.start, self.period.end, closed="left")
        sums = self._frame.filter(within, "is_known").group_by("model").agg(pl.col("cost").sum())
        costs = sums.drop_nulls("cost").sort("cost", "model", descending=[True, False])
        return [(name, int(cost)) for name, cost in costs.iter_rows()]

    @cached_property
    def month(self) -> Total:
        """The month of the last day: known so far, and expected to its end."""
        month = calendar_period("month", self.period.last)
        query = Query(("cost",), month)
        known = known_for(self.db, self.ledger, query, self.today)
        (projection,) = projections(self.ledger, query, known, self.today, month.end).values()
        return projection.within(month)
