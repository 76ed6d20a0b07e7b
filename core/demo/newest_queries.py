"""Questions to the newest reports, checked as the API checks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.demo.company import NEWEST_FIRST_DAY
from core.demo.facets import DIMENSIONS, Who
from core.demo.queries import ROW_LIMITS, Query, Refusal, invalid
from core.demo.spans import LONGEST_SPAN, WIDTHS, Times, bounds, check_length, check_reach, floor, span

NEWEST_BETA = "analytics-usage-cost-2026-08-24"

SPLITS = ("cost_type", "token_type")
COST_GROUPS, USAGE_GROUPS = (*DIMENSIONS, *SPLITS), DIMENSIONS
COST_ORDERS = ("amount", "list_amount", "time")
USAGE_ORDERS = ("total_tokens", "output_tokens", "requests", "time", "uncached_input_tokens")

FILTERS: Mapping[str, str] = {
    "actor_ids[]": "actor",
    "actor_types[]": "actor_type",
    "agent_ids[]": "agent_id",
    "api_key_ids[]": "api_key_id",
    "claude_tag_categories[]": "claude_tag_category",
    "claude_tag_user_ids[]": "claude_tag_user_id",
    "context_windows[]": "context_window",
    "deployment_ids[]": "deployment_id",
    "environment_ids[]": "environment_id",
    "inference_geos[]": "inference_geo",
    "models[]": "model",
    "organization_ids[]": "organization_id",
    "products[]": "product",
    "rbac_group_ids[]": "rbac_group_id",
    "service_tiers[]": "service_tier",
    "session_ids[]": "session_id",
    "slack_channel_ids[]": "slack_channel_id",
    "speeds[]": "speed",
    "user_profile_ids[]": "user_profile_id",
    "workspace_ids[]": "workspace_id",
}
"""Which dimension each filter is for."""

_WORDS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "actor_types[]": "api_actor federated_actor service_account_actor user_actor",
        "claude_tag_categories[]": "dm engaged monitoring proactive scheduled",
        "context_windows[]": "0-200k 200k-1M",
        "inference_geos[]": "global not_available us",
        "products[]": "chat chat_cowork_unified claude_code claude_console claude_design claude_in_chrome"
        " claude_tag cowork managed_agents_api message_batches_api messages_api office_agent",
        "service_tiers[]": "batch flex flex_discount priority priority_on_demand standard",
        "speeds[]": "fast standard",
    }.items()
}
"""The values that some filters take; the others take any id."""
_NULL_WORDS = {"api_key_ids[]": "", "inference_geos[]": "not_available"}
"""How null is asked for, where it can be."""
_PARAMS = (
    *("starting_at", "ending_at", "time_bucket_width", "limit", "page", "order_by", "order", "group_by[]"),
    *("exclude_deleted_users", *FILTERS),
)
_HOUR = WIDTHS["1h"]


@dataclass(frozen=True)
class Asked:
    """A question that may be asked. ``spans``: one for each bucket, or one for all."""

    spans: tuple[Times, ...]
    groups: tuple[str, ...]
    splits: tuple[str, ...]
    kept: Callable[[Mapping[str, Any]], bool]
    limit: int
    order_by: str
    descending: bool
    in_buckets: bool
    without_deleted: bool

    @classmethod
    def read(cls, query: Query, groups: tuple[str, ...], orders: tuple[str, ...]) -> Asked:
        """Raises Refusal (400) for a question that may not be asked."""
        query.check(_PARAMS)
        named = _groups(query, groups)
        width = query.choice("time_bucket_width", tuple(WIDTHS))
        return cls(
            tuple(_spans(query, width)),
            tuple(name for name in named if name not in SPLITS),
            tuple(name for name in named if name in SPLITS),
            _kept(_filters(query)),
            query.whole("limit", default=ROW_LIMITS[0], at_most=ROW_LIMITS[1]),
            query.choice("order_by", orders) or orders[0],
            query.choice("order", ("asc", "desc")) != "asc",
            width is not None,
            _without_deleted(query, named),
        )


def _groups(query: Query, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Cost type and token type do not count."""
    named, most = query.groups(allowed, None), query.behaviour.newest_most_groups
    if len([name for name in named if name not in SPLITS]) > most:
        raise invalid(query.behaviour.most_groups_message.format(most=most))
    in_groups = "rbac_group_id" in named or query.values("rbac_group_ids[]")
    if in_groups and "claude_tag_user_id" in named:
        raise invalid("group_by[]: 'claude_tag_user_id' cannot be combined with RBAC groups")
    return named


def _spans(query: Query, width: str | None) -> list[Times]:
    begin, end = bounds(query)
    if width and end is None:
        raise invalid("ending_at: required when time_bucket_width is set")
    check_reach(begin, query.now, NEWEST_FIRST_DAY)
    end = end or min(query.now, begin + LONGEST_SPAN)
    check_length(end - begin, width)
    if width is None:
        return [(floor(begin, _HOUR), floor(end, _HOUR))]
    asked = span(query, width)
    return [asked.bucket(index) for index in range(asked.count)]


def _filters(query: Query) -> dict[str, frozenset[str]]:
    filters = {name: frozenset(query.values(name)) for name in FILTERS if query.values(name)}
    for name, values in filters.items():
        for value in values:
            _check_value(name, value)
    if "organization_ids[]" in filters:
        message = "organization_ids[]: requires a key of a parent organization"
        raise Refusal(400, "invalid_request_error", message, code="parent_organization_required")
    return filters


def _check_value(name: str, value: str) -> None:
    words = _WORDS.get(name)
    if words is not None and value not in words:
        raise invalid(f"{name}: {value[:60]!r} is not one of {', '.join(sorted(words))}")
    if not value and _NULL_WORDS.get(name) != "":
        raise invalid(f"{name}: values must not be empty")


def _kept(filters: Mapping[str, frozenset[str]]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether what a use is of passes every filter."""
    checks = [(FILTERS[name], values, _NULL_WORDS.get(name)) for name, values in filters.items()]
    return lambda facets: all(_word(facets[at], null) in values for at, values, null in checks)


def _word(value: Any, null: str | None) -> str | None:
    """What a filter calls a value; a federated identity has no id that it knows."""
    if isinstance(value, Who):
        return None if value.type == "federated_actor" else value.id
    return null if value is None else str(value)


def _without_deleted(query: Query, named: tuple[str, ...]) -> bool:
    asked = query.choice("exclude_deleted_users", ("true", "false")) == "true"
    if asked and "actor" not in named:
        raise invalid("exclude_deleted_users: requires group_by[]=actor")
    return asked
