"""Every stream, declared once; :mod:`core.stream` tells what a stream is.

SQLite's columns, changes, coverage, controls, names and pages read this module; :mod:`core.sync.sources` adds
only how a stream is fetched. The APIs' field names are kept, nesting flattened (see the API reference).
"""

from __future__ import annotations

from core.dimensions import Origin
from core.stream import Column, Kind, Listing, Stream, StreamUnit

TOKEN_COLUMNS: dict[str, str] = {
    "uncached_input_tokens": "uncached_input_tokens",
    "ephemeral_5m_input_tokens": "cache_creation.ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens": "cache_creation.ephemeral_1h_input_tokens",
    "cache_read_input_tokens": "cache_read_input_tokens",
    "output_tokens": "output_tokens",
}
"""Token columns of the usage tables, with the token type as the cost reports spell it."""

_TOKENS = tuple(TOKEN_COLUMNS)
_COST = ("amount_microcents",)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _counts(*names: str, nullable: bool = False) -> tuple[Column, ...]:
    return tuple(Column(name, Kind.WHOLE, nullable) for name in names)


_MONEY = (
    Column("currency", nullable=False, in_ledger=False),
    Column("amount", nullable=False, in_ledger=False),
    Column("amount_microcents", Kind.WHOLE, nullable=False),
)
_LIST_MONEY = (
    Column("list_amount", in_ledger=False),
    Column("list_amount_microcents", Kind.WHOLE),
)
_WORKSPACE = (
    Column("workspace_id"),
    Column("workspace_name", names=(Listing.WORKSPACES, "workspace_id")),
)
_ACTOR = (*_text("user_id", "user_email", "user_name"), Column("user_deleted", Kind.WHOLE, in_ledger=False))
_PRICE = _text("model", "service_tier", "context_window", "inference_geo")
_BY_USER = _text("product", "model", "context_window", "inference_geo", "speed")
_USED = _counts(*_TOKENS, "web_search_requests")
_REQUESTS = _counts("requests", nullable=True)
_TOTAL_TOKENS = (Column("total_tokens", Kind.WHOLE, in_ledger=False),)
_FEWER = "fewer dimensions: what could not be told apart is shown as such"
_WHO = (
    *_WORKSPACE,
    Column("api_key_id"),
    Column("api_key_name", names=(Listing.API_KEYS, "api_key_id")),
    Column("actor_type", in_ledger=False),
    *_ACTOR,
    Column("service_account_id"),
    Column("actor_subject", in_ledger=False),
)
_FULL_GRAIN = (*_WHO, Column("product"), *_PRICE, Column("speed"))


_AGENT = _text("agent_id", "session_id", "environment_id", "deployment_id", "model")
_PRODUCT_AGENT = _text("product", "agent_id", "session_id", "environment_id", "deployment_id")
_TAG = _text("product", "user_profile_id", "slack_channel_id", "claude_tag_category", "model")
AGENTS, TAGS = "agents", "tags"
"""Groupings of the newest reports that are never added to the ledger."""
APART = (AGENTS, TAGS)
_ANALYTICS_COST = {"analytics_cost": _COST, "analytics_list_cost": ("list_amount_microcents",)}
_ANALYTICS_USAGE = {
    "analytics_tokens": _TOKENS,
    "analytics_web_searches": ("web_search_requests",),
    "analytics_requests": ("requests",),
}


def _newest(
    origin: Origin, name: str, label: str, grain: tuple[Column, ...], *, apart: str | None = None
) -> tuple[Stream, ...]:
    """The two newest reports, of cost and of usage, which tell the same apart."""
    cost = (*grain, *_text("cost_type", "token_type"), *_MONEY, *_LIST_MONEY)
    usage = (*grain, *_USED, *_REQUESTS)
    return tuple(
        Stream(
            f"{name}_{kind}",
            f"{label} {kind}",
            origin,
            unit,
            columns,
            magnitude,
            {} if apart else controls,
            fallback=_FEWER,
            adds_up_by=(),
            optional=True,
            apart=apart,
        )
        for kind, unit, columns, magnitude, controls in (
            ("cost", StreamUnit.USD, cost, _COST, _ANALYTICS_COST),
            ("usage", StreamUnit.TOKENS, usage, _TOKENS, _ANALYTICS_USAGE),
        )
    )


STREAMS: dict[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream(
            "platform_usage",
            "usage report",
            Origin.PLATFORM,
            StreamUnit.TOKENS,
            (
                *_WORKSPACE,
                Column("api_key_id"),
                Column("api_key_name", names=(Listing.API_KEYS, "api_key_id")),
                Column("account_id"),
                Column("account_email", names=(Listing.USERS, "account_id")),
                Column("service_account_id"),
                *_PRICE,
                Column("speed"),
                *_USED,
            ),
            _TOKENS,
            {"tokens": _TOKENS, "web_searches": ("web_search_requests",)},
            is_total=True,
            fallback=_FEWER,
        ),
        Stream(
            "platform_cost",
            "cost report",
            Origin.PLATFORM,
            StreamUnit.USD,
            (
                *_WORKSPACE,
                *_text("description", "cost_type"),
                *_PRICE,
                Column("token_type"),
                *_MONEY,
                Column("speed"),
            ),
            _COST,
            {"cost": _COST},
            is_total=True,
            finished_only=True,
            adds_up_by=(),
        ),
        Stream(
            "claude_ai_user_cost",
            "cost by user",
            Origin.CLAUDE_AI,
            StreamUnit.USD,
            (*_ACTOR, *_BY_USER, *_text("cost_type", "token_type"), *_MONEY, *_LIST_MONEY),
            _COST,
            {"user_cost": _COST},
            fallback=_FEWER,
            adds_up_by=("product",),
        ),
        Stream(
            "claude_ai_user_usage",
            "usage by user",
            Origin.CLAUDE_AI,
            StreamUnit.TOKENS,
            (*_ACTOR, *_BY_USER, *_USED, *_REQUESTS, *_TOTAL_TOKENS),
            _TOKENS,
            {"user_tokens": _TOKENS, "user_total_tokens": ("total_tokens",)},
            fallback=_FEWER,
        ),
        Stream(
            "claude_ai_cost",
            "cost totals",
            Origin.CLAUDE_AI,
            StreamUnit.USD,
            (*_text("product"), *_MONEY, *_LIST_MONEY, Column("requests", Kind.WHOLE, in_ledger=False)),
            _COST,
            {"cost": _COST, "list_cost": ("list_amount_microcents",)},
            is_total=True,
            control_of="claude_ai_user_cost",
        ),
        Stream(
            "claude_ai_usage",
            "usage totals",
            Origin.CLAUDE_AI,
            StreamUnit.TOKENS,
            (*_text("product"), *_USED, *_REQUESTS, *_TOTAL_TOKENS),
            _TOKENS,
            {
                "tokens": _TOKENS,
                "total_tokens": ("total_tokens",),
                "web_searches": ("web_search_requests",),
                "requests": ("requests",),
            },
            is_total=True,
            control_of="claude_ai_user_usage",
        ),
        *_newest(Origin.PLATFORM, "platform_analytics", "analytics", _FULL_GRAIN),
        *_newest(Origin.CLAUDE_AI, "claude_ai_analytics", "analytics", _FULL_GRAIN),
        *_newest(Origin.PLATFORM, "platform_agent", "agent", _AGENT, apart=AGENTS),
        *_newest(Origin.PLATFORM, "platform_tag", "tag", _TAG, apart=TAGS),
        *_newest(Origin.CLAUDE_AI, "claude_ai_agent", "agent", _PRODUCT_AGENT, apart=AGENTS),
        *_newest(Origin.CLAUDE_AI, "claude_ai_tag", "tag", _TAG, apart=TAGS),
    )
}
"""In the order in which a connection's are pulled."""


def streams_of(origin: Origin) -> tuple[Stream, ...]:
    """The legacy reports of an origin: a day needs all of them, or both newest ones, to count as known."""
    return _of(origin, optional=False)


def newest_streams_of(origin: Origin) -> tuple[Stream, Stream]:
    """The newest reports of an origin, of cost and of usage. Not every organization is served them."""
    cost, usage = _of(origin, optional=True)
    return cost, usage


def apart_streams_of(origin: Origin, apart: str) -> tuple[Stream, ...]:
    """The newest reports in a grouping of its own: cost and usage, or none."""
    return tuple(s for s in STREAMS.values() if s.origin is origin and s.apart == apart)


def _of(origin: Origin, *, optional: bool) -> tuple[Stream, ...]:
    mine = (s for s in STREAMS.values() if s.origin is origin and not s.apart)
    return tuple(s for s in mine if s.optional is optional)


UNITS: tuple[StreamUnit, ...] = tuple(
    unit for unit in StreamUnit if any(stream.unit is unit for stream in STREAMS.values())
)
"""Those that some stream is counted in."""
