"""The demo through the very client that asks Anthropic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.api import enterprise, platform
from core.api.client import Client
from core.api.rate_limit import UNLIMITED
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Simulator
from core.demo.transport import DEMO_KEYS, SimulatorTransport, demo_simulator, demo_transport
from core.errors import AuthenticationError, PermissionDeniedError
from core.money import microcents
from core.periods import Period
from tests.demo.asking import NOW

TODAY = NOW.date()
MONTH = Period(TODAY - timedelta(days=30), TODAY + timedelta(days=1))

PRODUCT, LABS, STAFF, _ = ORGANIZATIONS.values()


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    return demo_simulator(lambda: NOW)


@pytest.fixture
def clients(simulator: Simulator) -> Iterator[dict[str, Client]]:
    made = {
        demo.cost_center: Client(
            base_url="https://api.anthropic.com",
            api_key=demo.key,
            transport=SimulatorTransport(simulator),
            rate_limit=UNLIMITED,
        )
        for demo in DEMO_KEYS
    }
    yield made
    for client in made.values():
        client.close()


def test_the_directory(clients: dict[str, Client]) -> None:
    client = clients["Research labs"]
    assert platform.fetch_organization(client).value.name == "Northwind Labs"
    (keys,) = platform.fetch_api_keys(client)
    default = LABS.default_workspace_id
    assert [key.workspace_id for key in keys] == [key.workspace_id or default for key in LABS.api_keys]
    (workspaces,) = platform.fetch_workspaces(clients["Robotics products"], include_default=False)
    assert "Customer Care" in [workspace.name for workspace in workspaces]
    (users,) = platform.fetch_users(client)
    assert [user.email for user in users] == [person.email for person in LABS.people]


@pytest.mark.parametrize("cost_center", ["Robotics products", "Research labs"])
def test_a_month_of_the_platform(clients: dict[str, Client], simulator: Simulator, cost_center: str) -> None:
    client, organization = clients[cost_center], ORGANIZATIONS[cost_center]
    cost = [row for page in platform.fetch_cost(client, MONTH) for b in page.buckets for row in b.results]
    usage = [
        row
        for page in platform.fetch_usage(client, MONTH, ("model", "speed"))
        for bucket in page.buckets
        for row in bucket.results
    ]
    truth = [simulator.totals(organization.id, day) for day in MONTH]
    assert sum(microcents(row.amount) for row in cost) == sum(day.cost_microcents for day in truth)
    assert sum(row.output_tokens for row in usage) == sum(day.tokens["output_tokens"] for day in truth)


@pytest.mark.slow
def test_a_month_of_claude_ai(clients: dict[str, Client], simulator: Simulator) -> None:
    client = clients["Staff"]
    pages = list(enterprise.fetch_user_cost(client, MONTH))
    assert len(pages) > 2 and {page.organization_id for page in pages} == {STAFF.id}
    users = sum(microcents(row.amount) for page in pages for row in page.records)
    control = [
        row for page in enterprise.fetch_cost(client, MONTH) for b in page.buckets for row in b.results
    ]
    truth = [simulator.totals_by(STAFF.id, day, "user_id") for day in MONTH]
    nobody = sum(day[None].cost_microcents for day in truth if None in day)
    assert users == sum(item.cost_microcents for day in truth for user, item in day.items() if user)
    assert sum(microcents(row.amount) for row in control) == users + nobody


def test_errors_come_through_as_from_anthropic(clients: dict[str, Client]) -> None:
    with pytest.raises(PermissionDeniedError, match="read:analytics"):
        platform.fetch_organization(clients["Staff"])
    stranger = Client(
        base_url="https://api.anthropic.com",
        api_key="sk-ant-admin01-unknown",
        transport=demo_transport(lambda: NOW),
    )
    with stranger, pytest.raises(AuthenticationError):
        platform.fetch_organization(stranger)
