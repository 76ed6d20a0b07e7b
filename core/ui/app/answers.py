"""An explorer's answer: every frame and number its blocks show, from one question to one ledger revision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from core.charts.timeline import Timeline, known_timeline
from core.dimensions import MEASURES, Measure, Unit
from core.explore.asked import AskedView, Reads
from core.explore.change import Group, values_of
from core.explore.labels import group_label
from core.explore.measures import needs_cost
from core.explore.provenance import Provenance
from core.explore.ranked_series import series_of
from core.figures import Compared, shares
from core.formats import Number
from core.periods import Period
from core.ui.app import data
from core.ui.app.bill_words import bill_turns
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.versus import Totals, Versus, versus_of


@dataclass(frozen=True)
class Answer(AskedView):
    """What one view of an explorer shows. Frames are read when first needed, then kept by the cache."""

    state: ExplorerState

    @property
    def reads(self) -> Reads:
        return data

    @property
    def is_demo(self) -> bool:
        return any(connection.demo for connection in self.provenance.coverage)

    @property
    def _numbers(self) -> tuple[str, ...]:
        """Every measure whose total the page shows."""
        return tuple(dict.fromkeys((*self.measures, *self.explorer.numbers)))

    @cached_property
    def totals(self) -> Totals:
        """Over the days that are counted."""
        if self.versus:
            return self.versus.now
        totals = data.total(self.ledger, self.query.measuring(*self._numbers))
        if not self.outside.days or any(value is not None for value in totals.values()):
            return totals
        return self._zero_where_covered(totals)

    def _zero_where_covered(self, totals: Totals) -> Totals:
        """Without a row, covered days are a true zero of what the days outside know."""
        if not data.is_covered(self.ledger, self.query, self.today):
            return totals
        known = {name for name, value in self.outside_totals.items() if value is not None}
        return {name: 0 if name in known and MEASURES[name].additive else None for name in totals}

    @cached_property
    def outside_totals(self) -> Totals:
        """Over the days outside; None without such, and for what is unknown."""
        if not self.outside.days:
            return dict.fromkeys(self._numbers)
        return data.total(self.ledger, self.query.measuring(*self._numbers).during(self.outside))

    @cached_property
    def whole_totals(self) -> Totals:
        """Over the whole range."""
        return data.total(self.ledger, self.whole_query.measuring(*self._numbers))

    def compared_number(self, name: str) -> Compared:
        """A measure over the days that are counted, before, and outside: everywhere the same."""
        versus, measure = self.versus, MEASURES[name]
        outside = self.outside_totals[name] if measure.additive else None
        if not versus:
            return Compared(measure, self.totals[name], None, outside, row=self._row(measure))
        days = versus.periods.period.days, versus.periods.earlier.days
        if self.is_per_day(name):
            return Compared(measure, versus.now[name], versus.before[name], outside, days)
        return Compared(measure, versus.now[name], versus.before[name], outside, row=self._row(measure))

    def _row(self, measure: Measure) -> tuple[Number, ...]:
        """The other dollars of the page, so that all are as precise."""
        if measure.unit is not Unit.USD:
            return ()
        alike = [name for name in self._numbers if MEASURES[name].unit is Unit.USD]
        sides = (self.totals, self.versus.before) if self.versus else (self.totals,)
        return tuple(side[name] for side in sides for name in alike)

    def is_per_day(self, name: str) -> bool:
        """Whether both sides of its comparison are shown as the mean of their days."""
        return bool(self.state.display.per_day and self.versus and MEASURES[name].additive)

    @cached_property
    def provenance(self) -> Provenance:
        return data.origin_of(self.ledger, self.whole_query, self.today)

    @property
    def knows_days(self) -> bool:
        """Whether the measure in view is known on any day of the period."""
        dark = self.provenance.dark_days(of_cost=needs_cost(self.state.measure))
        return any(day not in dark for day in self.shown_period if day <= self.today)

    @cached_property
    def timeline(self) -> Timeline:
        """The chart's time axis."""
        return self.timeline_by(self.grain)

    def timeline_by(self, grain: str) -> Timeline:
        """Of the measure in view."""
        return timeline_of(self.shown_period, grain, self.provenance, self.state.measure)

    def counted_timeline(self, grain: str) -> Timeline:
        """The same over the days of the numbers."""
        days = self.counted.clipped(self.shown_period)
        return timeline_of(days, grain, self.provenance, self.state.measure)

    @property
    def compared_total(self) -> Compared:
        """The measure in view, whatever is shown per day: what its parts add up to."""
        now = self.totals[self.state.measure]
        before = self.versus.before[self.state.measure] if self.versus else None
        return Compared(self.measure, now, before, row=self._row(self.measure))

    def part_texts(self) -> dict[str, str]:
        """Each series as printed beside the total, with its share; together they are the total."""
        ranked, whole = self.ranked_series(), self.totals[self.state.measure]
        values, scale = ranked["value"].to_list(), self.compared_total.scale
        if not self.measure.additive:
            return {name: scale.write(value) for name, value in zip(ranked["series"], values, strict=True)}
        texts = [scale.text(steps) for steps in scale.apportioned(values, whole)]
        if self.state.group_by:
            parts = shares(values, whole)
            texts = [f"{text} ({part})" for text, part in zip(texts, parts, strict=True)]
        return dict(zip(ranked["series"], texts, strict=True))

    def series_groups(self) -> dict[str, Group]:
        """What each series of the chart stands for; Other is not among them."""
        query, ranked = self.query, self._ranked.filter(~pl.col("is_other"))
        labels = ranked.select(series_of(query, ranked))["series"]
        rows = ranked.iter_rows(named=True)
        return {label: values_of(row, query) for label, row in zip(labels, rows, strict=True)}

    @cached_property
    def comparison(self) -> tuple[Versus | None, str]:
        """The earlier side; or None and why there is none, empty where none is wanted."""
        asked = self.whole_query.measuring(*self._numbers)
        complete_until = data.reached(self.ledger, asked, self.today)
        return versus_of(self.ledger, asked, self.state.display, complete_until, self.today)

    @property
    def versus(self) -> Versus | None:
        return self.comparison[0]

    @cached_property
    def compared(self) -> pl.DataFrame | None:
        """Each group with its value before and its change; None without a comparison."""
        return self.versus.beside(self.query, self.outside) if self.versus else None

    def named(self, state: str, column: str) -> list[str]:
        """The groups that are new, or gone, the largest in ``column`` first."""
        if self.compared is None or not self.state.group_by:
            return []
        groups = self.compared.filter(pl.col("state") == state).sort(
            pl.col(column).abs(), *self.query.series, descending=[True, *(False for _ in self.query.series)],
            nulls_last=True,
        )  # fmt: skip
        return groups.select(group_label(self.query.series).alias("series"))["series"].to_list()


def timeline_of(period: Period, grain: str, provenance: Provenance, measure: str) -> Timeline:
    """With the days at which a connection's bill changes."""
    return known_timeline(period, grain, provenance, measure, bill_turns(provenance, period))
