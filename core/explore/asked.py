"""A view's question over the days that count, and its rows by day: as pages show and files hold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import polars as pl

from core.dimensions import MEASURES, Measure
from core.explore.buckets import fitting_grain
from core.explore.compare import complete_part
from core.explore.explorers import Explorer
from core.explore.links import Display
from core.explore.query import Query
from core.explore.ranked_series import series_of, unnamed
from core.explore.top import top
from core.periods import ONE_DAY, Period

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot


class Shown(Protocol):
    """A question, and how its answer is shown."""

    @property
    def query(self) -> Query: ...
    @property
    def display(self) -> Display: ...


class Reads(Protocol):
    """How frames are read: anew, or from what is kept of them."""

    def rows(self, ledger: Snapshot, query: Query, /) -> pl.DataFrame:
        """``core.explore.engine.rows``."""

    def groups(self, ledger: Snapshot, query: Query, outside: Period, /) -> pl.DataFrame:
        """The groups of ``query``, with what they have in the days ``outside``."""

    def reached(self, ledger: Snapshot, query: Query, today: date, /) -> date:
        """The day up to which all connections that pass the filters know everything; at most today."""


@dataclass(frozen=True)
class AskedView:
    """What a view asks of one state of the ledger. Frames are read when first needed."""

    explorer: Explorer
    state: Shown
    ledger: Snapshot
    today: date

    @property
    def reads(self) -> Reads:
        raise NotImplementedError

    @property
    def measure(self) -> Measure:
        return MEASURES[self._measure]

    @property
    def _measure(self) -> str:
        return self.state.query.measures[0]

    @property
    def measures(self) -> tuple[str, ...]:
        """The chosen measure first, then those that stand beside it in table and file."""
        return tuple(dict.fromkeys((self._measure, *self.explorer.companions)))

    @cached_property
    def period(self) -> Period:
        """The range that was chosen; "All" begins with the first day there is."""
        period = self.state.query.period
        first = min((file.days.start for file in self.ledger.files), default=None)
        if self.state.display.preset != "all" or first is None:
            return period
        return period.clipped(Period(first, period.end))

    @cached_property
    def counted(self) -> Period:
        """The days of every number on the page: those that are complete, or all where none is."""
        complete = complete_part(self.period, self._reached)
        return complete if complete.days else self.period

    @property
    def is_complete(self) -> bool:
        """Whether the days that are counted are over."""
        return self.counted.end <= self._reached

    @property
    def _reached(self) -> date:
        return self.reads.reached(self.ledger, self.state.query.during(self.period), self.today)

    @cached_property
    def outside(self) -> Period:
        """The days after them up to today, which stand apart; empty where there are none."""
        end = min(self.period.end, self.shown_period.end)
        return Period(self.counted.end, max(self.counted.end, end))

    @cached_property
    def query(self) -> Query:
        """The question of numbers and tables, over the days that are counted."""
        return self.state.query.measuring(*self.measures).during(self.counted)

    @cached_property
    def whole_query(self) -> Query:
        """The same over the whole range."""
        return self.query.during(self.period)

    @cached_property
    def grain(self) -> str:
        """What was asked for, or the next coarser one that still fits into a chart."""
        series = min(self.state.display.top + 1, self.groups.height) if self.state.query.group_by else 1
        return fitting_grain(self.shown_period, self.state.display.grain, series)

    @cached_property
    def shown_period(self) -> Period:
        """The period up to today: there is nothing to draw after it, but where the clock was set back."""
        ends = (self.today + ONE_DAY, *(file.days.end for file in self.ledger.files))
        return self.period.clipped(Period(date.min, max(ends)))

    @cached_property
    def groups(self) -> pl.DataFrame:
        """One row for each group over the days that are counted, and what it has outside."""
        return self.reads.groups(self.ledger, self.query, self.outside)

    @property
    def over_time_query(self) -> Query:
        return self.whole_query.over_time(self.grain)

    @cached_property
    def over_time(self) -> pl.DataFrame:
        """One row for each group and day, week or month: what the file holds."""
        return self.reads.rows(self.ledger, self.over_time_query)

    def drawn(self) -> pl.DataFrame:
        """``start``, ``series``, ``value``, ``rank``, ``unnamed``: top groups and Other, for each bucket."""
        query = self.over_time_query
        ranked = top(self.over_time, query, self.state.display.top, by=self.groups)
        return ranked.select(
            pl.col(self.grain).alias("start"),
            series_of(query, ranked),
            pl.col(self._measure).alias("value"),
            "rank",
            unnamed(query, ranked),
        )

    @cached_property
    def _ranked(self) -> pl.DataFrame:
        return top(self.groups, self.query, self.state.display.top)

    def ranked_groups(self) -> pl.DataFrame:
        """``series``, ``unnamed`` and every measure over the period, biggest first, Other last."""
        query, ranked = self.query, self._ranked
        return ranked.sort("rank").select(series_of(query, ranked), unnamed(query, ranked), *query.measures)

    def ranked_series(self) -> pl.DataFrame:
        """``series``, ``value`` (over the period), ``unnamed``, biggest first, Other last."""
        value = pl.col(self._measure).alias("value")
        return self.ranked_groups().select("series", value, "unnamed")

    @property
    def is_demo(self) -> bool:
        """Whether some of it is demo data."""
        raise NotImplementedError

    def file_name(self, name: str) -> str:
        """``name``, which says so first where the file holds demo data."""
        return f"demo_{name}" if self.is_demo else name
