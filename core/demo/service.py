"""The simulated Anthropic as one function from request to response: authentication, limits, routing."""

from __future__ import annotations

import hmac
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock
from typing import Any

import msgspec

from core.clock import Clock, utc_now
from core.demo import directory, truth
from core.demo.activity import Activity, Use
from core.demo.claude_ai_reports import ClaudeAiReports, watermark
from core.demo.company import ANALYTICS_SCOPE, Organization
from core.demo.platform_reports import DELAY, PlatformReports
from core.demo.queries import Params, Refusal, invalid
from core.demo.truth import Totals
from core.dimensions import Origin

Answer = dict[str, Any]
Report = Callable[[str, Params, Mapping[str, str], datetime], Answer]
Listing = Callable[[Organization, str, Params, date], Answer]

_VERSION = "2023-06-01"
_ROOT = "/v1/organizations"
_ANALYTICS = f"{_ROOT}/analytics/"
_MINUTE = timedelta(minutes=1)

_LISTS: dict[str, Listing] = {
    f"{_ROOT}/me": directory.me,
    f"{_ROOT}/workspaces": directory.workspaces,
    f"{_ROOT}/api_keys": directory.api_keys,
    f"{_ROOT}/users": directory.users,
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
    """Anthropic, as far as ``organizations`` and their keys go. Safe to use from several threads.

    ``requests_per_minute`` limits each claude.ai organization with 429 and ``retry-after``; None does not.
    """

    def __init__(
        self,
        organizations: Iterable[Organization],
        clock: Clock = utc_now,
        *,
        requests_per_minute: int | None = None,
    ) -> None:
        self.clock = clock
        self._accounts = {item.id: _Account(item, requests_per_minute) for item in organizations}
        self._numbers = itertools.count(1)

    def handle(self, request: Request) -> Response:
        """Answer one request. Never raises."""
        request_id = f"req_demo{next(self._numbers):016d}"
        headers = {"content-type": "application/json", "request-id": request_id}
        try:
            account = self._authenticated(request)
            headers["anthropic-organization-id"] = account.organization.id
            return Response(200, headers, msgspec.json.encode(account.answer(request, self.clock())))
        except Refusal as refusal:
            return Response(refusal.status, {**headers, **refusal.headers}, _error_body(refusal, request_id))

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
        """What happened on a UTC day, as far as the reports know of it now."""
        account = self._accounts[organization_id]
        begin = datetime.combine(day, time(), UTC)
        return list(
            account.activity.between(begin, min(begin + timedelta(days=1), self.horizon(organization_id)))
        )

    def horizon(self, organization_id: str) -> datetime:
        """The instant up to which the reports are complete."""
        platform = self._accounts[organization_id].organization.origin is Origin.PLATFORM
        return self.clock() - DELAY if platform else watermark(self.clock())

    def totals(self, organization_id: str, day: date) -> Totals:
        """What the reports of a UTC day must add up to."""
        return truth.totals(self._accounts[organization_id].organization, self.uses(organization_id, day))

    def totals_by(self, organization_id: str, day: date, name: str) -> dict[Any, Totals]:
        """The same by ``model`` or a field of the loads, such as ``api_key_id`` or ``product``."""
        organization = self._accounts[organization_id].organization
        return truth.totals_by(organization, self.uses(organization_id, day), name)

    def revise(self, organization_id: str, day: date, percent: int) -> None:
        """Let the reports say from now on that ``percent`` of the day's use took place; at 0, none."""
        self._accounts[organization_id].revise(day, percent)


class _Account:
    """One organization behind its key."""

    def __init__(self, organization: Organization, requests_per_minute: int | None) -> None:
        self.organization = organization
        self.activity = Activity(organization)
        self._claude_ai = ClaudeAiReports(self.activity)
        self._limit = _RequestLimit(requests_per_minute)
        self._reports = _routes(PlatformReports(self.activity), self._claude_ai)

    def revise(self, day: date, percent: int) -> None:
        self.activity.revise(day, percent)
        self._claude_ai.forget()

    def answer(self, request: Request, now: datetime) -> Answer:
        """The answer's body.

        Raises:
            Refusal: anything but 200.
        """
        path = request.path
        if path not in _LISTS and path not in self._reports:
            raise Refusal(404, "not_found_error", f"Not found: {path[:200]}")
        if request.method != "GET":
            raise Refusal(405, "invalid_request_error", "Method Not Allowed")
        if request.headers.get("anthropic-version") != _VERSION:
            raise invalid("anthropic-version: header is required and must be a valid version")
        self._permit(path)
        if self.organization.origin is Origin.CLAUDE_AI:
            self._limit.spend(now)
        if path in _LISTS:
            return _LISTS[path](self.organization, path, request.params, now.date())
        return self._reports[path](path, request.params, request.headers, now)

    def _permit(self, path: str) -> None:
        needed = ANALYTICS_SCOPE if path.startswith(_ANALYTICS) else "org:admin"
        admin = self.organization.origin is Origin.PLATFORM
        scopes = ("org:admin",) if admin else self.organization.scopes
        if needed not in scopes:
            message = f"This API key has the scopes [{', '.join(scopes)}] but this endpoint needs [{needed}]."
            raise Refusal(403, "permission_error", message)


class _RequestLimit:
    """So many requests in any minute."""

    def __init__(self, per_minute: int | None) -> None:
        self._per_minute = per_minute
        self._times: deque[datetime] = deque()
        self._lock = Lock()

    def spend(self, now: datetime) -> None:
        if self._per_minute is None:
            return
        with self._lock:
            while self._times and self._times[0] <= now - _MINUTE:
                self._times.popleft()
            if len(self._times) >= self._per_minute:
                raise _too_many(self._times[0] + _MINUTE - now)
            self._times.append(now)


def _too_many(wait: timedelta) -> Refusal:
    message = "This organization has exceeded its limit of requests per minute."
    seconds = -(-wait // timedelta(seconds=1))
    return Refusal(429, "rate_limit_error", message, headers={"retry-after": str(max(1, seconds))})


def _routes(platform: PlatformReports, claude_ai: ClaudeAiReports) -> dict[str, Report]:
    return {
        f"{_ROOT}/usage_report/messages": platform.usage,
        f"{_ROOT}/cost_report": platform.cost,
        f"{_ANALYTICS}user_cost_report": claude_ai.user_cost,
        f"{_ANALYTICS}user_usage_report": claude_ai.user_usage,
        f"{_ANALYTICS}cost_report": claude_ai.cost,
        f"{_ANALYTICS}usage_report": claude_ai.usage,
    }


def _error_body(refusal: Refusal, request_id: str) -> bytes:
    error = {"type": refusal.kind, "message": str(refusal)}
    return msgspec.json.encode({"type": "error", "error": error, "request_id": request_id})
