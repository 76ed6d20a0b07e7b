"""From Anthropic's answers to the ledger: what shares a name stays apart; the default workspace is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core import operations
from core.dimensions import Origin
from core.explore.engine import rows, total
from core.explore.query import Filter, Query
from core.explore.scan import whole_period
from core.ledger.build import refresh_ledger
from core.operations import open_ledger
from core.settings import Settings
from core.store.database import database
from tests.api.fakes import ACTOR, CODE_EXECUTION, COST, USAGE, USER_COST, ok
from tests.sync.anthropic import (
    ANALYTICS,
    COST_PATH,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    connected,
    sync,
)

YESTERDAY = TODAY - timedelta(days=1)
ARCHIVED = "2026-03-01T08:00:00Z"
BUILDS: list[dict[str, Any]] = [
    {"id": "wrkspc_A", "name": "Builds", "created_at": "2025-02-01T00:00:00Z", "archived_at": ARCHIVED},
    {"id": "wrkspc_C", "name": "Builds", "created_at": "2026-03-01T09:00:00Z", "archived_at": None},
]
KEYS = [
    {"id": "apikey_1", "name": "prod", "status": "archived", "workspace_id": "wrkspc_A"},
    {"id": "apikey_2", "name": "prod", "status": "active", "workspace_id": "wrkspc_C"},
    {"id": "apikey_3", "name": "prod", "status": "active", "workspace_id": None},
]


def cost(workspace: str | None, cents: str) -> dict[str, Any]:
    return {**COST, "workspace_id": workspace, "amount": cents}


def use(workspace: str | None, key: str) -> dict[str, Any]:
    return {**USAGE, "workspace_id": workspace, "api_key_id": key, "speed": "standard"}


def on_yesterday(*found: dict[str, Any]) -> Any:
    return lambda day: list(found) if day == YESTERDAY else []


def platform(**lists: list[dict[str, Any]]) -> Anthropic:
    return Anthropic(
        rows={
            COST_PATH: on_yesterday(cost("wrkspc_A", "1000"), cost("wrkspc_C", "3000")),
            USAGE_PATH: on_yesterday(use("wrkspc_A", "apikey_1"), use("wrkspc_C", "apikey_2")),
        },
        lists=lists,
    )


def build(settings: Settings) -> int:
    return refresh_ledger(settings, lambda: NOW)


def by(settings: Settings, name: str) -> dict[str, int | None]:
    """Dollars by label."""
    ledger = open_ledger(settings)
    found = rows(ledger, Query(("cost",), whole_period(ledger), (name,)))
    return {
        label: None if cost is None else cost // 10**8 for label, cost in found.select(name, "cost").rows()
    }


@pytest.mark.slow
def test_two_workspaces_and_two_keys_of_one_name_are_two_rows_each(settings: Settings) -> None:
    connected(settings)
    sync(settings, platform(workspaces=BUILDS, api_keys=KEYS), build=build)
    assert by(settings, "workspace") == {
        "Builds · archived 2026-03-01": 10,
        "Builds · created 2026-03-01": 30,
    }
    assert by(settings, "api_key") == {"prod · archived": 10, "prod · active": 30}
    ledger = open_ledger(settings)
    query = Query(
        ("cost",), whole_period(ledger), (), (Filter("workspace", ("Builds · archived 2026-03-01",)),)
    )
    assert total(ledger, query) == {"cost": 10 * 10**8}


def test_two_deleted_users_are_two_rows(settings: Settings) -> None:
    connected(settings, origin=Origin.CLAUDE_AI)
    gone = {**ACTOR, "email_address": None, "name": "Deleted User", "deleted": True}
    users = [{**gone, "user_id": f"user_01{n}{n}{n}{n}"} for n in (1, 2)]
    path = f"{ANALYTICS}/user_cost_report"
    bills = [{**USER_COST, "actor": user, "amount": f"{n}000"} for n, user in enumerate(users, 1)]
    server = Anthropic(watermark=NOW, rows={path: on_yesterday(*bills)})
    sync(settings, server, build=build)
    assert {label: cost for label, cost in by(settings, "user").items() if "Deleted" in label and cost} == {
        "Deleted User · …1111": 10,
        "Deleted User · …2222": 20,
    }


@pytest.mark.slow
def test_a_workspace_archived_later_is_labelled_so_without_a_rebuild(settings: Settings) -> None:
    connected(settings)
    living = [{**one, "archived_at": None} for one in BUILDS]
    sync(settings, platform(workspaces=living), build=build)
    assert set(by(settings, "workspace")) == {"Builds · created 2025-02-01", "Builds · created 2026-03-01"}
    with database(settings) as db:
        db.conn.execute(
            "UPDATE workspaces SET archived_at = '2026-03-02T00:00:00Z' WHERE workspace_id = 'wrkspc_A'"
        )
    before = open_ledger(settings)
    assert build(settings) == 0
    after = open_ledger(settings)
    assert after.files == before.files and after.revision > before.revision
    assert "Builds · archived 2026-03-02" in by(settings, "workspace")


def two_organizations(settings: Settings, *names: str) -> None:
    """Of these names; both used the default workspace yesterday."""
    bill = {COST_PATH: on_yesterday(cost(None, "1000")), USAGE_PATH: on_yesterday()}
    connected(settings, "Research", "Products")
    servers = {
        center: Anthropic(f"org_{n}", name, rows=bill)
        for n, (center, name) in enumerate(zip(("Research", "Products"), names, strict=True), 1)
    }
    sync(settings, servers, build=build)


@pytest.mark.slow
def test_the_default_workspaces_of_two_organizations_are_two_rows(settings: Settings) -> None:
    two_organizations(settings, "Northwind Labs", "Northwind Robotics")
    assert by(settings, "workspace") == {
        "Default workspace · Northwind Labs": 10,
        "Default workspace · Northwind Robotics": 10,
    }


@pytest.mark.slow
def test_an_organization_that_was_renamed_is_in_the_labels_after_the_next_sync(settings: Settings) -> None:
    two_organizations(settings, "Northwind Labs", "Northwind Robotics")
    before = open_ledger(settings)
    servers = {
        center: Anthropic(f"org_{n}", name, rows={COST_PATH: on_yesterday(), USAGE_PATH: on_yesterday()})
        for n, (center, name) in enumerate((("Research", "Northwind Labs"), ("Products", "Robots")), 1)
    }
    sync(settings, servers, build=lambda settings: operations.open_ledger(settings))
    assert by(settings, "organization") == {"Northwind Labs": 10, "Robots": 10}
    assert open_ledger(settings).files == before.files


@pytest.mark.slow
def test_once_the_other_organization_is_removed_the_name_says_enough(settings: Settings) -> None:
    two_organizations(settings, "Northwind Labs", "Northwind Robotics")
    operations.remove(settings, 2)
    assert by(settings, "workspace") == {"Default workspace": 10}


@pytest.mark.slow
def test_a_renamed_cost_center_is_in_the_labels_at_once(settings: Settings) -> None:
    two_organizations(settings, "Northwind", "Northwind")
    operations.rename(settings, 2, "Robotics")
    assert set(by(settings, "workspace")) == {"Default workspace · Research", "Default workspace · Robotics"}


@pytest.mark.slow
def test_rows_under_the_default_workspaces_real_id_are_its_rows(settings: Settings) -> None:
    connected(settings)
    bill = on_yesterday(cost(None, "1000"), cost("wrkspc_0", "3000"))
    default = {"id": "wrkspc_0", "name": "Default"}

    def lists(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/workspaces"):
            return None
        found = [default] if "include_default" in request.url.params else []
        return ok({"data": found, "has_more": False, "last_id": None})

    sync(settings, Anthropic(rows={COST_PATH: bill, USAGE_PATH: on_yesterday()}, rules=[lists]), build=build)
    assert by(settings, "workspace") == {"Default workspace": 40}


@pytest.mark.slow
def test_cost_of_a_workspace_that_no_list_names_shows_its_id(settings: Settings) -> None:
    connected(settings)
    rows_of = {COST_PATH: on_yesterday(CODE_EXECUTION), USAGE_PATH: on_yesterday()}
    sync(settings, Anthropic(rows=rows_of), build=build)
    assert by(settings, "workspace") == {"wrkspc_B": 8}


@pytest.mark.slow
def test_a_ledger_of_an_earlier_version_is_read_until_it_is_rebuilt(settings: Settings) -> None:
    connected(settings)
    sync(settings, platform(workspaces=BUILDS), build=build)
    with database(settings) as db:
        db.conn.execute("UPDATE ledger_files SET schema_version = 2")
        for table in ("ledger_names", "namesakes", "persons"):
            db.conn.execute(f"DELETE FROM {table}")
    (settings.ledger_dir / "manifest.json").unlink()
    assert by(settings, "workspace") == {"Builds": 40}
    assert build(settings) > 0
    assert set(by(settings, "workspace")) == {"Builds · archived 2026-03-01", "Builds · created 2026-03-01"}
