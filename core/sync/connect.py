"""Connects an organization. The key is checked against the API before anything is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from email.utils import parsedate_to_datetime

import httpx

from core.api import enterprise, platform
from core.api.client import Client
from core.clock import Clock, utc_now
from core.dimensions import Origin
from core.errors import ApiError, InputError
from core.periods import closed_day, day_of
from core.reach import first_wanted
from core.settings import Settings
from core.store.connections import (
    Connection,
    add_connection,
    get_connection,
    replace_key,
    require_free_name,
    require_unconnected,
)
from core.store.database import database
from core.store.key_references import is_reference, key_behind
from core.store.learned import SERVED, Fact, learn
from core.store.secrets import Vault
from core.streams import newest_streams_of
from core.sync.served import told_of_newest

_PREFIXES = {"sk-ant-admin": Origin.PLATFORM, "sk-ant-api01-": Origin.CLAUDE_AI}
_INFERENCE_PREFIX = "sk-ant-api03-"
_WELL_FORMED = re.compile(r"sk-ant-[A-Za-z0-9]+-[\x21-\x7e]{8,500}")


@dataclass(frozen=True)
class KeyCheck:
    """What a key opens. ``newest``: whether the newest reports are served, as learned; None: not known.

    ``told_at``: the server's time, None where it tells none.
    """

    origin: Origin
    organization_id: str
    organization_name: str | None
    newest: str | None = None
    told_at: datetime | None = None


@dataclass(frozen=True)
class NewConnection:
    """What the form or the command line asks for. ``key`` may be a reference, as ``env:NAME``."""

    name: str
    key: str
    since: date
    demo: bool = False

    def __repr__(self) -> str:
        return f"NewConnection(name={self.name!r}, since={self.since})"


def connect(
    settings: Settings,
    new: NewConnection,
    *,
    clock: Clock = utc_now,
    transport: httpx.BaseTransport | None = None,
) -> Connection:
    """Check a key and store the connection. Nothing is stored on failure.

    Raises:
        InputError: name or key cannot be used, or the organization is connected already.
        SecretKeyError: the reference leads to no key.
        ApiError: the key was refused or could not be checked.
    """
    key = _opened(new.key)
    if new.since > day_of(clock()):
        raise InputError("“Pull history since” is in the future.", field="since", remedy="Choose a past day.")
    with database(settings) as db:
        require_free_name(db, new.name)
        check = check_key(settings, key, clock=clock, transport=transport)
        require_unconnected(db, check.origin, check.organization_id)
        connection = add_connection(
            db,
            Vault(settings),
            name=new.name,
            origin=check.origin,
            organization_id=check.organization_id,
            organization_name=check.organization_name,
            key=new.key.strip(),
            since=first_wanted(check.origin, new.since),
            now=clock(),
            demo=new.demo,
        )
        if check.newest:
            stream = newest_streams_of(check.origin)[0].name
            learn(db, connection.id, Fact(stream, SERVED, check.newest, clock()))
        return connection


def change_key(
    settings: Settings,
    connection_id: int,
    key: str,
    *,
    clock: Clock = utc_now,
    transport: httpx.BaseTransport | None = None,
) -> Connection:
    """Put another key in place, once it is proved to be of the same organization.

    Raises:
        InputError: malformed, or of another organization or origin.
        SecretKeyError: the reference leads to no key.
        ApiError: the key was refused or could not be checked.
    """
    key, given = _opened(key), key.strip()
    with database(settings) as db:
        connection = get_connection(db, connection_id)
        check = check_key(settings, key, clock=clock, transport=transport)
        if (check.origin, check.organization_id) != (connection.origin, connection.organization_id):
            raise InputError(
                "This key belongs to another organization.",
                field="api_key",
                means=f"“{connection.name}” keeps the key it has.",
                remedy="Use a key of the same organization, or connect the other one as a new connection.",
            )
        return replace_key(db, Vault(settings), connection_id, given)


def _opened(given: str) -> str:
    """The key itself, plausible, where a reference to it may be given."""
    given = given.strip()
    key = key_behind(given) if is_reference(given) else given
    require_plausible(key)
    return key


def require_plausible(key: str) -> None:
    """Raises InputError for a key that cannot be an Admin or Analytics key."""
    if not key:
        raise InputError("The API key is empty.", field="api_key", remedy="Paste an Admin or Analytics key.")
    if key.startswith(_INFERENCE_PREFIX):
        raise InputError(
            "This is an API key for using models; it cannot read cost and usage.",
            field="api_key",
            remedy="For the Claude Platform, make an Admin key in the Claude Console under Settings, "
            "Admin keys. For claude.ai, the Primary Owner makes an Analytics key under Organization "
            "settings, API.",
        )
    if not _WELL_FORMED.fullmatch(key) or _origin(key) is None:
        raise InputError(
            "This does not look like an Admin or Analytics key.",
            field="api_key",
            means="Admin keys begin with sk-ant-admin01-, Analytics keys with sk-ant-api01-.",
            remedy="Copy the whole key again.",
        )


def _origin(key: str) -> Origin | None:
    return next((origin for prefix, origin in _PREFIXES.items() if key.startswith(prefix)), None)


def check_key(
    settings: Settings,
    key: str,
    *,
    clock: Clock = utc_now,
    transport: httpx.BaseTransport | None = None,
) -> KeyCheck:
    """Prove what a key opens with one small call to each thing it must read.

    Raises:
        ApiError: refused (401), lacking a scope (403), or no answer.
    """
    origin = _origin(key)
    dates: list[str | None] = []
    prove = _prove_admin if origin is Origin.PLATFORM else _prove_analytics
    with Client(
        base_url=settings.base_url,
        api_key=key,
        transport=transport,
        clock=clock,
        version=settings.anthropic_version,
        betas=settings.anthropic_betas,
        hear=lambda _, __, reply: dates.append(reply.headers.get("date")),
    ) as client:
        check = prove(client, clock())
        newest = told_of_newest(client, closed_day(clock()))
    return replace(check, newest=newest, told_at=_instant(dates[0]))


def _instant(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header or "")
    except ValueError:
        return None


def _prove_admin(client: Client, now: datetime) -> KeyCheck:
    organization = platform.fetch_organization(client).value
    next(platform.fetch_usage_total(client, closed_day(now)))
    next(platform.fetch_cost(client, closed_day(now), with_speed=False))
    return KeyCheck(Origin.PLATFORM, organization.id, organization.name)


def _prove_analytics(client: Client, now: datetime) -> KeyCheck:
    page = next(enterprise.fetch_cost(client, closed_day(now)))
    if not page.organization_id:
        raise ApiError(
            "Anthropic did not say which organization this key belongs to.",
            means="The key works, but its data could not be told apart from another organization's.",
            remedy="Try again later; if it stays, report it with the request id.",
            request_id=page.request_id,
        )
    return KeyCheck(Origin.CLAUDE_AI, page.organization_id, None)
