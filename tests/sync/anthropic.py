"""A small Anthropic with every report in the caller's hands, and the parts that pull from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
from sqlite_utils import Database

from core.api.client import Client
from core.clock import parse_rfc3339, rfc3339
from core.dimensions import Origin
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection, add_connection
from core.store.database import database
from core.store.runs import RunStatus
from core.store.secrets import Vault
from core.sync.runner import SyncOptions, run_sync
from tests.api.fakes import COST, FILTER_OF, TOKENS, USAGE, USER_COST, USER_USAGE, refused

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
ADMIN_KEY = "sk-ant-admin01-Zk3vS9-very_secret-f3Kq"
ANALYTICS_KEY = "sk-ant-api01-Qw8eR7-very_secret-t2Yu"

ROOT = "/v1/organizations"
ME = f"{ROOT}/me"
USAGE_PATH = f"{ROOT}/usage_report/messages"
COST_PATH = f"{ROOT}/cost_report"
ANALYTICS = f"{ROOT}/analytics"
LISTS = tuple(f"{ROOT}/{kind}" for kind in ("workspaces", "api_keys", "users"))
BUCKETS = (USAGE_PATH, COST_PATH, f"{ANALYTICS}/cost_report", f"{ANALYTICS}/usage_report")
FLAT = (f"{ANALYTICS}/user_cost_report", f"{ANALYTICS}/user_usage_report")
NEWEST = (f"{ANALYTICS}/cost", f"{ANALYTICS}/usage")
LIMITS = (f"{ROOT}/spend_limits", f"{ROOT}/spend_limits/effective")

CONTROL_COST: dict[str, Any] = {
    "product": "chat",
    "amount": "41280.000000",
    "list_amount": None,
    "currency": "USD",
    "requests": 3,
}
CONTROL_USAGE: dict[str, Any] = {**TOKENS, "product": "chat", "total_tokens": 15, "requests": 3}

_GROUP: dict[str, Any] = {
    "workspace_id": "wrkspc_1",
    "api_key_id": "apikey_1",
    "actor": {"type": "api_actor", "api_key_id": "apikey_1"},
    "product": "messages_api",
    "model": "claude-opus-5",
    "service_tier": "standard",
    "context_window": "0-200k",
    "inference_geo": None,
    "speed": "standard",
    **dict.fromkeys(("agent_id", "session_id", "environment_id", "deployment_id")),
    **dict.fromkeys(("user_profile_id", "slack_channel_id", "claude_tag_category")),
}
NEWEST_COST: dict[str, Any] = {
    "group": {**_GROUP, "cost_type": "tokens", "token_type": "output_tokens"},
    "cost": {"amount": "41280.000000", "list_amount": "50000.000000", "currency": "USD", "requests": None},
}
NEWEST_USAGE: dict[str, Any] = {"group": _GROUP, "usage": {**TOKENS, "total_tokens": 15, "requests": 7}}

ROWS: dict[str, dict[str, Any]] = {
    USAGE_PATH: USAGE,
    COST_PATH: COST,
    BUCKETS[2]: CONTROL_COST,
    BUCKETS[3]: CONTROL_USAGE,
    FLAT[0]: USER_COST,
    FLAT[1]: USER_USAGE,
    NEWEST[0]: NEWEST_COST,
    NEWEST[1]: NEWEST_USAGE,
}

Rule = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class Anthropic:
    """Answers all reports with one row a day, unless ``rows`` of a path say otherwise.

    ``per_page`` cuts bucket reports into pages of so many days, flat ones into so many rows. ``rules`` come
    first: each may answer a request in place of the reports. ``asked`` holds every request. ``cap``: so many
    dimensions a question of usage may have. Unless it ``serves_newest`` reports or ``serves_limits``, these
    are refused, and questions for them are not held.
    """

    organization: str = "org_1"
    name: str | None = None
    watermark: datetime | None = None
    per_page: int = 1000
    rows: dict[str, Callable[[date], list[dict[str, Any]]]] = field(default_factory=dict)
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    asked: list[httpx.Request] = field(default_factory=list)
    until: date = TODAY
    cap: int | None = 5
    serves_newest: bool = False
    serves_limits: bool = False
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path in NEWEST and not self.serves_newest:
            return refused(403, "This organization is not enrolled in the beta of this endpoint.")
        if request.url.path in LIMITS and not self.serves_limits:
            return refused(403, "This API key lacks the scope [read:spend_limits].")
        with self._mutex:
            self.asked.append(request)
            number = len(self.asked)
        for rule in self.rules:
            if (response := rule(request)) is not None:
                return response
        if request.url.path == USAGE_PATH and len(groups_of(request)) > (self.cap or 99):
            return refused(400, f"Cannot specify more than {self.cap} group_by[] dimensions.")
        headers = {"request-id": f"req_{number}", "anthropic-organization-id": self.organization}
        return httpx.Response(200, json=self._body(request), headers=headers)

    def paths(self) -> list[str]:
        return [request.url.path for request in self.asked]

    def _body(self, request: httpx.Request) -> dict[str, Any]:
        path = request.url.path
        if path == ME:
            name = self.name or f"Name of {self.organization}"
            return {"id": self.organization, "name": name, "type": "organization"}
        if path in LISTS:
            return {"data": self.lists.get(path.rsplit("/")[-1], []), "has_more": False, "last_id": None}
        if path in LIMITS:
            return {"data": self.lists.get(path.rsplit("/")[-1], []), "next_page": None}
        return self._page(request, self._buckets(request) if path in BUCKETS else self._flat(request))

    def _page(self, request: httpx.Request, items: list[dict[str, Any]]) -> dict[str, Any]:
        start = int(request.url.params.get("page", "0"))
        end = start + self.per_page
        more = end < len(items)
        body = {"data": items[start:end], "has_more": more, "next_page": str(end) if more else None}
        if request.url.path.startswith(ANALYTICS):
            mark = {"data_refreshed_at": rfc3339(self.watermark)} if self.watermark else {}
            body |= {**mark, "organization_id": self.organization}
        return body

    def _days(self, request: httpx.Request) -> Iterator[date]:
        bounds = (parse_rfc3339(request.url.params[name]).date() for name in ("starting_at", "ending_at"))
        return iter(Period(*bounds))

    def _results(self, path: str, day: date) -> list[dict[str, Any]]:
        return self.rows[path](day) if path in self.rows else [ROWS[path]]

    def _buckets(self, request: httpx.Request) -> list[dict[str, Any]]:
        days = (day for day in self._days(request) if day <= self.until)
        if request.url.path == USAGE_PATH:
            params = request.url.params.multi_items()
            return [{**span(day), "results": asked(self._results(USAGE_PATH, day), params)} for day in days]
        return [{**span(day), "results": self._results(request.url.path, day)} for day in days]

    def _flat(self, request: httpx.Request) -> list[dict[str, Any]]:
        names = groups_of(request) if request.url.path in NEWEST else None
        return [
            {**_grouped(row, names), **span(day)}
            for day in self._days(request)
            for row in self._results(request.url.path, day)
        ]


def _grouped(row: dict[str, Any], names: list[str] | None) -> dict[str, Any]:
    """A row of a newest report, with nothing but what was asked for; rows that are alike stay two."""
    if names is None:
        return row
    return {**row, "group": {name: value if name in names else None for name, value in row["group"].items()}}


FILTERS = {parameter: name for name, parameter in FILTER_OF.items()}


def groups_of(request: httpx.Request) -> list[str]:
    return request.url.params.get_list("group_by[]")


def asked(rows: list[dict[str, Any]], params: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Usage rows at full grain, filtered and added up as the parameters say."""
    groups = [value for name, value in params if name == "group_by[]"]
    kept: dict[str, set[str]] = {}
    for name, value in params:
        if name in FILTERS:
            kept.setdefault(FILTERS[name], set()).add(value)
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        if any(row[name] not in values for name, values in kept.items()):
            continue
        key = tuple(row[name] for name in groups)
        blank = {**dict.fromkeys(FILTERS.values()), **dict(zip(groups, key, strict=True))}
        sums[key] = _added(sums[key], row) if key in sums else {**row, **blank}
    return list(sums.values())


def _added(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    nested = ("cache_creation", "server_tool_use")
    plain = ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")
    return {
        **first,
        **{name: first[name] + second[name] for name in plain},
        **{name: {part: first[name][part] + second[name][part] for part in first[name]} for name in nested},
    }


def span(day: date, days: int = 1) -> dict[str, str]:
    start = datetime.combine(day, time(), UTC)
    return {"starting_at": rfc3339(start), "ending_at": rfc3339(start + timedelta(days=days))}


def refuse(path: str, status: int, message: str = "No.", *, times: int = 1000, **headers: str) -> Rule:
    """Refuse requests whose path ends so, as often as told."""
    left = [times]

    def rule(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(path) or not left[0]:
            return None
        left[0] -= 1
        return refused(status, message, **headers)

    return rule


def add(
    db: Database, settings: Settings, name: str = "Research", organization: str = "org_1", **given: Any
) -> Connection:
    origin = given.pop("origin", Origin.PLATFORM)
    key = given.pop("key", ADMIN_KEY if origin is Origin.PLATFORM else ANALYTICS_KEY)
    defaults = {"organization_name": None, "since": TODAY - timedelta(days=4), "now": NOW, "key": key}
    return add_connection(
        db,
        Vault(settings),
        name=name,
        origin=origin,
        organization_id=organization,
        **{**defaults, **given},
    )


def connected(settings: Settings, *names: str, **given: Any) -> list[Connection]:
    """Connections named so, of organizations org_1, org_2 …"""
    with database(settings) as db:
        return [
            add(db, settings, name, f"org_{n}", **given) for n, name in enumerate(names or ("Research",), 1)
        ]


def api(server: Anthropic | httpx.BaseTransport, **given: Any) -> Client:
    transport = server.transport if isinstance(server, Anthropic) else server
    defaults = {"base_url": "https://api.anthropic.test", "api_key": ADMIN_KEY, "clock": lambda: NOW}
    return Client(transport=transport, sleep=lambda _: None, **{**defaults, **given})


def sync(
    settings: Settings, server: Anthropic | dict[str, Anthropic], now: datetime = NOW, **given: Any
) -> RunStatus:
    """A whole sync that never sleeps. ``server``: one for all, or one for each cost center."""

    def transport_for(connection: Connection) -> httpx.BaseTransport:
        chosen = server[connection.name] if isinstance(server, dict) else server
        return chosen.transport

    defaults: dict[str, Any] = {
        "build": lambda _: None,
        "clock": lambda: now,
        "transport_for": transport_for,
        "sleep": lambda _: None,
    }
    return run_sync(settings, SyncOptions(**{**defaults, **given}))


def count(settings: Settings, table: str, connection_id: int = 1) -> int:
    with database(settings) as db:
        query = f"SELECT count(*) FROM {table} WHERE connection_id = ?"
        return int(db.conn.execute(query, [connection_id]).fetchone()[0])
