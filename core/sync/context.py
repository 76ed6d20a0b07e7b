"""What a normalizer needs to know about its window, and the checks that every stream shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import partial
from typing import TypeVar

import msgspec

from core.api.pages import Bucket, BucketPage, FlatPage
from core.api.records import Instant
from core.errors import IncompleteAnswerError, MalformedAnswerError
from core.money import microcents
from core.periods import ONE_DAY, Period
from core.store.directory import Names
from core.store.windows import Row

R = TypeVar("R")
T = TypeVar("T")


class SetAsideError(Exception):
    """A row cannot be counted, for a reason in a few words; the others can."""


@dataclass(frozen=True)
class WindowContext:
    """The window asked for, of which report (as people call it) and connection, and the names current now.

    After ``most_pages`` pages the window is given up as too large; None: it never is. ``aside``: by day and
    reason, how many rows could not be counted.
    """

    connection_id: int
    report: str
    period: Period
    names: Names = field(default_factory=Names)
    organization_id: str | None = None
    most_pages: int | None = None
    aside: Counter[tuple[str, str]] = field(default_factory=Counter, compare=False)
    _days: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    def countable(
        self, records: Iterable[T], make: Callable[[T], Row], day_of: Callable[[T], str]
    ) -> list[Row]:
        """The records as rows; those that cannot be counted are set aside on their day."""
        rows = []
        for record in records:
            try:
                rows.append(make(record))
            except SetAsideError as reason:
                self.aside[day_of(record), str(reason)] += 1
        return rows

    def countable_by_day(self, page: BucketPage[T], make: Callable[[str, T], Row]) -> list[Row]:
        """The same of reports in days; ``make`` has the day in ISO form."""
        rows = []
        for day, bucket in self.days(page):
            rows += self.countable(bucket.results, partial(make, day), partial(_on, day))
        return rows

    def malformed(self, what: str, request_id: str | None) -> MalformedAnswerError:
        return MalformedAnswerError(
            f"Anthropic's answer ({self.report}) {what}.",
            means=f"The days {self.period.start} to {self.period.last} keep what was stored before.",
            remedy="Sync again later; if it stays, report it with the request id.",
            request_id=request_id,
        )

    def incomplete(
        self, what: str, request_id: str | None = None, days: Sequence[date] = ()
    ) -> IncompleteAnswerError:
        """``days``: those that are not stored; all of the window, by default."""
        first, last = (days[0], days[-1]) if days else (self.period.start, self.period.last)
        kept = f"The days {first} to {last} keep" if len(days) != 1 else f"The day {first} keeps"
        if 1 < len(days) < (last - first).days + 1:
            kept = f"{len(days)} days from {first} to {last} keep"
        return IncompleteAnswerError(
            f"Anthropic's answer ({self.report}) {what}.",
            means=f"{kept} what was stored before.",
            remedy="Sync again later; if it stays, report it with the request id.",
            request_id=request_id,
        )

    def require_organization(self, organization_id: str | None, request_id: str | None) -> None:
        """Raises MalformedAnswerError when the answer is another organization's."""
        if self.organization_id and organization_id and organization_id != self.organization_id:
            raise self.malformed("is of another organization", request_id)

    def day(self, starting_at: datetime, ending_at: datetime, request_id: str | None) -> date:
        """The UTC day a row or bucket stands for.

        Raises:
            MalformedAnswerError: not one whole UTC day.
            IncompleteAnswerError: outside the window.
        """
        if starting_at.time() != time() or ending_at - starting_at != ONE_DAY:
            raise self.malformed(f"holds a span that is not one UTC day ({starting_at})", request_id)
        if starting_at.date() not in self.period:
            raise self.incomplete(f"holds {starting_at.date()}, which was not asked for", request_id)
        return starting_at.date()

    def day_of_row(self, starting_at: str, ending_at: str, request_id: str | None) -> str:
        """The same in ISO form, from instants as received; each pair is read once.

        Raises:
            MalformedAnswerError: not RFC 3339, or not one whole UTC day.
            IncompleteAnswerError: outside the window.
        """
        day = self._days.get((starting_at, ending_at))
        if day is None:
            start, end = (self._instant(text, request_id) for text in (starting_at, ending_at))
            day = self._days[starting_at, ending_at] = self.day(start, end, request_id).isoformat()
        return day

    def _instant(self, text: str, request_id: str | None) -> datetime:
        try:
            return msgspec.convert(text, Instant, strict=True).astimezone(UTC)
        except msgspec.ValidationError:
            raise self.malformed(f"holds {text[:40]!r} for an instant", request_id) from None

    def days(self, page: BucketPage[R]) -> Iterator[tuple[str, Bucket[R]]]:
        """Each bucket with its day in ISO form."""
        for bucket in page.buckets:
            day = self.day(bucket.starting_at, bucket.ending_at, page.request_id)
            yield day.isoformat(), bucket

    def money(self, amount: str, currency: str) -> int:
        """An amount in micro-cents.

        Raises:
            SetAsideError: not a decimal, out of range, or not in US dollars.
        """
        if currency != "USD":
            raise SetAsideError(f"in {currency[:12]}, which cannot be added to dollars")
        try:
            return microcents(amount)
        except ValueError as error:
            raise SetAsideError(f"an unusable amount: {error}") from None

    def set_aside(self, page: BucketPage[R] | FlatPage[R]) -> None:
        """Note the page's rows that could not even be read.

        Raises:
            MalformedAnswerError: the day of one cannot be told.
        """
        days = [day for day, _ in self.days(page)] if isinstance(page, BucketPage) else []
        for odd in page.odd:
            if not days and odd.starting_at is None:
                raise self.malformed(f"holds a row that cannot be read ({odd.reason})", page.request_id)
            start = odd.starting_at or ""
            day = days[0] if days else self._instant(start, page.request_id).date().isoformat()
            if date.fromisoformat(day) not in self.period:
                raise self.incomplete(f"holds {day}, which was not asked for", page.request_id)
            self.aside[day, odd.reason] += 1


def _on(day: str, _: object) -> str:
    return day
