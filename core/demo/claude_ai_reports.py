"""The cost and usage reports of claude.ai: by user in rows, by organization in time buckets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import msgspec

from core.clock import rfc3339
from core.demo import buckets, oddities, reports
from core.demo.activity import Activity
from core.demo.company import CLAUDE_AI_FIRST_DAY
from core.demo.queries import (
    CLAUDE_AI_BUCKET_LIMITS,
    ROW_LIMITS,
    Cursor,
    Query,
    invalid,
    pages_end,
    too_much,
)
from core.demo.remembered import Remembered
from core.demo.reports import Ranked, Result
from core.demo.spans import WIDTHS, Times, bounds, check_length, check_reach, span

REFRESH = timedelta(hours=4)
"""claude.ai data is refreshed on the whole of these hours, and each refresh is half as many hours late."""

Ranking = Callable[..., list[Ranked]]


def watermark(now: datetime) -> datetime:
    """What of claude.ai is complete at ``now``: two to six hours back."""
    late = now - REFRESH / 2
    return late - (late - datetime(1970, 1, 1, tzinfo=UTC)) % REFRESH


class ClaudeAiReports:
    """The reports of one organization."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._organization = activity.organization
        self._remembered = Remembered[list[bytes]](activity.organization.id)

    def forget(self) -> None:
        """After a revision of the activity."""
        self._remembered.forget()

    def cost(self, query: Query) -> Result:
        """``…/analytics/cost_report``."""
        return self._in_buckets(query, reports.CLAUDE_AI_COST_GROUPS, self._cost_groups)

    def usage(self, query: Query) -> Result:
        """``…/analytics/usage_report``."""
        return self._in_buckets(query, reports.CLAUDE_AI_USAGE_GROUPS, self._usage_groups)

    def user_cost(self, query: Query) -> Result:
        """``…/analytics/user_cost_report``."""
        return self._in_rows(query, reports.CLAUDE_AI_COST_GROUPS, self._cost_groups)

    def user_usage(self, query: Query) -> Result:
        """``…/analytics/user_usage_report``."""
        return self._in_rows(query, reports.CLAUDE_AI_USAGE_GROUPS, self._usage_groups)

    def _cost_groups(self, times: Times, groups: tuple[str, ...], *, by_user: bool) -> list[Ranked]:
        uses = self._activity.between(*times)
        return reports.claude_ai_cost(self._organization, uses, groups, by_user=by_user)

    def _usage_groups(self, times: Times, groups: tuple[str, ...], *, by_user: bool) -> list[Ranked]:
        return reports.claude_ai_usage(self._activity.between(*times), groups, by_user=by_user)

    def _in_buckets(self, query: Query, allowed: tuple[str, ...], ranking: Ranking) -> Result:
        groups = _checked(query, allowed)
        width = query.choice("bucket_width", tuple(WIDTHS)) or "1d"
        known = watermark(query.now - query.behaviour.bucket_lag)

        def results(begin: datetime, end: datetime) -> list[Result]:
            ranked = ranking((begin, min(end, known)), groups, by_user=False)
            largest = sorted(ranked, key=_largest_first)[: reports.LARGEST_GROUPS]
            return _odd([row for group in largest for row in group.rows], begin, query)

        page = buckets.bucket_page(
            query,
            self._organization.id,
            width,
            span(query, width),
            results,
            epoch=_epoch(known),
            limits=CLAUDE_AI_BUCKET_LIMITS,
        )
        return {**page, **self._source(known)} if not query.behaviour.null_watermark else self._nothing(query)

    def _in_rows(self, query: Query, allowed: tuple[str, ...], ranking: Ranking) -> Result:
        groups = _checked(query, allowed)
        limit = query.whole("limit", default=ROW_LIMITS[0], at_most=ROW_LIMITS[1])
        _check_size(query, limit)
        known = watermark(query.now)
        begin = (Cursor.read(query, self._organization.id, _epoch(known)) or Cursor(0)).position
        if query.behaviour.null_watermark:
            return self._nothing(query)
        rows = self._remembered.of(query, known, lambda: list(self._encoded(query, groups, ranking)))
        following = Cursor(begin + limit, _epoch(known)) if begin + limit < len(rows) else None
        return {
            "data": msgspec.Raw(b"[" + b",".join(rows[begin : begin + limit]) + b"]"),
            **pages_end(query, self._organization.id, following),
            **self._source(known),
        }

    def _source(self, known: datetime | None) -> Result:
        refreshed = rfc3339(known) if known else None
        return {"data_refreshed_at": refreshed, "organization_id": self._organization.id}

    def _nothing(self, query: Query) -> Result:
        """Nothing of the range is covered: an answer that says nothing."""
        return {"data": [], **pages_end(query, self._organization.id, None), **self._source(None)}

    def _encoded(self, query: Query, groups: tuple[str, ...], ranking: Ranking) -> Iterator[bytes]:
        width, known = query.choice("bucket_width", tuple(WIDTHS)), watermark(query.now)
        groups_by_time: list[tuple[Ranked, Times]] = []
        for begin, end in _row_spans(query, width):
            ranked = ranking((begin, min(end, known)), groups, by_user=True)
            groups_by_time += [(group, (begin, end)) for group in ranked if group.key[0] is not None]
        seen: set[datetime] = set()
        for group, times in sorted(groups_by_time, key=lambda item: _largest_first(item[0])):
            head = self._head(str(group.key[0]), times if width else None, query.now.date())
            rows = [{**head, **row} for row in _odd(group.rows, times[0], query, first=times[0] not in seen)]
            seen.add(times[0])
            yield b",".join(map(msgspec.json.encode, oddities.with_unknown(rows, query.behaviour)))

    def _head(self, user_id: str, times: Times | None, today: date) -> Result:
        begin, end = (rfc3339(times[0]), rfc3339(times[1])) if times else (None, None)
        who = reports.actor(self._organization, user_id, today)
        return {"actor": who, "starting_at": begin, "ending_at": end}


def _odd(rows: list[Result], begin: datetime, query: Query, *, first: bool = True) -> list[Result]:
    """Rows with their oddities; a bill's additional ones come once a day, with the ``first`` group."""
    if rows and "server_tool_use" in rows[0]:
        return oddities.usage(rows, query.behaviour)
    return oddities.bill(rows, begin.date(), query.behaviour) if first else rows


def _largest_first(group: Ranked) -> int:
    return -group.size


def _epoch(known: datetime) -> int:
    return int(known.timestamp())


def _row_spans(query: Query, width: str | None) -> list[Times]:
    if width is None:
        begin, end = bounds(query)
        return [(begin, end or query.now)]
    spans = span(query, width)
    return [spans.bucket(index) for index in range(spans.count)]


def _checked(query: Query, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """The dimensions to group by, of a question that may be asked."""
    query.check(buckets.PARAMS)
    groups = query.groups(allowed, query.behaviour.claude_ai_most_groups)
    _check_span(query)
    return groups


def _check_size(query: Query, limit: int) -> None:
    begin, end = bounds(query)
    days, rows = query.behaviour.most_days, query.behaviour.most_rows
    too_long = days is not None and (end or query.now) - begin > timedelta(days=days)
    if too_long or (rows is not None and limit > rows):
        raise too_much(query.behaviour)


def _check_span(query: Query) -> None:
    begin, end = bounds(query)
    width = query.choice("bucket_width", tuple(WIDTHS))
    if width and end is None:
        raise invalid("ending_at: required when bucket_width is set")
    check_reach(begin, query.now, CLAUDE_AI_FIRST_DAY)
    check_length((end or query.now) - begin, width)
