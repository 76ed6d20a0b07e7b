"""The newest reports of cost and usage, for both origins: rows by up to five dimensions, largest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core.clock import rfc3339
from core.demo import oddities
from core.demo.activity import Activity, Use
from core.demo.bills import CostLine, cents, newest_cost_lines
from core.demo.company import Counts, Organization
from core.demo.facets import DIMENSIONS, Result, facets, requests
from core.demo.newest_days import known_upto, newest_uses
from core.demo.newest_queries import (
    COST_GROUPS,
    COST_ORDERS,
    NEWEST_BETA,
    USAGE_GROUPS,
    USAGE_ORDERS,
    Asked,
)
from core.demo.queries import Cursor, Query, Refusal, invalid, pages_end
from core.demo.remembered import Remembered
from core.demo.reports import token_fields
from core.demo.spans import Times

_REFUSALS = {
    "not_in_beta": (
        *(403, "permission_error", "This organization is not enrolled in the beta of this endpoint."),
        "organization_not_enrolled_in_beta",
    ),
    "not_found": (404, "not_found_error", "Not found", None),
    "not_supported": (
        *(400, "invalid_request_error", "This endpoint is not available to organizations of this type."),
        "organization_type_not_supported",
    ),
    "hipaa": (
        *(400, "invalid_request_error"),
        "This endpoint is not available to organizations with HIPAA readiness enabled.",
        None,
    ),
}

_BLANK = dict.fromkeys(DIMENSIONS)

Key = tuple[Any, ...]


@dataclass
class Cost:
    """The cost of one group, split where asked."""

    splits: tuple[str, ...]
    requests: int = 0
    lines: dict[tuple[str | None, str | None], tuple[int, int]] = field(default_factory=dict)

    def add(self, use: Use, organization: Organization, query: Query) -> None:
        self.requests += requests(use, organization.origin)
        for line in newest_cost_lines(use, organization.discount_percent, query.behaviour):
            if line.token_type or self.splits != ("token_type",):
                at = self._split(line)
                amount, listed = self.lines.get(at, (0, 0))
                self.lines[at] = amount + line.amount, listed + line.list_amount

    def _split(self, line: CostLine) -> tuple[str | None, str | None]:
        """A token type alone comes with its cost type."""
        cost_type = line.cost_type if self.splits else None
        return cost_type, line.token_type if "token_type" in self.splits else None

    def measure(self, name: str) -> int:
        return sum(line[name == "list_amount"] for line in self.lines.values())

    def rows(self, query: Query, odd_on: date | None) -> Iterator[tuple[Result, Result]]:
        """Where a row is split, and its cost; with the oddities of a day's bill."""
        for (cost_type, token_type), (amount, listed) in self.lines.items():
            counted = None if self.splits else self.requests
            cost = {"amount": cents(amount), "list_amount": cents(listed), "currency": "USD"}
            costs = [{**cost, "requests": counted}]
            for said in oddities.bill(costs, odd_on, query.behaviour) if odd_on else costs:
                yield {"cost_type": cost_type, "token_type": token_type}, said
            odd_on = None


@dataclass
class Usage:
    """What one group used."""

    splits: tuple[str, ...]
    requests: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * len(Counts._fields))

    def add(self, use: Use, organization: Organization, _: Query) -> None:
        if use.load.cost_type == "tokens":
            self.requests += requests(use, organization.origin)
            self.counts = [known + more for known, more in zip(self.counts, use.counts, strict=True)]

    def measure(self, name: str) -> int:
        return int(self._fields()["total_tokens" if name == "time" else name])

    def _fields(self) -> Result:
        counts = Counts(*self.counts)
        return {**token_fields(counts), "total_tokens": sum(counts.tokens), "requests": self.requests}

    def rows(self, query: Query, _: date | None) -> Iterator[tuple[Result, Result]]:
        if any(self.counts):
            yield from (({}, said) for said in oddities.usage([self._fields()], query.behaviour))


Measured = Cost | Usage


@dataclass(frozen=True)
class Group:
    """One group in one span: its rows, and what they are ordered by. ``deleted``: its user is gone."""

    size: int
    rows: list[Result]
    deleted: bool


class NewestReports:
    """The reports of one organization."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._organization = activity.organization
        self._remembered = Remembered[list[Group]](activity.organization.id)

    def forget(self) -> None:
        """After a revision of the activity."""
        self._remembered.forget()

    def cost(self, query: Query) -> Result:
        """``/v1/organizations/analytics/cost``."""
        self._require_served(query)
        return self._page(query, Asked.read(query, COST_GROUPS, COST_ORDERS), "cost", Cost)

    def usage(self, query: Query) -> Result:
        """``/v1/organizations/analytics/usage``."""
        self._require_served(query)
        return self._page(query, Asked.read(query, USAGE_GROUPS, USAGE_ORDERS), "usage", Usage)

    def _require_served(self, query: Query) -> None:
        if not query.beta(NEWEST_BETA):
            raise invalid(f"anthropic-beta: this endpoint requires {NEWEST_BETA}")
        usual = "in_beta" if self._organization.in_newest_beta else "not_in_beta"
        if refused := _REFUSALS.get(query.behaviour.newest or usual):
            status, kind, message, code = refused
            raise Refusal(status, kind, message, code=code)

    def _page(self, query: Query, asked: Asked, name: str, measured: type[Measured]) -> Result:
        known = known_upto(query.now, query.behaviour)
        epoch = int(known.timestamp())
        begin = (Cursor.read(query, self._organization.id, epoch) or Cursor(0)).position
        if query.behaviour.newest_null_watermark:
            return self._answer(query, [], None, None)
        groups = self._remembered.of(query, known, lambda: self._groups(query, asked, name, measured))
        shown = groups[begin : begin + asked.limit]
        rows = [row for item in shown if not (asked.without_deleted and item.deleted) for row in item.rows]
        following = Cursor(begin + asked.limit, epoch) if begin + asked.limit < len(groups) else None
        return self._answer(query, rows, following, known)

    def _answer(
        self, query: Query, rows: list[Result], following: Cursor | None, known: datetime | None
    ) -> Result:
        end = pages_end(query, self._organization.id, following)
        return {"data": rows, **end, "data_refreshed_at": rfc3339(known) if known else None}

    def _groups(self, query: Query, asked: Asked, name: str, measured: type[Measured]) -> list[Group]:
        spans = [list(self._in_span(times, query, asked, name, measured)) for times in asked.spans]
        by_time = asked.in_buckets and asked.order_by == "time"
        for span in spans:
            span.sort(key=lambda group: group.size, reverse=by_time or asked.descending)
        ordered = reversed(spans) if by_time and asked.descending else spans
        groups = [group for span in ordered for group in span]
        return groups if by_time else sorted(groups, key=lambda group: group.size, reverse=asked.descending)

    def _in_span(
        self, times: Times, query: Query, asked: Asked, name: str, measured: type[Measured]
    ) -> Iterator[Group]:
        sums: dict[Key, Measured] = {}
        for use, of in self._uses(times, query):
            if asked.kept(of):
                key = tuple(of[dimension] for dimension in asked.groups)
                sums.setdefault(key, measured(asked.splits)).add(use, self._organization, query)
        head = {"starting_at": rfc3339(times[0]), "ending_at": rfc3339(times[1])}
        odd = True
        for key, measure in sums.items():
            shown, deleted = self._shown(dict(zip(asked.groups, key, strict=True)), query)
            rows = [
                {**head, "group": {**shown, **split}, name: said}
                for split, said in measure.rows(query, times[0].date() if odd else None)
            ]
            if rows:
                yield Group(measure.measure(asked.order_by), rows, deleted)
                odd = False

    def _uses(self, times: Times, query: Query) -> Iterator[tuple[Use, Mapping[str, Any]]]:
        begin, end = times
        known = min(end, known_upto(query.now, query.behaviour))
        for midnight, use in newest_uses(self._activity, (begin, known), query.behaviour):
            yield use, facets(self._organization, use, midnight.date())

    def _shown(self, of: Mapping[str, Any], query: Query) -> tuple[Result, bool]:
        """A group as it is written, and whether its user is gone."""
        actor = of.get("actor")
        shown = actor.shown(self._organization, query.now.date()) if actor else None
        group = {**_BLANK, **of, **({"actor": shown} if actor else {})}
        return group, bool(shown and shown.get("deleted"))
