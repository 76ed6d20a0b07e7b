"""What Northwind Robotics' API keys and people do on the Claude Platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from core.demo.company import Agent, ApiKey, Counts, Load, ModelSchedule, Person, identifier
from core.demo.shapes import HAIKU, NEWEST_SONNET, OPUS, SONNET, work

_MAKER = "Northwind Robotics"

_DISPATCHER, _SCENE_WRITER, _REVIEWER = (
    Agent(
        identifier("agent", _MAKER, agent),
        identifier("env", _MAKER, place),
        deployed and identifier("depl", _MAKER, agent),
    )
    for agent, place, deployed in (
        ("dispatcher", "warehouse", "yes"),
        ("scene writer", "render farm", "yes"),
        ("reviewer", "render farm", None),
    )
)
"""Claude Managed Agents at work; people start the reviewer's sessions themselves."""

_HARBOR, _PARCELS, _MUSEUM = (identifier("uprof", _MAKER, name) for name in ("harbor", "parcels", "museum"))
"""Customers whose requests the assistants pass on, each with a user profile."""


def _load(key: ApiKey, name: str, models: ModelSchedule, volume: Counts, **more: Any) -> Load:
    if models is HAIKU:
        more.setdefault("inference_geo", "not_available")
    return Load(f"{key.id} {name}", models, volume, workspace_id=key.workspace_id, api_key_id=key.id, **more)


def product_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    yield from _fleet_loads(keys)
    yield from _customer_loads(keys)
    yield from _vision_and_render_loads(keys)
    yield from _small_loads(keys)


def _fleet_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
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


def _customer_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    care, triage = keys["care"], keys["triage"]
    answers = work("chat", 4300, searches=900)
    yield _load(care, "answer", NEWEST_SONNET, answers, rhythm="steady", user_profile_id=_PARCELS)
    yield _load(care, "escalate", OPUS, work("chat", 520, searches=140), user_profile_id=_HARBOR)
    long: dict[str, Any] = {"context_window": "200k-1M", "chance": 70, "user_profile_id": _HARBOR}
    yield _load(care, "long", NEWEST_SONNET, work("retrieval", 240), **long)
    yield _load(triage, "sort", HAIKU, work("chat", 3100), rhythm="steady")
    yield _load(triage, "priority", HAIKU, work("chat", 700), service_tier="priority", rhythm="steady")
    translate = work("pipeline", 420)
    yield _load(keys["docs"], "translate", SONNET, translate, chance=60, service_tier="flex_discount")


def _vision_and_render_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    inspect = keys["inspect"]
    yield _load(inspect, "look", SONNET, work("pipeline", 1500), rhythm="steady", inference_geo="us")
    yield _load(inspect, "label", SONNET, work("pipeline", 1300), rhythm="nightly", service_tier="batch")
    nightly, render = keys["nightly"], keys["render"]
    scenes = work("agent", 1500)
    yield _load(nightly, "scenes", SONNET, scenes, rhythm="nightly", spike=True, agent=_SCENE_WRITER)
    yield _load(nightly, "batch", OPUS, work("pipeline", 600), rhythm="nightly", service_tier="batch")
    yield _load(render, "review", OPUS, work("retrieval", 330), agent=_REVIEWER)


def _small_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    """Pilots, helpers and what was retired."""
    yield _load(keys["legacy"], "arm", SONNET, work("agent", 800), end=date(2026, 3, 28))
    yield _load(keys["kiosk"], "greet", HAIKU, work("chat", 140), chance=88, user_profile_id=_MUSEUM)
    yield _load(keys["release"], "notes", SONNET, work("retrieval", 45), chance=75)
    yield _load(keys["loadtest"], "burst", HAIKU, work("chat", 300), end=date(2026, 9, 18), chance=35)
    yield _load(keys["scripts"], "adhoc", NEWEST_SONNET, work("chat", 350), chance=70)
    yield _load(keys["scripts"], "adhoc small", HAIKU, work("chat", 220), chance=65)
    yield _load(keys["old"], "demo", HAIKU, work("chat", 60), end=date(2025, 12, 31), chance=40)


def product_extras(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
    """The Console, and what is billed without tokens."""
    yield Load("console", OPUS, work("chat", 60, searches=25), chance=75)
    yield Load("console small", SONNET, work("chat", 90), chance=60, workspace_id=keys["care"].workspace_id)
    fleet = keys["dispatch"]
    hours = Counts(units=4200)
    yield _load(fleet, "sandbox", SONNET, hours, cost_type="code_execution", rhythm="steady")
    sessions: dict[str, Any] = {"cost_type": "session_usage", "rhythm": "steady", "agent": _DISPATCHER}
    yield _load(fleet, "sessions", SONNET, Counts(units=9500), **sessions)
    yield _load(keys["render"], "sandbox", SONNET, Counts(units=1300), cost_type="code_execution", chance=70)


def oauth_loads(people: Sequence[Person], workspace_id: str) -> Iterator[Load]:
    """Claude Code, signed in rather than with a key."""
    for rank, person in enumerate(people):
        at: dict[str, Any] = {"workspace_id": workspace_id, "account_id": person.id}
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


def labs_loads(keys: Mapping[str, ApiKey]) -> Iterator[Load]:
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
