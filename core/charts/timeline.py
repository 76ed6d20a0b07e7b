"""The time axis of a view: its buckets, and what is known about their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from core.explore.buckets import bucket_end, bucket_start, buckets
from core.explore.measures import needs_cost
from core.explore.provenance import Provenance
from core.periods import Period, day_of

NO_DATA = "No data"
AWAITED = "Not reported yet"
INCOMPLETE = "Incomplete"
PROVISIONAL = "May still change"
FINAL = "Final"
SO_FAR = "so far"


@dataclass(frozen=True)
class Timeline:
    """Buckets of ``grain`` over ``period``, clipped to it.

    ``uncovered``: days nothing is known about. ``partial``: days some connection lacks. ``provisional``: days
    that may still change. ``awaited``: today, where it cannot be reported yet: expected, so not incomplete.
    ``unfinished``: days that are not over, or that the data do not reach the end of. ``turns``: days from
    which on numbers rest on other reports, with the words for it.
    """

    period: Period
    grain: str
    uncovered: frozenset[date] = frozenset()
    provisional: frozenset[date] = frozenset()
    partial: frozenset[date] = frozenset()
    awaited: frozenset[date] = frozenset()
    unfinished: frozenset[date] = frozenset()
    turns: tuple[tuple[date, str], ...] = ()

    def buckets(self) -> list[Period]:
        """Clipped to the period; earliest first."""
        return buckets(self.period, self.grain)

    def key(self, bucket: Period) -> date:
        """The bucket's first day as queries write it: before the period where the bucket is cut."""
        return bucket_start(bucket.start, self.grain)

    def cut(self, bucket: Period) -> str:
        """``4 of 7 days`` where the bucket is not whole; empty where it is."""
        days = sum(day not in self.unfinished for day in bucket)
        whole = (bucket_end(bucket.start, self.grain) - self.key(bucket)).days
        if days == whole:
            return ""
        return SO_FAR if self.grain == "day" else f"{days} of {whole} days"

    @property
    def has_cut(self) -> bool:
        """Whether something is drawn that is not whole."""
        return any(self.cut(bucket) and not self.is_gap(bucket) for bucket in self.buckets())

    def is_gap(self, bucket: Period) -> bool:
        """Not one day of it is known."""
        return all(day in self.uncovered for day in bucket)

    def is_incomplete(self, bucket: Period) -> bool:
        """Part of it is missing: its value is too low."""
        return not self.is_gap(bucket) and any(day in self._missing for day in bucket)

    @cached_property
    def _missing(self) -> frozenset[date]:
        return (self.uncovered - self.awaited) | self.partial

    def is_provisional(self, bucket: Period) -> bool:
        """Some day of it may change."""
        return any(day in self.provisional for day in bucket)

    def state(self, bucket: Period) -> str:
        """In words."""
        if self.is_gap(bucket):
            return AWAITED if self.awaited.issuperset(bucket) else NO_DATA
        if self.is_incomplete(bucket):
            return INCOMPLETE
        return PROVISIONAL if self.is_provisional(bucket) else FINAL

    @cached_property
    def _states(self) -> list[tuple[Period, str]]:
        return [(bucket, self.state(bucket)) for bucket in self.buckets()]

    def spans(self, state: str) -> list[Period]:
        """Neighbouring buckets of one state joined, earliest first."""
        spans: list[Period] = []
        for bucket, its_state in self._states:
            if its_state != state:
                continue
            if spans and spans[-1].end == bucket.start:
                spans[-1] = Period(spans[-1].start, bucket.end)
            else:
                spans.append(bucket)
        return spans


def known_timeline(
    period: Period, grain: str, provenance: Provenance, measure: str, turns: tuple[tuple[date, str], ...] = ()
) -> Timeline:
    """Days on which no connection knows the measure are gaps; those some lacks make a bucket incomplete."""
    dark = provenance.dark_days(of_cost=needs_cost(measure)) if provenance.coverage else frozenset(period)
    until = day_of(provenance.data_as_of) if provenance.data_as_of else date.max
    unfinished = frozenset(day for day in period if day >= until)
    return Timeline(
        period,
        grain,
        dark,
        frozenset(provenance.provisional_days),
        provenance.partial_days,
        provenance.awaited_days,
        unfinished,
        turns,
    )
