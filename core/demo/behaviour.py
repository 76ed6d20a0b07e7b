"""How Anthropic behaves, where that differs between organizations and days or is not known for sure.

The defaults are Anthropic as it was last read. A test that wants another one changes what it needs::

    Simulator(organizations, clock, behaviour=Behaviour(most_groups=3, late_cost_days=1))
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Every field is data; None and empty mean that nothing out of the ordinary happens."""

    # How much may be asked at once

    most_groups: int | None = 5
    """Dimensions that the Platform's usage report is grouped by at most; None: all it knows."""

    most_groups_message: str = "Cannot specify more than {most} group_by[] dimensions."
    """What a question of more dimensions is refused with."""

    claude_ai_most_groups: int | None = None
    """The same for claude.ai's reports."""

    most_limit: int | None = None
    """A larger ``limit`` of a report in time buckets is refused, however few buckets there are."""

    most_buckets: int | None = None
    """More buckets on a page are refused as too much."""

    most_days: int | None = None
    """More days in a question for claude.ai's rows by user are refused as too much."""

    most_rows: int | None = None
    """A larger ``limit`` of claude.ai's rows by user is refused as too much."""

    too_much_status: Literal[400, 413, 504] = 400
    """How too much is refused."""

    requests_per_minute: int | None = None
    """Requests that each claude.ai organization has in any minute (the real one: 60)."""

    platform_requests_per_minute: int | None = None
    """Requests that each Platform organization has in any minute (the real one's are not known)."""

    says_retry_after: bool = True
    """Whether a 429 says how long to wait."""

    # Which days there are

    platform_reach_days: int | None = None
    """Platform reports that begin earlier than so many days ago are refused."""

    late_cost_days: int = 0
    """So many of the last finished days are not in the Platform's cost report yet."""

    missing_cost_days: frozenset[date] = frozenset()
    """Days that the Platform's cost report leaves out, wherever they lie."""

    missing_usage_days: frozenset[date] = frozenset()
    """Days that the Platform's usage report leaves out."""

    null_watermark: bool = False
    """claude.ai's reports cover nothing: empty, ``data_refreshed_at`` null."""

    bucket_lag: timedelta = timedelta(0)
    """How much later than the rows by user claude.ai's reports in time buckets are refreshed."""

    # How the Platform's bill names things

    flex_billed_as: Literal["standard", "batch"] | None = "standard"
    """The tier of what ran as flex, flex_discount or priority_on_demand."""

    bill_geo: Literal["all", "known", "none"] = "all"
    """Rows with their geo: all, all but those of models that have none, or none."""

    bill_geo_of_others: bool = False
    """Whether rows that are not tokens have a geo."""

    bill_context_window: bool = True
    """Whether rows have their context window."""

    bill_speed: bool = True
    """Whether rows tell speeds apart when the fast mode header is sent; else their speed is null."""

    descriptions_name: frozenset[str] = frozenset({"service_tier", "context_window", "inference_geo"})
    """What descriptions tell apart; ``speed`` may be too. What neither they nor a field tell is one row."""

    # The newest reports

    newest: Literal["in_beta", "not_in_beta", "not_found", "not_supported", "hipaa"] | None = None
    """Whom they serve, or how they refuse; None: who is in the beta."""

    newest_most_groups: int = 5
    """Dimensions of a question at most, cost type and token type aside."""

    newest_null_watermark: bool = False
    """They cover nothing: empty, ``data_refreshed_at`` null."""

    newest_lag: timedelta = timedelta(0)
    """How much later than claude.ai's other reports they are refreshed."""

    newest_percents: tuple[tuple[date, int], ...] = ()
    """Days of which they tell so many percent of the use that the other reports tell."""

    newest_priority: Literal["left_out", "zero"] = "left_out"
    """Priority tier in their cost: without rows, or with amounts of zero beside list prices."""

    # What answers look like

    lists_say_has_more: bool = True
    """Whether lists of workspaces, keys and people have ``has_more``."""

    reports_say_has_more: bool = True
    """Whether reports have ``has_more``."""

    null_tags: bool = False
    """Workspaces without tags say null."""

    null_server_tool_use: bool = False
    """Usage without searches says ``server_tool_use: null``."""

    unknown_fields: bool = False
    """Every object has a field nobody knows."""

    zero_amounts: bool = False
    """Each bill has one more row, of nothing, written ``0E-10``."""

    days_without_amount: frozenset[date] = frozenset()
    """Days whose bill has one more row, without an amount."""

    days_in_euro: frozenset[date] = frozenset()
    """Days whose bill has one more row, in another currency."""

    # What is refused altogether

    include_default_known: bool = True
    """Whether the list of workspaces takes ``include_default``."""

    versions: frozenset[str] | None = frozenset({"2023-06-01", "2026-10-21"})
    """Values of ``anthropic-version`` that are taken; None: any."""

    error_codes: bool = True
    """Whether errors say ``details.error_code`` where there is one."""

    refused_with: str | None = None
    """The error code every report is refused with, such as ``organization_on_hold``."""
