"""How many requests a first sync of a year and a daily refresh take, by what an organization has in use.

Counted against the strict simulator, which refuses more than five dimensions a question. Claude Platform; the
lists of names count too. "Legacy" is what an organization takes that is not served the newest reports, but
for the one request that finds this out.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import httpx

from core.demo.company import ApiKey, Counts, Load, Organization, Person, Workspace, identifier, uuid
from core.demo.service import Simulator
from core.demo.transport import SimulatorTransport
from core.dimensions import Origin
from core.settings import Settings
from core.store.connections import add_connection
from core.store.database import database
from core.store.secrets import Vault
from core.sync.runner import SyncOptions, run_sync
from tests.bench.timing import print_table, say

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
YEAR = 365
_OPUS = ((date(2025, 1, 1), "claude-opus-4-8"),)
_HAIKU = ((date(2025, 1, 1), "claude-haiku-4-5-20251001"),)

TIERS, GEOS, SPEEDS = ("standard", "batch"), ("global", "us", "not_available"), ("standard", "fast")
PRICES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "1": (TIERS[:1], GEOS[:1], SPEEDS[:1]),
    "2: batch": (TIERS, GEOS[:1], SPEEDS[:1]),
    "4: batch, US": (TIERS, GEOS[:2], SPEEDS[:1]),
    "12: batch, three geos, fast": (TIERS, GEOS, SPEEDS),
}
KEYS = (20, 400)
"""Every key has a use on one day in ``keys / 20``, so that both sizes are pulled in reasonable time."""


class _Counting(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner, self.asked = inner, Counter[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked[request.url.path.rsplit("/", 1)[-1]] += 1
        return self._inner.handle_request(request)


def run() -> None:
    """Print the table."""
    few, many = KEYS
    cases = [(prices, few, oauth) for oauth in (False, True) for prices in PRICES]
    cases += [(prices, many, False) for prices in (next(iter(PRICES)), next(reversed(PRICES)))]
    rows = [_counted(*case) for case in cases]
    header = (
        "prices in use",
        "API keys",
        "OAuth users",
        *(f"first year, {of}" for of in _COUNTED),
        *(f"daily, {of}" for of in _COUNTED),
    )
    print_table("Requests, Claude Platform", header, rows)
    say("\nPrices in use: combinations of service tier, inference geo and speed, of two models each.")


def _counted(prices: str, keys: int, oauth: bool) -> list[str]:
    company = _organization(*PRICES[prices], keys=keys, oauth=oauth)
    with tempfile.TemporaryDirectory(prefix="token-ledger-bench-") as folder:
        settings = Settings(data_dir=Path(folder), base_url="https://api.anthropic.test")
        _connect(settings, company)
        first = _synced(settings, company, NOW)
        daily = _synced(settings, company, NOW + timedelta(days=1))
    counts = (counted(asked) for asked in (first, daily) for counted in _COUNTED.values())
    return [prices, f"{keys:,}", "yes" if oauth else "no", *map(str, counts)]


_COUNTED: Mapping[str, Callable[[Counter[str]], int]] = {
    "legacy": lambda asked: asked.total() - asked["cost"] - asked["usage"],
    "of it usage": lambda asked: asked["messages"],
    "newest": lambda asked: asked["cost"] + asked["usage"],
}


def _connect(settings: Settings, company: Organization) -> None:
    with database(settings) as db:
        add_connection(
            db,
            Vault(settings),
            name="Bench",
            origin=Origin.PLATFORM,
            organization_id=company.id,
            organization_name=None,
            key=company.key,
            since=NOW.date() - timedelta(days=YEAR - 1),
            now=NOW,
        )


def _synced(settings: Settings, company: Organization, now: datetime) -> Counter[str]:
    server = _Counting(SimulatorTransport(Simulator([company], lambda: now)))
    options = SyncOptions(build=lambda _: None, clock=lambda: now, transport_for=lambda _: server)
    outcome = run_sync(settings, options).outcome
    if outcome != "ok":
        raise SystemExit(f"the sync ended as {outcome}")
    return server.asked


def _organization(
    tiers: tuple[str, ...], geos: tuple[str, ...], speeds: tuple[str, ...], *, keys: int, oauth: bool
) -> Organization:
    places = tuple(Workspace(identifier("wrkspc", str(n)), f"Workspace {n}") for n in range(5))
    listed = tuple(ApiKey(identifier("apikey", str(n)), f"key {n}", places[n % 5].id) for n in range(keys))
    name = f"bench {len(tiers)} {len(geos)} {len(speeds)} {keys} {oauth}"
    return Organization(
        id=uuid(name),
        name=name,
        origin=Origin.PLATFORM,
        key=f"sk-ant-admin01-FAKE-{uuid(name)}",
        seed=name,
        loads=tuple(_loads(listed, list(product(tiers, geos, speeds)), oauth)),
        workspaces=places,
        api_keys=listed,
        people=tuple(
            Person(f"user_{number}", f"user{number}@example.com", f"User {number}") for number in range(3)
        ),
        in_newest_beta=True,
    )


def _loads(keys: tuple[ApiKey, ...], prices: list[tuple[str, str, str]], oauth: bool) -> Iterator[Load]:
    chance = max(1, 100 * KEYS[0] // len(keys))
    for number, key in enumerate(keys):
        for models in (_OPUS, _HAIKU):
            tier, geo, speed = prices[number % len(prices)]
            yield Load(
                f"{number} {models[0][1]}",
                models,
                Counts(1000, 0, 0, 0, 500),
                workspace_id=key.workspace_id,
                api_key_id=key.id,
                service_tier=tier,
                inference_geo=geo,
                speed=speed,
                rhythm="steady",
                chance=chance,
            )
    for number in range(3 if oauth else 0):
        yield Load(
            f"oauth {number}", _OPUS, Counts(1000, 0, 0, 0, 500), account_id=f"user_{number}", rhythm="steady"
        )
