"""Parameters and cursors, checked as the API checks them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from core.clock import parse_rfc3339

Params = Sequence[tuple[str, str]]

WIDTHS = {"1d": timedelta(days=1), "1h": timedelta(hours=1), "1m": timedelta(minutes=1)}
BUCKET_LIMITS = {"1d": (7, 31), "1h": (24, 168), "1m": (60, 1440)}
"""Buckets a page: unasked, and at most."""

ROW_LIMITS = (20, 1000)


class Refusal(Exception):  # noqa: N818
    """An answer other than 200, with the error type and message of its body."""

    def __init__(
        self, status: int, kind: str, message: str, *, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.headers = headers


def invalid(message: str) -> Refusal:
    return Refusal(400, "invalid_request_error", message)


@dataclass(frozen=True)
class Query:
    """The parameters of one request, each known and given once, but for ``group_by[]``."""

    path: str
    params: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, path: str, params: Params, allowed: Collection[str]) -> Query:
        names = [name for name, _ in params]
        for name in names:
            if name not in allowed:
                raise invalid(f"{name}: Extra inputs are not permitted")
            if name != "group_by[]" and names.count(name) > 1:
                raise invalid(f"{name}: given more than once")
        return cls(path, tuple(params))

    def get(self, name: str) -> str | None:
        return dict(self.params).get(name)

    def instant(self, name: str) -> datetime | None:
        text = self.get(name)
        if text is None:
            return None
        try:
            return parse_rfc3339(text)
        except ValueError:
            raise invalid(f"{name}: Input should be a valid RFC 3339 datetime with a time zone") from None

    def whole(self, name: str, *, default: int, at_most: int) -> int:
        text = self.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= at_most:
            raise invalid(f"{name}: Input should be a whole number from 1 to {at_most}")
        return int(text)

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        text = self.get(name)
        if text is not None and text not in allowed:
            raise invalid(f"{name}: Input should be one of {', '.join(allowed)}")
        return text

    def groups(self, allowed: Collection[str]) -> tuple[str, ...]:
        found = tuple(value for name, value in self.params if name == "group_by[]")
        for value in found:
            if value not in allowed:
                raise invalid(f"group_by[]: {value[:60]!r} is not one of {', '.join(allowed)}")
        if len(set(found)) < len(found):
            raise invalid("group_by[]: values must be unique")
        return found

    def digest(self, organization_id: str) -> str:
        """Stands for everything a cursor is bound to: the whole query but the page itself."""
        rest = sorted((name, value) for name, value in self.params if name != "page")
        return hashlib.sha256(json.dumps([organization_id, self.path, rest]).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Cursor:
    """Where the next page begins, and the data refresh it was issued under."""

    position: int
    epoch: int = 0

    def issue(self, digest: str) -> str:
        text = json.dumps([self.position, self.epoch, digest, _seal(self, digest)])
        return "page_" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, query: Query, organization_id: str, epoch: int = 0) -> Cursor | None:
        """The cursor the query came with.

        Raises:
            Refusal: 400 unless issued for this very query, 410 if the data was refreshed since.
        """
        text = query.get("page")
        if text is None:
            return None
        cursor, digest = _opened(text)
        if digest != query.digest(organization_id):
            raise invalid(
                "page: this cursor belongs to another query; parameters must not change between pages"
            )
        if cursor.epoch != epoch:
            message = "page: this cursor outlived a data refresh; start again from the first page"
            raise Refusal(410, "invalid_request_error", message)
        return cursor


def _seal(cursor: Cursor, digest: str) -> str:
    return hashlib.sha256(f"{cursor.position}|{cursor.epoch}|{digest}".encode()).hexdigest()[:16]


def _opened(text: str) -> tuple[Cursor, str]:
    try:
        packed = text.removeprefix("page_").encode("ascii")
        position, epoch, digest, seal = json.loads(
            base64.urlsafe_b64decode(packed + b"=" * (-len(packed) % 4))
        )
        cursor = Cursor(int(position), int(epoch))
    except (binascii.Error, ValueError, TypeError):
        raise invalid("page: not a cursor") from None
    if seal != _seal(cursor, digest):
        raise invalid("page: not a cursor")
    return cursor, digest


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


def span(query: Query, width: str, horizon: datetime) -> Span:
    """The buckets a query asks for, none of which begins after ``horizon``.

    Raises:
        Refusal: 400 without a start, or with an end that is not after it.
    """
    begin, end = bounds(query)
    step = WIDTHS[width]
    latest = _floor(horizon, step) + step
    return Span(_floor(begin, step), min(_ceiling(end, step), latest) if end else latest, step)


def bounds(query: Query) -> tuple[datetime, datetime | None]:
    """The range asked for, as given.

    Raises:
        Refusal: 400 without a start, or with an end that is not after it.
    """
    begin, end = query.instant("starting_at"), query.instant("ending_at")
    if begin is None:
        raise invalid("starting_at: Field required")
    if end is not None and end <= begin:
        raise invalid("ending_at: must be after starting_at")
    return begin, end


def _floor(instant: datetime, step: timedelta) -> datetime:
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    return instant - (instant - origin) % step


def _ceiling(instant: datetime, step: timedelta) -> datetime:
    floor = _floor(instant, step)
    return floor if floor == instant else floor + step
