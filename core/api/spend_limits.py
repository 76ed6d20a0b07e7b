"""The limits that Anthropic itself enforces: those that are set, and what each member's come to.

Amounts are texts in the minor unit of their currency: cents of a dollar. Every function yields page by page,
and raises the :class:`core.errors.ApiError` tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import force_setattr

from core.api.betas import SPEND_LIMITS_HEADER
from core.api.client import NO_HEADERS, Client
from core.api.pages import FlatPage
from core.api.paging import flat_pages
from core.api.paths import EFFECTIVE_SPEND_LIMITS, SPEND_LIMITS
from core.api.records import Instant, Record

_LARGEST = ("limit", "1000")


class LimitScope(Record, frozen=True):
    """What a limit holds for; ``type`` says which of the ids is there, or that there is none."""

    type: str
    user_id: str | None = None
    workspace_id: str | None = None
    rbac_group_id: str | None = None
    seat_tier: str | None = None
    service: str | None = None

    @property
    def id(self) -> str | None:
        return self.user_id or self.workspace_id or self.rbac_group_id or self.seat_tier or self.service


class LimitActor(Record, frozen=True):
    """Whose limit it is. ``email`` is filled from ``email_address`` where the answer spells it so."""

    type: str | None = None
    user_id: str | None = None
    email: str | None = None
    email_address: str | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        if self.email is None:
            force_setattr(self, "email", self.email_address)


class SpendLimit(Record, frozen=True):
    """A limit as it is set. ``amount`` None: no number is set for this scope, others may apply."""

    id: str
    scope: LimitScope
    amount: str | None
    currency: str
    period: str
    is_enabled: bool = True
    updated_at: Instant | None = None


class EffectiveLimit(Record, frozen=True):
    """What applies to a member in a period. ``amount`` None: no limit.

    ``source`` is the scope that it comes from. Anthropic also says ``"0"`` for spend it cannot tell just now.
    """

    scope: LimitScope
    amount: str | None
    currency: str
    period: str
    actor: LimitActor | None = None
    source: LimitScope | str | None = None
    spend_limit_id: str | None = None
    period_to_date_spend: str | None = None


R = TypeVar("R", SpendLimit, EffectiveLimit)


def fetch_spend_limits(client: Client) -> Iterator[FlatPage[SpendLimit]]:
    """The limits that are set: for the organization, workspaces, groups, seat tiers, services and members."""
    return _pages(client, SPEND_LIMITS, SpendLimit, SPEND_LIMITS_HEADER)


def fetch_effective_limits(client: Client) -> Iterator[FlatPage[EffectiveLimit]]:
    """Each member's limit in each period, and what is spent of it. Claude Enterprise only."""
    return _pages(client, EFFECTIVE_SPEND_LIMITS, EffectiveLimit, NO_HEADERS)


def _pages(client: Client, path: str, record: type[R], headers: Mapping[str, str]) -> Iterator[FlatPage[R]]:
    return flat_pages(client, path, [_LARGEST], record, headers=headers)
