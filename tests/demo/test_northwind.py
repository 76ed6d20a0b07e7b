"""The demo's company holds everything the demo is to show."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from functools import cache

import pytest

from core.demo.activity import Use
from core.demo.company import Load, Organization
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Simulator
from core.demo.transport import DEMO_KEYS
from core.dimensions import Origin
from tests.demo.asking import NOW, simulate

PRODUCT, LABS, STAFF, FIELD = ORGANIZATIONS.values()
YEAR = [date(2025, 11, 24) + timedelta(days=n) for n in range(364)]

every_organization = pytest.mark.parametrize("organization", ORGANIZATIONS.values(), ids=ORGANIZATIONS)


@cache
def simulator() -> Simulator:
    return simulate(*ORGANIZATIONS.values())


@cache
def november() -> list[Use]:
    """Use of all organizations on the first ten days of November."""
    days = [date(2026, 11, n) for n in range(1, 11)]
    return [use for item in ORGANIZATIONS.values() for day in days for use in simulator().uses(item.id, day)]


def used(name: str) -> set[object]:
    return {getattr(use.load, name) for use in november()}


def test_two_organizations_of_each_origin_and_one_of_them_on_each_bill() -> None:
    assert [(item.origin, item.in_newest_beta) for item in ORGANIZATIONS.values()] == [
        (Origin.PLATFORM, True),
        (Origin.PLATFORM, False),
        (Origin.CLAUDE_AI, False),
        (Origin.CLAUDE_AI, True),
    ]
    assert len({item.id for item in ORGANIZATIONS.values()}) == 4
    assert [demo.cost_center for demo in DEMO_KEYS] == list(ORGANIZATIONS)


@pytest.mark.parametrize("demo", DEMO_KEYS, ids=lambda demo: demo.cost_center)
def test_keys_have_the_right_prefix_and_are_plainly_fake(demo: object) -> None:
    prefix = {Origin.PLATFORM: "sk-ant-admin01-", Origin.CLAUDE_AI: "sk-ant-api01-"}[demo.origin]  # type: ignore[attr-defined]
    assert demo.key.startswith(f"{prefix}DEMO-")  # type: ignore[attr-defined]
    assert "not-a-real-key" in demo.key  # type: ignore[attr-defined]


@every_organization
def test_ids_are_unique_and_loads_refer_to_what_exists(organization: Organization) -> None:
    things = [item.id for item in (*organization.workspaces, *organization.api_keys, *organization.people)]
    assert len(set(things)) == len(things)
    assert len({load.name for load in organization.loads}) == len(organization.loads)
    for load in organization.loads:
        known = {load.workspace_id, load.api_key_id, load.account_id, load.user_id} - {None}
        assert known <= set(things), load.name
    workspaces = {key.id: key.workspace_id for key in organization.api_keys}
    assert all(load.workspace_id == workspaces[load.api_key_id] for load in _keyed(organization))


def _keyed(organization: Organization) -> list[Load]:
    return [load for load in organization.loads if load.api_key_id]


def test_spend_is_that_of_a_mid_sized_customer() -> None:
    october = [date(2026, 10, 1) + timedelta(days=n) for n in range(31)]
    spent = sum(
        simulator().totals(item.id, day).cost_microcents for item in ORGANIZATIONS.values() for day in october
    )
    assert 40_000 <= spent / 10**8 <= 90_000


def test_every_kind_of_use_occurs() -> None:
    assert {"standard", "batch", "priority", "flex_discount"} <= used("service_tier")
    assert {"0-200k", "200k-1M"} == used("context_window")
    assert {"global", "us", "not_available"} == used("inference_geo")
    assert {"standard", "fast"} == used("speed")
    assert {"tokens", "code_execution", "session_usage"} == used("cost_type")
    assert any(use.counts.web_searches for use in november())
    assert len(used("service_account_id")) > 1
    assert {None, "chat", "claude_code", "cowork", "office_agent", "claude_in_chrome"} < used("product")


def test_the_platform_has_console_use_oauth_use_and_a_default_workspace() -> None:
    loads = [use.load for use in november() if use.load.user_id is None and use.load.product is None]
    assert any(load.api_key_id is None and load.account_id is None for load in loads)
    assert any(load.account_id for load in loads)
    assert any(load.workspace_id is None for load in loads)


def test_fast_and_standard_use_share_a_cell() -> None:
    cells: dict[tuple[object, ...], set[str]] = {}
    for load in PRODUCT.loads:
        if load.models[-1][1].startswith("claude-opus"):
            where = (load.workspace_id, load.service_tier, load.context_window, load.inference_geo)
            cells.setdefault(where, set()).add(load.speed)
    assert {"standard", "fast"} in cells.values()


def test_a_new_model_replaced_an_old_one() -> None:
    def opus(day: date) -> set[str]:
        return {use.model for use in simulator().uses(PRODUCT.id, day) if "opus" in use.model}

    assert opus(date(2025, 12, 10)) == {"claude-opus-4-5-20251101"}
    assert opus(date(2026, 11, 18)) == {"claude-opus-5"}


def test_awkward_names() -> None:
    names = [item.name for item in (*PRODUCT.workspaces, *PRODUCT.api_keys)]
    people = [person.name for person in STAFF.people if person.name]
    assert any(name.startswith("=") for name in names)
    assert any("<b>" in name and "*" in name and "|" in name for name in names)
    assert any(len(name) > 60 for name in names)
    assert any(not name.isascii() for name in names) and any(not name.isascii() for name in people)
    assert Counter(names).most_common(1)[0] == ("planner", 2)
    assert None in [person.name for person in STAFF.people]


def test_emails_are_unique_and_can_reach_nobody() -> None:
    for organization in ORGANIZATIONS.values():
        emails = [person.email for person in organization.people]
        assert len(set(emails)) == len(emails)
        assert all(re.fullmatch(r"[a-z0-9.]+@northwind\.example", email) for email in emails), emails


def test_one_person_has_one_address_in_every_organization() -> None:
    addresses: dict[str, set[str]] = {}
    for organization in ORGANIZATIONS.values():
        for person in organization.people:
            addresses.setdefault(str(person.name), set()).add(person.email)
    del addresses["None"]
    assert all(len(own) == 1 for own in addresses.values()), addresses
    assert addresses["Björn Lindqvist"] == {"bjorn.lindqvist@northwind.example"}
    assert addresses["Sven Åkesson"] == {"sven.akesson@northwind.example"}


def test_states_of_workspaces_keys_and_people() -> None:
    assert any(item.archived_on for item in PRODUCT.workspaces)
    assert any(item.renamed for item in PRODUCT.workspaces)
    assert {"active", "inactive", "expired"} == {key.status for key in PRODUCT.api_keys}
    assert any(person.deleted_on for person in STAFF.people)


def test_the_organizations_totals_exceed_the_users() -> None:
    by_user = simulator().totals_by(STAFF.id, date(2026, 11, 4), "user_id")
    assert by_user[None].cost_microcents > 0
    assert sum(item.cost_microcents for user, item in by_user.items() if user) > 0


def test_list_cost_exceeds_cost_on_claude_ai() -> None:
    totals = simulator().totals(STAFF.id, date(2026, 11, 4))
    assert totals.list_cost_microcents > totals.cost_microcents > 0


def test_about_as_many_ledger_rows_as_a_year_of_a_real_customer() -> None:
    sample = [day for day in YEAR if day.day in (3, 14, 25)]
    found = sum(_ledger_rows(day) for day in sample) * len(YEAR) // len(sample)
    assert 250_000 <= found <= 450_000


def _ledger_rows(day: date) -> int:
    asked = [item for item in ORGANIZATIONS.values() if item.origin is Origin.PLATFORM or day.year == 2026]
    uses = [use for item in asked for use in simulator().uses(item.id, day)]
    return sum(sum(map(bool, use.counts.tokens)) + bool(use.counts.requests) for use in uses)


def test_nothing_is_known_beyond_now() -> None:
    tomorrow = NOW.date() + timedelta(days=1)
    assert not any(simulator().uses(item.id, tomorrow) for item in ORGANIZATIONS.values())
