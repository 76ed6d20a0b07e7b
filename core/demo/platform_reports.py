"""The Claude Platform's usage and cost reports."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from core.demo import oddities, reports
from core.demo.activity import Activity, Use
from core.demo.bills import Naming
from core.demo.buckets import PARAMS, bucket_page
from core.demo.queries import Query, invalid
from core.demo.reports import Result
from core.demo.spans import WIDTHS, billed_upto, finished_days, span

DELAY = timedelta(minutes=5)
FAST_MODE_BETA = "fast-mode-2026-02-01"

_USAGE_PARAMS = (*PARAMS, *reports.PLATFORM_USAGE_FILTERS)


class PlatformReports:
    """The reports of one organization."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._organization = activity.organization

    def usage(self, query: Query) -> Result:
        """``/v1/organizations/usage_report/messages``."""
        query.check(_USAGE_PARAMS)
        groups = query.groups(reports.PLATFORM_USAGE_GROUPS, query.behaviour.most_groups)
        self._check_fast_mode(query)
        _check_speed(query, groups)
        width = query.choice("bucket_width", tuple(WIDTHS)) or "1d"
        asked = span(query, width)
        _check_reach(query, asked.begin)
        filters = {field: query.values(name) for name, field in reports.PLATFORM_USAGE_FILTERS.items()}

        def results(begin: datetime, end: datetime) -> list[Result]:
            uses = self._activity.between(begin, min(end, query.now - DELAY))
            rows = reports.usage_results(reports.selected(uses, filters), groups)
            return oddities.usage(rows, query.behaviour)

        missing = query.behaviour.missing_usage_days
        return bucket_page(query, self._organization.id, width, asked, results, missing=missing)

    def cost(self, query: Query) -> Result:
        """``/v1/organizations/cost_report``: whole days only, and finished ones."""
        query.check(PARAMS)
        groups = query.groups(reports.PLATFORM_COST_GROUPS, None)
        self._check_fast_mode(query)
        query.choice("bucket_width", ("1d",))
        asked = finished_days(query)
        _check_reach(query, asked.begin)
        naming = Naming.of(query.behaviour, with_speed=query.beta(FAST_MODE_BETA))

        def results(begin: datetime, end: datetime) -> list[Result]:
            uses = self._billed(begin, end, query)
            rows = reports.cost_results(self._organization, uses, groups, naming)
            return oddities.bill(rows, begin.date(), query.behaviour)

        missing = query.behaviour.missing_cost_days
        return bucket_page(query, self._organization.id, "1d", asked, results, missing=missing)

    def _billed(self, begin: datetime, end: datetime, query: Query) -> Iterable[Use]:
        return self._activity.between(begin, min(end, billed_upto(query.now, query.behaviour)))

    def _check_fast_mode(self, query: Query) -> None:
        if query.beta(FAST_MODE_BETA) and not self._organization.fast_mode_header:
            raise invalid(f"anthropic-beta: unexpected value {FAST_MODE_BETA}")


def _check_speed(query: Query, groups: tuple[str, ...]) -> None:
    if query.beta(FAST_MODE_BETA):
        return
    if "speed" in groups:
        raise invalid(f"group_by[]: 'speed' requires the header anthropic-beta: {FAST_MODE_BETA}")
    if query.values("speeds[]"):
        raise invalid(f"speeds[]: requires the header anthropic-beta: {FAST_MODE_BETA}")


def _check_reach(query: Query, begin: datetime) -> None:
    days = query.behaviour.platform_reach_days
    if days is not None and begin.date() < query.now.date() - timedelta(days=days):
        raise invalid(f"starting_at: must be within the last {days} days")
