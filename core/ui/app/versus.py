"""A comparison: the same question for complete days now, and for the days before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from core.dimensions import MEASURES
from core.explore.change import Change
from core.explore.compare import Comparison, aligned, comparison
from core.explore.links import Display
from core.explore.query import Query
from core.formats import count_of, period_label
from core.ledger.snapshot import Snapshot
from core.periods import FIRST_DAY, LAST_DAY, Period
from core.ui.app import data

Totals = dict[str, int | float | None]


@dataclass(frozen=True)
class Versus:
    """A question, and the two periods it is asked for. Both are wholly covered."""

    ledger: Snapshot
    query: Query
    periods: Comparison

    @cached_property
    def now(self) -> Totals:
        """Totals of the complete days now."""
        return self._side(self.periods.period, self.periods.earlier)

    @cached_property
    def before(self) -> Totals:
        return self._side(self.periods.earlier, self.periods.period)

    def _side(self, days: Period, other: Period) -> Totals:
        """Without a row, covered days are a true zero, where parts add up and the other side knows them."""
        totals, beside = (data.total(self.ledger, self.query.during(period)) for period in (days, other))
        if any(value is not None for value in totals.values()) or self._has_rows(days):
            return totals
        zero = {name for name, value in beside.items() if value is not None and MEASURES[name].additive}
        return {name: 0 if name in zero else None for name in totals}

    def _has_rows(self, days: Period) -> bool:
        question = self.query.measuring("tokens").grouped("origin")
        return data.rows(self.ledger, question.during(days)).height > 0

    def beside(self, query: Query, outside: Period) -> pl.DataFrame:
        """The groups of ``query``, now, before and outside: ``core.explore.compare.compared``."""
        return data.compared(self.ledger, query.during(self.periods.period), self.periods.earlier, outside)

    def change(self, query: Query, n: int) -> Change:
        """The ``n`` largest changes; those of cost with their effects."""
        return data.change(self.ledger, query, self.periods, n)

    def laid_over(self, query: Query, grain: str) -> pl.DataFrame:
        """The total before, bucket by bucket of the days now: ``core.explore.compare.aligned``."""
        query = query.grouped("day")
        daily = data.rows(self.ledger, query.during(self.periods.earlier))
        return aligned(daily, query, self.periods, grain)

    def sentence(self) -> str:
        """What is compared with what."""
        now, before = self.periods.period, self.periods.earlier
        text = f"Change: {period_label(now)} against {period_label(before)}"
        if self.periods.is_by_weekday:
            text += ", weekday by weekday"
        if not self.periods.is_even:
            text += f" ({count_of(now.days, 'day')} against {count_of(before.days, 'day')})"
        return f"{text}."


def versus_of(
    ledger: Snapshot, query: Query, shown: Display, complete_until: date, today: date
) -> tuple[Versus | None, str]:
    """The comparison that ``shown`` asks for; or None and why there is none, empty where none is wanted."""
    if shown.versus == "none":
        return None, ""
    periods = comparison(
        shown.versus, query.period, complete_until, preset=shown.preset, chosen=shown.versus_period
    )
    if periods is None:
        return None, "No comparison: no day of this range is complete yet."
    if periods.earlier.end > complete_until:
        return None, f"No comparison: {period_label(periods.earlier)} is not over yet."
    for days in (periods.earlier, periods.period):
        if not _covered(ledger, query, days, today):
            return None, f"No comparison: {period_label(days)} is not wholly covered. Unknown is not zero."
    return Versus(ledger, query, periods), ""


def _covered(ledger: Snapshot, query: Query, days: Period, today: date) -> bool:
    """Whether every connection that passes the filters knows every day."""
    inside = days.start >= FIRST_DAY and days.end <= LAST_DAY
    return inside and data.is_covered(ledger, query.during(days), today)
