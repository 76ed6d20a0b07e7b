"""Northwind Robotics' two organizations on the Claude Platform."""

from __future__ import annotations

from datetime import date

from core.demo.company import (
    ApiKey,
    Cap,
    Organization,
    Person,
    Workspace,
    address,
)
from core.demo.company import identifier as _id
from core.demo.company import uuid as _uuid
from core.demo.northwind_work import labs_loads, oauth_loads, product_extras, product_loads
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
    keys = _product_keys(people)
    return Organization(
        id=_uuid(_PRODUCT),
        name=_PRODUCT,
        origin=Origin.PLATFORM,
        key="sk-ant-admin01-DEMO-northwind-robotics-not-a-real-key-PRODA",
        seed=_PRODUCT,
        loads=(*product_loads(keys), *oauth_loads(people, _NAMES["code"].id), *product_extras(keys)),
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


def _product_keys(people: tuple[Person, ...]) -> dict[str, ApiKey]:
    return {
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
        loads=tuple(labs_loads(keys)),
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
