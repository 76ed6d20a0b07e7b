"""The time a question is about, in buckets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from core.demo.behaviour import Behaviour
from core.demo.queries import Query, invalid

WIDTHS = {"1d": timedelta(days=1), "1h": timedelta(hours=1), "1m": timedelta(minutes=1)}

LONGEST_SPAN = timedelta(days=31)
LONGEST_MINUTE_SPAN = timedelta(hours=24)
REACH = timedelta(days=365)

_DAY = WIDTHS["1d"]

Times = tuple[datetime, datetime]


@dataclass(frozen=True)
class Span:
    """Buckets of ``width`` from ``begin`` up to ``end``, snapped to bucket bounds."""

    begin: datetime
    end: datetime
    width: timedelta

    @property
    def count(self) -> int:
        return max(0, (self.end - self.begin) // self.width)

    def bucket(self, index: int) -> tuple[datetime, datetime]:
        begin = self.begin + index * self.width
        return begin, begin + self.width


def span(query: Query, width: str) -> Span:
    """The buckets a query asks for. None begins in the future.

    Raises:
        Refusal: 400 without a start, or with an end that is not after it.
    """
    begin, end = bounds(query)
    step = WIDTHS[width]
    latest = floor(query.now, step) + step
    return Span(floor(begin, step), min(_ceiling(end, step), latest) if end else latest, step)


def finished_days(query: Query) -> Span:
    """The finished UTC days a query asks for, up to the last that is billed.

    Raises:
        Refusal: 400 without a start, or where no finished day lies in the range.
    """
    begin, end = _start(query), query.instant("ending_at")
    today = floor(query.now, _DAY)
    asked = Span(floor(begin, _DAY), min(_ceiling(end or today, _DAY), today), _DAY)
    if not asked.count:
        raise invalid("Invalid date range: ending date must be after starting date")
    return replace(asked, end=min(asked.end, billed_upto(query.now, query.behaviour)))


def billed_upto(now: datetime, behaviour: Behaviour) -> datetime:
    """The midnight before which the Platform's days are billed."""
    return floor(now, _DAY) - timedelta(days=behaviour.late_cost_days)


def bounds(query: Query) -> tuple[datetime, datetime | None]:
    """The range asked for, as given.

    Raises:
        Refusal: 400 without a start, or with an end that is not after it.
    """
    begin, end = _start(query), query.instant("ending_at")
    if end is not None and end <= begin:
        raise invalid("ending_at: must be after starting_at")
    return begin, end


def check_reach(begin: datetime, now: datetime, first: date) -> None:
    """Raises Refusal where data begins later than asked for."""
    if begin < datetime.combine(first, time(), UTC):
        raise invalid(f"starting_at: data is available from {first}")
    if begin < now - REACH:
        raise invalid(f"starting_at: must be within the last {REACH.days} days")


def check_length(length: timedelta, width: str | None) -> None:
    """Raises Refusal where a range is longer than one question may be."""
    longest = LONGEST_MINUTE_SPAN if width == "1m" else LONGEST_SPAN
    if length > longest:
        raise invalid(f"ending_at: the range may span at most {longest // timedelta(hours=24)} days")


def _start(query: Query) -> datetime:
    begin = query.instant("starting_at")
    if begin is None:
        raise invalid("starting_at: Field required")
    return begin


def floor(instant: datetime, step: timedelta) -> datetime:
    """The bound of a step at or before an instant."""
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    return instant - (instant - origin) % step


def _ceiling(instant: datetime, step: timedelta) -> datetime:
    below = floor(instant, step)
    return below if below == instant else below + step
