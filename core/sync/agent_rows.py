"""The newest reports of managed agents, and of nothing else, as rows of their fact tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from msgspec import UNSET

from core.api import newest
from core.api.client import Client
from core.api.pages import FlatPage
from core.dimensions import MANAGED_AGENTS, NOT_TOLD
from core.periods import Period
from core.store.windows import Row
from core.sync.context import WindowContext
from core.sync.newest_rows import Kind

_ONLY = (("product", (MANAGED_AGENTS,)),)


def fetch_agents(
    kind: Kind, client: Client, period: Period, most: int | None, limit: int
) -> Iterator[FlatPage[Any]]:
    """By as many dimensions as a question may have, ``most`` of them; the others are marked."""
    groups = newest.AGENT_GROUPS[:most]
    left_out = newest.AGENT_GROUPS[len(groups) :]
    pages = kind.fetch(client, period, groups, _ONLY, limit=limit)
    return (replace(page, not_asked=left_out) for page in pages)


def by_day_alone(kind: Kind) -> Kind:
    """The same, its total being that of managed agents."""
    return replace(kind, fetch_total=partial(kind.fetch_total, filters=_ONLY))


def agent_rows(kind: Kind, page: FlatPage[Any], context: WindowContext) -> list[Row]:
    """Raises MalformedAnswerError or IncompleteAnswerError."""

    def day(record: Any) -> str:
        return context.day_of_row(record.starting_at, record.ending_at, page.request_id)

    def row(record: Any) -> Row:
        return (
            context.connection_id,
            day(record),
            *_dimensions(record, page, context),
            *kind.received(record, context),
        )

    return context.countable(page.records, row, day)


def _dimensions(record: Any, page: FlatPage[Any], context: WindowContext) -> Row:
    values = tuple(
        NOT_TOLD if name in page.not_asked else getattr(record.group, name) for name in newest.AGENT_GROUPS
    )
    if UNSET in values:
        raise context.malformed("leaves out a dimension that was asked for", page.request_id)
    return values
