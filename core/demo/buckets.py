"""Pages of reports in time buckets. Empty buckets are there, with no results: a true zero."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.clock import rfc3339
from core.demo.queries import BUCKET_LIMITS, Cursor, Query, Span

Result = dict[str, Any]
Results = Callable[[datetime, datetime], list[Result]]

PARAMS = ("starting_at", "ending_at", "bucket_width", "limit", "page", "group_by[]")


def bucket_page(
    query: Query, organization_id: str, width: str, span: Span, results: Results, *, epoch: int = 0
) -> Result:
    """The page the query's cursor points to, or the first.

    Raises:
        Refusal: the limit or the cursor is wrong.
    """
    default, at_most = BUCKET_LIMITS[width]
    limit = query.whole("limit", default=default, at_most=at_most)
    cursor = Cursor.read(query, organization_id, epoch) or Cursor(0)
    after = min(cursor.position + limit, span.count)
    more = after < span.count
    return {
        "data": [_bucket(*span.bucket(index), results) for index in range(cursor.position, after)],
        "has_more": more,
        "next_page": Cursor(after, epoch).issue(query.digest(organization_id)) if more else None,
    }


def _bucket(begin: datetime, end: datetime, results: Results) -> Result:
    return {"starting_at": rfc3339(begin), "ending_at": rfc3339(end), "results": results(begin, end)}
