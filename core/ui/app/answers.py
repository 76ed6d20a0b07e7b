"""An explorer's answer: every frame and number its blocks show, from one question to one ledger revision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from core.charts.timeline import Timeline, fitting_grain
from core.dimensions import MEASURES, Measure
from core.explore.change import Group, values_of
from core.explore.labels import group_label
from core.explore.measures import needs_cost
from core.explore.provenance import Provenance
from core.explore.query import Query
from core.explore.top import top
from core.ledger.snapshot import Snapshot
from core.periods import ONE_DAY, Period, day_of
from core.ui.app import data
from core.ui.app.versus import Versus, versus_of
from core.ui.app.view import Explorer, View


@dataclass(frozen=True)
class Answer:
    """What one view of an explorer shows. Frames are read when first needed, then kept by the cache."""

    explorer: Explorer
    view: View
    ledger: Snapshot
    today: date

    @property
    def measure(self) -> Measure:
        return MEASURES[self.view.measure]

    @property
    def measures(self) -> tuple[str, ...]:
        """The chosen measure first, then those that stand beside it in table and file."""
        return tuple(dict.fromkeys((self.view.measure, *self.explorer.companions)))

    @cached_property
    def query(self) -> Query:
        """The question of table and file, over the whole period."""
        return self.view.query.measuring(*self.measures)

    @cached_property
    def grain(self) -> str:
        """What was asked for, or the next coarser one that still fits into a chart."""
        series = min(self.view.display.top + 1, self.groups.height) if self.view.group_by else 1
        return fitting_grain(self.shown_period, self.view.display.grain, series)

    @cached_property
    def shown_period(self) -> Period:
        """The period up to today: there is nothing to draw after it, but where the clock was set back."""
        ends = (self.today + ONE_DAY, *(file.days.end for file in self.ledger.files))
        return self.view.period.clipped(Period(date.min, max(ends)))

    @cached_property
    def groups(self) -> pl.DataFrame:
        """One row for each group over the whole period."""
        return data.rows(self.ledger, self.query)

    @property
    def over_time_query(self) -> Query:
        return self.query.over_time(self.grain)

    @cached_property
    def over_time(self) -> pl.DataFrame:
        """One row for each group and day, week or month: what the file holds."""
        return data.rows(self.ledger, self.over_time_query)

    @cached_property
    def totals(self) -> dict[str, int | float | None]:
        wanted = tuple(dict.fromkeys((*self.measures, *self.explorer.numbers)))
        return data.total(self.ledger, self.query.measuring(*wanted))

    @cached_property
    def provenance(self) -> Provenance:
        return data.origin_of(self.ledger, self.query, self.today)

    @property
    def knows_days(self) -> bool:
        """Whether the measure in view is known on any day of the period."""
        dark = self.provenance.dark_days(of_cost=needs_cost(self.view.measure))
        return any(day not in dark for day in self.shown_period if day <= self.today)

    @cached_property
    def timeline(self) -> Timeline:
        """The chart's time axis."""
        return self.timeline_by(self.grain)

    def timeline_by(self, grain: str) -> Timeline:
        """Of the measure in view."""
        return timeline_of(self.shown_period, grain, self.provenance, self.view.measure)

    def drawn(self) -> pl.DataFrame:
        """``start``, ``series``, ``value``, ``rank``, ``unnamed``: top groups and Other, for each bucket."""
        query = self.over_time_query
        ranked = top(self.over_time, query, self.view.display.top)
        return ranked.select(
            pl.col(self.grain).alias("start"),
            _series(query, ranked),
            pl.col(self.view.measure).alias("value"),
            "rank",
            _unnamed(query, ranked),
        )

    @cached_property
    def _ranked(self) -> pl.DataFrame:
        return top(self.groups, self.query, self.view.display.top)

    def ranked_groups(self) -> pl.DataFrame:
        """``series``, ``unnamed`` and every measure over the period, biggest first, Other last."""
        query, ranked = self.query, self._ranked
        return ranked.sort("rank").select(_series(query, ranked), _unnamed(query, ranked), *query.measures)

    def ranked_series(self) -> pl.DataFrame:
        """``series``, ``value`` (over the period), ``unnamed``, biggest first, Other last."""
        value = pl.col(self.view.measure).alias("value")
        return self.ranked_groups().select("series", value, "unnamed")

    def series_groups(self) -> dict[str, Group]:
        """What each series of the chart stands for; Other is not among them."""
        query, ranked = self.query, self._ranked.filter(~pl.col("is_other"))
        labels = ranked.select(_series(query, ranked))["series"]
        rows = ranked.iter_rows(named=True)
        return {label: values_of(row, query) for label, row in zip(labels, rows, strict=True)}

    @cached_property
    def comparison(self) -> tuple[Versus | None, str]:
        """The earlier side; or None and why there is none, empty where none is wanted."""
        reached = self.provenance.data_as_of
        complete_until = min(day_of(reached), self.today) if reached else self.today
        query = self.query.measuring(*self.totals)
        return versus_of(self.ledger, query, self.view.display, complete_until, self.today)

    @property
    def versus(self) -> Versus | None:
        return self.comparison[0]

    @cached_property
    def compared(self) -> pl.DataFrame | None:
        """Each group with its value before and its change; None without a comparison."""
        return self.versus.beside(self.query) if self.versus else None

    def named(self, state: str, column: str) -> list[str]:
        """The groups that are new, or gone, the largest in ``column`` first."""
        if self.compared is None or not self.view.group_by:
            return []
        groups = self.compared.filter(pl.col("state") == state).sort(
            pl.col(column).abs(), *self.query.series, descending=[True, *(False for _ in self.query.series)],
            nulls_last=True,
        )  # fmt: skip
        return groups.select(group_label(self.query.series).alias("series"))["series"].to_list()

    def file_name(self, name: str) -> str:
        """``name``, which says so first where the file holds demo data."""
        return f"demo_{name}" if any(c.demo for c in self.provenance.coverage) else name


def _series(query: Query, ranked: pl.DataFrame) -> pl.Expr:
    """A group's labels joined; Other says so once."""
    joined = group_label(query.series)
    if query.series and "is_other" in ranked.columns:
        joined = pl.when(pl.col("is_other")).then(pl.col(query.series[0])).otherwise(joined)
    return joined.alias("series")


def _unnamed(query: Query, ranked: pl.DataFrame) -> pl.Expr:
    """Other, and groups that are empty in every dimension: they are grey."""
    empties = [pl.col(f"{name}_value").is_null() for name in query.series]
    nothing = pl.all_horizontal(empties) if empties else pl.lit(False)
    other = pl.col("is_other") if "is_other" in ranked.columns else pl.lit(False)
    return (nothing | other).alias("unnamed")


def timeline_of(period: Period, grain: str, provenance: Provenance, measure: str) -> Timeline:
    """Days on which no connection knows the measure are gaps; those some lacks make a bucket incomplete."""
    dark = provenance.dark_days(of_cost=needs_cost(measure)) if provenance.coverage else frozenset(period)
    return Timeline(
        period,
        grain,
        dark,
        frozenset(provenance.provisional_days),
        provenance.partial_days,
        provenance.awaited_days,
    )
