"""The Claude Platform's usage and cost reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from core.demo import reports
from core.demo.activity import Activity, Use
from core.demo.buckets import PARAMS, bucket_page
from core.demo.queries import WIDTHS, Params, Query, invalid, span
from core.demo.reports import Result

DELAY = timedelta(minutes=5)
FAST_MODE_BETA = "fast-mode-2026-02-01"

Headers = Mapping[str, str]


class PlatformReports:
    """The reports of one organization."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._organization = activity.organization

    def usage(self, path: str, params: Params, headers: Headers, now: datetime) -> Result:
        """``/v1/organizations/usage_report/messages``."""
        query = Query.read(path, params, PARAMS)
        groups = query.groups(reports.PLATFORM_USAGE_GROUPS)
        self._check_speed(groups, headers)
        width = query.choice("bucket_width", tuple(WIDTHS)) or "1d"

        def results(begin: datetime, end: datetime) -> list[Result]:
            return reports.usage_results(self._known(begin, end, now), groups)

        return bucket_page(query, self._organization.id, width, span(query, width, now), results)

    def cost(self, path: str, params: Params, _headers: Headers, now: datetime) -> Result:
        """``/v1/organizations/cost_report``: whole days only."""
        query = Query.read(path, params, PARAMS)
        groups = query.groups(reports.PLATFORM_COST_GROUPS)
        width = query.choice("bucket_width", ("1d",)) or "1d"

        def results(begin: datetime, end: datetime) -> list[Result]:
            return reports.cost_results(self._organization, self._known(begin, end, now), groups)

        return bucket_page(query, self._organization.id, width, span(query, width, now), results)

    def _known(self, begin: datetime, end: datetime, now: datetime) -> Iterable[Use]:
        return self._activity.between(begin, min(end, now - DELAY))

    def _check_speed(self, groups: tuple[str, ...], headers: Headers) -> None:
        betas = [beta.strip() for beta in headers.get("anthropic-beta", "").split(",")]
        if FAST_MODE_BETA in betas and not self._organization.fast_mode_header:
            raise invalid(f"anthropic-beta: unexpected value {FAST_MODE_BETA}")
        if "speed" in groups and FAST_MODE_BETA not in betas:
            raise invalid(f"group_by[]: 'speed' requires the header anthropic-beta: {FAST_MODE_BETA}")
