"""The newest reports of cost and usage, of both origins: rows by up to five dimensions, with list prices.

An organization with HIPAA readiness, one outside the beta and days before 2026 are not served:
:class:`core.errors.NotServedError`, which is nobody's mistake. All else raises the rest of the
:class:`core.errors.ApiError` tree. Every function yields page by page; a caller that stores anything must
read to the end first, and must add up rows that are alike: identities that cannot be told have one each.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TypeVar

from core.api import paths
from core.api.betas import NEWEST_HEADER
from core.api.client import Client
from core.api.newest_records import NewestCostRecord, NewestUsageRecord
from core.api.not_served import unless_served
from core.api.pages import FlatPage
from core.api.paging import flat_pages, whole_page
from core.api.report_params import Params, day_params, grouped_by
from core.errors import InvalidRequestError, NotServed, NotServedError
from core.periods import Period

FILTERS: Mapping[str, str] = {
    "actor": "actor_ids[]",
    "actor_type": "actor_types[]",
    "agent_id": "agent_ids[]",
    "api_key_id": "api_key_ids[]",
    "claude_tag_category": "claude_tag_categories[]",
    "claude_tag_user_id": "claude_tag_user_ids[]",
    "context_window": "context_windows[]",
    "deployment_id": "deployment_ids[]",
    "environment_id": "environment_ids[]",
    "inference_geo": "inference_geos[]",
    "model": "models[]",
    "organization_id": "organization_ids[]",
    "product": "products[]",
    "rbac_group_id": "rbac_group_ids[]",
    "service_tier": "service_tiers[]",
    "session_id": "session_ids[]",
    "slack_channel_id": "slack_channel_ids[]",
    "speed": "speeds[]",
    "user_profile_id": "user_profile_ids[]",
    "workspace_id": "workspace_ids[]",
}
"""What the reports group by, with the parameter that keeps only some values of it.

Null is asked for as ``""`` of ``api_key_id`` and as ``not_available`` of ``inference_geo``, else not at all.
"""
SPLITS = ("cost_type", "token_type")
"""What a cost is split by beside its dimensions: only together are they complete."""
MOST_GROUPS = 5
"""Dimensions a question may have, splits aside."""
PRICE_GROUPS = ("model", "service_tier", "context_window", "inference_geo", "speed")
"""All that a price depends on."""
KEY_GROUPS = ("workspace_id", "api_key_id", "actor", "product", "model")
AGENT_GROUPS = ("agent_id", "session_id", "environment_id", "deployment_id", "model")
AGENT_PRODUCT_GROUPS = ("product", *AGENT_GROUPS[:-1])
"""Where agents are in many products: a sixth dimension, the model, has no room."""
TAG_GROUPS = ("product", "user_profile_id", "slack_channel_id", "claude_tag_category", "model")

COST, USAGE = paths.NEWEST_COST, paths.NEWEST_USAGE

R = TypeVar("R", bound=Hashable)
Filters = Sequence[tuple[str, Sequence[str]]]


def fetch_cost(
    client: Client, period: Period, group_by: Sequence[str], filters: Filters = (), *, limit: int = 1000
) -> Iterator[FlatPage[NewestCostRecord]]:
    """Cost by UTC day and dimension, always split by cost type and token type.

    ``filters``: dimensions with the values that are kept. ``limit``: groups a page, 1 to 1000; a group's
    parts by cost type and token type do not count.

    Raises:
        ValueError: the period is empty or longer than 31 days, or the dimensions are too many or unknown.
    """
    groups = [name for name in group_by if name not in SPLITS]
    params = question(period, groups, SPLITS, filters, limit)
    return _pages(client, COST, params, NewestCostRecord, period)


def fetch_usage(
    client: Client, period: Period, group_by: Sequence[str], filters: Filters = (), *, limit: int = 1000
) -> Iterator[FlatPage[NewestUsageRecord]]:
    """Tokens, searches and requests by UTC day and dimension.

    Raises:
        ValueError: as :func:`fetch_cost`.
    """
    params = question(period, group_by, (), filters, limit)
    return _pages(client, USAGE, params, NewestUsageRecord, period)


def fetch_cost_total(
    client: Client, period: Period, filters: Filters = ()
) -> Iterator[FlatPage[NewestCostRecord]]:
    """Cost and requests by UTC day alone: what every other question must add up to."""
    return _pages(client, COST, question(period, filters=filters), NewestCostRecord, period)


def fetch_usage_total(
    client: Client, period: Period, filters: Filters = ()
) -> Iterator[FlatPage[NewestUsageRecord]]:
    """Tokens, searches and requests by UTC day alone."""
    return fetch_usage(client, period, (), filters)


def require_served(client: Client, day: Period) -> None:
    """Ask the plainest question there is, about a finished day, to learn whether the reports are served.

    Raises:
        NotServedError: they are not. A plain 400 counts too: nothing in such a question is to blame.
        ApiError: any other failure, as it came.
    """
    try:
        for _ in fetch_cost_total(client, day):
            return
    except InvalidRequestError as error:
        raise NotServedError(NotServed.REFUSED, error) from error


def _pages(
    client: Client, path: str, params: Params, record: type[R], period: Period
) -> Iterator[FlatPage[R]]:
    # Two rows that are alike in every field are no circle here: identities that cannot be told look so.
    pages = flat_pages(client, path, params, record, headers=NEWEST_HEADER, mark=whole_page)
    return unless_served(pages, period)


def question(
    period: Period,
    groups: Sequence[str] = (),
    splits: Sequence[str] = (),
    filters: Filters = (),
    limit: int = 1000,
) -> Params:
    """The parameters of a question by UTC day, in an order that pages stably.

    Raises:
        ValueError: as :func:`fetch_cost`.
    """
    _require_known(groups, filters)
    span = [(name, value) for name, value in day_params(period) if name != "bucket_width"]
    return [
        *span,
        ("time_bucket_width", "1d"),
        ("order_by", "time"),
        ("order", "asc"),
        ("limit", str(limit)),
        *grouped_by((*groups, *splits)),
        *((FILTERS[name], value) for name, values in filters for value in values),
    ]


def _require_known(groups: Sequence[str], filters: Filters) -> None:
    if len(groups) > MOST_GROUPS:
        raise ValueError(f"a question has at most {MOST_GROUPS} dimensions, not {len(groups)}")
    for name in (*groups, *(name for name, _ in filters)):
        if name not in FILTERS:
            raise ValueError(f"no dimension of the newest reports: {name}")
