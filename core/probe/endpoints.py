"""Every endpoint of the contract, as data: its path, its parameters, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.api import newest, paths
from core.api.betas import NEWEST_HEADER as NEWEST
from core.api.betas import SPEND_LIMITS_HEADER
from core.api.client import NO_HEADERS
from core.api.platform import SPEED_HEADER as FAST_MODE
from core.api.report_params import Params, bucket_params, day_params
from core.dimensions import Origin
from core.periods import Period

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


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("me", paths.ME, PLATFORM, _nothing, needed=True),
    Endpoint("workspaces", paths.WORKSPACES, PLATFORM, _list(("include_archived", "true")), needed=True),
    Endpoint("api_keys", paths.API_KEYS, PLATFORM, _list(), needed=True),
    Endpoint("users", paths.USERS, PLATFORM, _list(), needed=True),
    Endpoint("usage_report/messages", paths.USAGE, PLATFORM, bucket_params, needed=True),
    Endpoint("cost_report", paths.COST, PLATFORM, bucket_params, needed=True),
    Endpoint("usage_report/claude_code", paths.CLAUDE_CODE, PLATFORM, _claude_code),
    Endpoint("user_cost_report", paths.USER_COST, CLAUDE_AI, _by_user, needed=True),
    Endpoint("user_usage_report", paths.USER_USAGE, CLAUDE_AI, _by_user, needed=True),
    Endpoint("cost_report", paths.CLAUDE_AI_COST, CLAUDE_AI, bucket_params, needed=True),
    Endpoint("usage_report", paths.CLAUDE_AI_USAGE, CLAUDE_AI, bucket_params, needed=True),
    Endpoint("analytics/cost", paths.NEWEST_COST, BOTH, newest.question, headers=NEWEST),
    Endpoint("analytics/usage", paths.NEWEST_USAGE, BOTH, newest.question, headers=NEWEST),
    *(Endpoint(f"analytics/{name}", path, CLAUDE_AI, _date) for name, path in paths.ADOPTION.items()),
    Endpoint("spend_limits", paths.SPEND_LIMITS, BOTH, _list(), headers=SPEND_LIMITS_HEADER),
    Endpoint("spend_limits/effective", paths.EFFECTIVE_SPEND_LIMITS, CLAUDE_AI, _list()),
    Endpoint("rate_limits", paths.RATE_LIMITS, PLATFORM, _list()),
    Endpoint("rbac_groups", paths.RBAC_GROUPS, CLAUDE_AI, _list()),
)


def endpoints_of(origin: Origin) -> tuple[Endpoint, ...]:
    return tuple(endpoint for endpoint in ENDPOINTS if origin in endpoint.origins)


__all__ = ["FAST_MODE", "NEWEST", "Endpoint", "endpoints_of"]
