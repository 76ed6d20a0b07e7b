"""What a normalizer must know of the window it reads, and the checks every stream shares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

import msgspec

from core.api.records import Bucket, BucketPage, Instant
from core.errors import IncompleteAnswerError, MalformedAnswerError
from core.money import microcents
from core.periods import ONE_DAY, Period
from core.store.directory import Names

R = TypeVar("R")

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class WindowContext:
    """The window asked for, of which report (as people call it) and connection, and the names current now.

    After ``most_pages`` pages the window is given up as too large; None: it never is.
    """

    connection_id: int
    report: str
    period: Period
    names: Names = field(default_factory=Names)
    organization_id: str | None = None
    most_pages: int | None = None
    _days: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    def malformed(self, what: str, request_id: str | None) -> MalformedAnswerError:
        return MalformedAnswerError(
            f"Anthropic's answer ({self.report}) {what}.",
            means=f"The days {self.period.start} to {self.period.last} keep what was stored before.",
            remedy="Sync again later; if it stays, report it with the request id.",
            request_id=request_id,
        )

    def incomplete(self, what: str, request_id: str | None = None) -> IncompleteAnswerError:
        return IncompleteAnswerError(
            f"Anthropic's answer ({self.report}) {what}.",
            means=f"The days {self.period.start} to {self.period.last} keep what was stored before.",
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

    def money(self, amount: str, currency: str, request_id: str | None) -> int:
        """An amount in micro-cents.

        Raises:
            MalformedAnswerError: not a decimal, out of range, or not in US dollars.
        """
        if currency != "USD":
            raise self.malformed(
                f"is in {currency[:12]}, which Token Ledger cannot add to dollars", request_id
            )
        try:
            return microcents(amount)
        except ValueError as error:
            raise self.malformed(f"holds an unusable amount ({error})", request_id) from None
        except ArithmeticError:  # more digits than decimal arithmetic carries
            raise self.malformed("holds an amount that is out of range", request_id) from None


def missing_days(period: Period, present: set[date], tail_from: date) -> list[date]:
    """Days of a window without a bucket, before the tail that may be absent (today, or unrefreshed)."""
    return [day for day in period if day not in present and day < tail_from]


def tail_start(today: date, watermark_at: datetime | None) -> date:
    """The first day an answer may leave out: today, or the day the watermark lies in."""
    return min(today, watermark_at.date()) if watermark_at else today


def covered(
    period: Period, present: set[date], with_rows: set[date], watermark_at: datetime | None
) -> frozenset[date]:
    """The days an answer tells about: present, and not wholly beyond the watermark."""
    # A day is told of once the watermark has passed its midnight; before that its emptiness means nothing.
    reached = (watermark_at - MOMENT).date() + ONE_DAY if watermark_at else period.end
    return frozenset(day for day in period if day in with_rows or (day in present and day < reached))
