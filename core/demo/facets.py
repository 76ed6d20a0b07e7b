"""What a use is of, in the terms of the newest reports: twenty dimensions, for both origins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from core.demo.activity import Use
from core.demo.company import Load, Organization, identifier
from core.dimensions import Origin

Result = dict[str, Any]

DIMENSIONS = (
    "actor",
    "actor_type",
    "agent_id",
    "api_key_id",
    "claude_tag_category",
    "claude_tag_user_id",
    "context_window",
    "deployment_id",
    "environment_id",
    "inference_geo",
    "model",
    "organization_id",
    "product",
    "rbac_group_id",
    "service_tier",
    "session_id",
    "slack_channel_id",
    "speed",
    "user_profile_id",
    "workspace_id",
)

_OUTPUT_A_REQUEST = 500
"""Tokens; the Platform's requests are counted by them, for its loads name none."""


class Who(NamedTuple):
    """Whom a use is attributed to. ``told`` False: the service knows somebody and cannot say whom."""

    type: str
    id: str | None
    account_id: str | None = None
    told: bool = True

    def shown(self, organization: Organization, today: date) -> Result | None:
        """As the reports write it."""
        if not self.told:
            return None
        return {"type": self.type, **_SHOWN[self.type](self, organization, today)}


def _user(who: Who, organization: Organization, today: date) -> Result:
    person = organization.person(who.id or "")
    deleted = person.deleted(today)
    return {
        "user_id": who.id,
        "email_address": None if deleted else person.email,
        "name": "Deleted User" if deleted else person.name,
        "deleted": deleted,
    }


def _federated(who: Who, _organization: Organization, _today: date) -> Result:
    arn = who.id or f"arn:aws:iam::{who.account_id}:root"
    provider = {"type": "aws", "account_id": who.account_id, "signed_principal": arn}
    return {"subject": who.id, "provider": provider}


_SHOWN: Mapping[str, Callable[[Who, Organization, date], Result]] = {
    "user_actor": _user,
    "service_account_actor": lambda who, _organization, _today: {"service_account_id": who.id},
    "federated_actor": _federated,
    "api_actor": lambda who, _organization, _today: {"api_key_id": who.id},
}


def who(load: Load) -> Who | None:
    """User, else service account, else federated identity, else API key, else nobody."""
    if user_id := load.user_id or load.account_id:
        return Who("user_actor", user_id)
    if load.service_account_id:
        return Who("service_account_actor", load.service_account_id)
    if load.federated:
        return Who("federated_actor", *load.federated)
    return Who("api_actor", load.api_key_id) if load.api_key_id else None


def product(load: Load, origin: Origin) -> str | None:
    """The Platform's follow from how it was used; what runs in a sandbox has none."""
    if origin is Origin.CLAUDE_AI:
        return "claude_tag" if load.product == "claude-tag" else load.product
    if load.cost_type == "code_execution":
        return None
    if load.agent or load.cost_type == "session_usage":
        return "managed_agents_api"
    if load.account_id:
        return "claude_code"
    if not (load.api_key_id or load.service_account_id or load.federated):
        return "claude_console"
    return "message_batches_api" if load.service_tier == "batch" else "messages_api"


def facets(organization: Organization, use: Use, day: date) -> Mapping[str, Any]:
    """Every dimension of a use on a day; ``actor`` is a :class:`Who` or None."""
    on_platform = organization.origin is Origin.PLATFORM
    default = organization.default_workspace_id if on_platform else None
    of_load = _of_load(organization.origin, default, use.load, use.model)
    agent = use.load.agent
    return {**of_load, "session_id": identifier("sesn", agent.id, day.isoformat())} if agent else of_load


@lru_cache(maxsize=16384)
def _of_load(origin: Origin, default_workspace_id: str | None, load: Load, model: str) -> Mapping[str, Any]:
    actor = who(load)
    return {
        **dict.fromkeys(DIMENSIONS),
        "actor": actor,
        "actor_type": actor.type if actor and actor.told else None,
        "api_key_id": load.api_key_id,
        "product": product(load, origin),
        "workspace_id": load.workspace_id or default_workspace_id,
        "user_profile_id": load.user_profile_id,
        "slack_channel_id": load.slack_channel_id,
        "claude_tag_category": load.claude_tag_category,
        **_agent(load),
        **(_priced_by(load, model) if load.cost_type == "tokens" else {}),
    }


def _agent(load: Load) -> Mapping[str, Any]:
    if not load.agent:
        return {}
    agent_id, environment_id, deployment_id = load.agent
    return {"agent_id": agent_id, "environment_id": environment_id, "deployment_id": deployment_id}


def _priced_by(load: Load, model: str) -> Mapping[str, Any]:
    """A region that is not available is no region here."""
    return {
        "model": model,
        "service_tier": load.service_tier,
        "context_window": load.context_window,
        "inference_geo": None if load.inference_geo == "not_available" else load.inference_geo,
        "speed": load.speed,
    }


def requests(use: Use, origin: Origin) -> int:
    """How many requests a use was."""
    if use.counts.requests or origin is Origin.CLAUDE_AI or use.load.cost_type != "tokens":
        return use.counts.requests
    return -(-use.counts.output_tokens // _OUTPUT_A_REQUEST)
