"""Every dimension and measure, declared once.

Filter widgets, group-by choices, table and CSV headers, links and the command line all read this module.
Labels are Anthropic's words (see the API reference), in sentence case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any
from urllib.parse import quote, unquote


class Origin(StrEnum):
    """Where a row comes from. Decided by the connection, never by a product's name."""

    PLATFORM = "Claude Platform"
    CLAUDE_AI = "claude.ai"


class Source(Enum):
    """Where a dimension's value is found."""

    TIME = "time"
    CONNECTION = "connection"
    LEDGER = "ledger"
    LIST = "list"
    """In a list of workspaces, API keys or users, by the id that a ledger row has: as the list is now."""


BOTH = (Origin.PLATFORM, Origin.CLAUDE_AI)


@dataclass(frozen=True)
class Dimension:
    """One way to group and filter.

    ``origins``: where it means something; elsewhere its value is "not applicable", not empty.
    ``empty``: how a missing value reads where the dimension does apply; nothing where none can be missing.
    ``unattributed``: a missing value on a row whose basis is of ``WITHOUT_USAGE`` reads "Unattributed" instead.
    ``id``: the dimension whose value a list is asked for; ``no_value``: how it reads when the list has the id
    and says nothing of it.
    """

    name: str
    label: str
    plural: str
    source: Source = Source.LEDGER
    origins: tuple[Origin, ...] = BOTH
    empty: str = "None"
    unattributed: bool = False
    id: str = ""
    no_value: str = ""

    @property
    def column(self) -> str:
        """The ledger column that tells its value."""
        return self.id or self.name

    @property
    def is_listed_without_id(self) -> bool:
        """Whether a list knows the rows without an id too: those of the default workspace."""
        return bool(self.id) and not self.empty

    @property
    def inline(self) -> str:
        """The label within a sentence. The key of a tag keeps its spelling."""
        return _inline(self.label)

    @property
    def plural_inline(self) -> str:
        return _inline(self.plural)


def _inline(label: str) -> str:
    kind, joint, key = label.partition(_TAG_JOINT)
    words = (word if word[:2].isupper() else word.lower() for word in kind.split(" "))
    return " ".join(words) + joint + key


def _time(name: str, label: str) -> Dimension:
    return Dimension(name, label, f"{label}s", Source.TIME)


_PLATFORM = (Origin.PLATFORM,)
_NO_KEY, _NO_USER = "No API key (Console)", "No user"
_TAG_JOINT = ": "


def _listed(id_: str, **of_rows: Any) -> Callable[[str, str, str, str], Dimension]:
    """Dimensions that a list tells of an id of the Platform; ``of_rows``: how a row without one reads."""
    return lambda name, label, plural, no_value: Dimension(
        name, label, plural, Source.LIST, _PLATFORM, id=id_, no_value=no_value, **of_rows
    )


_of_user = _listed("user_id", empty=_NO_USER, unattributed=True)
_of_api_key = _listed("api_key_id", empty=_NO_KEY, unattributed=True)
_of_workspace = _listed("workspace_id", empty="")

WORKSPACE_TAG = "workspace_tag:"
"""Begins the name of each dimension that is a tag of workspaces; the tag's key follows, percent-encoded."""


def tag_dimension(key: str) -> Dimension:
    """The dimension of a tag that an organization gives its workspaces.

    Anyone may name a tag, so its name is made of letters, digits and ``_.-~%`` only: it fits into links,
    headers and the command line as it is.
    """
    is_odd = not key.strip() or (key[:1] == "“" and key[-1:] == "”")
    reads = f"“{key}”" if is_odd else key
    name = WORKSPACE_TAG + quote(key, safe="", errors="replace")
    return _of_workspace(
        name, f"Workspace tag{_TAG_JOINT}{reads}", f"Workspace tags{_TAG_JOINT}{reads}", "No tag"
    )


class _Dimensions(dict[str, Dimension]):
    """Those declared, and any tag by its name; which tags there are, the lists tell."""

    def __missing__(self, name: str) -> Dimension:
        if not name.startswith(WORKSPACE_TAG):
            raise KeyError(name)
        return tag_dimension(unquote(name.removeprefix(WORKSPACE_TAG)))


DIMENSIONS: dict[str, Dimension] = _Dimensions(
    (dimension.name, dimension)
    for dimension in (
        _time("day", "Day"),
        _time("week", "Week"),
        _time("month", "Month"),
        Dimension("cost_center", "Connection", "Connections", Source.CONNECTION),
        Dimension("organization", "Organization", "Organizations", Source.CONNECTION),
        Dimension("origin", "Origin", "Origins", Source.CONNECTION),
        Dimension("workspace", "Workspace", "Workspaces", origins=_PLATFORM, empty="Default workspace"),
        Dimension(
            "workspace_id", "Workspace ID", "Workspace IDs", origins=_PLATFORM, empty="Default workspace"
        ),
        Dimension("api_key", "API key", "API keys", Source.LEDGER, _PLATFORM, _NO_KEY, unattributed=True),
        Dimension(
            "api_key_id", "API key ID", "API key IDs", Source.LEDGER, _PLATFORM, _NO_KEY, unattributed=True
        ),
        Dimension("user", "User", "Users", empty=_NO_USER, unattributed=True),
        Dimension("user_id", "User ID", "User IDs", empty=_NO_USER, unattributed=True),
        Dimension(
            "service_account_id",
            "Service account ID",
            "Service account IDs",
            origins=_PLATFORM,
            empty="No service account",
            unattributed=True,
        ),
        Dimension("product", "Product", "Products", empty="No product"),
        Dimension("model", "Model", "Models", empty="No model"),
        Dimension(
            "service_tier", "Service tier", "Service tiers", origins=_PLATFORM, empty="No service tier"
        ),
        Dimension("context_window", "Context window", "Context windows", empty="No context window"),
        Dimension("inference_geo", "Inference geo", "Inference geos", empty="No inference geo"),
        Dimension("speed", "Speed", "Speeds", empty="No speed"),
        Dimension("cost_type", "Cost type", "Cost types", empty="No cost type"),
        Dimension("token_type", "Token type", "Token types", empty="Not tokens"),
        Dimension("cost_basis", "Cost basis", "Cost bases", empty="No cost"),
        Dimension("description", "Description", "Descriptions", origins=_PLATFORM, empty="No description"),
        Dimension(
            "billed_tier", "Tier on the bill", "Tiers on the bill", origins=_PLATFORM, empty="Not said"
        ),
        _of_user("user_role", "User role", "User roles", "Role not told"),
        _of_api_key("api_key_status", "API key status", "API key statuses", "Status not told"),
        _of_api_key("api_key_creator", "API key creator", "API key creators", "Creator not told"),
        Dimension("report", "Report", "Reports", empty="Not known"),
    )
)

NOT_APPLICABLE = "Not applicable"
UNATTRIBUTED = "Unattributed"
NOT_LISTED = "Not in the list"
MANAGED_AGENTS = "managed_agents_api"
"""The product of what Claude Managed Agents use."""
NOT_TOLD = "Not told apart"
"""The value of a dimension that a report could not be asked for beside the others: unknown, not empty."""

TIME_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.TIME)
CONNECTION_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.CONNECTION)
LIST_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.LIST)
"""Those declared; tags of workspaces are such too."""
LEDGER_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.LEDGER)

TOKEN_TYPES: dict[str, str] = {
    "uncached_input_tokens": "Uncached input",
    "cache_creation.ephemeral_5m_input_tokens": "Cache write 5m",
    "cache_creation.ephemeral_1h_input_tokens": "Cache write 1h",
    "cache_read_input_tokens": "Cache read",
    "output_tokens": "Output",
}
"""The five token types as the APIs spell them, with their label."""


class Unit(Enum):
    """How a measure is written: in a label, in a CSV header, in an axis."""

    USD = "usd"
    COUNT = "count"
    USD_PER_MILLION = "usd_per_million_tokens"
    RATIO = "ratio"


@dataclass(frozen=True)
class Measure:
    """A number to ask for.

    ``column``: its CSV header, with the unit. ``additive``: parts add up to the total; a ratio does not.
    ``help``: how it is computed, for people.
    """

    name: str
    label: str
    unit: Unit
    column: str
    help: str
    additive: bool = True


def _count(name: str, label: str, help_: str) -> Measure:
    return Measure(name, label, Unit.COUNT, name, help_)


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "cost", "Cost", Unit.USD, "cost_usd", "As billed: after discounts, before credits and taxes."
        ),
        Measure(
            "list_cost",
            "List cost",
            Unit.USD,
            "list_cost_usd",
            "At list price, before discounts. The Claude Platform's legacy reports tell none.",
        ),
        Measure(
            "effective_rate",
            "Effective rate",
            Unit.USD_PER_MILLION,
            "effective_rate_usd_per_million_tokens",
            "Cost of priced tokens divided by those tokens, in dollars per million.",
            additive=False,
        ),
        Measure(
            "billed_share",
            "Billed share",
            Unit.RATIO,
            "cost_basis_billed_ratio",
            "The part of the cost that is Anthropic's own amount for exactly these rows; the rest is allocated, "
            "estimated, or without usage.",
            additive=False,
        ),
        _count("tokens", "Tokens", "All five token types together."),
        _count(
            "uncached_input_tokens",
            "Uncached input tokens",
            "Input tokens neither read from nor written to the cache.",
        ),
        _count(
            "cache_write_5m_tokens", "Cache write 5m tokens", "Input tokens written to the five-minute cache."
        ),
        _count(
            "cache_write_1h_tokens", "Cache write 1h tokens", "Input tokens written to the one-hour cache."
        ),
        _count("cache_read_tokens", "Cache read tokens", "Input tokens read from the cache."),
        _count("output_tokens", "Output tokens", "Tokens written by the model."),
        _count(
            "requests",
            "Requests",
            "Requests as reported, not split by cost type or token type. The Claude Platform's legacy reports tell none.",
        ),
        _count("web_searches", "Web searches", "Server-side web searches."),
        Measure(
            "cache_hit_rate",
            "Cache hit rate",
            Unit.RATIO,
            "cache_hit_ratio",
            "Cache read tokens divided by all input tokens.",
            additive=False,
        ),
    )
}

TOKEN_MEASURES: dict[str, str] = {
    "uncached_input_tokens": "uncached_input_tokens",
    "cache_write_5m_tokens": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h_tokens": "cache_creation.ephemeral_1h_input_tokens",
    "cache_read_tokens": "cache_read_input_tokens",
    "output_tokens": "output_tokens",
}
"""Measures of one token type, with that type."""
