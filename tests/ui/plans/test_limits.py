"""Anthropic's own limits on the Plans page and on People: beside the plans, never among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.explore import engine
from core.explore.query import Filter, Query
from core.ledger.restriction import Restriction
from core.ledger.snapshot import open_ledger
from core.money import MICROCENTS_PER_USD
from core.periods import Period
from core.settings import Settings
from core.store.connections import Connection, list_connections
from core.store.database import database
from core.store.grants import Scope
from core.store.spend_limits import LimitList, Refused, replace_limits
from core.ui.app import data, times
from core.ui.app.limits_cards import limits_of
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
CAP = {
    "scope_type": "workspace", "scope_id": "wrkspc_1", "amount": "1", "amount_microcents": 10**12,
    "currency": "USD", "period": "monthly", "is_enabled": 1, "updated_at": None,
}  # fmt: skip


def member(number: int, spent: int) -> dict[str, object]:
    return {
        "user_id": f"user_{number}", "user_email": f"person{number}@example.com", "user_name": None,
        "amount": "100", "amount_microcents": 100 * MICROCENTS_PER_USD, "currency": "USD",
        "period": "monthly",
        "source_type": "organization", "source_id": None, "spent": "1",
        "spent_microcents": spent * MICROCENTS_PER_USD,
    }  # fmt: skip


@pytest.fixture
def of(settings: Settings, full_books: None) -> dict[str, Connection]:
    with database(settings) as db:
        return {connection.origin.value: connection for connection in list_connections(db)}


def keep(settings: Settings, connection: Connection, of: LimitList, *rows: Any, **more: Any) -> None:
    with database(settings) as db:
        replace_limits(db, connection.id, of, rows, books.NOW, **more)


def table(app: AppTest, column: str) -> list[dict[str, Any]]:
    (frame,) = [frame.value for frame in app.dataframe if column in frame.value.columns]
    return list(frame.to_dict("records"))


def test_a_limit_stands_beside_the_ledgers_cost_though_no_plan_is_made(
    open_page: Open, settings: Settings, of: dict[str, Connection]
) -> None:
    keep(settings, of["Claude Platform"], LimitList.SET, CAP)
    keep(settings, of["claude.ai"], LimitList.MEMBERS, refused=Refused.SCOPE)
    app = open_page("plans")
    month = Period(date(2026, 11, 1), date(2026, 11, 24))
    where = (Filter("workspace_id", ("wrkspc_1",)), Filter("origin", ("Claude Platform",)))
    cost = engine.total(open_ledger(settings), Query(("cost",), month, filters=where))["cost"]
    (row,) = table(app, "Holds for")
    assert not app.exception and cost
    assert float(row["Spent"].replace("$", "").replace(",", "")) == pytest.approx(cost / 10**8, abs=0.005)
    assert row["Spent, as told by"] == "Ledger: cost this month"
    assert list(row)[:3] == ["Holds for", "Used", "Spent"], "in sight on a phone"
    assert (row["Limit"], row["Used"]) == ("$10,000.00", f"{cost / 10**12:.0%}")
    text = shown(app)
    assert "No plan is made yet" in text and "read:spend_limits" in text
    assert "never part of them" in text


def test_members_near_their_limit_are_named_on_plans_and_all_on_people(
    open_page: Open, settings: Settings, of: dict[str, Connection]
) -> None:
    keep(settings, of["claude.ai"], LimitList.MEMBERS, member(1, 10), member(2, 95), member(3, 0))
    plans = table(open_page("plans"), "Member")
    assert [(row["Member"], row["Used"]) for row in plans] == [("person2@example.com", "95%")]
    people = table(open_page("people"), "Member")
    assert [(row["Member"], row["Spent"], row["Used"]) for row in people] == [
        ("person2@example.com", "$95.00", "95%"),
        ("person1@example.com", "$10.00", "10%"),
        ("person3@example.com", "–", "–"),
    ]


def test_a_members_own_limit_is_as_spent_on_plans_as_on_people(
    open_page: Open, settings: Settings, of: dict[str, Connection]
) -> None:
    own = {**CAP, "scope_type": "user", "scope_id": member(1, 0)["user_id"]}
    keep(settings, of["claude.ai"], LimitList.SET, own)
    keep(settings, of["claude.ai"], LimitList.MEMBERS, member(1, 40))
    (plans,) = table(open_page("plans"), "Holds for")
    (people,) = table(open_page("people"), "Member")
    assert plans["Spent"] == people["Spent"] == "$40.00"
    assert plans["Spent, as told by"] == "Anthropic"


def test_people_of_the_platform_alone_show_no_limits_of_the_others(
    open_page: Open, settings: Settings, of: dict[str, Connection]
) -> None:
    keep(settings, of["claude.ai"], LimitList.MEMBERS, member(1, 10))
    app = open_page("people", {"in.origin": ["Claude Platform"]})
    assert not app.exception and "limits of members" not in shown(app)


def test_nothing_is_said_where_no_list_was_asked_for(open_page: Open, of: dict[str, Connection]) -> None:
    assert "own limits" not in shown(open_page("plans"))


def test_who_is_shown_a_part_sees_no_limit(settings: Settings, of: dict[str, Connection]) -> None:
    keep(settings, of["claude.ai"], LimitList.MEMBERS, member(1, 10))
    everywhere = [connection.id for connection in of.values()]
    part = replace(data.ledger(), restriction=Restriction((Scope(connections=(1,)),), "ann@example.com"))
    assert limits_of(data.ledger(), everywhere, times.today()).members
    assert limits_of(part, everywhere, times.today()).members == []
