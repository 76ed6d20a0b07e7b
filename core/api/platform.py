"""What an Admin key reads: the Claude Platform's directory, usage and cost.

Every function asks for the largest pages allowed and yields page by page; a caller that stores anything must
read to the end first. All raise the :class:`core.errors.ApiError` tree.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.api.client import Answer, Client
from core.api.paging import bucket_pages, list_pages
from core.api.query import bucket_params, grouped_by
from core.api.records import (
    ApiKey,
    BucketPage,
    CostRecord,
    DirectoryAnswer,
    Organization,
    UsageRecord,
    User,
    Workspace,
)
from core.periods import Period

USAGE_GROUPS = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "workspace_id",
)
COST_GROUPS = ("workspace_id", "description")
SPEED_HEADER = {"anthropic-beta": "fast-mode-2026-02-01"}

_ROOT = "/v1/organizations"
_LARGEST_LIST = ("limit", "1000")


def fetch_organization(client: Client) -> Answer[Organization]:
    """The organization the key belongs to: the check for a new key."""
    return client.get(f"{_ROOT}/me", [], Organization)


def fetch_workspaces(client: Client, *, include_default: bool) -> Iterator[list[Workspace]]:
    """All workspaces, archived ones too.

    The default workspace is among them only with ``include_default``, which older servers refuse (400) or
    do not know.
    """
    params = [_LARGEST_LIST, ("include_archived", "true"), *[("include_default", "true")] * include_default]
    return list_pages(client, f"{_ROOT}/workspaces", params, DirectoryAnswer[Workspace])


def fetch_api_keys(client: Client) -> Iterator[list[ApiKey]]:
    """All API keys, in every state."""
    return list_pages(client, f"{_ROOT}/api_keys", [_LARGEST_LIST], DirectoryAnswer[ApiKey])


def fetch_users(client: Client) -> Iterator[list[User]]:
    """All members of the organization."""
    return list_pages(client, f"{_ROOT}/users", [_LARGEST_LIST], DirectoryAnswer[User])


def fetch_usage(client: Client, period: Period, *, speed: bool) -> Iterator[BucketPage[UsageRecord]]:
    """Tokens and web searches by UTC day, grouped by everything the report knows.

    ``speed`` needs a beta header that Anthropic may refuse (400 or 403); without it rows carry no speed.

    Raises:
        ValueError: the period is empty or longer than 31 days.
    """
    groups = (*USAGE_GROUPS, "speed") if speed else USAGE_GROUPS
    return bucket_pages(
        client,
        f"{_ROOT}/usage_report/messages",
        [*bucket_params(period), *grouped_by(groups)],
        UsageRecord,
        headers=SPEED_HEADER if speed else {},
        at_most=period.days,
    )


def fetch_cost(client: Client, period: Period) -> Iterator[BucketPage[CostRecord]]:
    """Cost by UTC day, workspace and description. Priority tier is not in it at all.

    Raises:
        ValueError: the period is empty or longer than 31 days.
    """
    return bucket_pages(
        client,
        f"{_ROOT}/cost_report",
        [*bucket_params(period), *grouped_by(COST_GROUPS)],
        CostRecord,
        at_most=period.days,
    )
