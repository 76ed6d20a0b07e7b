"""Northwind Robotics' two organizations on the Claude Platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from core.demo.company import (
    Agent,
    ApiKey,
    Cap,
    Counts,
    Load,
    ModelSchedule,
    Organization,
    Person,
    Workspace,
    address,
)
from core.demo.company import identifier as _id
from core.demo.company import uuid as _uuid
from core.demo.shapes import HAIKU, NEWEST_SONNET, OPUS, SONNET, work
from core.dimensions import Origin

_PRODUCT, _LABS = "Northwind Robotics", "Northwind Labs"

_NAMES = {
    "fleet": Workspace(
        _id("wrkspc", _PRODUCT, "fleet"), "Fleet Control", tags={"team": "autonomy", "env": "production"}
    ),
    "support": Workspace(
        _id("wrkspc", _PRODUCT, "support"),
        "Helpdesk",
        renamed=(date(2026, 6, 15), "Customer Care"),
        tags={"team": "customer", "env": "production"},
    ),
    "translation": Workspace(
        _id("wrkspc", _PRODUCT, "translation"), "Translation", tags={"team": "customer", "env": "production"}
    ),
    "code": Workspace(_id("wrkspc", _PRODUCT, "code"), "Claude Code", tags={"team": "engineering"}),
    "vision": Workspace(
        _id("wrkspc", _PRODUCT, "vision"),
        "Qualitätssicherung Zürich – Sicht- und Funktionsprüfung der Greifarme, Linie 3 bis 7",
        tags={"team": "quality", "env": "production", "site": "Zürich"},
    ),
    "sim": Workspace(
        _id("wrkspc", _PRODUCT, "sim"), "<b>Sim</b> & *Render* | nightly", tags={"team": "simulation"}
    ),
    "prototype": Workspace(
        _id("wrkspc", _PRODUCT, "prototype"), "Prototype 2025", archived_on=date(2026, 4, 1)
    ),
    "papers": Workspace(_id("wrkspc", _LABS, "papers"), "Paper Reading", tags={"team": "research"}),
    "gripper": Workspace(_id("wrkspc", _LABS, "gripper"), "Gripper Planning", tags={"team": "research"}),
    "evals": Workspace(_id("wrkspc", _LABS, "evals"), "Evals", tags={"team": "research", "env": "ci"}),
}

_PRODUCT_WORKSPACES = ("fleet", "support", "translation", "code", "vision", "sim", "prototype")
"""Translation is apart: its flex use is billed as standard, and no cell of the bill may hold two prices."""

_DISPATCHER, _SCENE_WRITER, _REVIEWER = (
    Agent(
        _id("agent", _PRODUCT, agent), _id("env", _PRODUCT, place), deployed and _id("depl", _PRODUCT, agent)
    )
    for agent, place, deployed in (
        ("dispatcher", "warehouse", "yes"),
        ("scene writer", "render farm", "yes"),
        ("reviewer", "render farm", None),
    )
)
"""Claude Managed Agents at work; people start the reviewer's sessions themselves."""

_HARBOR, _PARCELS, _MUSEUM = (_id("uprof", _PRODUCT, name) for name in ("harbor", "parcels", "museum"))
"""Customers whose requests the assistants pass on, each with a user profile."""

_ENGINEERS = (
    "Amara Okafor",
    "Björn Lindqvist",
    "Chiara Rossi",
    "Devin Park",
    "Elena Petrova",
    "Farid Haddad",
)
_RESEARCHERS = ("Grace Liu", "Hugo Almeida", "Ines Duarte")
_LEAVER = Person(
    _id("user", _PRODUCT, "Lena Vogel"),
    "lena.vogel@northwind.example",
    "Lena Vogel",
    "developer",
    deleted_on=date(2026, 10, 2),
)
"""Gone from the list of users; a key of hers goes on."""


def product_organization() -> Organization:
    """Where the products run: keys of every kind, and Claude Code through OAuth."""
    people = _people(_PRODUCT, _ENGINEERS)
    keys = {
        "kiosk": _key(_PRODUCT, "kiosk", "kiosk-pilot", "support", people[2], status="inactive"),
        "release": _key(_PRODUCT, "release", "release-notes", "code", _LEAVER),
        "loadtest": _key(_PRODUCT, "loadtest", "load-test", "fleet", people[4]),
        "unused": _key(_PRODUCT, "unused", "teleoperation-sandbox", "sim", people[5]),
        "planner": _key(_PRODUCT, "planner", "planner", "fleet", people[0]),
        "planner 2": _key(_PRODUCT, "planner 2", "planner", "vision", people[1]),
        "dispatch": _key(_PRODUCT, "dispatch", "dispatch-agent", "fleet", people[0]),
        "telemetry": _key(_PRODUCT, "telemetry", "telemetry-summaries", "fleet", people[4]),
        "care": _key(_PRODUCT, "care", "care-assistant", "support", people[2]),
        "triage": _key(_PRODUCT, "triage", "ticket-triage", "support", people[2]),
        "docs": _key(_PRODUCT, "docs", "=docs+translation", "translation", people[3]),
        "inspect": _key(_PRODUCT, "inspect", "Sichtprüfung", "vision", people[1]),
        "nightly": _key(_PRODUCT, "nightly", "nightly-scenarios", "sim", people[5]),
        "render": _key(_PRODUCT, "render", "render-review", "sim", people[5]),
        "legacy": _key(_PRODUCT, "legacy", "arm-v1 (retired)", "prototype", people[3], status="inactive"),
        "scripts": _key(_PRODUCT, "scripts", "internal-scripts", None, people[4]),
        "old": _key(_PRODUCT, "old", "hackathon-2025", None, people[3], status="expired"),
    }
    return Organization(
        id=_uuid(_PRODUCT),
        name=_PRODUCT,
        origin=Origin.PLATFORM,
        key="sk-ant-admin01-DEMO-northwind-robotics-not-a-real-key-PRODA",
        seed=_PRODUCT,
        loads=(*_product_loads(keys), *_oauth_loads(people), *_product_extras(keys)),
        workspaces=tuple(_NAMES[name] for name in _PRODUCT_WORKSPACES),
        api_keys=tuple(keys.values()),
        people=(*people, _LEAVER),
        discount_percent=8,
        in_newest_beta=True,
        in_limits_preview=True,
        caps=(
            Cap("usage_tier", 20_000_000),
            Cap("organization", 4_000_000),
            Cap("workspace", 1_450_000, _NAMES["fleet"].id),
            Cap("workspace", 900_000, _NAMES["support"].id),
        ),
    )


def labs_organization() -> Organization:
    """Research: fewer keys, list prices, Priority tier, the API's newer field names."""
    people = _people(_LABS, _RESEARCHERS)
    keys = {
        "reader": _key(_LABS, "reader", "paper-reader", "papers", people[0]),
        "grasp": _key(_LABS, "grasp", "grasp-planner", "gripper", people[1]),
        "sweep": _key(_LABS, "sweep", "parameter-sweep", "gripper", people[1]),
        "ci": _key(_LABS, "ci", "eval-ci", "evals", people[2]),
        "judge": _key(_LABS, "judge", "eval-judge", "evals", people[2]),
        "notebook": _key(_LABS, "notebook", "notebooks", None, people[0]),
    }
    return Organization(
        id=_uuid(_LABS),
        name=_LABS,
        origin=Origin.PLATFORM,
        key="sk-ant-admin01-DEMO-northwind-labs-not-a-real-key-LABSB",
        seed=_LABS,
        loads=tuple(_labs_loads(keys)),
        workspaces=tuple(_NAMES[name] for name in ("papers", "gripper", "evals")),
        api_keys=tuple(keys.values()),
        people=people,
        newer_spelling=True,
    )


def _people(organization: str, names: tuple[str, ...]) -> tuple[Person, ...]:
    return tuple(
        Person(_id("user", organization, name), address(name), name, role)
        for name, role in zip(names, ("admin", *["developer"] * len(names)), strict=False)
    )


def _key(
    organization: str, seed: str, name: str, workspace: str | None, maker: Person, *, status: str = "active"
) -> ApiKey:
    return ApiKey(
        id=_id("apikey", organization, seed),
        name=name,
        workspace_id=_NAMES[workspace].id if workspace else None,
        status=status,
        created_by=maker.id,
        expires_on=date(2025, 12, 31) if status == "expired" else None,
    )


def _load(key: ApiKey, name: str, models: ModelSchedule, volume: Counts, **more: Any) -> Load:
    if models is HAIKU:
        more.setdefault("inference_geo", "not_available")
    return Load(f"{key.id} {name}", models, volume, workspace_id=key.workspace_id, api_key_id=key.id, **more)


def _product_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    planner, second = keys["planner"], keys["planner 2"]
    yield _load(planner, "plan", OPUS, work("agent", 2600), rhythm="steady")
    yield _load(planner, "plan us", OPUS, work("agent", 700), rhythm="steady", inference_geo="us")
    yield _load(planner, "fast", OPUS, work("agent", 130), speed="fast", start=date(2026, 2, 12), chance=80)
    yield _load(planner, "check", HAIKU, work("chat", 1900), rhythm="steady")
    yield _load(second, "plan", SONNET, work("agent", 1500))
    yield _load(second, "check", HAIKU, work("chat", 500))
    dispatch = keys["dispatch"]
    yield _load(dispatch, "route", NEWEST_SONNET, work("agent", 3900), rhythm="steady", agent=_DISPATCHER)
    yield _load(dispatch, "long", SONNET, work("retrieval", 300), context_window="200k-1M", chance=85)
    yield _load(
        dispatch, "federated", NEWEST_SONNET, work("agent", 600), service_account_id="svac_01fleetops"
    )
    telemetry = keys["telemetry"]
    yield _load(telemetry, "sum", HAIKU, work("pipeline", 2600), rhythm="nightly", service_tier="batch")
    yield _load(telemetry, "live", HAIKU, work("pipeline", 800), rhythm="steady")
    care, triage = keys["care"], keys["triage"]
    yield _load(
        care,
        "answer",
        NEWEST_SONNET,
        work("chat", 4300, searches=900),
        rhythm="steady",
        user_profile_id=_PARCELS,
    )
    yield _load(care, "escalate", OPUS, work("chat", 520, searches=140), user_profile_id=_HARBOR)
    yield _load(
        care,
        "long",
        NEWEST_SONNET,
        work("retrieval", 240),
        context_window="200k-1M",
        chance=70,
        user_profile_id=_HARBOR,
    )
    yield _load(triage, "sort", HAIKU, work("chat", 3100), rhythm="steady")
    yield _load(triage, "priority", HAIKU, work("chat", 700), service_tier="priority", rhythm="steady")
    translate = work("pipeline", 420)
    yield _load(keys["docs"], "translate", SONNET, translate, chance=60, service_tier="flex_discount")
    inspect = keys["inspect"]
    yield _load(inspect, "look", SONNET, work("pipeline", 1500), rhythm="steady", inference_geo="us")
    yield _load(inspect, "label", SONNET, work("pipeline", 1300), rhythm="nightly", service_tier="batch")
    nightly, render = keys["nightly"], keys["render"]
    scenes = work("agent", 1500)
    yield _load(nightly, "scenes", SONNET, scenes, rhythm="nightly", spike=True, agent=_SCENE_WRITER)
    yield _load(nightly, "batch", OPUS, work("pipeline", 600), rhythm="nightly", service_tier="batch")
    yield _load(render, "review", OPUS, work("retrieval", 330), agent=_REVIEWER)
    yield _load(keys["legacy"], "arm", SONNET, work("agent", 800), end=date(2026, 3, 28))
    yield _load(keys["kiosk"], "greet", HAIKU, work("chat", 140), chance=88, user_profile_id=_MUSEUM)
    yield _load(keys["release"], "notes", SONNET, work("retrieval", 45), chance=75)
    yield _load(keys["loadtest"], "burst", HAIKU, work("chat", 300), end=date(2026, 9, 18), chance=35)
    yield _load(keys["scripts"], "adhoc", NEWEST_SONNET, work("chat", 350), chance=70)
    yield _load(keys["scripts"], "adhoc small", HAIKU, work("chat", 220), chance=65)
    yield _load(keys["old"], "demo", HAIKU, work("chat", 60), end=date(2025, 12, 31), chance=40)


def _product_extras(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    """The Console, and what is billed without tokens."""
    yield Load("console", OPUS, work("chat", 60, searches=25), chance=75)
    yield Load("console small", SONNET, work("chat", 90), chance=60, workspace_id=_NAMES["support"].id)
    fleet = keys["dispatch"]
    hours = Counts(units=4200)
    yield _load(fleet, "sandbox", SONNET, hours, cost_type="code_execution", rhythm="steady")
    sessions: dict[str, Any] = {"cost_type": "session_usage", "rhythm": "steady", "agent": _DISPATCHER}
    yield _load(fleet, "sessions", SONNET, Counts(units=9500), **sessions)
    yield _load(keys["render"], "sandbox", SONNET, Counts(units=1300), cost_type="code_execution", chance=70)


def _oauth_loads(people: tuple[Person, ...]) -> Iterator[Load]:
    """Claude Code, signed in rather than with a key."""
    for rank, person in enumerate(people):
        at: dict[str, Any] = {"workspace_id": _NAMES["code"].id, "account_id": person.id}
        scale = 100 - 11 * rank
        yield Load(f"{person.id} opus", OPUS, work("coding", 3 * scale), chance=88, **at)
        yield Load(f"{person.id} sonnet", NEWEST_SONNET, work("coding", 4 * scale), chance=92, **at)
        small = {**at, "inference_geo": "not_available"}
        yield Load(f"{person.id} haiku", HAIKU, work("coding", scale), chance=80, **small)
        if rank < 2:
            begun = date(2026, 2, 16)
            yield Load(
                f"{person.id} fast", OPUS, work("coding", 22), speed="fast", chance=55, start=begun, **at
            )


def _labs_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    reader, grasp, judge = keys["reader"], keys["grasp"], keys["judge"]
    yield _load(reader, "read", NEWEST_SONNET, work("retrieval", 1500, searches=350), chance=95)
    yield _load(
        reader, "read long", NEWEST_SONNET, work("retrieval", 260), context_window="200k-1M", chance=80
    )
    yield _load(reader, "index", HAIKU, work("pipeline", 900), service_tier="batch", rhythm="nightly")
    yield _load(grasp, "plan", OPUS, work("agent", 1500))
    yield _load(grasp, "fast", OPUS, work("agent", 40), speed="fast", chance=60, start=date(2026, 2, 20))
    yield _load(grasp, "committed", SONNET, work("agent", 1100), service_tier="priority", rhythm="steady")
    yield _load(grasp, "overflow", SONNET, work("agent", 260), rhythm="steady")
    yield _load(keys["sweep"], "sweep", SONNET, work("pipeline", 700), service_tier="batch", chance=55)
    yield _load(keys["sweep"], "sweep opus", OPUS, work("pipeline", 160), service_tier="batch", chance=40)
    yield _load(keys["ci"], "eval", NEWEST_SONNET, work("agent", 750), rhythm="nightly", chance=97)
    yield _load(keys["ci"], "eval small", HAIKU, work("agent", 900), rhythm="nightly", chance=97)
    yield _load(judge, "grade", OPUS, work("chat", 210), rhythm="nightly", chance=94)
    yield _load(judge, "sandbox", SONNET, Counts(units=2600), cost_type="code_execution", rhythm="nightly")
    yield _load(keys["notebook"], "adhoc", OPUS, work("chat", 130), chance=72)
    yield _load(keys["notebook"], "adhoc small", SONNET, work("chat", 160), chance=66)
    yield Load("labs console", OPUS, work("chat", 35, searches=12), chance=65)
