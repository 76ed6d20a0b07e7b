"""Every endpoint of the contract, as data: its path, its parameters, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.api import newest
from core.api.betas import NEWEST_HEADER as NEWEST
from core.api.betas import SPEND_LIMITS_HEADER
from core.api.client import NO_HEADERS
from core.api.platform import SPEED_HEADER as FAST_MODE
from core.api.report_params import Params, bucket_params, day_params
from core.api.spend_limits import EFFECTIVE, SPEND_LIMITS
from core.dimensions import Origin
from core.periods import Period

ROOT = "/v1/organizations"
ANALYTICS = f"{ROOT}/analytics"
USAGE = f"{ROOT}/usage_report/messages"
COST = f"{ROOT}/cost_report"

PLATFORM = frozenset({Origin.PLATFORM})
CLAUDE_AI = frozenset({Origin.CLAUDE_AI})
BOTH = PLATFORM | CLAUDE_AI


@dataclass(frozen=True)
class Endpoint:
    """``params`` are those of a question about one day. ``needed``: a sync cannot do without."""

    name: str
    path: str
    origins: frozenset[Origin]
    params: Callable[[Period], Params]
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    needed: bool = False


def _nothing(_: Period) -> Params:
    return []


def _list(*more: tuple[str, str]) -> Callable[[Period], Params]:
    return lambda _: [("limit", "1000"), *more]


def _date(day: Period) -> Params:
    return [("date", day.start.isoformat())]


def _claude_code(day: Period) -> Params:
    return [("starting_at", day.start.isoformat()), ("limit", "1000")]


def _by_user(day: Period) -> Params:
    return [*day_params(day), ("limit", "1000")]


_ADOPTION = ("summaries", "users", "skills", "connectors", "plugins", "apps/chat/projects")

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("me", f"{ROOT}/me", PLATFORM, _nothing, needed=True),
    Endpoint("workspaces", f"{ROOT}/workspaces", PLATFORM, _list(("include_archived", "true")), needed=True),
    Endpoint("api_keys", f"{ROOT}/api_keys", PLATFORM, _list(), needed=True),
    Endpoint("users", f"{ROOT}/users", PLATFORM, _list(), needed=True),
    Endpoint("usage_report/messages", USAGE, PLATFORM, bucket_params, needed=True),
    Endpoint("cost_report", COST, PLATFORM, bucket_params, needed=True),
    Endpoint("usage_report/claude_code", f"{ROOT}/usage_report/claude_code", PLATFORM, _claude_code),
    Endpoint("user_cost_report", f"{ANALYTICS}/user_cost_report", CLAUDE_AI, _by_user, needed=True),
    Endpoint("user_usage_report", f"{ANALYTICS}/user_usage_report", CLAUDE_AI, _by_user, needed=True),
    Endpoint("cost_report", f"{ANALYTICS}/cost_report", CLAUDE_AI, bucket_params, needed=True),
    Endpoint("usage_report", f"{ANALYTICS}/usage_report", CLAUDE_AI, bucket_params, needed=True),
    Endpoint("analytics/cost", newest.COST, BOTH, newest.question, headers=NEWEST),
    Endpoint("analytics/usage", newest.USAGE, BOTH, newest.question, headers=NEWEST),
    *(Endpoint(f"analytics/{name}", f"{ANALYTICS}/{name}", CLAUDE_AI, _date) for name in _ADOPTION),
    Endpoint("spend_limits", SPEND_LIMITS, BOTH, _list(), headers=SPEND_LIMITS_HEADER),
    Endpoint("spend_limits/effective", EFFECTIVE, CLAUDE_AI, _list()),
    Endpoint("rate_limits", f"{ROOT}/rate_limits", PLATFORM, _list()),
    Endpoint("rbac_groups", f"{ROOT}/rbac_groups", CLAUDE_AI, _list()),
)


def endpoints_of(origin: Origin) -> tuple[Endpoint, ...]:
    return tuple(endpoint for endpoint in ENDPOINTS if origin in endpoint.origins)


__all__ = ["ANALYTICS", "COST", "FAST_MODE", "NEWEST", "ROOT", "USAGE", "Endpoint", "endpoints_of"]
