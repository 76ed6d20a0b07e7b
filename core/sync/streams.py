"""The streams as data: what is pulled for which origin, how it is fetched and turned into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from core.api import enterprise, platform
from core.api.client import Client
from core.dimensions import Origin
from core.periods import Period
from core.store.windows import Key, Row
from core.sync import enterprise_rows, platform_rows
from core.sync.context import WindowContext


@dataclass(frozen=True)
class Stream:
    """One report of one origin. ``name`` is its fact table's.

    ``key`` are the columns that tell its rows apart; a report that repeats one is refused. ``like`` names a
    stream pulled before it that has about as many pages a day.
    """

    name: str
    label: str
    origin: Origin
    fetch: Callable[[Client, Period], Iterator[Any]]
    rows: Callable[[Any, WindowContext], list[Row]]
    key: Key
    like: str | None = None


def _usage_without_speed(client: Client, period: Period) -> Iterator[Any]:
    return platform.fetch_usage(client, period, speed=False)


def _usage(client: Client, period: Period) -> Iterator[Any]:
    return platform.fetch_usage(client, period, speed=True)


# Where an actor has no user id, its e-mail and name tell it apart.
_ACTOR = ("user_id", "user_email", "user_name")
_USER_KEY = ("day", _ACTOR, *enterprise.USAGE_GROUPS)

USAGE = Stream(
    "platform_usage",
    "usage report",
    Origin.PLATFORM,
    _usage,
    platform_rows.usage_rows,
    ("day", *platform.USAGE_GROUPS, "speed"),
)
REDUCED_USAGE = Stream(
    "platform_usage",
    "usage report",
    Origin.PLATFORM,
    _usage_without_speed,
    platform_rows.usage_rows,
    USAGE.key,
)
"""The usage report without speed, should Anthropic refuse the fast-mode header."""

STREAMS: tuple[Stream, ...] = (
    USAGE,
    Stream(
        "platform_cost",
        "cost report",
        Origin.PLATFORM,
        platform.fetch_cost,
        platform_rows.cost_rows,
        (
            "day",
            "workspace_id",
            "description",
            "cost_type",
            "model",
            "service_tier",
            "context_window",
            "inference_geo",
            "token_type",
        ),
    ),
    Stream(
        "claude_ai_user_cost",
        "cost by user",
        Origin.CLAUDE_AI,
        enterprise.fetch_user_cost,
        enterprise_rows.user_cost_rows,
        (*_USER_KEY, "cost_type", "token_type"),
    ),
    Stream(
        "claude_ai_user_usage",
        "usage by user",
        Origin.CLAUDE_AI,
        enterprise.fetch_user_usage,
        enterprise_rows.user_usage_rows,
        _USER_KEY,
        like="claude_ai_user_cost",
    ),
    Stream(
        "claude_ai_cost",
        "cost totals",
        Origin.CLAUDE_AI,
        enterprise.fetch_cost,
        enterprise_rows.cost_rows,
        ("day", "product"),
    ),
    Stream(
        "claude_ai_usage",
        "usage totals",
        Origin.CLAUDE_AI,
        enterprise.fetch_usage,
        enterprise_rows.usage_rows,
        ("day", "product"),
    ),
)


def streams_of(origin: Origin) -> tuple[Stream, ...]:
    return tuple(stream for stream in STREAMS if stream.origin is origin)
