"""The responses of both APIs, field by field, under the APIs' own names.

Strict about money, generous about everything else. Unknown fields are ignored and enums are plain text, so
that a new model or product is kept and shown. A count or an amount that is absent, or of another type, fails
to decode: it must never turn into a zero. A dimension that was grouped by must be there, or rows would merge
unnoticed. Other fields that older servers leave out may be absent. Instants are in UTC. Amounts are decimal
strings in cents. Counts fit 64 bits and are not negative.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import force_setattr

R = TypeVar("R")

Instant = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Grouped = str | None | UnsetType
"""A dimension that a report may be grouped by; unset where the answer leaves it out."""


class Record(Struct, frozen=True, kw_only=True):
    """Common to all records: immutable, built by keyword."""


class Organization(Record, frozen=True):
    id: str
    name: str
    type: str = "organization"


class Workspace(Record, frozen=True):
    """The default workspace is not listed. ``tags`` are the organization's own labels."""

    id: str
    name: str
    archived_at: Instant | None = None
    created_at: Instant | None = None
    tags: dict[str, str | None] | None = None


class Principal(Record, frozen=True):
    """Who made a key, or on whose behalf it acts."""

    id: str | None = None
    type: str | None = None


class Scope(Record, frozen=True):
    type: str | None = None
    workspace_id: str | None = None


class ApiKey(Record, frozen=True):
    """``name`` is not unique, and absent for keys deleted long ago.

    ``workspace_id`` is filled from ``scope`` in newer answers.
    """

    id: str
    name: str | None = None
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


class User(Record, frozen=True):
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


class CacheCreation(Record, frozen=True):
    ephemeral_5m_input_tokens: Count
    ephemeral_1h_input_tokens: Count


class ServerToolUse(Record, frozen=True):
    web_search_requests: Count | None = None


class Tokens(Record, frozen=True):
    """The counts every usage row carries. Cache writes are nested, never flat."""

    uncached_input_tokens: Count
    cache_creation: CacheCreation
    cache_read_input_tokens: Count
    output_tokens: Count
    server_tool_use: ServerToolUse | None = None

    @property
    def web_searches(self) -> int:
        """The field is null or absent where there were none."""
        return (self.server_tool_use.web_search_requests or 0) if self.server_tool_use else 0


class UsageRecord(Tokens, frozen=True):
    """A row of the Platform's usage report. A dimension that was not asked for is null or absent.

    Null where it was asked for: ``workspace_id`` the default workspace, ``api_key_id`` Console use.
    """

    workspace_id: Grouped = UNSET
    api_key_id: Grouped = UNSET
    account_id: Grouped = UNSET
    service_account_id: Grouped = UNSET
    model: Grouped = UNSET
    service_tier: Grouped = UNSET
    context_window: Grouped = UNSET
    inference_geo: Grouped = UNSET
    speed: Grouped = UNSET


class CostRecord(Record, frozen=True):
    """A row of the Platform's cost report, grouped by workspace and description. ``amount`` in cents.

    ``speed`` is there only where the header was sent, and may be null even then.
    """

    amount: str
    currency: str
    workspace_id: str | None
    description: str | None
    cost_type: str | None = None
    model: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None
    token_type: str | None = None
    speed: str | None = None


class TotalRecord(Record, frozen=True):
    """A row of any report in time buckets: its amount, or whether it holds anything at all."""

    amount: str | None = None
    currency: str | None = None
    uncached_input_tokens: Count = 0
    cache_creation: CacheCreation | None = None
    cache_read_input_tokens: Count = 0
    output_tokens: Count = 0
    server_tool_use: ServerToolUse | None = None

    @property
    def is_something(self) -> bool:
        """Whether there is an amount other than zero, a token, or a search."""
        written = self.cache_creation
        writes = written.ephemeral_5m_input_tokens + written.ephemeral_1h_input_tokens if written else 0
        tokens = self.uncached_input_tokens + writes + self.cache_read_input_tokens + self.output_tokens
        searches = (self.server_tool_use.web_search_requests or 0) if self.server_tool_use else 0
        return tokens + searches > 0 or not _is_zero(self.amount)


def _is_zero(amount: str | None) -> bool:
    """However it is written: ``0E-10`` too. What is no number is not taken for zero."""
    try:
        return amount is None or Decimal(amount).is_zero()
    except InvalidOperation:
        return False


class Actor(Record, frozen=True):
    """Who is behind a claude.ai row. The e-mail is in ``email`` in older answers, else in ``email_address``.

    A deleted account has no e-mail; its ``user_id`` stays. Whoever is a user has one: see ``core.sync``.
    """

    type: str
    user_id: str | None = None
    email_address: str | None = None
    email: str | None = None
    name: str | None = None
    deleted: bool | None = None


class UserCostRecord(Record, frozen=True):
    """A user's cost on a day. ``amount`` after and ``list_amount`` before discounts, in cents.

    The instants stay text: all rows of a page share a few, and reading them once is much faster.
    """

    starting_at: str
    ending_at: str
    actor: Actor
    amount: str
    currency: str
    cost_type: str | None
    token_type: str | None
    product: Grouped = UNSET
    model: Grouped = UNSET
    context_window: Grouped = UNSET
    inference_geo: Grouped = UNSET
    speed: Grouped = UNSET
    list_amount: str | None = None
    requests: Count | None = None


class UserUsageRecord(Tokens, frozen=True, kw_only=True):
    """A user's tokens on a day. The instants stay text, as in :class:`UserCostRecord`."""

    starting_at: str
    ending_at: str
    actor: Actor
    product: Grouped = UNSET
    model: Grouped = UNSET
    context_window: Grouped = UNSET
    inference_geo: Grouped = UNSET
    speed: Grouped = UNSET
    total_tokens: Count | None = None
    requests: Count | None = None


class ProductCostRecord(Record, frozen=True):
    """A product's cost in one bucket of the claude.ai organization: a control total, in cents."""

    amount: str
    currency: str
    product: str | None
    list_amount: str | None = None
    requests: Count | None = None


class ProductUsageRecord(Tokens, frozen=True, kw_only=True):
    """A product's tokens in one bucket of the claude.ai organization: a control total."""

    product: str | None
    total_tokens: Count | None = None
    requests: Count | None = None
