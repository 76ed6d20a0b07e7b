"""The envelopes of both APIs' answers, and the pages made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Generic, TypeVar

from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import force_setattr

from core.api.records import Instant, Record

R = TypeVar("R")

Watermark = Instant | None | UnsetType
"""Up to when an answer is complete. Null: it tells of nothing. Absent: the report has no watermark."""


class _Span(Record, frozen=True):
    """Half-open ``[starting_at, ending_at)``, turned to UTC whatever offset it came with."""

    starting_at: Instant
    ending_at: Instant

    def __post_init__(self) -> None:
        force_setattr(self, "starting_at", self.starting_at.astimezone(UTC))
        force_setattr(self, "ending_at", self.ending_at.astimezone(UTC))


class Bucket(_Span, Generic[R], frozen=True):
    """One span of time. No results is a true zero."""

    results: list[R]


class RawBucket(_Span, frozen=True):
    """One span of time as received: a page of them can hold a hundred megabytes, read one by one."""

    results: Raw


class DirectoryResponse(Record, frozen=True):
    """One page of a directory list, its records as received. Newer lists have ``next_page`` alone."""

    data: list[Raw]
    has_more: bool | None = None
    last_id: str | None = None
    next_page: str | None = None


class BucketResponse(Record, frozen=True):
    """One page of a report in time buckets."""

    data: list[RawBucket]
    has_more: bool | None = None
    next_page: str | UnsetType | None = UNSET
    data_refreshed_at: Watermark = UNSET
    organization_id: str | None = None


class FlatResponse(Record, frozen=True):
    """One page of a report in rows, as received."""

    data: Raw
    has_more: bool | None = None
    next_page: str | UnsetType | None = UNSET
    data_refreshed_at: Watermark = UNSET
    organization_id: str | None = None


class RowDay(Record, frozen=True):
    """The day of a row that cannot be read otherwise."""

    starting_at: str


@dataclass(frozen=True)
class Odd:
    """A row that cannot be read, and why. ``starting_at`` is None where the row's bucket tells the day."""

    reason: str
    starting_at: str | None = None


@dataclass(frozen=True)
class BucketPage(Generic[R]):
    """Buckets, with the watermark beyond which they are incomplete, and where they came from.

    ``pages``: how many answers this is. One answer may come in parts, of which the first counts as 1.
    ``more``: whether another answer follows. ``odd``: rows of the buckets that cannot be read.
    ``question``: several questions may be asked for one window; their days are counted apart.
    """

    buckets: list[Bucket[R]]
    data_refreshed_at: Watermark
    organization_id: str | None
    request_id: str | None
    pages: int = 1
    more: bool = False
    odd: tuple[Odd, ...] = ()
    question: int = 0


@dataclass(frozen=True)
class FlatPage(Generic[R]):
    """Rows, with the watermark beyond which they are incomplete, and where they came from.

    ``not_asked``: dimensions that the question had no room for.
    """

    records: list[R]
    data_refreshed_at: Watermark
    organization_id: str | None
    request_id: str | None
    pages: int = 1
    more: bool = False
    odd: tuple[Odd, ...] = ()
    question: int = 0
    not_asked: tuple[str, ...] = ()
