"""How each stream is fetched and turned into rows. :mod:`core.streams` declares what a stream is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from core.api import enterprise, platform
from core.api.client import Client
from core.api.pages import BucketPage, FlatPage
from core.api.records import TotalRecord
from core.dimensions import Origin
from core.periods import Period
from core.stream import Stream
from core.streams import AGENTS, APART, STREAMS, TAGS, apart_streams_of, newest_streams_of, streams_of
from core.sync import apart_rows, enterprise_rows, newest_rows, platform_rows
from core.sync.bill import BillReport
from core.sync.grants import Grants
from core.sync.newest import NewestReport
from core.sync.report import PlainReport, Report
from core.sync.usage import UsageReport

Begin = Callable[[Client, Period, Grants], Report]


@dataclass(frozen=True)
class Source:
    """How a stream is fetched.

    ``begin`` has a window fetched. ``total``: the report by day alone, asked where an answer has lost all the
    rows of a day. ``by_rows``: a page holds so many rows and not so many days. ``like`` names a stream pulled
    before it that has about as many pages a day.
    """

    stream: Stream
    begin: Begin
    total: Callable[[Client, Period], Iterator[BucketPage[TotalRecord]]]
    by_rows: bool = False
    like: str | None = None


def _plain(fetch: Callable[[Client, Period], Iterator[Any]], rows: Callable[..., Any]) -> Begin:
    return lambda client, period, _: PlainReport(client.prefetch(fetch(client, period)), rows)


def _bill(client: Client, period: Period, grants: Grants) -> Report:
    """With speed, unless it was refused here or for the usage."""
    with_speed = all(grants.tells_speed(stream) for stream in ("platform_usage", "platform_cost"))
    report = BillReport(iter(()), platform_rows.cost_rows, with_speed=with_speed, client=client)
    report.pages = _granted(
        report, client.prefetch(platform.fetch_cost(client, period, with_speed=with_speed))
    )
    return report


def _granted(report: PlainReport, pages: Iterator[Any]) -> Iterator[Any]:
    """A first page that came was not refused for speed, and no later one is."""
    for page in pages:
        report.with_speed = False
        yield page


def _by_user(
    stream: str,
    fetch: Callable[..., Iterator[FlatPage[Any]]],
    rows: Callable[..., Any],
    groups: tuple[str, ...],
    splits: tuple[str, ...] = (),
) -> Begin:
    """``splits`` are always asked for; of ``groups``, as many as a question has room for."""

    def begin(client: Client, period: Period, grants: Grants) -> Report:
        cap = grants.cap(stream)
        kept = groups if cap is None else groups[: max(0, cap - len(splits))]
        left_out = groups[len(kept) :]
        pages = fetch(client, period, (*kept, *splits), limit=grants.rows(stream))
        marked = (replace(page, not_asked=left_out) for page in pages)
        return PlainReport(client.prefetch(marked), rows, is_reduced=bool(left_out))

    return begin


def _newest(origin: Origin, like: str | None = None) -> tuple[Source, ...]:
    """The newest reports: cost and usage are asked alike, so that their rows meet."""
    sources = []
    cost, usage = newest_streams_of(origin)
    for stream, kind, record_of in (
        (cost, newest_rows.cost_kind(cost.name), newest_rows.cost_total),
        (usage, newest_rows.usage_kind(usage.name), newest_rows.usage_total),
    ):
        begin = partial(_newest_report, kind)
        total = newest_rows.totals(kind, record_of)
        sources.append(Source(stream, begin, total, by_rows=True, like=like))
        like = stream.name
    return tuple(sources)


def _newest_report(kind: newest_rows.Kind, client: Client, period: Period, grants: Grants) -> Report:
    return NewestReport(client, period, grants, kind)


def _apart(origin: Origin, apart: str) -> tuple[Source, ...]:
    """The newest reports in a grouping that is never added to the ledger."""
    cost, usage = apart_streams_of(origin, apart)
    grouping = apart_rows.GROUPINGS[origin, apart]
    costs, used = newest_rows.cost_kind(cost.name), newest_rows.usage_kind(usage.name)
    return (
        _apart_source(cost, costs, grouping, newest_rows.cost_total),
        _apart_source(usage, used, grouping, newest_rows.usage_total, like=cost.name),
    )


def _apart_source(
    stream: Stream,
    kind: newest_rows.Kind,
    grouping: apart_rows.Grouping,
    record_of: Callable[[Any], TotalRecord],
    like: str | None = None,
) -> Source:
    total = newest_rows.totals(apart_rows.by_day_alone(kind, grouping), record_of)
    return Source(stream, partial(_apart_report, kind, grouping), total, by_rows=True, like=like)


def _apart_report(
    kind: newest_rows.Kind, grouping: apart_rows.Grouping, client: Client, period: Period, grants: Grants
) -> Report:
    most, limit = grants.cap(kind.stream), grants.rows(kind.stream)
    pages = apart_rows.fetch_apart(kind, grouping, client, period, most, limit)
    rows = partial(apart_rows.apart_rows, kind, grouping)
    is_reduced = most is not None and most < len(grouping.groups)
    return PlainReport(client.prefetch(pages), rows, is_reduced=is_reduced)


SOURCES: dict[str, Source] = {
    source.stream.name: source
    for source in (
        Source(STREAMS["platform_usage"], UsageReport, platform.fetch_usage_total),
        Source(
            STREAMS["platform_cost"],
            _bill,
            platform.fetch_cost_total,
        ),
        Source(
            STREAMS["claude_ai_user_cost"],
            _by_user(
                "claude_ai_user_cost",
                enterprise.fetch_user_cost,
                enterprise_rows.user_cost_rows,
                enterprise.USAGE_GROUPS,
                ("cost_type", "token_type"),
            ),
            enterprise.fetch_cost_total,
            by_rows=True,
        ),
        Source(
            STREAMS["claude_ai_user_usage"],
            _by_user(
                "claude_ai_user_usage",
                enterprise.fetch_user_usage,
                enterprise_rows.user_usage_rows,
                enterprise.USAGE_GROUPS,
            ),
            enterprise.fetch_usage_total,
            by_rows=True,
            like="claude_ai_user_cost",
        ),
        Source(
            STREAMS["claude_ai_cost"],
            _plain(enterprise.fetch_cost, enterprise_rows.cost_rows),
            enterprise.fetch_cost_total,
        ),
        Source(
            STREAMS["claude_ai_usage"],
            _plain(enterprise.fetch_usage, enterprise_rows.usage_rows),
            enterprise.fetch_usage_total,
        ),
        *_newest(Origin.PLATFORM),
        *_newest(Origin.CLAUDE_AI, "claude_ai_user_cost"),
        *_apart(Origin.PLATFORM, AGENTS),
        *_apart(Origin.PLATFORM, TAGS),
        *_apart(Origin.CLAUDE_AI, AGENTS),
        *_apart(Origin.CLAUDE_AI, TAGS),
    )
}
"""Stream -> how it is fetched."""


def sources_of(origin: Origin) -> tuple[Source, ...]:
    """The legacy reports, in the order in which a connection's streams are pulled."""
    return tuple(SOURCES[stream.name] for stream in streams_of(origin))


def newest_sources_of(origin: Origin) -> tuple[Source, ...]:
    """The newest reports, which are pulled after them where they are served."""
    apart = (stream for name in APART for stream in apart_streams_of(origin, name))
    return tuple(SOURCES[stream.name] for stream in (*newest_streams_of(origin), *apart))
