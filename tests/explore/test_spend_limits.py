"""Anthropic's own limits as rows: what they hold for, how much is spent, and what is not known of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.explore.spend_limits import LimitRow, how_to_get, member_limits, money, set_limits
from core.store.spend_limits import LimitAnswer, LimitList, MemberLimit, Refused, SpendLimit

NOW = datetime(2026, 11, 23, tzinfo=UTC)
USD = 10**8
NAMES = {(1, "wrkspc_1"): "Checkout"}
COSTS = {(1, "wrkspc_1"): 30 * USD, (1, None): 12 * USD, (2, "wrkspc_1"): 5 * USD}


def cap(kind: str = "organization", id_: str | None = None, **given: object) -> SpendLimit:
    usual = {"amount": 100 * USD, "currency": "USD", "period": "monthly", "is_enabled": True}
    return SpendLimit(connection_id=1, scope_type=kind, scope_id=id_, updated_at=NOW, **{**usual, **given})  # type: ignore[arg-type]


def member(**given: object) -> MemberLimit:
    usual = {
        "connection_id": 1, "user_id": "user_1", "user_email": "ann@acme.com", "user_name": "Ann",
        "amount": 100 * USD, "currency": "USD", "period": "monthly", "source_type": "seat_tier",
        "source_id": "premium", "spent": 25 * USD,
    }  # fmt: skip
    return MemberLimit(**{**usual, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "of", "spent", "used"),
    [
        (cap(), "Organization", 42 * USD, "42%"),
        (cap("usage_tier"), "Usage tier, as Anthropic set it", 42 * USD, "42%"),
        (cap("workspace", "wrkspc_1"), "Workspace Checkout", 30 * USD, "30%"),
        (cap("workspace", "wrkspc_9"), "Workspace wrkspc_9", 0, "0%"),
        (cap("rbac_group", "group_1"), "Each member of group group_1", None, "–"),
        (cap("organization_service", "claude_code"), "Service claude_code", None, "–"),
        (cap("squad_of"), "Squad of", None, "–"),
        (cap(period="weekly"), "Organization", None, "–"),
        (cap(currency="EUR"), "Organization", None, "–"),
        (cap(amount=0), "Organization", 42 * USD, "–"),
        (cap(amount=None), "Organization", 42 * USD, "–"),
        (cap(is_enabled=False), "Organization (switched off)", 42 * USD, "42%"),
    ],
)
def test_the_ledgers_cost_stands_beside_monthly_limits_of_what_it_knows(
    limit: SpendLimit, of: str, spent: int | None, used: str
) -> None:
    (row,) = set_limits([limit], COSTS, [], NAMES)
    assert (row.of, row.spent, row.used_text) == (of, spent, used)


def test_a_month_of_which_nothing_is_known_is_not_nothing_spent() -> None:
    (row,) = set_limits([cap("workspace", "wrkspc_1")], {(2, "wrkspc_1"): USD}, [], NAMES)
    assert (row.spent, row.spent_text, row.used_text) == (None, "–", "–")


def test_what_a_member_spent_of_their_own_limit_is_what_anthropic_tells_of_them() -> None:
    members = [
        member(),
        member(period="weekly", spent=7 * USD),
        member(connection_id=2, spent=9 * USD),
        member(user_id="user_2", spent=0),
    ]
    of = [
        cap("user", "user_1"),
        cap("user", "user_2"),
        cap("user", "user_3"),
        cap("user", "user_1", currency="EUR"),
    ]
    names = {(1, "user_1"): "ann@acme.com"}
    known, *unknown = set_limits(of, COSTS, members, names)
    assert (known.of, known.spent, known.used_text) == ("Member ann@acme.com", 25 * USD, "25%")
    assert known.told_by == "Anthropic" == member_limits(members, names)[0].told_by
    assert {(row.spent, row.told_by) for row in unknown} == {(None, "")}
    (weekly,) = set_limits([cap("user", "user_1", period="weekly")], COSTS, members, names)
    assert weekly.spent == 7 * USD


def test_the_ledgers_cost_is_called_so() -> None:
    (row,) = set_limits([cap()], COSTS, [member()], NAMES)
    assert row.told_by == "Ledger: cost this month"


def test_members_are_sorted_by_what_is_used_and_zero_spend_is_not_known() -> None:
    rows = member_limits(
        [member(), member(user_email="bo@acme.com", spent=99 * USD), member(user_email=None, spent=0)], {}
    )
    assert [(row.of, row.used_text) for row in rows] == [
        ("bo@acme.com", "99%"),
        ("ann@acme.com", "25%"),
        ("Ann", "–"),
    ]
    assert rows[0].source == "Seat tier premium"


def test_no_limit_and_nothing_beyond_the_plan_are_two_things_and_cents_are_whole() -> None:
    rows = member_limits([member(amount=None), member(amount=0), member(spent=12_050_500_000)], {})
    texts = [(row.amount_text, row.spent_text) for row in rows]
    assert texts == [("$100.00", "$120.51"), ("$0.00", "$25.00"), ("No limit", "$25.00")]


def test_another_currency_is_never_shown_as_dollars() -> None:
    (row,) = member_limits([member(amount=50_000 * 10**6, currency="JPY", spent=1_600_000)], {})
    assert row.amount_text == "50,000 minor units of JPY" and row.spent_text == "2 minor units of JPY"
    assert money(50_000 * 10**6, "USD") == "$500.00"


def test_limits_beyond_what_was_set_read_as_more_than_all() -> None:
    assert LimitRow(1, "Ann", "Day", 10, "", "USD", 25).used_text == "250%"


def answer(connection_id: int, refused: Refused | None, left_out: int = 0) -> LimitAnswer:
    return LimitAnswer(connection_id, LimitList.SET, NOW, refused, left_out)


def test_how_to_get_them_is_said_once_for_all_who_lack_them() -> None:
    answers = [
        answer(1, Refused.SCOPE),
        answer(2, Refused.SCOPE),
        answer(3, Refused.NOT_OFFERED),
        answer(4, None),
    ]
    scope, preview = how_to_get(answers, {1: "Staff", 2: "Abroad", 3: "Labs", 4: "Main"})
    assert "Abroad, Staff" in scope and "read:spend_limits" in scope and "Main" not in scope
    assert "Labs" in preview and "preview" in preview
    assert how_to_get([answer(9, Refused.SCOPE), answer(4, None)], {4: "Main"}) == []


def test_entries_that_could_not_be_read_are_said() -> None:
    assert how_to_get([answer(1, None, 2)], {1: "Main"}) == [
        "2 of Anthropic's entries could not be read and are not shown."
    ]
