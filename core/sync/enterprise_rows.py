"""claude.ai's answers as rows of the fact tables, in the order of their columns."""

from __future__ import annotations

from core.api.records import (
    Actor,
    BucketPage,
    FlatPage,
    ProductCostRecord,
    ProductUsageRecord,
    UserCostRecord,
    UserUsageRecord,
)
from core.store.windows import Row
from core.sync.context import WindowContext


def user_cost_rows(page: FlatPage[UserCostRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_user_cost``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [_user_cost(record, context, page.request_id) for record in page.records]


def user_usage_rows(page: FlatPage[UserUsageRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_user_usage``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [_user_usage(record, context, page.request_id) for record in page.records]


def cost_rows(page: BucketPage[ProductCostRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_cost``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [
        (
            context.connection_id,
            day,
            record.product,
            *_amounts(record, context, page.request_id),
            record.requests,
        )
        for day, bucket in context.days(page)
        for record in bucket.results
    ]


def usage_rows(page: BucketPage[ProductUsageRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_usage``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [
        (context.connection_id, day, record.product, *_counts(record))
        for day, bucket in context.days(page)
        for record in bucket.results
    ]


def _user_cost(record: UserCostRecord, context: WindowContext, request_id: str | None) -> Row:
    return (
        context.connection_id,
        context.day_of_row(record.starting_at, record.ending_at, request_id),
        *_actor(record.actor, context, request_id),
        record.product,
        record.model,
        record.context_window,
        record.inference_geo,
        record.speed,
        record.cost_type,
        record.token_type,
        *_amounts(record, context, request_id),
    )


def _user_usage(record: UserUsageRecord, context: WindowContext, request_id: str | None) -> Row:
    return (
        context.connection_id,
        context.day_of_row(record.starting_at, record.ending_at, request_id),
        *_actor(record.actor, context, request_id),
        record.product,
        record.model,
        record.context_window,
        record.inference_geo,
        record.speed,
        *_counts(record),
    )


def _actor(actor: Actor, context: WindowContext, request_id: str | None) -> Row:
    if actor.type == "user_actor" and not actor.user_id:
        raise context.malformed("holds a user without an id", request_id)
    email = actor.email_address if actor.email_address is not None else actor.email
    return (actor.user_id, email, actor.name, actor.deleted)


def _amounts(
    record: UserCostRecord | ProductCostRecord, context: WindowContext, request_id: str | None
) -> Row:
    listed = record.list_amount
    return (
        record.currency,
        record.amount,
        context.money(record.amount, record.currency, request_id),
        listed,
        None if listed is None else context.money(listed, record.currency, request_id),
    )


def _counts(record: UserUsageRecord | ProductUsageRecord) -> Row:
    return (
        record.uncached_input_tokens,
        record.cache_creation.ephemeral_5m_input_tokens,
        record.cache_creation.ephemeral_1h_input_tokens,
        record.cache_read_input_tokens,
        record.output_tokens,
        record.server_tool_use.web_search_requests,
        record.requests,
    )
