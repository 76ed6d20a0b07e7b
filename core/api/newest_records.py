"""The responses of the newest reports, field by field, under the API's own names.

As strict and as generous as :mod:`core.api.records`, whose rules hold here too.
"""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from core.api.records import Count, Grouped, Record, Tokens


class Provider(Record, frozen=True):
    """Who vouches for a federated identity: ``aws``, ``gcp``, ``azure`` or ``oidc``, each with its own id."""

    type: str
    account_id: str | None = None
    signed_principal: str | None = None
    project_number: str | None = None
    subscription_id: str | None = None
    issuer: str | None = None


class Identity(Record, frozen=True):
    """Who a row's use is attributed to: a user, else a service account, a federated identity, an API key.

    ``type`` says which of the ids is filled; a type that nobody knows is kept. A deleted account has no
    e-mail, a removed member has one.
    """

    type: str
    user_id: str | None = None
    email_address: str | None = None
    name: str | None = None
    deleted: bool | None = None
    service_account_id: str | None = None
    api_key_id: str | None = None
    subject: str | None = None
    provider: Provider | None = None


class UsageGroup(Record, frozen=True):
    """What a row is of. A dimension that was not asked for is null, or absent.

    Null where it was asked for: ``actor`` an identity that cannot be told, each in a row of its own;
    ``api_key_id`` use without a key; ``workspace_id`` an Enterprise organization's only one;
    ``inference_geo`` not available.
    """

    actor: Identity | UnsetType | None = UNSET
    actor_type: Grouped = UNSET
    agent_id: Grouped = UNSET
    api_key_id: Grouped = UNSET
    claude_tag_category: Grouped = UNSET
    claude_tag_user_id: Grouped = UNSET
    context_window: Grouped = UNSET
    deployment_id: Grouped = UNSET
    environment_id: Grouped = UNSET
    inference_geo: Grouped = UNSET
    model: Grouped = UNSET
    organization_id: Grouped = UNSET
    product: Grouped = UNSET
    rbac_group_id: Grouped = UNSET
    service_tier: Grouped = UNSET
    session_id: Grouped = UNSET
    slack_channel_id: Grouped = UNSET
    speed: Grouped = UNSET
    user_profile_id: Grouped = UNSET
    workspace_id: Grouped = UNSET


class CostGroup(UsageGroup, frozen=True):
    """``token_type`` is null on rows that are not tokens."""

    cost_type: Grouped = UNSET
    token_type: Grouped = UNSET


class Amounts(Record, frozen=True):
    """``amount`` after and ``list_amount`` before discounts, in cents. Requests of a split cost are null."""

    amount: str
    list_amount: str
    currency: str
    requests: Count | None = None


class Volume(Tokens, frozen=True):
    """What was used. ``total_tokens`` is the service's own sum."""

    total_tokens: Count | None = None
    requests: Count | None = None


class NewestCostRecord(Record, frozen=True):
    """A cost on a day. The instants stay text: all rows of a page share a few."""

    starting_at: str
    ending_at: str
    group: CostGroup
    cost: Amounts


class NewestUsageRecord(Record, frozen=True):
    """What was used on a day. The instants stay text, as in :class:`NewestCostRecord`."""

    starting_at: str
    ending_at: str
    group: UsageGroup
    usage: Volume
