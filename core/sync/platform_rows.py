"""The Claude Platform's answers as rows of the fact tables, in the order of their columns."""

from __future__ import annotations

from core.api.records import BucketPage, CostRecord, UsageRecord
from core.store.windows import Row
from core.sync.context import WindowContext


def usage_rows(page: BucketPage[UsageRecord], context: WindowContext) -> list[Row]:
    """Rows of ``platform_usage``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [_usage(day, record, context) for day, bucket in context.days(page) for record in bucket.results]


def _usage(day: str, record: UsageRecord, context: WindowContext) -> Row:
    names = context.names
    return (
        context.connection_id,
        day,
        record.workspace_id,
        names.workspaces.get(record.workspace_id or ""),
        record.api_key_id,
        names.api_keys.get(record.api_key_id or ""),
        record.account_id,
        names.users.get(record.account_id or ""),
        record.service_account_id,
        record.model,
        record.service_tier,
        record.context_window,
        record.inference_geo,
        record.speed,
        record.uncached_input_tokens,
        record.cache_creation.ephemeral_5m_input_tokens,
        record.cache_creation.ephemeral_1h_input_tokens,
        record.cache_read_input_tokens,
        record.output_tokens,
        record.server_tool_use.web_search_requests,
    )


def cost_rows(page: BucketPage[CostRecord], context: WindowContext) -> list[Row]:
    """Rows of ``platform_cost``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [
        _cost(day, record, context, page.request_id)
        for day, bucket in context.days(page)
        for record in bucket.results
    ]


def _cost(day: str, record: CostRecord, context: WindowContext, request_id: str | None) -> Row:
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
        context.money(record.amount, record.currency, request_id),
    )
