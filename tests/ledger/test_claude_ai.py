"""claude.ai rows: two reports meet, and what no user is behind stays visible."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.claude_ai import ClaudeAiFacts, claude_ai_rows
from tests.ledger.frames import DAY, facts
from tests.properties import tried

KEY = {"user_id": "u1", "user_email": "ada@example.com", "product": "chat", "model": "m", "speed": "standard"}
COST = {**KEY, "cost_type": "tokens", "token_type": "output_tokens"}


def ledger(
    cost: list[dict[str, Any]] | None = None,
    usage: list[dict[str, Any]] | None = None,
    total_cost: list[dict[str, Any]] | None = None,
    total_usage: list[dict[str, Any]] | None = None,
    compared: bool = True,
) -> pl.DataFrame:
    days = [DAY] if compared else []
    return claude_ai_rows(
        ClaudeAiFacts(
            facts("claude_ai_user_cost", *(cost or [])),
            facts("claude_ai_user_usage", *(usage or [])),
            facts("claude_ai_cost", *(total_cost or [])),
            facts("claude_ai_usage", *(total_usage or [])),
            [DAY],
            days,
            days,
        )
    )


def test_cost_and_usage_meet_on_one_row() -> None:
    rows = ledger(
        [{**COST, "amount_microcents": 5, "list_amount_microcents": 7}], [{**KEY, "output_tokens": 9}]
    )
    assert rows.select("user", "tokens", "cost_microcents", "list_cost_microcents", "cost_basis").rows() == [
        ("ada@example.com", 9, 5, 7, "billed")
    ]


def test_requests_stand_on_rows_of_their_own() -> None:
    rows = ledger([], [{**KEY, "output_tokens": 9, "cache_read_input_tokens": 1, "requests": 4}])
    assert rows["requests"].sum() == 4
    assert rows.filter(pl.col("requests") > 0).select("tokens", "cost_type", "cost_basis").rows() == [
        (None, None, None)
    ]


def test_usage_within_the_allotment_is_not_priced() -> None:
    rows = ledger([], [{**KEY, "output_tokens": 9}])
    assert rows.select("cost_microcents", "cost_basis").rows() == [(None, "not priced")]


def test_a_deleted_user_reads_by_name_and_keeps_the_id() -> None:
    gone = {**COST, "user_email": None, "user_name": "Deleted User", "amount_microcents": 5}
    assert ledger([gone]).select("user", "user_id").rows() == [("Deleted User", "u1")]


def test_what_the_total_holds_beyond_users_is_unattributed_by_product() -> None:
    rows = ledger(
        [{**COST, "amount_microcents": 5, "list_amount_microcents": 5}],
        [],
        [
            {"product": "chat", "amount_microcents": 8, "list_amount_microcents": 9},
            {"product": None, "amount_microcents": 2, "list_amount_microcents": 2},
        ],
    )
    beyond = rows.filter(pl.col("cost_basis") == "unattributed")
    found = beyond.select("product", "cost_microcents", "list_cost_microcents").rows()
    assert sorted(found, key=lambda row: row[0] or "") == [
        (None, 2, 2),
        ("chat", 3, 4),
    ]
    assert rows["cost_microcents"].sum() == 10


def test_unattributed_usage_keeps_token_types() -> None:
    rows = ledger(
        [], [{**KEY, "output_tokens": 4}], None, [{"product": "chat", "output_tokens": 9, "requests": 2}]
    )
    beyond = rows.filter(pl.col("cost_basis") == "unattributed")
    assert beyond.select("token_type", "tokens", "requests").rows() == [
        ("output_tokens", 5, None),
        (None, None, 2),
    ]


CENTS = 10**6
DOLLAR = 100 * CENTS


def paid(product: str | None, dollars: int, **others: Any) -> dict[str, Any]:
    return {**COST, "product": product, "amount_microcents": dollars * DOLLAR, **others}


def total(product: str | None, dollars: int, **others: Any) -> dict[str, Any]:
    return {"product": product, "amount_microcents": dollars * DOLLAR, **others}


def test_a_total_below_its_users_is_a_row_of_less_than_nothing() -> None:
    users, totals = [paid("chat", 10), paid("cowork", 5)], [total("chat", 9), total("cowork", 7)]
    rows = ledger(users, [], totals)
    beyond = rows.filter(pl.col("cost_basis") == "unattributed").select("product", "user", "cost_microcents")
    assert sorted(beyond.rows()) == [("chat", None, -DOLLAR), ("cowork", None, 2 * DOLLAR)]
    assert rows["cost_microcents"].sum() == 16 * DOLLAR


def test_a_credit_to_the_organization_is_taken_off() -> None:
    rows = ledger([paid("chat", 10)], [], [total("chat", 10), total(None, -2)])
    assert rows["cost_microcents"].sum() == 8 * DOLLAR


def test_list_cost_tokens_searches_and_requests_can_be_less_too() -> None:
    used = {**KEY, "output_tokens": 9, "web_search_requests": 3, "requests": 5}
    counted = {"product": "chat", "output_tokens": 7, "web_search_requests": 2, "requests": 4}
    rows = ledger(
        [paid("chat", 3, list_amount_microcents=9)],
        [used],
        [total("chat", 3, list_amount_microcents=8)],
        [counted],
    )
    sums = rows.select(pl.col("list_cost_microcents", "tokens", "web_searches", "requests").sum())
    assert sums.rows() == [(8, 7, 2, 4)]


def test_a_list_cost_beyond_the_users_stands_beside_a_cost_of_nothing() -> None:
    rows = ledger(
        [paid("chat", 10, list_amount_microcents=12 * DOLLAR)],
        [],
        [total("chat", 10, list_amount_microcents=20 * DOLLAR)],
    )
    beyond = rows.filter(pl.col("user").is_null()).select("cost_microcents", "list_cost_microcents")
    assert beyond.rows() == [(0, 8 * DOLLAR)]


def test_users_of_a_product_that_the_totals_leave_out_are_taken_back() -> None:
    rows = ledger([paid("chat", 10), paid("cowork", 5)], [], [total("chat", 10)])
    assert rows["cost_microcents"].sum() == 10 * DOLLAR


def test_what_the_totals_do_not_tell_takes_nothing_from_the_users() -> None:
    used = [{**KEY, "output_tokens": 1, "requests": 4}, {**KEY, "product": "cowork", "requests": 2}]
    rows = ledger([], used, [], [{"product": "chat", "output_tokens": 1, "requests": None}])
    assert rows["requests"].sum() == 6


def test_of_a_day_that_cannot_be_compared_a_lower_total_takes_nothing_away() -> None:
    users = [paid("chat", 10), paid("cowork", 5)]
    rows = ledger(users, [], [total("chat", 9), total("cowork", 7), total(None, -2)], compared=False)
    beyond = rows.filter(pl.col("user").is_null()).select("product", "cost_microcents", "cost_basis").rows()
    assert sorted(beyond, key=str) == [
        ("cowork", 2 * DOLLAR, "usage missing"),
        (None, -2 * DOLLAR, "usage missing"),
    ]


@pytest.mark.parametrize(
    ("by_user", "by_product"), [("claude-tag", "claude_tag"), ("claude_tag", "claude-tag")]
)
def test_a_product_spelled_in_two_ways_is_counted_once(by_user: str, by_product: str) -> None:
    used = [{**KEY, "product": by_user, "output_tokens": 9}]
    rows = ledger(
        [paid(by_user, 10)], used, [total(by_product, 10)], [{"product": by_product, "output_tokens": 9}]
    )
    assert rows.select("product", "cost_microcents", "tokens").rows() == [("claude-tag", 10 * DOLLAR, 9)]


def test_actors_without_a_user_id_stay_apart() -> None:
    one = {**COST, "user_id": None, "user_email": None, "user_name": "svcA", "amount_microcents": 100}
    two = {**one, "user_name": "svcB", "amount_microcents": 50}
    used = [
        {**KEY, "user_id": None, "user_email": None, "user_name": name, "output_tokens": 9}
        for name in ("svcA", "svcB")
    ]
    rows = ledger([one, two], used)
    assert sorted(rows.select("user", "tokens", "cost_microcents").rows()) == [
        ("svcA", 9, 100),
        ("svcB", 9, 50),
    ]


def test_list_cost_that_is_unknown_stays_unknown() -> None:
    rows = ledger([{**COST, "amount_microcents": 5, "list_amount_microcents": None}])
    assert rows["list_cost_microcents"].to_list() == [None]


USER = st.fixed_dictionaries(
    {
        "user_id": st.sampled_from(["u1", "u2"]),
        "product": st.sampled_from(["chat", None]),
        "model": st.sampled_from(["m", None]),
    }
)


@tried(40)
@given(
    st.lists(st.tuples(USER, st.sampled_from(["output_tokens", None]), st.integers(0, 10**12)), max_size=8),
    st.lists(
        st.tuples(USER, st.integers(0, 10**9), st.integers(0, 9)), max_size=8, unique_by=lambda t: str(t[0])
    ),
    st.integers(-(10**6), 10**6),
)
def test_users_and_beyond_make_the_total(costs: list[Any], uses: list[Any], beyond: int) -> None:
    cost = [
        {
            **user,
            "token_type": kind,
            "cost_type": "tokens" if kind else "web_search",
            "amount_microcents": amount,
        }
        for user, kind, amount in costs
    ]
    usage = [
        {**user, "output_tokens": tokens, "web_search_requests": n, "requests": n} for user, tokens, n in uses
    ]
    by_product = {
        product: sum(row["amount_microcents"] for row in cost if row["product"] == product)
        for product in ("chat", None)
    }
    totals = [{"product": p, "amount_microcents": amount + beyond} for p, amount in by_product.items()]
    rows = ledger(cost, usage, totals)
    assert rows["cost_microcents"].sum() == sum(by_product.values()) + 2 * beyond
    assert rows["tokens"].sum() == sum(row["output_tokens"] for row in usage)
    assert rows["web_searches"].sum() == sum(row["web_search_requests"] for row in usage)
    assert rows["requests"].sum() == sum(row["requests"] for row in usage)
