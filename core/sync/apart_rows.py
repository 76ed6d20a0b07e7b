"""The newest reports in groupings that are never added to the ledger, as rows of their fact tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from msgspec import UNSET

from core.api import newest
from core.api.client import Client
from core.api.pages import FlatPage
from core.dimensions import MANAGED_AGENTS, NOT_TOLD, Origin
from core.periods import Period
from core.store.windows import Row
from core.streams import AGENTS, TAGS
from core.sync.context import WindowContext
from core.sync.newest_rows import Kind


@dataclass(frozen=True)
class Grouping:
    """What such a report is grouped by, and of what alone it is asked."""

    groups: tuple[str, ...]
    only: newest.Filters = ()


GROUPINGS: Mapping[tuple[Origin, str], Grouping] = {
    (Origin.PLATFORM, AGENTS): Grouping(newest.AGENT_GROUPS, (("product", (MANAGED_AGENTS,)),)),
    (Origin.PLATFORM, TAGS): Grouping(newest.TAG_GROUPS),
    (Origin.CLAUDE_AI, AGENTS): Grouping(newest.AGENT_PRODUCT_GROUPS),
    (Origin.CLAUDE_AI, TAGS): Grouping(newest.TAG_GROUPS),
}
"""On claude.ai agents are in no product of their own."""


def fetch_apart(
    kind: Kind, grouping: Grouping, client: Client, period: Period, most: int | None, limit: int
) -> Iterator[FlatPage[Any]]:
    """By as many dimensions as a question may have, ``most`` of them; the others are marked."""
    groups = grouping.groups[:most]
    left_out = grouping.groups[len(groups) :]
    pages = kind.fetch(client, period, groups, grouping.only, limit=limit)
    return (replace(page, not_asked=left_out) for page in pages)


def by_day_alone(kind: Kind, grouping: Grouping) -> Kind:
    """The same, its total being that of what the report is asked of."""
    return replace(kind, fetch_total=partial(kind.fetch_total, filters=grouping.only))


def apart_rows(kind: Kind, grouping: Grouping, page: FlatPage[Any], context: WindowContext) -> list[Row]:
    """Raises MalformedAnswerError or IncompleteAnswerError."""

    def day(record: Any) -> str:
        return context.day_of_row(record.starting_at, record.ending_at, page.request_id)

    def row(record: Any) -> Row:
        return (
            context.connection_id,
            day(record),
            *_dimensions(grouping, record, page, context),
            *kind.received(record, context),
        )

    return context.countable(page.records, row, day)


def _dimensions(grouping: Grouping, record: Any, page: FlatPage[Any], context: WindowContext) -> Row:
    values = tuple(
        NOT_TOLD if name in page.not_asked else getattr(record.group, name) for name in grouping.groups
    )
    if UNSET in values:
        raise context.malformed("leaves out a dimension that was asked for", page.request_id)
    return values
