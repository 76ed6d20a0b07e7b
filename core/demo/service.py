"""The simulated Anthropic as one function from request to response: authentication, limits, routing."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from types import MappingProxyType
from typing import Any

import msgspec

from core.clock import Clock, utc_now
from core.demo import listings, oddities, truth
from core.demo.activity import Activity, Use
from core.demo.behaviour import Behaviour
from core.demo.claude_ai_reports import ClaudeAiReports, watermark
from core.demo.company import ANALYTICS_SCOPE, LIMITS_SCOPE, Organization
from core.demo.newest_days import known_upto, newest_uses
from core.demo.newest_reports import NewestReports
from core.demo.platform_reports import DELAY, PlatformReports
from core.demo.queries import Query, Refusal, invalid
from core.demo.request_limit import RequestLimit
from core.demo.spans import billed_upto
from core.demo.spend_limits import SpendLimits
from core.demo.truth import Totals
from core.dimensions import Origin

Answer = dict[str, Any]
Report = Callable[[Query], Answer]
Listing = Callable[[Organization, Query], Answer]

_ROOT = "/v1/organizations"
_ANALYTICS = f"{_ROOT}/analytics/"
NEWEST_COST, NEWEST_USAGE = f"{_ANALYTICS}cost", f"{_ANALYTICS}usage"
_NEWEST = frozenset({NEWEST_COST, NEWEST_USAGE})
"""Open to keys of both kinds."""
_LIMITS = frozenset({f"{_ROOT}/spend_limits", f"{_ROOT}/spend_limits/effective"})
"""Open to Admin keys, and to others with a scope of its own."""
_BAD_REQUESTS = frozenset({"organization_type_not_supported"})
"""Error codes that come with 400; the others come with 403."""

_LISTS: dict[str, Listing] = {
    f"{_ROOT}/me": listings.me,
    f"{_ROOT}/workspaces": listings.workspaces,
    f"{_ROOT}/api_keys": listings.api_keys,
    f"{_ROOT}/users": listings.users,
}


@dataclass(frozen=True)
class Request:
    """``params`` are decoded and in order; the names in ``headers`` are in lower case."""

    path: str
    params: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"


@dataclass(frozen=True)
class Response:
    """``body`` is JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Simulator:
    """Anthropic for ``organizations`` and their keys. Safe to use from several threads.

    ``behaviour`` may be set anew at any time, and holds from the next request on; ``behaviours``, by
    organization, are those that differ from it.
    """

    def __init__(
        self,
        organizations: Iterable[Organization],
        clock: Clock = utc_now,
        *,
        behaviour: Behaviour = Behaviour(),  # noqa: B008 - frozen
        behaviours: Mapping[str, Behaviour] = MappingProxyType({}),
    ) -> None:
        self.clock = clock
        self.behaviour = behaviour
        self.behaviours = dict(behaviours)
        self._accounts = {item.id: _Account(item) for item in organizations}
        self._numbers = itertools.count(1)

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises."""
        request_id = f"req_demo{next(self._numbers):016d}"
        headers = {"content-type": "application/json", "request-id": request_id}
        behaviour = self.behaviour
        try:
            account = self._authenticated(request)
            behaviour = self.behaviour_of(account.organization.id)
            headers["anthropic-organization-id"] = account.organization.id
            query = Query(request.path, tuple(request.params), request.headers, self.clock(), behaviour)
            body = oddities.with_unknown(account.answer(request.method, query), behaviour)
            return Response(200, headers, msgspec.json.encode(body))
        except Refusal as refusal:
            body = _error(refusal, request_id, behaviour)
            return Response(refusal.status, {**headers, **refusal.headers}, msgspec.json.encode(body))

    def behaviour_of(self, organization_id: str) -> Behaviour:
        return self.behaviours.get(organization_id, self.behaviour)

    def _authenticated(self, request: Request) -> _Account:
        key = request.headers.get("x-api-key", "")
        if not key:
            raise Refusal(401, "authentication_error", "x-api-key header is required")
        for account in self._accounts.values():
            if hmac.compare_digest(account.organization.key.encode(), key.encode()):
                return account
        raise Refusal(401, "authentication_error", "invalid x-api-key")

    # Ground truth

    def uses(self, organization_id: str, day: date) -> list[Use]:
        """What happened on a UTC day, up to what the reports know now."""
        account = self._accounts[organization_id]
        account.catch_up(self.clock())
        begin = datetime.combine(day, time(), UTC)
        return list(
            account.activity.between(begin, min(begin + timedelta(days=1), self.horizon(organization_id)))
        )

    def horizon(self, organization_id: str) -> datetime:
        """The instant up to which the reports are complete."""
        platform = self._accounts[organization_id].organization.origin is Origin.PLATFORM
        return self.clock() - DELAY if platform else watermark(self.clock())

    def totals(self, organization_id: str, day: date) -> Totals:
        """What the reports of a UTC day must add up to; a day that is not billed yet has no cost."""
        organization = self._accounts[organization_id].organization
        billed = self._is_billed(organization, day)
        return truth.totals(organization, self.uses(organization_id, day), billed=billed)

    def totals_by(self, organization_id: str, day: date, name: str) -> dict[Any, Totals]:
        """The same by ``model`` or a field of the loads, such as ``api_key_id`` or ``product``."""
        organization = self._accounts[organization_id].organization
        billed = self._is_billed(organization, day)
        return truth.totals_by(organization, self.uses(organization_id, day), name, billed=billed)

    def newest_totals_by(self, organization_id: str, day: date, *names: str) -> dict[tuple[Any, ...], Totals]:
        """The day's exact totals by dimensions of the newest reports, as far as these know of it now."""
        account, behaviour = self._accounts[organization_id], self.behaviour_of(organization_id)
        account.catch_up(self.clock())
        begin = datetime.combine(day, time(), UTC)
        end = min(begin + timedelta(days=1), known_upto(self.clock(), behaviour))
        known = newest_uses(account.activity, (begin, end), behaviour)
        uses = ((midnight.date(), use) for midnight, use in known)
        listed = behaviour.newest_priority == "zero"
        return truth.newest_totals_by(account.organization, uses, names, listed=listed)

    def _is_billed(self, organization: Organization, day: date) -> bool:
        on_platform = organization.origin is Origin.PLATFORM
        return not on_platform or day < billed_upto(self.clock(), self.behaviour_of(organization.id)).date()

    def revise(self, organization_id: str, day: date, percent: int, *, at: datetime | None = None) -> None:
        """Let the reports say that ``percent`` of the day's use took place; at 0, none.

        From now on, or from ``at`` on by the clock.
        """
        self._accounts[organization_id].plan(_Revision(at or self.clock(), day, percent))


@dataclass(frozen=True)
class _Revision:
    at: datetime
    day: date
    percent: int


class _Account:
    """One organization behind its key."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.activity = Activity(organization)
        self._claude_ai = ClaudeAiReports(self.activity)
        self._newest = NewestReports(self.activity)
        self._limit = RequestLimit()
        self._planned: list[_Revision] = []
        self._lock = Lock()
        limits = SpendLimits(self.activity)
        self._reports = _routes(PlatformReports(self.activity), self._claude_ai, self._newest, limits)

    def plan(self, revision: _Revision) -> None:
        with self._lock:
            self._planned.append(revision)

    def catch_up(self, now: datetime) -> None:
        """Let the revisions take place that are due."""
        with self._lock:
            due = [revision for revision in self._planned if revision.at <= now]
            for revision in sorted(due, key=lambda item: item.at):
                self.activity.revise(revision.day, revision.percent)
                self._claude_ai.forget()
                self._newest.forget()
                self._planned.remove(revision)

    def answer(self, method: str, query: Query) -> Answer:
        """The answer's body.

        Raises:
            Refusal: anything but 200.
        """
        path = query.path
        if path not in _LISTS and path not in self._reports:
            raise Refusal(404, "not_found_error", f"Not found: {path[:200]}")
        if method != "GET":
            raise Refusal(405, "invalid_request_error", "Method Not Allowed")
        _check_version(query)
        self._permit(path)
        self._limit.spend(query, self.organization.origin)
        self.catch_up(query.now)
        if path in _LISTS:
            return _LISTS[path](self.organization, query)
        if query.behaviour.refused_with:
            raise _refused(query.behaviour.refused_with)
        return self._reports[path](query)

    def _permit(self, path: str) -> None:
        admin = self.organization.origin is Origin.PLATFORM
        if admin and path in _NEWEST:
            return
        if admin and path in _LIMITS:
            return
        needed = ANALYTICS_SCOPE if path.startswith(_ANALYTICS) else "org:admin"
        needed = LIMITS_SCOPE if path in _LIMITS else needed
        scopes = ("org:admin",) if admin else self.organization.scopes
        if needed not in scopes:
            message = f"This API key has the scopes [{', '.join(scopes)}] but this endpoint needs [{needed}]."
            raise Refusal(403, "permission_error", message, code="api_key_scope_missing")


def _error(refusal: Refusal, request_id: str, behaviour: Behaviour) -> Answer:
    error: Answer = {"type": refusal.kind, "message": str(refusal)}
    if refusal.code and behaviour.error_codes:
        error["details"] = {"error_code": refusal.code}
    return {"type": "error", "error": error, "request_id": request_id}


def _refused(code: str) -> Refusal:
    status, kind = (400, "invalid_request_error") if code in _BAD_REQUESTS else (403, "permission_error")
    message = f"This report is not available to this organization ({code})."
    return Refusal(status, kind, message, code=code)


def _check_version(query: Query) -> None:
    version, known = query.headers.get("anthropic-version"), query.behaviour.versions
    if not version or (known is not None and version not in known):
        raise invalid("anthropic-version: header is required and must be a valid version")


def _routes(
    platform: PlatformReports, claude_ai: ClaudeAiReports, newest: NewestReports, limits: SpendLimits
) -> dict[str, Report]:
    return {
        f"{_ROOT}/spend_limits": limits.set,
        f"{_ROOT}/spend_limits/effective": limits.effective,
        NEWEST_COST: newest.cost,
        NEWEST_USAGE: newest.usage,
        f"{_ROOT}/usage_report/messages": platform.usage,
        f"{_ROOT}/cost_report": platform.cost,
        f"{_ANALYTICS}user_cost_report": claude_ai.user_cost,
        f"{_ANALYTICS}user_usage_report": claude_ai.user_usage,
        f"{_ANALYTICS}cost_report": claude_ai.cost,
        f"{_ANALYTICS}usage_report": claude_ai.usage,
    }
