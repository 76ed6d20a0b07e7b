"""What is said of the newest reports, where they are as assumed, where they differ, and where not served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from core import operations
from core.cli import codes, doctor_api
from core.demo.behaviour import Behaviour
from core.demo.service import Simulator
from core.probe.asking import MOST_REQUESTS
from core.probe.bodies import Row
from core.probe.walk import Walk
from core.settings import Settings
from core.store.connections import Connection
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.organizations import NOW, clock
from tests.support.server import AnthropicServer, Fault, serve

DAY = NOW.date() - timedelta(days=2)
"""The day that is looked at."""
World = tuple[Settings, Simulator, AnthropicServer, dict[str, Connection]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    organizations = {
        "Main": platform_organization("main", users=2, api_keys=6, newest=True),
        "Staff": claude_ai_organization("staff", users=4, newest=True),
    }
    simulator = Simulator(organizations.values(), clock)
    with serve(simulator) as server:
        settings = Settings(data_dir=tmp_path_factory.mktemp("data"), base_url=server.url)
        for name, organization in organizations.items():
            since = date(2026, 11, 1)
            operations.connect(settings, name=name, key=organization.key, since=since, clock=clock)
        yield settings, simulator, server, {c.name: c for c in operations.connections(settings)}


def walked(world: World, name: str, *faults: Fault, **fields: Any) -> Walk:
    settings, simulator, server, named = world
    simulator.behaviour = Behaviour(**fields)
    server.log.clear()
    server.faults.extend(faults)
    try:
        return operations.walk_service(settings, named[name], clock, lambda _: None)
    finally:
        simulator.behaviour = Behaviour()
        server.faults.clear()


def newest_rows(walk: Walk) -> dict[str, Row]:
    return {row.name: row for row in walk.rows if row.name.startswith(("newest", "analytics/cost"))}


def said(world: World, what: str, name: str = "Main", *faults: Fault, **fields: Any) -> tuple[str, str, bool]:
    row = newest_rows(walked(world, name, *faults, **fields))[what]
    return row.seen.verdict.value, row.seen.words, row.matters


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Main", "Staff"])
def test_a_service_that_is_as_assumed(world: World, name: str) -> None:
    walk = walked(world, name)
    rows = newest_rows(walk)
    odd = {row.name for row in rows.values() if row.seen.verdict.value != "ok"}
    assert odd == (set() if name == "Main" else {"newest cost: Priority tier"})  # nobody has it there
    assert len(rows) == 26 and not walk.off and doctor_api.exit_code([walk]) == codes.DONE
    assert walk.requests == len(world[2].requests()) < MOST_REQUESTS == 75


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Main", "Staff"])
@pytest.mark.parametrize("newest", ["not_in_beta", "not_found", "not_supported", "hipaa"])
def test_where_it_is_not_served_nothing_more_is_asked_and_nothing_matters(
    world: World, name: str, newest: str
) -> None:
    walk = walked(world, name, newest=newest)
    rows = newest_rows(walk)
    assert rows.pop("analytics/cost").seen.verdict.value == "not granted"
    assert {(row.seen.verdict.value, row.seen.words) for row in rows.values()} == {
        ("unknown", "not looked at: the report is not served")
    }
    asked = [entry.path for entry in world[2].requests() if "analytics/cost" in entry.path]
    assert asked.count("/v1/organizations/analytics/cost") == 1
    assert not walk.off and doctor_api.exit_code([walk]) == codes.DONE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fields", "what", "verdict", "words"),
    [
        (
            {"newest_most_groups": 3},
            "newest cost: dimensions a question",
            "differs",
            "3, named by the refusal",
        ),
        ({"newest_most_groups": 9}, "newest usage: dimensions a question", "differs", "6 or more"),
        (
            {"newest_most_groups": 3, "most_groups_message": "Too many."},
            "newest cost: dimensions a question",
            "differs",
            "fewer",
        ),
        ({"newest_null_watermark": True}, "newest cost: data_refreshed_at", "differs", "null: nothing is"),
        ({"newest_lag": timedelta(days=3)}, "newest usage: data_refreshed_at", "differs", "hours before"),
        (
            {"newest_percents": ((DAY, 90),)},
            "newest cost and the older",
            "differs",
            "adds up not to the total",
        ),
        ({"newest_percents": ((DAY, 90),)}, "newest usage and the older", "differs", "adds up not to"),
        ({"newest_priority": "zero"}, "newest cost: Priority tier", "differs", "amounts of zero"),
        ({"zero_amounts": True}, "newest cost: amounts", "differs", "1 rows with an exponent"),
        ({"days_without_amount": frozenset({DAY})}, "newest cost: list amounts", "differs", "1 rows without"),
        ({"days_in_euro": frozenset({DAY})}, "newest cost: amounts", "differs", "1 rows in another currency"),
        ({"unknown_fields": True}, "newest cost: fields", "differs", "new: field_of_tomorrow"),
        ({"null_server_tool_use": True}, "newest usage: fields", "differs", "null: server_tool_use"),
    ],
)
def test_what_differs_is_said(
    world: World, fields: dict[str, Any], what: str, verdict: str, words: str
) -> None:
    found, seen, matters = said(world, what, **fields)
    assert found == verdict and words in seen
    assert matters == (not any(part in what for part in ("dimensions", "Priority", "fields")))


def without(path: str, name: str) -> Fault:
    """An answer whose first row has lost a field below its numbers."""

    def change(body: Any) -> Any:
        for row in body.get("data", [])[:1]:
            for below in ("cost", "usage"):
                row.get(below, {}).pop(name, None)
        return body

    return Fault(path=path, times=None, change=change)


@pytest.mark.slow
def test_rows_that_lack_something_are_said(world: World) -> None:
    cost = without("/v1/organizations/analytics/cost", "list_amount")
    assert said(world, "newest cost: fields", "Staff", cost)[1] == "missing: list_amount"
    usage = without("/v1/organizations/analytics/usage", "output_tokens")
    assert said(world, "newest usage: total_tokens", "Staff", usage)[0] == "differs"
    assert said(world, "newest usage by keys", "Staff", usage)[::2] == ("differs", True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body", [{"data": [7, None]}, {"data": [{"group": 5, "cost": []}]}, {"data": "x", "has_more": 3}]
)
def test_answers_of_any_form_are_rows_and_no_traceback(world: World, body: dict[str, Any]) -> None:
    odd = Fault(path="/v1/organizations/analytics/cost", times=None, change=lambda _: body)
    assert len(newest_rows(walked(world, "Main", odd))) == 26


@pytest.mark.slow
def test_it_fits_the_table(world: World) -> None:
    shown = doctor_api.table(walked(world, "Main"))
    assert "newest cost by keys" in shown and max(map(len, shown.splitlines())) <= 100
