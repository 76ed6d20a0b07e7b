"""The newest reports' answers as rows of the fact tables, in the order of their columns, and as numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from core.api import newest
from core.api.client import Client
from core.api.newest_records import Identity, NewestCostRecord, NewestUsageRecord
from core.api.pages import Bucket, BucketPage, FlatPage
from core.api.records import Instant, TotalRecord
from core.dimensions import NOT_TOLD
from core.money import microcents
from core.periods import Period
from core.store.windows import Row
from core.streams import TOKEN_COLUMNS
from core.sync.context import WindowContext

DIMENSIONS = ("workspace_id", "api_key_id", "actor", "product", *newest.PRICE_GROUPS)
"""The full grain, in the order of the fact tables' columns."""

Value = str | Identity | UnsetType | None
Values = tuple[int, ...]
"""What is measured of a row, as whole numbers that can be added up exactly."""
Splits = tuple[str | None, ...]
"""Cost type and token type of a cost; nothing of usage."""

_SCALE = 20
"""Decimals of a cent that are kept when amounts are added up."""
_PER_MICROCENT = 10**14
_PLAIN = re.compile(r"(-?\d{1,15})\.(\d{6})", re.ASCII)


@dataclass(frozen=True)
class Kind:
    """One of the two reports: how it is asked, what it measures and what its rows end with.

    ``measured`` raises SetAsideError for a row that cannot be counted; its first ``compared`` numbers must
    add up, whatever was grouped by. ``received`` makes a row's last columns as they came, ``summed`` of sums.
    ``rated`` makes of sums the last fields of :class:`core.store.told_rates.Rate`.
    """

    stream: str
    fetch: Callable[..., Iterator[FlatPage[Any]]]
    fetch_total: Callable[..., Iterator[FlatPage[Any]]]
    measured: Callable[[Any, WindowContext], Values]
    compared: int
    splits: Callable[[Any], Splits]
    received: Callable[[Any, WindowContext], Row]
    summed: Callable[[Values, Splits], Row]
    rated: Callable[[Values, Splits], Iterator[Row]]


def newest_row(
    day: str, dimensions: Sequence[Value], tail: Row, context: WindowContext, request_id: str | None
) -> Row:
    """A row of one of the fact tables; ``dimensions`` as :data:`DIMENSIONS`.

    Raises:
        MalformedAnswerError: a dimension that was asked for is missing.
    """
    if UNSET in dimensions:
        raise context.malformed("leaves out a dimension that was asked for", request_id)
    workspace_id, api_key_id, actor, *others = dimensions
    names = context.names
    return (
        context.connection_id,
        day,
        workspace_id,
        names.workspaces.get(str(workspace_id or "")),
        api_key_id,
        names.api_keys.get(str(api_key_id or "")),
        *_actor(actor, context, request_id),
        *others,
        *tail,
    )


def _actor(actor: Value, context: WindowContext, request_id: str | None) -> Row:
    """Type, user and what else names the actor."""
    if not isinstance(actor, Identity):
        return (actor, actor, None, None, None, actor, None)
    if actor.type == "user_actor" and not actor.user_id:
        raise context.malformed("holds a user without an id", request_id)
    return (
        actor.type,
        actor.user_id,
        actor.email_address,
        actor.name,
        actor.deleted,
        actor.service_account_id,
        actor.subject or actor.api_key_id,
    )


def actor_key(actor: Value) -> str | None:
    """What tells an actor from others, whatever it is called."""
    if not isinstance(actor, Identity):
        return NOT_TOLD if actor == NOT_TOLD else None
    ids = (actor.user_id, actor.service_account_id, actor.subject, actor.api_key_id)
    return " ".join((actor.type, *(id_ or "" for id_ in ids), repr(actor.provider)))


def exact(amount: str) -> int:
    """An amount as a whole number of 10^-20 cents."""
    if plain := _PLAIN.fullmatch(amount):
        return int(plain[1] + plain[2]) * _PER_MICROCENT
    with localcontext(prec=100):
        return int(Decimal(amount).scaleb(_SCALE))


def amount_text(units: int) -> str:
    """The amount that so many 10^-20 cents are, with six decimals or as many as it takes."""
    cents, fraction = divmod(abs(units), 10**_SCALE)
    digits = f"{fraction:0{_SCALE}d}".rstrip("0").ljust(6, "0")
    return f"{'-' if units < 0 else ''}{cents}.{digits}"


def _cost_values(record: NewestCostRecord, context: WindowContext) -> Values:
    for amount in (record.cost.amount, record.cost.list_amount):
        context.money(amount, record.cost.currency)
    return exact(record.cost.amount), exact(record.cost.list_amount)


def _cost_splits(record: NewestCostRecord) -> Splits:
    told = (record.group.cost_type, record.group.token_type)
    return tuple(None if isinstance(value, UnsetType) else value for value in told)


def _cost_received(record: NewestCostRecord, context: WindowContext) -> Row:
    cost = record.cost
    amounts = ((text, context.money(text, cost.currency)) for text in (cost.amount, cost.list_amount))
    (amount, billed), (list_amount, listed) = amounts
    return (*_cost_splits(record), cost.currency, amount, billed, list_amount, listed)


def _cost_summed(values: Values, splits: Splits) -> Row:
    amount, listed = map(amount_text, values)
    return (*splits, "USD", amount, microcents(amount), listed, microcents(listed))


def _cost_rated(values: Values, splits: Splits) -> Iterator[Row]:
    yield (*splits, *(microcents(amount_text(units)) for units in values))


def _usage_values(record: NewestUsageRecord, _: WindowContext) -> Values:
    used = record.usage
    return (
        used.uncached_input_tokens,
        used.cache_creation.ephemeral_5m_input_tokens,
        used.cache_creation.ephemeral_1h_input_tokens,
        used.cache_read_input_tokens,
        used.output_tokens,
        used.web_searches,
        used.requests or 0,
    )


def _usage_received(record: NewestUsageRecord, context: WindowContext) -> Row:
    return (*_usage_values(record, context)[:-1], record.usage.requests)


def _usage_summed(values: Values, _: Splits) -> Row:
    """How many requests are left of many is a guess where they overlap, and then unknown."""
    *counts, requests = values
    return (*counts, requests if requests > 0 else None)


def _usage_rated(values: Values, _: Splits) -> Iterator[Row]:
    for token_type, tokens in zip(TOKEN_COLUMNS.values(), values, strict=False):
        if tokens:
            yield ("tokens", token_type, tokens)


def totals(
    kind: Kind, record_of: Callable[[Any], TotalRecord]
) -> Callable[[Client, Period], Iterator[BucketPage[TotalRecord]]]:
    """The report by day alone, in the form of reports that have a bucket for each day."""

    def buckets(client: Client, period: Period) -> Iterator[BucketPage[TotalRecord]]:
        for page in kind.fetch_total(client, period):
            buckets = [_bucket(record, record_of(record)) for record in page.records]
            yield BucketPage(buckets, page.data_refreshed_at, page.organization_id, page.request_id)

    return buckets


def _bucket(record: Any, total: TotalRecord) -> Bucket[TotalRecord]:
    start, end = (msgspec.convert(text, Instant) for text in (record.starting_at, record.ending_at))
    return Bucket(starting_at=start, ending_at=end, results=[total])


def cost_total(record: NewestCostRecord) -> TotalRecord:
    return TotalRecord(amount=record.cost.amount)


def usage_total(record: NewestUsageRecord) -> TotalRecord:
    used = record.usage
    return TotalRecord(
        uncached_input_tokens=used.uncached_input_tokens,
        cache_creation=used.cache_creation,
        cache_read_input_tokens=used.cache_read_input_tokens,
        output_tokens=used.output_tokens,
        server_tool_use=used.server_tool_use,
    )


def cost_kind(stream: str) -> Kind:
    """How the report of cost is read."""
    return Kind(
        stream,
        newest.fetch_cost,
        newest.fetch_cost_total,
        _cost_values,
        2,
        _cost_splits,
        _cost_received,
        _cost_summed,
        _cost_rated,
    )


def usage_kind(stream: str) -> Kind:
    """How the report of usage is read."""
    return Kind(
        stream,
        newest.fetch_usage,
        newest.fetch_usage_total,
        _usage_values,
        6,
        lambda _: (),
        _usage_received,
        _usage_summed,
        _usage_rated,
    )
