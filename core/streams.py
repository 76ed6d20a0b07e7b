"""Every stream, declared once: one report of one origin, as rows of one table.

SQLite's columns, changes, coverage, controls, names and pages read this module; :mod:`core.sync.streams` adds
only how a stream is fetched. The APIs' field names are kept, nesting flattened (see the API reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from core.dimensions import Origin


class StreamUnit(StrEnum):
    """What a stream's magnitude counts; US dollars are stored as micro-cents."""

    USD = "USD"
    TOKENS = "tokens"
    COUNT = "count"


class Kind(Enum):
    """What a column holds."""

    TEXT = "TEXT"
    WHOLE = "INTEGER"


class Listing(StrEnum):
    """A list of names, by its table."""

    WORKSPACES = "workspaces"
    API_KEYS = "api_keys"
    USERS = "users"


@dataclass(frozen=True)
class Column:
    """``names``: it keeps the name of the id in that column, as a list told it when the row was pulled.

    ``in_ledger``: the ledger reads it. Others are kept as received.
    """

    name: str
    kind: Kind = Kind.TEXT
    nullable: bool = True
    in_ledger: bool = True
    names: tuple[Listing, str] | None = None


@dataclass(frozen=True)
class Stream:
    """One report. ``columns`` come after ``connection_id`` and ``day``, in this order.

    ``magnitude``: the columns whose sum tells whether a day changed, in ``unit``. ``controls``: what the
    ledger must hold of it, by measure: the columns whose sum it is. ``is_total``: it holds a whole
    organization; ``control_of`` is the stream whose rows by user repeat a part of it. ``finished_only``: it
    is never asked for today. ``fallback``: what it is kept with where the service grants less, in words.
    ``optional``: an organization is whole without it. ``apart``: a grouping of its own, never added to the
    ledger.
    """

    name: str
    label: str
    origin: Origin
    unit: StreamUnit
    columns: tuple[Column, ...]
    magnitude: tuple[str, ...]
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_total: bool = False
    control_of: str | None = None
    finished_only: bool = False
    fallback: str | None = None
    optional: bool = False
    apart: bool = False

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        summed = {*self.magnitude, *(name for columns in self.controls.values() for name in columns)}
        if not summed <= names:
            raise ValueError(f"{self.name} sums columns it does not have: {sorted(summed - names)}")

    @property
    def limits(self) -> Origin:
        """Whose first day and reach it has: the newest reports have claude.ai's, whatever they tell of."""
        return Origin.CLAUDE_AI if self.optional else self.origin

    @property
    def ledger_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.in_ledger)


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
_ANALYTICS_COST = {"analytics_cost": _COST, "analytics_list_cost": ("list_amount_microcents",)}
_ANALYTICS_USAGE = {
    "analytics_tokens": _TOKENS,
    "analytics_web_searches": ("web_search_requests",),
    "analytics_requests": ("requests",),
}


def _newest(
    origin: Origin, name: str, label: str, grain: tuple[Column, ...], *, apart: bool = False
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
        ),
        Stream(
            "claude_ai_user_usage",
            "usage by user",
            Origin.CLAUDE_AI,
            StreamUnit.TOKENS,
            (*_ACTOR, *_BY_USER, *_USED, *_REQUESTS),
            _TOKENS,
            {"user_tokens": _TOKENS},
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
            (*_text("product"), *_USED, *_REQUESTS),
            _TOKENS,
            {"tokens": _TOKENS, "web_searches": ("web_search_requests",), "requests": ("requests",)},
            is_total=True,
            control_of="claude_ai_user_usage",
        ),
        *_newest(Origin.PLATFORM, "platform_analytics", "analytics", _FULL_GRAIN),
        *_newest(Origin.CLAUDE_AI, "claude_ai_analytics", "analytics", _FULL_GRAIN),
        *_newest(Origin.PLATFORM, "platform_agent", "agent", _AGENT, apart=True),
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


def agent_streams_of(origin: Origin) -> tuple[Stream, ...]:
    """The newest reports grouped by managed agents: cost and usage, or none."""
    return tuple(s for s in STREAMS.values() if s.origin is origin and s.apart)


def _of(origin: Origin, *, optional: bool) -> tuple[Stream, ...]:
    mine = (s for s in STREAMS.values() if s.origin is origin and not s.apart)
    return tuple(s for s in mine if s.optional is optional)


UNITS: tuple[StreamUnit, ...] = tuple(
    unit for unit in StreamUnit if any(stream.unit is unit for stream in STREAMS.values())
)
"""Those that some stream is counted in."""
