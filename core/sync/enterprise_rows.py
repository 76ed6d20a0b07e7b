"""Turns claude.ai's responses into rows of the fact tables, in the order of their columns."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from msgspec import UNSET

from core.api.enterprise import USAGE_GROUPS
from core.api.pages import BucketPage, FlatPage
from core.api.records import (
    Actor,
    Grouped,
    ProductCostRecord,
    ProductUsageRecord,
    UserCostRecord,
    UserUsageRecord,
)
from core.dimensions import NOT_TOLD
from core.store.windows import Row
from core.sync.context import WindowContext

R = TypeVar("R")


def user_cost_rows(page: FlatPage[UserCostRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_user_cost``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return context.countable(
        page.records,
        lambda record: _user_cost(record, page, context),
        lambda record: context.day_of_row(record.starting_at, record.ending_at, page.request_id),
    )


def user_usage_rows(page: FlatPage[UserUsageRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_user_usage``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [_user_usage(record, page, context) for record in page.records]


def cost_rows(page: BucketPage[ProductCostRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_cost``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return context.countable_by_day(page, partial(_cost, context))


def _cost(context: WindowContext, day: str, record: ProductCostRecord) -> Row:
    return (context.connection_id, day, record.product, *_amounts(record, context), record.requests)


def usage_rows(page: BucketPage[ProductUsageRecord], context: WindowContext) -> list[Row]:
    """Rows of ``claude_ai_usage``. Raises MalformedAnswerError or IncompleteAnswerError."""
    return [
        (context.connection_id, day, record.product, *_counts(record))
        for day, bucket in context.days(page)
        for record in bucket.results
    ]


def _user_cost(record: UserCostRecord, page: FlatPage[UserCostRecord], context: WindowContext) -> Row:
    return (
        context.connection_id,
        context.day_of_row(record.starting_at, record.ending_at, page.request_id),
        *_actor(record.actor, context, page.request_id),
        *_dimensions(record, page, context),
        record.cost_type,
        record.token_type,
        *_amounts(record, context),
    )


def _user_usage(record: UserUsageRecord, page: FlatPage[UserUsageRecord], context: WindowContext) -> Row:
    return (
        context.connection_id,
        context.day_of_row(record.starting_at, record.ending_at, page.request_id),
        *_actor(record.actor, context, page.request_id),
        *_dimensions(record, page, context),
        *_counts(record),
    )


def _dimensions(
    record: UserCostRecord | UserUsageRecord, page: FlatPage[R], context: WindowContext
) -> tuple[Grouped, ...]:
    """Product, model, context window, geo and speed; those not asked for are not told apart."""
    values = (record.product, record.model, record.context_window, record.inference_geo, record.speed)
    if page.not_asked:
        names = zip(USAGE_GROUPS, values, strict=True)
        values = tuple(NOT_TOLD if name in page.not_asked else value for name, value in names)  # type: ignore[assignment]
    if UNSET in values:
        raise context.malformed("leaves out a dimension that was asked for", page.request_id)
    return values


def _actor(actor: Actor, context: WindowContext, request_id: str | None) -> Row:
    if actor.type == "user_actor" and not actor.user_id:
        raise context.malformed("holds a user without an id", request_id)
    email = actor.email_address if actor.email_address is not None else actor.email
    return (actor.user_id, email, actor.name, actor.deleted)


def _amounts(record: UserCostRecord | ProductCostRecord, context: WindowContext) -> Row:
    listed = record.list_amount
    return (
        record.currency,
        record.amount,
        context.money(record.amount, record.currency),
        listed,
        None if listed is None else context.money(listed, record.currency),
    )


def _counts(record: UserUsageRecord | ProductUsageRecord) -> Row:
    return (
        record.uncached_input_tokens,
        record.cache_creation.ephemeral_5m_input_tokens,
        record.cache_creation.ephemeral_1h_input_tokens,
        record.cache_read_input_tokens,
        record.output_tokens,
        record.web_searches,
        record.requests,
        record.total_tokens,
    )
