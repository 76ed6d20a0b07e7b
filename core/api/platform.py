"""What an Admin key reads: the Claude Platform's directory, usage and cost.

Every function asks for the largest pages allowed and yields page by page; a caller that stores anything must
read to the end first. All raise the :class:`core.errors.ApiError` tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from core.api import paths
from core.api.client import NO_HEADERS, Client, Response
from core.api.pages import BucketPage
from core.api.paging import bucket_pages, list_pages
from core.api.records import ApiKey, CostRecord, Organization, TotalRecord, UsageRecord, User, Workspace
from core.api.report_params import bucket_params, grouped_by
from core.periods import Period

R = TypeVar("R")

COST_GROUPS = ("workspace_id", "description")
USAGE_FILTERS: Mapping[str, str] = {
    "account_id": "account_ids[]",
    "api_key_id": "api_key_ids[]",
    "context_window": "context_window[]",
    "inference_geo": "inference_geos[]",
    "model": "models[]",
    "service_account_id": "service_account_ids[]",
    "service_tier": "service_tiers[]",
    "speed": "speeds[]",
    "workspace_id": "workspace_ids[]",
}
"""What the usage report groups by, with the parameter that keeps only some values of it."""
SPEED = "speed"
SPEED_HEADER = {"anthropic-beta": "fast-mode-2026-02-01"}

_LARGEST_LIST = ("limit", "1000")


def fetch_organization(client: Client) -> Response[Organization]:
    """The organization the key belongs to: the check for a new key."""
    return client.get(paths.ME, [], Organization)


def fetch_workspaces(client: Client, *, include_default: bool) -> Iterator[list[Workspace]]:
    """All workspaces, archived ones too.

    The default workspace is among them only with ``include_default``, which older servers refuse (400) or
    do not know.
    """
    params = [_LARGEST_LIST, ("include_archived", "true"), *[("include_default", "true")] * include_default]
    return list_pages(client, paths.WORKSPACES, params, Workspace)


def fetch_api_keys(client: Client) -> Iterator[list[ApiKey]]:
    """All API keys, in every state."""
    return list_pages(client, paths.API_KEYS, [_LARGEST_LIST], ApiKey)


def fetch_users(client: Client) -> Iterator[list[User]]:
    """All members of the organization."""
    return list_pages(client, paths.USERS, [_LARGEST_LIST], User)


def fetch_usage(
    client: Client,
    period: Period,
    group_by: Sequence[str],
    filters: Sequence[tuple[str, Sequence[str]]] = (),
) -> Iterator[BucketPage[UsageRecord]]:
    """Tokens and web searches by UTC day and some of :data:`USAGE_FILTERS`' dimensions.

    ``filters``: dimensions with the values that are kept. Anthropic refuses more than five dimensions (400).
    ``speed`` needs a beta header that it may refuse too (400 or 403).

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    kept = [(USAGE_FILTERS[name], value) for name, values in filters for value in values]
    named = {*group_by, *(name for name, _ in filters)}
    return bucket_pages(
        client,
        paths.USAGE,
        [*bucket_params(period), *grouped_by(group_by), *kept],
        UsageRecord,
        headers=SPEED_HEADER if SPEED in named else NO_HEADERS,
        at_most=period.days,
    )


def fetch_cost(
    client: Client, period: Period, *, with_speed: bool = True
) -> Iterator[BucketPage[CostRecord]]:
    """Cost by UTC day, workspace and description, of finished days. Priority tier is not in it at all.

    ``with_speed``: send the beta header that has speeds told apart, which may be refused (400 or 403).

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    return _cost(client, period, COST_GROUPS, CostRecord, SPEED_HEADER if with_speed else NO_HEADERS)


def fetch_cost_total(client: Client, period: Period) -> Iterator[BucketPage[TotalRecord]]:
    """Cost by UTC day alone."""
    return _cost(client, period, (), TotalRecord)


def fetch_usage_total(client: Client, period: Period) -> Iterator[BucketPage[TotalRecord]]:
    """Tokens by UTC day alone."""
    return bucket_pages(client, paths.USAGE, bucket_params(period), TotalRecord, at_most=period.days)


def _cost(
    client: Client,
    period: Period,
    group_by: Sequence[str],
    record: type[R],
    headers: Mapping[str, str] = NO_HEADERS,
) -> Iterator[BucketPage[R]]:
    params = [*bucket_params(period), *grouped_by(group_by)]
    return bucket_pages(client, paths.COST, params, record, headers=headers, at_most=period.days)
