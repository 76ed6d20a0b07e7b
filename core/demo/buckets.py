"""Pages of reports in time buckets. Empty buckets are there, with no results: a true zero."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from core.clock import rfc3339
from core.demo.queries import BUCKET_LIMITS, Cursor, Query, invalid, pages_end, too_much
from core.demo.spans import Span

Result = dict[str, Any]
Results = Callable[[datetime, datetime], list[Result]]

PARAMS = ("starting_at", "ending_at", "bucket_width", "limit", "page", "group_by[]")


def bucket_page(
    query: Query,
    organization_id: str,
    width: str,
    span: Span,
    results: Results,
    *,
    epoch: int = 0,
    limits: Mapping[str, tuple[int, int]] = BUCKET_LIMITS,
    missing: Collection[date] = (),
) -> Result:
    """The page the query's cursor points to, or the first. Buckets of ``missing`` days are left out.

    Raises:
        Refusal: the limit or the cursor is wrong, or the page would hold too much.
    """
    limit = _limit(query, *limits[width])
    cursor = Cursor.read(query, organization_id, epoch) or Cursor(0)
    after = min(cursor.position + limit, span.count)
    most = query.behaviour.most_buckets
    if most is not None and after - cursor.position > most:
        raise too_much(query.behaviour)
    times = [span.bucket(index) for index in range(cursor.position, after)]
    following = Cursor(after, epoch) if after < span.count else None
    return {
        "data": [_bucket(*time, results) for time in times if time[0].date() not in missing],
        **pages_end(query, organization_id, following),
    }


def _limit(query: Query, default: int, at_most: int) -> int:
    limit, most = query.whole("limit", default=default, at_most=at_most), query.behaviour.most_limit
    if most is not None and limit > most:
        raise invalid(f"limit: Input should be a whole number from 1 to {most}")
    return limit


def _bucket(begin: datetime, end: datetime, results: Results) -> Result:
    return {"starting_at": rfc3339(begin), "ending_at": rfc3339(end), "results": results(begin, end)}
