"""What an Analytics key reads: claude.ai cost and usage, by user and as control totals.

Every function yields page by page; a caller that stores anything must read to the end first. All raise the
:class:`core.errors.ApiError` tree; :class:`core.errors.CursorExpiredError` means: start the period again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from core.api import paths
from core.api.client import Client
from core.api.pages import BucketPage, FlatPage
from core.api.paging import bucket_pages, flat_pages
from core.api.records import (
    ProductCostRecord,
    ProductUsageRecord,
    TotalRecord,
    UserCostRecord,
    UserUsageRecord,
)
from core.api.report_params import bucket_params, day_params, grouped_by
from core.errors import IncompleteAnswerError
from core.periods import Period

USAGE_GROUPS = ("product", "model", "context_window", "inference_geo", "speed")
COST_GROUPS = (*USAGE_GROUPS, "cost_type", "token_type")
CONTROL_GROUPS = ("product",)
MAX_GROUPS = 100
"""A grouped bucket holds its largest groups up to this many, and says nothing of the rest."""

R = TypeVar("R")


def fetch_user_cost(
    client: Client, period: Period, group_by: Sequence[str] = COST_GROUPS, *, limit: int = 1000
) -> Iterator[FlatPage[UserCostRecord]]:
    """Cost by user, UTC day and dimension. ``limit``: groups a page, 1 to 1000.

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    params = [*day_params(period), ("limit", str(limit)), *grouped_by(group_by)]
    return flat_pages(client, paths.USER_COST, params, UserCostRecord)


def fetch_user_usage(
    client: Client, period: Period, group_by: Sequence[str] = USAGE_GROUPS, *, limit: int = 1000
) -> Iterator[FlatPage[UserUsageRecord]]:
    """Tokens and requests by user, UTC day and dimension. ``limit``: groups a page, 1 to 1000.

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    params = [*day_params(period), ("limit", str(limit)), *grouped_by(group_by)]
    return flat_pages(client, paths.USER_USAGE, params, UserUsageRecord)


def fetch_cost(client: Client, period: Period) -> Iterator[BucketPage[ProductCostRecord]]:
    """The organization's cost by UTC day and product, use that no user is behind included.

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    pages = _totals(client, period, paths.CLAUDE_AI_COST, CONTROL_GROUPS, ProductCostRecord)
    return (_require_all_groups(page) for page in pages)


def fetch_usage(client: Client, period: Period) -> Iterator[BucketPage[ProductUsageRecord]]:
    """The organization's tokens and requests by UTC day and product.

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    pages = _totals(client, period, paths.CLAUDE_AI_USAGE, CONTROL_GROUPS, ProductUsageRecord)
    return (_require_all_groups(page) for page in pages)


def fetch_cost_total(client: Client, period: Period) -> Iterator[BucketPage[TotalRecord]]:
    """The organization's cost by UTC day alone."""
    return _totals(client, period, paths.CLAUDE_AI_COST, (), TotalRecord)


def fetch_usage_total(client: Client, period: Period) -> Iterator[BucketPage[TotalRecord]]:
    """The organization's tokens by UTC day alone."""
    return _totals(client, period, paths.CLAUDE_AI_USAGE, (), TotalRecord)


def _totals(
    client: Client, period: Period, path: str, group_by: Sequence[str], record: type[R]
) -> Iterator[BucketPage[R]]:
    params = [*bucket_params(period), *grouped_by(group_by)]
    return bucket_pages(client, path, params, record, at_most=period.days)


def _require_all_groups(page: BucketPage[R]) -> BucketPage[R]:
    for bucket in page.buckets:
        if len(bucket.results) >= MAX_GROUPS:
            raise IncompleteAnswerError(
                f"Anthropic's totals for {bucket.starting_at.date()} list {len(bucket.results)} products.",
                means=f"It never lists more than {MAX_GROUPS}, so the totals may leave some out.",
                remedy="Look for a newer version of Token Ledger.",
                request_id=page.request_id,
            )
    return page
