"""What all blocks of the Overview share: this month, its days, and the ways to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from core.dimensions import MEASURES
from core.explore.explorers import Explorer
from core.explore.insights import MonthToDate, Sides, side_query, span
from core.explore.links import Display
from core.explore.projected_days import Total
from core.explore.query import Filter, Query
from core.figures import Compared
from core.forecast.outlook import Ahead
from core.ledger.snapshot import Snapshot
from core.periods import Period, preset
from core.ui.app import blocks, data, forecasts, times, ways
from core.ui.app.answer_blocks import nothing_connected
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.ways import Way
from core.ui.overview.connections_card import freshness

COST = MEASURES["cost"]
_EXPLORER = Explorer("overview", "Overview", ("cost",), ("cost",), ("cost",))


@dataclass(frozen=True)
class Overview:
    """``days``: of this month, those that every connection knows, or all where none does; ``earlier``: what
    they are compared with, None where that is not known."""

    ledger: Snapshot
    today: date
    month: MonthToDate
    days: Period
    earlier: Period | None

    @property
    def compared(self) -> Compared:
        """The days of the month that are compared, and what is left of it; all where nothing is compared."""
        month = self.month
        if not month.compared or month.complete is None:
            return Compared(COST, month.value)
        outside = None if month.value is None else month.value - month.complete
        return Compared(COST, month.complete, month.previous, outside)

    @cached_property
    def projected(self) -> Total:
        """The whole month: what is known of it, and what is expected."""
        return forecasts.month_total(self.ledger, self.today)

    @property
    def ahead(self) -> Ahead | None:
        """What the whole month is expected to be; None with too little history."""
        return self.projected.expected

    def query(self, *group_by: str) -> Query:
        """The cost of ``days``."""
        return Query(("cost",), self.days, group_by)

    def way_of(self, sides: tuple[Sides, ...], *group_by: str, filters: tuple[Filter, ...] = ()) -> Way:
        """To the cost of the days now that are compared, beside those before.

        Of connections that know different days no view has the same days: then to all of the month.
        """
        if len(sides) != 1:
            days = self.month.complete_period if self.month.compared else self.month.period
            return ways.way("cost", Query(("cost",), days, group_by, filters), versus="month")
        (pair,) = sides
        shape = "change" if filters and pair.is_unbroken else "time"
        return ways.way("cost", self._of_pair(pair, group_by, filters), versus="month", shape=shape)

    def way_before(self) -> Way:
        """To the cost of the days before."""
        if len(self.month.sides) != 1:
            return ways.way("cost", Query(("cost",), self.month.previous_period, ("model",)))
        (pair,) = self.month.sides
        return ways.way("cost", self._of_pair(pair, ("model",), ()).during(span(pair.before)))

    def _of_pair(self, pair: Sides, group_by: tuple[str, ...], filters: tuple[Filter, ...]) -> Query:
        """Without a filter on connections where it would name all of them."""
        query = side_query(pair, group_by, filters)
        if len(pair.connections) < self.month.connections:
            return query
        kept = (
            condition
            for condition in query.filters
            if condition.dimension != "cost_center" or condition in filters
        )
        return Query(query.measures, query.period, group_by, tuple(kept))


def ask() -> Overview:
    """This month; or, with nothing connected or pulled, what to do about it."""
    ways.follow()
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        nothing_connected()
        blocks.stop()
    if not ledger.files:
        blocks.empty(
            "The first sync is not done yet",
            "What is pulled appears here by itself: what this month costs, what moved it, who spends most, "
            "and what is worth a look. A year of history takes some minutes.",
        )
        freshness(ledger, today)
        blocks.stop()
    days, earlier = data.of_days("overview", ledger, (today,), lambda: _days(ledger, today))
    return Overview(ledger, today, data.month_to_date(ledger, today), days, earlier)


def _days(ledger: Snapshot, today: date) -> tuple[Period, Period | None]:
    """The days that the Cost page counts of this month, and what it compares them with."""
    name = "month_to_date"
    state = ExplorerState(Query(("cost",), preset(name, today)), Display(preset=name, versus="month"))
    answer = Answer(_EXPLORER, state, ledger, today)
    return answer.counted, answer.versus.periods.earlier if answer.versus else None
