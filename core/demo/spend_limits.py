"""The spend limits of an organization: those that are set, and what each member's come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from core.clock import rfc3339
from core.demo import truth
from core.demo.activity import Activity
from core.demo.company import FIRST_DAY, Cap, Person, identifier
from core.demo.queries import ROW_LIMITS, Cursor, Query, Refusal, invalid, pages_end
from core.dimensions import Origin

Result = dict[str, Any]

_BETA = "spend-limit-reads-2026-09-26"
PERIODS = ("daily", "weekly", "monthly")
_SCOPES = {
    "user": "user_id",
    "seat_tier": "seat_tier",
    "rbac_group": "rbac_group_id",
    "organization_service": "service",
    "organization": None,
    "workspace": "workspace_id",
    "usage_tier": None,
}
"""Kinds of scope, with the field that names which."""
_MOST_IDS = 100
_MICROCENTS_OF_A_THOUSANDTH = 1000


class SpendLimits:
    """The limits of one organization. Months begin on the 1st, weeks on Monday, both at 00:00 UTC."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._organization = activity.organization

    def set(self, query: Query) -> Result:
        """The limits that are set; on the Platform only in an early preview."""
        if not query.beta(_BETA):
            raise invalid(f"anthropic-beta: this endpoint requires {_BETA}")
        if self._organization.origin is Origin.PLATFORM and not self._organization.in_limits_preview:
            message = "This organization is not enrolled in the beta of this endpoint."
            raise Refusal(403, "permission_error", message, code="organization_not_enrolled_in_beta")
        query.check(("limit", "page", "scope_type[]"))
        kinds = _chosen(query, "scope_type[]", tuple(_SCOPES))
        caps = [cap for cap in self._organization.caps if cap.scope_type in kinds]
        return self._page(query, [[self._set(cap)] for cap in caps])

    def _set(self, cap: Cap) -> Result:
        since = rfc3339(datetime.combine(FIRST_DAY, time(), UTC))
        return {
            "id": self._id(cap),
            "type": "spend_limit",
            "scope": _scope(cap.scope_type, cap.of),
            **_limit(cap),
            "period": cap.period,
            "is_enabled": cap.is_enabled,
            "created_at": since,
            "updated_at": since,
        }

    def effective(self, query: Query) -> Result:
        """A row for each member and period that somebody set a limit for, members in a row."""
        if self._organization.origin is Origin.PLATFORM:
            message = "This endpoint is not available to organizations of this type."
            raise Refusal(400, "invalid_request_error", message, code="organization_type_not_supported")
        query.check(("limit", "page", "period[]", "user_ids[]"))
        periods, ids = _chosen(query, "period[]", PERIODS), query.values("user_ids[]")
        if len(ids) > _MOST_IDS:
            raise invalid(f"user_ids[]: at most {_MOST_IDS} values")
        people = [
            person
            for person in self._organization.people
            if not person.deleted(query.now.date()) and (not ids or person.id in ids)
        ]
        spent = {period: self._spent(period, query.now) for period in periods}
        rows = [
            [self._effective(person, cap, spent) for cap in self._caps(person, periods)] for person in people
        ]
        return self._page(query, [of_member for of_member in rows if of_member])

    def _caps(self, person: Person, periods: tuple[str, ...]) -> Iterator[Cap]:
        """Of each period the narrowest that holds for a member."""
        for period in periods:
            mine = [
                cap for cap in self._organization.caps if cap.period == period and _holds_for(cap, person)
            ]
            yield from sorted(mine, key=lambda cap: tuple(_SCOPES).index(cap.scope_type))[:1]

    def _effective(self, person: Person, cap: Cap, spent: dict[str, dict[str, int]]) -> Result:
        actor = {"type": "user_actor", "user_id": person.id, "email_address": person.email}
        return {
            "scope": _scope("user", person.id),
            "actor": {**actor, "name": person.name, "deleted": False},
            **_limit(cap),
            "period": cap.period,
            "source": _scope(cap.scope_type, cap.of),
            "spend_limit_id": self._id(cap),
            "period_to_date_spend": _cents(spent[cap.period].get(person.id, 0)),
        }

    def _spent(self, period: str, now: datetime) -> dict[str, int]:
        """Micro-cents by user since the period began."""
        sums: defaultdict[str, int] = defaultdict(int)
        for use in self._activity.between(_begin(period, now), now):
            if use.load.user_id:
                sums[use.load.user_id] += truth.cost(use, self._organization.discount_percent)
        return dict(sums)

    def _id(self, cap: Cap) -> str:
        return identifier("spl", self._organization.id, cap.scope_type, cap.of or "", cap.period)

    def _page(self, query: Query, groups: list[list[Result]]) -> Result:
        """``limit`` counts groups, which are never cut: a member's rows stay together."""
        limit = query.whole("limit", default=ROW_LIMITS[0], at_most=ROW_LIMITS[1])
        cursor = Cursor.read(query, self._organization.id)
        begin = cursor.position if cursor else 0
        end = begin + limit
        following = Cursor(end) if end < len(groups) else None
        next_page = pages_end(query, self._organization.id, following)["next_page"]
        return {"data": [row for group in groups[begin:end] for row in group], "next_page": next_page}


def _chosen(query: Query, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    values = query.values(name)
    for value in values:
        if value not in allowed:
            raise invalid(f"{name}: Input should be one of {', '.join(allowed)}")
    return values or allowed


def _scope(kind: str, of: str | None) -> Result:
    field = _SCOPES[kind]
    return {"type": kind, **({field: of} if field else {})}


def _limit(cap: Cap) -> Result:
    return {"amount": None if cap.cents is None else str(cap.cents), "currency": "USD"}


def _holds_for(cap: Cap, person: Person) -> bool:
    return cap.scope_type == "organization" or (cap.scope_type, cap.of) in (
        ("user", person.id),
        ("seat_tier", person.seat_tier),
    )


def _cents(microcents: int) -> str:
    """Up to three decimals, as Anthropic rounds metered spend."""
    whole, rest = divmod(microcents // _MICROCENTS_OF_A_THOUSANDTH, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


def _begin(period: str, now: datetime) -> datetime:
    day = now.date()
    first = {"daily": day, "weekly": day - timedelta(days=day.weekday()), "monthly": day.replace(day=1)}
    return datetime.combine(first[period], time(), UTC)
