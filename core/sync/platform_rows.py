"""Turns the Claude Platform's responses into rows of the fact tables, in the order of their columns."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import UNSET

from core.api.pages import BucketPage
from core.api.records import CostRecord, Grouped
from core.store.windows import Row
from core.sync.context import WindowContext


def usage_row(
    day: str,
    dimensions: Sequence[Grouped],
    counts: Sequence[int],
    context: WindowContext,
    request_id: str | None,
) -> Row:
    """A row of ``platform_usage``; ``dimensions`` from workspace to speed, ``counts`` from input to searches.

    Raises:
        MalformedAnswerError: a dimension that was asked for is missing.
    """
    if UNSET in dimensions:
        raise context.malformed("leaves out a dimension that was asked for", request_id)
    names = context.names
    workspace_id, api_key_id, account_id, *others = dimensions
    return (
        context.connection_id,
        day,
        workspace_id,
        names.workspaces.get(workspace_id or ""),
        api_key_id,
        names.api_keys.get(api_key_id or ""),
        account_id,
        names.users.get(account_id or ""),
        *others,
        *counts,
    )


def cost_rows(page: BucketPage[CostRecord], context: WindowContext) -> list[Row]:
    """Rows of ``platform_cost``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return context.countable_by_day(page, partial(_cost, context))


def _cost(context: WindowContext, day: str, record: CostRecord) -> Row:
    return (
        context.connection_id,
        day,
        record.workspace_id,
        context.names.workspaces.get(record.workspace_id or ""),
        record.description,
        record.cost_type,
        record.model,
        record.service_tier,
        record.context_window,
        record.inference_geo,
        record.token_type,
        record.currency,
        record.amount,
        context.money(record.amount, record.currency),
        record.speed,
    )
