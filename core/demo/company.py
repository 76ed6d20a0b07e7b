"""Who exists: organizations, their workspaces, keys and people, and the loads they put on the API."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from core.dimensions import Origin

FIRST_DAY = date(2025, 1, 1)
LAST_DAY = date(9999, 12, 31)
CLAUDE_AI_FIRST_DAY = date(2026, 1, 1)
"""Before this day claude.ai has no data, and refuses to be asked."""
NEWEST_FIRST_DAY = date(2026, 1, 1)
"""The same of the newest reports, for both origins."""

ANALYTICS_SCOPE = "read:analytics"
LIMITS_SCOPE = "read:spend_limits"

ModelSchedule = tuple[tuple[date, str], ...]
"""Models by the day each one takes over, earliest first."""


class Counts(NamedTuple):
    """What is counted of a load. ``units``: hundredths of an hour, of use that is not tokens."""

    uncached_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0
    web_searches: int = 0
    requests: int = 0
    units: int = 0

    @property
    def tokens(self) -> tuple[int, ...]:
        """The five token types, in the order the rates give them."""
        return self[:5]


@dataclass(frozen=True)
class Workspace:
    """``renamed``: the day of the change and the name since."""

    id: str
    name: str
    created_on: date = FIRST_DAY
    archived_on: date | None = None
    renamed: tuple[date, str] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def name_on(self, day: date) -> str:
        return self.renamed[1] if self.renamed and day >= self.renamed[0] else self.name


@dataclass(frozen=True)
class ApiKey:
    """``workspace_id`` None: the default workspace. ``name`` need not be unique."""

    id: str
    name: str
    workspace_id: str | None = None
    status: str = "active"
    created_on: date = FIRST_DAY
    created_by: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True)
class Person:
    """``deleted_on``: from then on the reports hide the e-mail and name, of all days."""

    id: str
    email: str
    name: str | None
    role: str = "user"
    joined_on: date = FIRST_DAY
    deleted_on: date | None = None
    seat_tier: str = "standard"

    def deleted(self, day: date) -> bool:
        return self.deleted_on is not None and day >= self.deleted_on


class Agent(NamedTuple):
    """A Claude Managed Agent, with a session a day. ``deployment_id`` None: no deployment started them."""

    id: str
    environment_id: str
    deployment_id: str | None = None


class Federated(NamedTuple):
    """An identity that a cloud vouches for. ``told``: whether the service can say whose it is."""

    subject: str | None
    account_id: str
    told: bool = True


@dataclass(frozen=True, eq=False)
class Load:
    """One steady use: who, on what, in which way, and how much on a full working day.

    ``volume`` is reached on days of growth 1; ``chance`` is the percentage of its days with any use.
    ``user_id`` None on claude.ai: use that no user is behind.
    """

    name: str
    models: ModelSchedule
    volume: Counts
    workspace_id: str | None = None
    api_key_id: str | None = None
    account_id: str | None = None
    service_account_id: str | None = None
    user_id: str | None = None
    federated: Federated | None = None
    agent: Agent | None = None
    user_profile_id: str | None = None
    slack_channel_id: str | None = None
    claude_tag_category: str | None = None
    product: str | None = None
    service_tier: str = "standard"
    context_window: str = "0-200k"
    inference_geo: str = "global"
    speed: str = "standard"
    cost_type: str = "tokens"
    rhythm: str = "office"
    chance: int = 100
    spike: bool = False
    start: date = FIRST_DAY
    end: date = LAST_DAY


class Cap(NamedTuple):
    """A spend limit that is set: in whole cents, None for no number. ``of``: the id of what it holds for."""

    scope_type: str
    cents: int | None
    of: str | None = None
    period: str = "monthly"
    is_enabled: bool = True


@dataclass(frozen=True)
class Organization:
    """``key`` opens it. ``newer_spelling``: the API's newer field names where there are two.

    ``seed`` decides the activity, so that organizations with equal ids still differ. ``scopes`` are what an
    Analytics key was made with; an Admin key has none. ``in_newest_beta``: it is served the newest reports.
    ``in_limits_preview``: a Platform organization that may read its spend limits.
    """

    id: str
    name: str
    origin: Origin
    key: str
    seed: str
    loads: tuple[Load, ...]
    workspaces: tuple[Workspace, ...] = ()
    api_keys: tuple[ApiKey, ...] = ()
    people: tuple[Person, ...] = ()
    discount_percent: int = 0
    scopes: tuple[str, ...] = (ANALYTICS_SCOPE,)
    newer_spelling: bool = False
    fast_mode_header: bool = True
    in_newest_beta: bool = False
    in_limits_preview: bool = False
    caps: tuple[Cap, ...] = ()

    @property
    def default_workspace_id(self) -> str:
        """The id of the workspace that both reports call null."""
        return identifier("wrkspc", self.id, "default")

    def person(self, user_id: str) -> Person:
        return self._people[user_id]

    @cached_property
    def _people(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.people}


def identifier(prefix: str, *names: str) -> str:
    """An id as Anthropic writes them, the same for the same names."""
    return f"{prefix}_01{_digest(*names)[:22]}"


def uuid(*names: str) -> str:
    """An organization's id, the same for the same names."""
    text = _digest(*names)
    return "-".join((text[:8], text[8:12], "4" + text[13:16], "8" + text[17:20], text[20:32]))


def _digest(*names: str) -> str:
    return hashlib.sha256("|".join(names).encode()).hexdigest()


def address(name: str) -> str:
    """The e-mail address that the demo's company gives somebody: without accents, the same everywhere."""
    letters = unicodedata.normalize("NFKD", name.lower().replace(" ", "."))
    return f"{''.join(sign for sign in letters if not unicodedata.combining(sign))}@northwind.example"
