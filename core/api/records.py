"""What both APIs answer, field by field, under the APIs' own names.

Unknown fields are ignored and enums are plain text, so that a new model or product is kept and shown. A field
that is promised but absent, or of another type, fails to decode: it must never turn into a zero or a null.
Instants are in UTC. Amounts are decimal strings in cents. Counts fit 64 bits and are not negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Raw, Struct
from msgspec.structs import force_setattr

R = TypeVar("R")

Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class _Record(Struct, frozen=True, kw_only=True):
    """Common to all records: immutable, built by keyword."""


class _Span(_Record, frozen=True):
    """Half-open ``[starting_at, ending_at)``, turned to UTC whatever offset it came with."""

    starting_at: Instant
    ending_at: Instant

    def __post_init__(self) -> None:
        force_setattr(self, "starting_at", self.starting_at.astimezone(UTC))
        force_setattr(self, "ending_at", self.ending_at.astimezone(UTC))


class Organization(_Record, frozen=True):
    id: str
    name: str
    type: str = "organization"


class Workspace(_Record, frozen=True):
    """The default workspace is not listed. ``tags`` are the organization's own labels."""

    id: str
    name: str
    archived_at: Instant | None = None
    created_at: Instant | None = None
    tags: dict[str, str] = {}


class Principal(_Record, frozen=True):
    """Who made a key, or on whose behalf it acts."""

    id: str | None = None
    type: str | None = None


class Scope(_Record, frozen=True):
    type: str | None = None
    workspace_id: str | None = None


class ApiKey(_Record, frozen=True):
    """``name`` is not unique. ``workspace_id`` is filled from ``scope`` in newer answers."""

    id: str
    name: str
    partial_key_hint: str | None = None
    status: str | None = None
    workspace_id: str | None = None
    scope: Scope | None = None
    created_by: Principal | None = None
    principal: Principal | None = None
    created_at: Instant | None = None
    expires_at: Instant | None = None

    def __post_init__(self) -> None:
        if self.workspace_id is None and self.scope is not None:
            force_setattr(self, "workspace_id", self.scope.workspace_id)


class User(_Record, frozen=True):
    """``email`` is filled from ``email_address`` where the answer spells it so."""

    id: str
    email: str | None = None
    email_address: str | None = None
    name: str | None = None
    role: str | None = None
    added_at: Instant | None = None

    def __post_init__(self) -> None:
        if self.email is None:
            force_setattr(self, "email", self.email_address)


class CacheCreation(_Record, frozen=True):
    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class ServerToolUse(_Record, frozen=True):
    web_search_requests: Count


class _Tokens(_Record, frozen=True):
    """The counts every usage row carries. Cache writes are nested, never flat."""

    uncached_input_tokens: Count
    cache_creation: CacheCreation
    cache_read_input_tokens: Count
    output_tokens: Count
    server_tool_use: ServerToolUse


class UsageRecord(_Tokens, frozen=True):
    """A row of the Platform's usage report, grouped by everything.

    Null: ``workspace_id`` the default workspace, ``api_key_id`` Console use. ``speed`` is absent when it was
    not asked for; every other grouped field must be there, or rows would merge unseen.
    """

    workspace_id: str | None
    api_key_id: str | None
    account_id: str | None
    service_account_id: str | None
    model: str | None
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    speed: str | None = None


class CostRecord(_Record, frozen=True):
    """A row of the Platform's cost report, grouped by workspace and description. ``amount`` in cents."""

    amount: str
    currency: str
    workspace_id: str | None
    description: str | None
    cost_type: str | None
    model: str | None
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    token_type: str | None


class Actor(_Record, frozen=True):
    """Who is behind a claude.ai row. The e-mail is in ``email`` in older answers, else in ``email_address``.

    A deleted account has no e-mail; its ``user_id`` stays. Whoever is a user has one: see ``core.sync``.
    """

    type: str
    user_id: str | None = None
    email_address: str | None = None
    email: str | None = None
    name: str | None = None
    deleted: bool | None = None


class UserCostRecord(_Record, frozen=True):
    """A user's cost on a day. ``amount`` after and ``list_amount`` before discounts, in cents.

    The instants stay text: all rows of a page share a few, and reading them once is much faster.
    """

    starting_at: str
    ending_at: str
    actor: Actor
    amount: str
    currency: str
    product: str | None
    model: str | None
    context_window: str | None
    inference_geo: str | None
    speed: str | None
    cost_type: str | None
    token_type: str | None
    list_amount: str | None = None
    requests: Count | None = None


class UserUsageRecord(_Tokens, frozen=True):
    """A user's tokens on a day. The instants stay text, as in :class:`UserCostRecord`."""

    starting_at: str
    ending_at: str
    actor: Actor
    product: str | None
    model: str | None
    context_window: str | None
    inference_geo: str | None
    speed: str | None
    total_tokens: Count | None = None
    requests: Count | None = None


class ProductCostRecord(_Record, frozen=True):
    """A product's cost in one bucket of the claude.ai organization: a control total, in cents."""

    amount: str
    currency: str
    product: str | None
    list_amount: str | None = None
    requests: Count | None = None


class ProductUsageRecord(_Tokens, frozen=True):
    """A product's tokens in one bucket of the claude.ai organization: a control total."""

    product: str | None
    total_tokens: Count | None = None
    requests: Count | None = None


class Bucket(_Span, Generic[R], frozen=True):
    """One span of time. No results is a true zero."""

    results: list[R]


class RawBucket(_Span, frozen=True):
    """One span of time as received: a page of them can hold a hundred megabytes, read one by one."""

    results: Raw


class DirectoryAnswer(_Record, Generic[R], frozen=True):
    """One page of a directory list."""

    data: list[R]
    has_more: bool
    last_id: str | None = None


class BucketAnswer(_Record, frozen=True):
    """One page of a report in time buckets."""

    data: list[RawBucket]
    has_more: bool
    next_page: str | None = None
    data_refreshed_at: Instant | None = None
    organization_id: str | None = None


class FlatAnswer(_Record, Generic[R], frozen=True):
    """One page of a report in rows."""

    data: list[R]
    has_more: bool
    next_page: str | None = None
    data_refreshed_at: Instant | None = None
    organization_id: str | None = None


@dataclass(frozen=True)
class BucketPage(Generic[R]):
    """Buckets, with the watermark beyond which they are incomplete, and where they came from.

    ``pages``: how many answers this is. One answer may come in parts, of which the first counts as 1.
    ``more``: whether another answer follows.
    """

    buckets: list[Bucket[R]]
    data_refreshed_at: datetime | None
    organization_id: str | None
    request_id: str | None
    pages: int = 1
    more: bool = False


@dataclass(frozen=True)
class FlatPage(Generic[R]):
    """Rows, with the watermark beyond which they are incomplete, and where they came from."""

    records: list[R]
    data_refreshed_at: datetime | None
    organization_id: str | None
    request_id: str | None
    pages: int = 1
    more: bool = False
