"""Parameters and cursors, checked as the API checks them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from core.clock import parse_rfc3339
from core.demo.behaviour import Behaviour

Params = Sequence[tuple[str, str]]

BUCKET_LIMITS = {"1d": (7, 31), "1h": (24, 168), "1m": (60, 1440)}
"""Buckets a page: unasked, and at most."""

CLAUDE_AI_BUCKET_LIMITS = {**BUCKET_LIMITS, "1m": (60, 256)}

ROW_LIMITS = (20, 1000)


class Refusal(Exception):  # noqa: N818
    """An answer other than 200, with the error type and message of its body, and perhaps an error code."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.headers = headers


def invalid(message: str) -> Refusal:
    return Refusal(400, "invalid_request_error", message)


def too_much(behaviour: Behaviour) -> Refusal:
    """How a question is refused whose answer would be too large."""
    kind, message = _TOO_MUCH[behaviour.too_much_status]
    return Refusal(behaviour.too_much_status, kind, message)


_TOO_MUCH = {
    400: ("invalid_request_error", "The requested range holds too much data."),
    413: ("request_too_large", "Request exceeds the maximum size."),
    504: ("timeout_error", "The request timed out."),
}


@dataclass(frozen=True)
class Query:
    """One request, when it came and how it is to be treated. The names in ``headers`` are in lower case."""

    path: str
    params: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    now: datetime
    behaviour: Behaviour

    def check(self, allowed: Collection[str]) -> None:
        """See that every parameter is known, and given once unless it is a list.

        Raises:
            Refusal: 400 otherwise.
        """
        names = [name for name, _ in self.params]
        for name in names:
            if name not in allowed:
                raise invalid(f"{name}: Extra inputs are not permitted")
            if not name.endswith("[]") and names.count(name) > 1:
                raise invalid(f"{name}: given more than once")

    def beta(self, name: str) -> bool:
        """Whether the request came with this beta header."""
        return name in [beta.strip() for beta in self.headers.get("anthropic-beta", "").split(",")]

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a list parameter."""
        return tuple(value for param, value in self.params if param == name)

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

    def groups(self, allowed: Collection[str], most: int | None) -> tuple[str, ...]:
        """What to group by: no more than ``most`` of ``allowed``."""
        groups = self.values("group_by[]")
        for value in groups:
            if value not in allowed:
                raise invalid(f"group_by[]: {value[:60]!r} is not one of {', '.join(allowed)}")
        if len(set(groups)) < len(groups):
            raise invalid("group_by[]: values must be unique")
        if most is not None and len(groups) > most:
            raise invalid(self.behaviour.most_groups_message.format(most=most))
        return groups

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


def pages_end(query: Query, organization_id: str, following: Cursor | None) -> dict[str, bool | str | None]:
    """What a page of a report says about the next one."""
    more = {"has_more": following is not None} if query.behaviour.reports_say_has_more else {}
    return {**more, "next_page": following.issue(query.digest(organization_id)) if following else None}
