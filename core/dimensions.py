"""Every dimension and measure, declared once.

Filter widgets, group-by choices, table and CSV headers, links and the command line all read this module.
Labels are Anthropic's words (see the API reference), in sentence case.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Origin(StrEnum):
    """Where a row comes from. Decided by the connection, never by a product's name."""

    PLATFORM = "Claude Platform"
    CLAUDE_AI = "claude.ai"


class Source(Enum):
    """Where a dimension's value is found."""

    TIME = "time"
    CONNECTION = "connection"
    LEDGER = "ledger"


BOTH = (Origin.PLATFORM, Origin.CLAUDE_AI)


@dataclass(frozen=True)
class Dimension:
    """One way to group and filter.

    ``origins``: where it means something; elsewhere its value is "not applicable", not empty.
    ``empty``: how a missing value reads where the dimension does apply.
    ``unattributed``: a missing value on a row whose basis is of ``WITHOUT_USAGE`` reads "Unattributed" instead.
    """

    name: str
    label: str
    plural: str
    source: Source = Source.LEDGER
    origins: tuple[Origin, ...] = BOTH
    empty: str = "None"
    unattributed: bool = False


def _time(name: str, label: str) -> Dimension:
    return Dimension(name, label, f"{label}s", Source.TIME)


_PLATFORM = (Origin.PLATFORM,)

DIMENSIONS: dict[str, Dimension] = {
    dimension.name: dimension
    for dimension in (
        _time("day", "Day"),
        _time("week", "Week"),
        _time("month", "Month"),
        Dimension("cost_center", "Cost center", "Cost centers", Source.CONNECTION),
        Dimension("organization", "Organization", "Organizations", Source.CONNECTION),
        Dimension("origin", "Origin", "Origins", Source.CONNECTION),
        Dimension("workspace", "Workspace", "Workspaces", origins=_PLATFORM, empty="Default workspace"),
        Dimension(
            "workspace_id", "Workspace ID", "Workspace IDs", origins=_PLATFORM, empty="Default workspace"
        ),
        Dimension(
            "api_key",
            "API key",
            "API keys",
            origins=_PLATFORM,
            empty="No API key (Console)",
            unattributed=True,
        ),
        Dimension(
            "api_key_id",
            "API key ID",
            "API key IDs",
            origins=_PLATFORM,
            empty="No API key (Console)",
            unattributed=True,
        ),
        Dimension("user", "User", "Users", empty="No user", unattributed=True),
        Dimension("user_id", "User ID", "User IDs", empty="No user", unattributed=True),
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
        Dimension("report", "Report", "Reports", empty="Not known"),
    )
}

NOT_APPLICABLE = "Not applicable"
UNATTRIBUTED = "Unattributed"
MANAGED_AGENTS = "managed_agents_api"
"""The product of what Claude Managed Agents use."""
NOT_TOLD = "Not told apart"
"""The value of a dimension that a report could not be asked for beside the others: unknown, not empty."""

TIME_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.TIME)
CONNECTION_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.CONNECTION)
LEDGER_DIMENSIONS = tuple(d.name for d in DIMENSIONS.values() if d.source is Source.LEDGER)

TOKEN_TYPES: dict[str, str] = {
    "uncached_input_tokens": "Uncached input",
    "cache_creation.ephemeral_5m_input_tokens": "Cache write 5m",
    "cache_creation.ephemeral_1h_input_tokens": "Cache write 1h",
    "cache_read_input_tokens": "Cache read",
    "output_tokens": "Output",
}
"""The five token types as the APIs spell them, with their label."""


class CostBasis(StrEnum):
    """What a row's cost rests on; or why usage has no cost, or a cost no usage. Kept in links: never renamed."""

    BILLED = "billed"
    ALLOCATED = "allocated"
    ESTIMATED = "estimated"
    UNATTRIBUTED = "unattributed"
    COST_NOT_MATCHED = "cost not matched"
    USAGE_MISSING = "usage missing"
    USAGE_NOT_MATCHED = "usage not matched"
    NOT_PRICED = "not priced"
    NOT_BILLED = "not billed"
    COST_MISSING = "cost missing"


WITHOUT_USAGE = (CostBasis.UNATTRIBUTED, CostBasis.COST_NOT_MATCHED, CostBasis.USAGE_MISSING)
"""Bases of a cost that nobody is known to be behind."""
WITHOUT_COST = (
    CostBasis.USAGE_NOT_MATCHED,
    CostBasis.NOT_PRICED,
    CostBasis.NOT_BILLED,
    CostBasis.COST_MISSING,
)
"""Bases of usage that has no cost."""


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
        Measure("tokens", "Tokens", Unit.COUNT, "tokens", "All five token types together."),
        Measure(
            "uncached_input_tokens",
            "Uncached input tokens",
            Unit.COUNT,
            "uncached_input_tokens",
            "Input tokens neither read from nor written to the cache.",
        ),
        Measure(
            "cache_write_5m_tokens",
            "Cache write 5m tokens",
            Unit.COUNT,
            "cache_write_5m_tokens",
            "Input tokens written to the five-minute cache.",
        ),
        Measure(
            "cache_write_1h_tokens",
            "Cache write 1h tokens",
            Unit.COUNT,
            "cache_write_1h_tokens",
            "Input tokens written to the one-hour cache.",
        ),
        Measure(
            "cache_read_tokens",
            "Cache read tokens",
            Unit.COUNT,
            "cache_read_tokens",
            "Input tokens read from the cache.",
        ),
        Measure(
            "output_tokens", "Output tokens", Unit.COUNT, "output_tokens", "Tokens written by the model."
        ),
        Measure(
            "requests",
            "Requests",
            Unit.COUNT,
            "requests",
            "Requests as reported, not split by cost type or token type. The Claude Platform's legacy reports tell none.",
        ),
        Measure("web_searches", "Web searches", Unit.COUNT, "web_searches", "Server-side web searches."),
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
