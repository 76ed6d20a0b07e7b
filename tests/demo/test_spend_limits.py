"""The simulated lists of spend limits: as strict as the real ones, and true to what people did."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.demo.company import ANALYTICS_SCOPE, LIMITS_SCOPE, Cap
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Simulator
from tests.demo.asking import NOW, ask, refused, simulate
from tests.support.custom import claude_ai_organization, platform_organization

LIMITS, EFFECTIVE = "/v1/organizations/spend_limits", "/v1/organizations/spend_limits/effective"
BETA = {"anthropic-beta": "spend-limit-reads-2026-09-26"}
PLAIN = claude_ai_organization("Staff", users=3)
FIRST = PLAIN.people[0]
STAFF = replace(
    PLAIN,
    scopes=(ANALYTICS_SCOPE, LIMITS_SCOPE),
    caps=(
        Cap("organization", 900_000),
        Cap("seat_tier", 40_000, "standard"),
        Cap("user", 0, FIRST.id),
        Cap("organization", None, period="daily"),
    ),
)
ACME = replace(
    platform_organization("Acme"),
    in_limits_preview=True,
    caps=(Cap("organization", 500, is_enabled=False), Cap("workspace", 7, "wrkspc_1")),
)


def effective(params: Any = (), world: Simulator | None = None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ask(world or simulate(STAFF), STAFF, EFFECTIVE, params)["data"]
    return rows


def test_every_limit_that_is_set_is_listed_in_cents_with_what_it_holds_for() -> None:
    data = ask(simulate(ACME), ACME, LIMITS, headers=BETA)["data"]
    assert [(row["scope"], row["amount"], row["is_enabled"]) for row in data] == [
        ({"type": "organization"}, "500", False),
        ({"type": "workspace", "workspace_id": "wrkspc_1"}, "7", True),
    ]


def test_a_members_limit_is_the_narrowest_that_holds() -> None:
    months = [row for row in effective() if row["period"] == "monthly"]
    assert [(row["amount"], row["source"]["type"]) for row in months] == [
        ("0", "user"),
        ("40000", "seat_tier"),
        ("40000", "seat_tier"),
    ]
    days = [row for row in effective() if row["period"] == "daily"]
    assert {(row["amount"], row["source"]["type"]) for row in days} == {(None, "organization")}


def test_what_is_spent_is_what_the_reports_will_add_up_to() -> None:
    """The same from the simulator's truth: whole finished days of the month, at its last midnight."""
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    told = {
        row["actor"]["user_id"]: row["period_to_date_spend"]
        for row in effective([("period[]", "monthly")], simulate(STAFF, now=midnight))
    }
    costs: Counter[str] = Counter()
    later = simulate(STAFF)
    for day in range(1, 23):
        of_day = later.totals_by(STAFF.id, midnight.date().replace(day=day), "user_id")
        costs.update({user: total.cost_microcents for user, total in of_day.items() if user})
    assert len(told) == 3 and sum(costs.values()) > 0
    for user, text in told.items():
        assert float(text) == pytest.approx(costs[user] / 10**6, abs=0.001), "cents, with three decimals"


def test_a_members_rows_stay_on_one_page_and_pages_have_no_has_more() -> None:
    page = ask(simulate(STAFF), STAFF, EFFECTIVE, [("limit", "1")])
    assert len(page["data"]) == 2 and set(page) == {"data", "next_page"}
    rest = ask(simulate(STAFF), STAFF, EFFECTIVE, [("limit", "1"), ("page", page["next_page"])])
    assert {row["actor"]["user_id"] for row in rest["data"]} == {STAFF.people[1].id}


def test_members_and_periods_can_be_chosen_and_nobody_deleted_is_a_member() -> None:
    rows = effective([("user_ids[]", FIRST.id), ("period[]", "daily")])
    assert [(row["actor"]["user_id"], row["period"]) for row in rows] == [(FIRST.id, "daily")]
    gone = replace(FIRST, deleted_on=NOW.date() - timedelta(days=1))
    left = replace(STAFF, people=(gone, *STAFF.people[1:]))
    rows = ask(simulate(left), left, EFFECTIVE)["data"]
    assert FIRST.id not in {row["actor"]["user_id"] for row in rows}


@pytest.mark.parametrize(
    ("organization", "path", "params", "headers", "expected"),
    [
        (PLAIN, LIMITS, [], BETA, (403, "permission_error", "[read:spend_limits]")),
        (PLAIN, EFFECTIVE, [], {}, (403, "permission_error", "[read:spend_limits]")),
        (STAFF, LIMITS, [], {}, (400, "invalid_request_error", "spend-limit-reads-2026-09-26")),
        (ACME, EFFECTIVE, [], {}, (400, "invalid_request_error", "organizations of this type")),
        (platform_organization("New"), LIMITS, [], BETA, (403, "permission_error", "not enrolled")),
        (STAFF, LIMITS, [("scope_type[]", "squad")], BETA, (400, "invalid_request_error", "scope_type[]")),
        (STAFF, EFFECTIVE, [("period[]", "yearly")], {}, (400, "invalid_request_error", "period[]")),
        (STAFF, EFFECTIVE, [("limit", "1001")], {}, (400, "invalid_request_error", "limit")),
        (STAFF, EFFECTIVE, [("after_id", "x")], {}, (400, "invalid_request_error", "after_id")),
        (STAFF, EFFECTIVE, [("user_ids[]", "u")] * 101, {}, (400, "invalid_request_error", "at most 100")),
        (STAFF, EFFECTIVE, [("page", "page_x")], {}, (400, "invalid_request_error", "page")),
    ],
)
def test_what_the_contract_does_not_allow_is_refused(
    organization: Any, path: str, params: Any, headers: Any, expected: tuple[int, str, str]
) -> None:
    status, kind, text = refused(simulate(organization), organization, path, params, headers=headers)
    assert (status, kind) == expected[:2] and expected[2] in text


def test_the_demo_has_limits_of_every_kind_and_one_organization_without() -> None:
    kinds = {name: {cap.scope_type for cap in company.caps} for name, company in ORGANIZATIONS.items()}
    assert kinds["Staff"] == {"organization", "seat_tier", "user"}
    assert kinds["Robotics products"] == {"organization", "workspace", "usage_tier"}
    assert not ORGANIZATIONS["Research labs"].in_limits_preview
