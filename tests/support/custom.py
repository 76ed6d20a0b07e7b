"""Organizations of any size, for tests and benchmarks.

Ids come from ``ids``, activity from the organization's name: two organizations with equal ``ids`` and
different names share every workspace, key and user id, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from core.demo.company import (
    FIRST_DAY,
    LAST_DAY,
    ApiKey,
    Load,
    Organization,
    Person,
    Workspace,
    identifier,
    uuid,
)
from core.demo.shapes import HAIKU, OPUS, SONNET, work
from core.dimensions import Origin
from tests.support.custom_newest import agent_loads, enterprise_loads, identity_loads

_MODELS = (SONNET, OPUS, HAIKU)
_TIERS = ("standard", "standard", "batch", "priority", "flex")
_SHAPES = ("agent", "chat", "pipeline", "retrieval", "coding", "search")
_PRODUCTS = ("chat", "claude_code", "cowork", "office_agent", "claude_in_chrome", "other")
_GEOS = ("global", "us", "not_available")


def platform_organization(
    name: str,
    *,
    ids: str | None = None,
    users: int = 2,
    api_keys: int = 4,
    workspaces: int = 2,
    loads_per_key: int = 2,
    start: date = FIRST_DAY,
    end: date = LAST_DAY,
    discount_percent: int = 0,
    fast_mode_header: bool = True,
    newest: bool = False,
) -> Organization:
    """An organization on the Claude Platform, active on ``[start, end)``, opened by ``admin_key(name)``.

    ``users`` use it through OAuth, one load each. Every other key has a standard and a fast load in one cell.
    Every key but the first few shares its workspace with others; the first one's is the default workspace.
    ``newest``: it is served the newest reports, and has managed agents and identities of every kind.
    """
    seed = ids or name
    places = tuple(
        Workspace(identifier("wrkspc", seed, str(n)), f"{name} workspace {n}") for n in range(workspaces)
    )
    keys = tuple(_key(name, seed, n, (None, *(place.id for place in places))) for n in range(api_keys))
    people = tuple(_person(name, seed, n) for n in range(users))
    loads = [load for n, key in enumerate(keys) for load in _key_loads(key, n, loads_per_key, start, end)]
    loads += [_oauth_load(person, n, start, end) for n, person in enumerate(people)]
    if newest:
        loads += [load for key in keys[:1] for load in agent_loads(seed, key, start, end)]
        loads += identity_loads(seed, places[0].id if places else None, start, end)
    return Organization(
        id=uuid(name),
        name=name,
        origin=Origin.PLATFORM,
        key=admin_key(name),
        seed=name,
        loads=tuple(loads),
        workspaces=places,
        api_keys=keys,
        people=people,
        discount_percent=discount_percent,
        fast_mode_header=fast_mode_header,
        in_newest_beta=newest,
    )


def claude_ai_organization(
    name: str,
    *,
    ids: str | None = None,
    users: int = 5,
    loads_per_user: int = 2,
    unattributed: bool = True,
    start: date = FIRST_DAY,
    end: date = LAST_DAY,
    discount_percent: int = 10,
    newer_spelling: bool = False,
    newest: bool = False,
) -> Organization:
    """An organization on claude.ai, active on ``[start, end)``, opened by ``analytics_key(name)``.

    ``newest``: it is served the newest reports, and has use with a workspace, a key and an agent.
    """
    people = tuple(_person(name, ids or name, n) for n in range(users))
    loads = [
        load for n, person in enumerate(people) for load in _user_loads(person, n, loads_per_user, start, end)
    ]
    if newest:
        loads += [load for person in people[:1] for load in enterprise_loads(ids or name, person, start, end)]
    return Organization(
        id=uuid(name),
        name=name,
        origin=Origin.CLAUDE_AI,
        key=analytics_key(name),
        seed=name,
        loads=(*loads, *_nobody(start, end)) if unattributed else tuple(loads),
        people=people,
        discount_percent=discount_percent,
        newer_spelling=newer_spelling,
        in_newest_beta=newest,
    )


def admin_key(name: str) -> str:
    """The Admin key of a custom organization."""
    return f"sk-ant-admin01-FAKE-{uuid(name)}"


def analytics_key(name: str) -> str:
    """The Analytics key of a custom organization."""
    return f"sk-ant-api01-FAKE-{uuid(name)}"


def _key(name: str, seed: str, number: int, places: tuple[str | None, ...]) -> ApiKey:
    return ApiKey(
        id=identifier("apikey", seed, str(number)),
        name=f"{name} key {number}",
        workspace_id=places[number % len(places)],
        status=("active", "inactive", "active", "archived")[number % 4],
    )


def _person(name: str, seed: str, number: int) -> Person:
    mailbox = f"user{number}@{name.lower().replace(' ', '-')}.example"
    return Person(identifier("user", seed, str(number)), mailbox, f"{name} user {number}")


def _key_loads(key: ApiKey, number: int, count: int, start: date, end: date) -> Iterator[Load]:
    for turn in range(count):
        step = number + turn
        load = Load(
            f"{number} {turn}",
            _MODELS[step % 3],
            work(_SHAPES[step % 6], 40 + 7 * step % 90, searches=step % 4),
            workspace_id=key.workspace_id,
            api_key_id=key.id,
            service_tier=_TIERS[step % 5],
            context_window=("0-200k", "200k-1M")[step % 7 == 3],
            inference_geo=_GEOS[step // 3 % 3],
            rhythm="steady",
            start=start,
            end=end,
        )
        yield load
    if number % 2 == 1 and count:
        yield from _fast_pair(key, number, start, end)


def _fast_pair(key: ApiKey, number: int, start: date, end: date) -> Iterator[Load]:
    for speed, output in (("standard", 30), ("fast", 11)):
        yield Load(
            f"{number} {speed}",
            OPUS,
            work("agent", output),
            workspace_id=key.workspace_id,
            api_key_id=key.id,
            speed=speed,
            rhythm="steady",
            start=start,
            end=end,
        )


def _oauth_load(person: Person, number: int, start: date, end: date) -> Load:
    volume = work("coding", 25 + 3 * number % 40)
    return Load(f"oauth {number}", SONNET, volume, account_id=person.id, start=start, end=end)


def _user_loads(person: Person, number: int, count: int, start: date, end: date) -> Iterator[Load]:
    for turn in range(count):
        step = number + turn
        yield Load(
            f"{number} {turn}",
            _MODELS[step % 3],
            work(_SHAPES[step % 6], 5 + 3 * step % 40, searches=step % 3, requests=20 + step % 60),
            user_id=person.id,
            product=_PRODUCTS[step // 2 % 6],
            inference_geo=_GEOS[step % 3],
            rhythm="steady",
            start=start,
            end=end,
        )


def _nobody(start: date, end: date) -> Iterator[Load]:
    patches = work("coding", 15, requests=9)
    yield Load(
        "patches", OPUS, patches, product="cc_security_autopatch", start=start, end=end, rhythm="steady"
    )
    yield Load("slack", SONNET, work("chat", 6, requests=5), product="claude-tag", start=start, end=end)
