"""Where a fault can strike: which answer, and which of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx

from core.clock import parse_rfc3339
from tests.sync.anthropic import ANALYTICS, BUCKETS, COST_PATH, FLAT, LISTS, USAGE_PATH

LIST, BUCKET, ROWS = "list", "bucket", "rows"
FIRST, MIDDLE, LAST = "first", "middle", "last"
PAGES = (FIRST, MIDDLE, LAST)
STRUCK_FROM = date(2026, 10, 6)
"""Faults strike the window that begins here; the older one beside it stays sound."""
COST_STRUCK_FROM = date(2026, 10, 5)
"""The cost report holds finished days only, so that its windows lie a day earlier."""


@dataclass(frozen=True)
class Kind:
    """One list or report. ``name`` is its state's, ``label`` what people call it."""

    name: str
    label: str
    path: str
    shape: str

    @property
    def struck_from(self) -> date:
        return COST_STRUCK_FROM if self.path == COST_PATH else STRUCK_FROM

    @property
    def of_claude_ai(self) -> bool:
        return self.path.startswith(ANALYTICS)

    @property
    def has_money(self) -> bool:
        return "cost" in self.path

    def records(self, body: Any) -> list[dict[str, Any]]:
        """The rows of a page, to be changed in place."""
        if self.shape != BUCKET:
            return list(body["data"])
        return [row for bucket in body["data"] for row in bucket["results"]]


API_KEYS = Kind("api_keys", "list of API keys", LISTS[1], LIST)
USAGE = Kind("platform_usage", "usage report", USAGE_PATH, BUCKET)
COST = Kind("platform_cost", "cost report", COST_PATH, BUCKET)
USER_COST = Kind("claude_ai_user_cost", "cost by user", FLAT[0], ROWS)
USER_USAGE = Kind("claude_ai_user_usage", "usage by user", FLAT[1], ROWS)
COST_TOTALS = Kind("claude_ai_cost", "cost totals", BUCKETS[2], BUCKET)
USAGE_TOTALS = Kind("claude_ai_usage", "usage totals", BUCKETS[3], BUCKET)
KINDS = (API_KEYS, USAGE, COST, USER_COST, USER_USAGE, COST_TOTALS, USAGE_TOTALS)


@dataclass(frozen=True)
class Place:
    """A page of an answer."""

    kind: Kind
    page: str

    def __str__(self) -> str:
        return f"{self.kind.label}, {self.page} page".replace(" ", "_")

    def is_hit(self, request: httpx.Request, body: dict[str, Any]) -> bool:
        """Whether this request, truly answered with ``body``, is for the page."""
        params = request.url.params
        if request.url.path != self.kind.path:
            return False
        if self.kind.shape != LIST and parse_rfc3339(params["starting_at"]).date() < self.kind.struck_from:
            return False
        later = params.get("page", params.get("after_id", "0")) != "0"
        more = bool(body.get("has_more"))
        return {FIRST: not later, MIDDLE: later and more, LAST: not more}[self.page]


def places() -> Iterator[Place]:
    """Every page of everything that is pulled."""
    return (Place(kind, page) for kind in KINDS for page in PAGES)
