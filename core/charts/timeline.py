"""The time axis of a view: its buckets, and what is known about their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.explore.buckets import bucket_end, bucket_start, buckets
from core.periods import Period

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
        missing = (self.uncovered - self.awaited) | self.partial
        return not self.is_gap(bucket) and any(day in missing for day in bucket)

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

    def spans(self, state: str) -> list[Period]:
        """Neighbouring buckets of one state joined, earliest first."""
        spans: list[Period] = []
        for bucket in self.buckets():
            if self.state(bucket) != state:
                continue
            if spans and spans[-1].end == bucket.start:
                spans[-1] = Period(spans[-1].start, bucket.end)
            else:
                spans.append(bucket)
        return spans
