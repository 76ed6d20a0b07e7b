"""The bill, spread over the usage behind it."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ledger.platform import Known, platform_rows, told_prices
from core.streams import TOKEN_COLUMNS
from tests.ledger.frames import DAY, bill, facts, usage
from tests.properties import tried


def ledger(uses: list[dict[str, Any]], bills: list[dict[str, Any]], known: bool = True) -> pl.DataFrame:
    days = {row.get("day", DAY) for row in (*uses, *bills)} if known else ()
    return platform_rows(facts("platform_usage", *uses), facts("platform_cost", *bills), Known(days))


def test_a_cell_with_one_use_is_billed() -> None:
    rows = ledger([usage(api_key_id="k1", output_tokens=10)], [bill(777)])
    assert rows.select("api_key_id", "tokens", "cost_microcents", "cost_basis").rows() == [
        ("k1", 10, 777, "billed")
    ]


def test_a_cell_is_split_by_tokens_to_the_micro_cent() -> None:
    uses = [usage(api_key_id=f"k{n}", output_tokens=n) for n in (1, 2, 4)]
    rows = ledger(uses, [bill(100)]).sort("tokens")
    assert rows["cost_microcents"].to_list() == [14, 29, 57]
    assert set(rows["cost_basis"]) == {"allocated"}


def test_the_default_workspace_matches_null_with_null() -> None:
    uses = [usage(workspace_id=None, output_tokens=5), usage(workspace_id="w", output_tokens=5)]
    rows = ledger(uses, [bill(3, workspace_id=None), bill(8, workspace_id="w")])
    assert dict(rows.select("workspace_id", "cost_microcents").rows()) == {None: 3, "w": 8}


def test_a_workspace_that_no_list_names_shows_its_id() -> None:
    execution = {
        "description": "Code Execution Usage",
        "cost_type": "code_execution",
        "model": None,
        "service_tier": None,
        "context_window": None,
        "token_type": None,
    }
    uses = [usage(workspace_id="wrkspc_U", output_tokens=5)]
    rows = ledger(uses, [bill(890_000_000, workspace_id="wrkspc_B", **execution)])
    assert sorted(rows.select("workspace", "workspace_id", "cost_microcents").rows()) == [
        ("wrkspc_B", "wrkspc_B", 890_000_000),
        ("wrkspc_U", "wrkspc_U", None),
    ]


def test_the_default_workspaces_real_id_is_the_default_workspace() -> None:
    real = {"workspace_id": "wrkspc_0", "workspace_name": "Default"}
    uses = [usage(api_key_id="a", output_tokens=5), usage(api_key_id="b", output_tokens=15, **real)]
    bills = [bill(60), bill(20, **real)]
    known = Known([DAY], default_workspace="wrkspc_0")
    rows = platform_rows(facts("platform_usage", *uses), facts("platform_cost", *bills), known)
    assert rows.select("workspace", "workspace_id").unique().rows() == [(None, None)]
    assert dict(rows.select("api_key_id", "cost_microcents").rows()) == {"a": 20, "b": 60}


def test_fast_use_in_the_default_workspace_weighs_the_same_under_its_real_id() -> None:
    uses = [
        usage(api_key_id="a", output_tokens=10),
        usage(api_key_id="b", speed="fast", output_tokens=10, workspace_id="wrkspc_0"),
        usage(workspace_id="w", output_tokens=10),
    ]
    used, billed = (
        facts("platform_usage", *uses),
        facts("platform_cost", bill(40), bill(10, workspace_id="w")),
    )
    prices = told_prices(used.drop("workspace_name"), billed, "wrkspc_0").shown
    rows = platform_rows(used, billed, Known([DAY], None, "wrkspc_0", prices))
    by_key = dict(rows.filter(rows["workspace_id"].is_null()).select("api_key_id", "cost_microcents").rows())
    assert by_key == {"a": 10, "b": 30}


def test_equal_key_names_stay_two_keys() -> None:
    uses = [usage(api_key_id=i, api_key_name="prod", output_tokens=5) for i in ("a", "b")]
    rows = ledger(uses, [bill(10)])
    assert sorted(rows.select("api_key_id", "api_key", "cost_microcents").rows()) == [
        ("a", "prod", 5),
        ("b", "prod", 5),
    ]


def test_priority_tokens_are_not_priced_and_take_no_share() -> None:
    uses = [usage(output_tokens=5), usage(service_tier="priority", output_tokens=500)]
    rows = ledger(uses, [bill(10)])
    by_tier = {row["service_tier"]: row for row in rows.iter_rows(named=True)}
    assert by_tier["priority"]["cost_microcents"] is None
    assert by_tier["priority"]["cost_basis"] == "not priced"
    assert by_tier["standard"]["cost_microcents"] == 10


def test_tokens_of_a_day_whose_cost_was_not_pulled_say_so() -> None:
    uses = [usage(output_tokens=5), usage(service_tier="priority", output_tokens=7)]
    rows = ledger(uses, [], known=False)
    assert rows.select("cost_microcents", "cost_basis").unique().rows() == [(None, "cost missing")]


@pytest.mark.parametrize(
    ("differently", "basis"),
    [
        ({"service_tier": None}, "billed"),
        ({"service_tier": None, "context_window": None, "inference_geo": None}, "billed"),
        ({"inference_geo": "not_available"}, "billed"),
        ({"inference_geo": "us"}, "estimated"),
        ({"context_window": "200k-1M"}, "estimated"),
        ({"service_tier": "flex", "context_window": None}, "estimated"),
        ({"service_tier": "batch", "context_window": "200k-1M", "inference_geo": "us"}, "estimated"),
    ],
)
def test_cells_named_differently_by_the_two_reports_meet(differently: dict[str, Any], basis: str) -> None:
    """What a bill does not say is no contradiction; what it says otherwise makes an estimate."""
    rows = ledger([usage(api_key_id="k", output_tokens=5)], [bill(10, **differently)])
    assert rows.select("api_key_id", "cost_microcents", "cost_basis").rows() == [("k", 10, basis)]


def test_an_exact_cell_is_not_given_away_to_a_differently_named_one() -> None:
    uses = [
        usage(api_key_id="exact", output_tokens=5),
        usage(api_key_id="odd", service_tier="flex", output_tokens=5),
    ]
    rows = ledger(uses, [bill(10), bill(7, service_tier="flex_discount")])
    assert dict(rows.select("api_key_id", "cost_microcents").rows()) == {"exact": 10, "odd": 7}


def test_cost_without_usage_is_unattributed_with_its_own_dimensions() -> None:
    code = bill(
        5, cost_type="code_execution", token_type=None, model=None, workspace_id="w", workspace_name="W"
    )
    rows = ledger([], [code, bill(9)])
    found = rows.select("cost_type", "workspace", "model", "cost_microcents", "cost_basis").rows()
    assert sorted(found, key=str) == [
        ("code_execution", "W", None, 5, "unattributed"),
        ("tokens", None, "claude-opus-4-8", 9, "cost not matched"),
    ]


def test_two_descriptions_of_one_cell_keep_theirs_and_count_tokens_once() -> None:
    uses = [usage(api_key_id="a", output_tokens=1), usage(api_key_id="b", output_tokens=3)]
    rows = ledger(uses, [bill(40, description="one"), bill(4, description="two")])
    by_description = rows.group_by("description").agg(pl.col("cost_microcents").sum())
    assert dict(by_description.rows()) == {"one": 40, "two": 4}
    assert rows["tokens"].sum() == 4


def test_web_search_splits_by_searches() -> None:
    uses = [usage(api_key_id="a", web_search_requests=1), usage(api_key_id="b", web_search_requests=3)]
    search = bill(40, cost_type="web_search", token_type=None, model=None, service_tier=None)
    rows = ledger(uses, [search]).sort("api_key_id")
    assert rows.select("cost_type", "web_searches", "cost_microcents").rows() == [
        ("web_search", 1, 10),
        ("web_search", 3, 30),
    ]


def test_fast_tokens_weigh_what_the_bill_shows() -> None:
    uses = [
        usage(workspace_id="plain", output_tokens=10),
        usage(workspace_id="mixed", output_tokens=10),
        usage(workspace_id="mixed", speed="fast", output_tokens=10),
    ]
    rows = ledger(uses, [bill(100, workspace_id="plain"), bill(350, workspace_id="mixed")])
    mixed = rows.filter(pl.col("workspace_id") == "mixed")
    assert dict(mixed.select("speed", "cost_microcents").rows()) == {"standard": 100, "fast": 250}
    assert set(mixed["cost_basis"]) == {"estimated"}


def test_fast_tokens_weigh_the_published_ratio_where_the_bill_shows_none() -> None:
    uses = [usage(output_tokens=10), usage(speed="fast", output_tokens=10)]
    rows = ledger(uses, [bill(300)])
    assert dict(rows.select("speed", "cost_microcents").rows()) == {"standard": 100, "fast": 200}


def test_a_credit_is_split_like_a_cost() -> None:
    uses = [usage(api_key_id="a", output_tokens=1), usage(api_key_id="b", output_tokens=2)]
    assert ledger(uses, [bill(-10)])["cost_microcents"].sort().to_list() == [-7, -3]


def test_effective_rate_counts_every_bill_of_a_use() -> None:
    rows = ledger([usage(output_tokens=4)], [bill(40, description="one"), bill(4, description="two")])
    priced = rows.filter(pl.col("tokens").is_not_null() & pl.col("cost_microcents").is_not_null())
    assert (priced["cost_microcents"].sum(), priced["tokens"].sum()) == (44, 4)


def test_fast_weight_comes_from_the_nearest_days_price() -> None:
    other = DAY.replace(day=20)
    uses = [
        usage(workspace_id="plain", output_tokens=900),
        usage(workspace_id="plain", day=other, output_tokens=1000),
        usage(workspace_id="mixed", output_tokens=10),
        usage(workspace_id="mixed", speed="fast", output_tokens=10),
    ]
    bills = [
        bill(90_000, workspace_id="plain"),
        bill(50_000, workspace_id="plain", day=other),
        bill(3_000, workspace_id="mixed"),
    ]
    mixed = ledger(uses, bills).filter(pl.col("workspace_id") == "mixed")
    assert dict(mixed.select("speed", "cost_microcents").rows()) == {"standard": 1000, "fast": 2000}


CELL = {
    "workspace_id": st.sampled_from([None, "w1"]),
    "model": st.sampled_from(["claude-opus-4-8", "m2"]),
    "service_tier": st.sampled_from(["standard", "batch", "priority", None]),
    "context_window": st.sampled_from(["0-200k", None]),
    "inference_geo": st.sampled_from(["global", "us"]),
}
USES = st.lists(
    st.fixed_dictionaries(
        {
            **CELL,
            "api_key_id": st.sampled_from([None, "a", "b", "c"]),
            "speed": st.sampled_from(["standard", "fast"]),
            "output_tokens": st.integers(0, 10**12),
            "cache_read_input_tokens": st.integers(0, 5),
            "ephemeral_1h_input_tokens": st.integers(0, 5),
            "web_search_requests": st.integers(0, 3),
        }
    ),
    max_size=12,
    unique_by=lambda use: tuple(str(use[k]) for k in (*CELL, "api_key_id", "speed")),
)
KIND = st.sampled_from(
    [
        ("tokens", "output_tokens"),
        ("tokens", "cache_read_input_tokens"),
        ("web_search", None),
        ("session_usage", None),
    ]
)
BILLS = st.lists(
    st.tuples(
        st.fixed_dictionaries(
            {
                **CELL,
                "amount_microcents": st.integers(-(10**6), 10**15),
                "description": st.sampled_from(["x", "y"]),
            }
        ),
        KIND,
    ),
    max_size=10,
)


@pytest.mark.slow
@tried(60)
@given(USES, BILLS)
def test_nothing_is_lost_or_doubled(uses: list[dict[str, Any]], bills: list[Any]) -> None:
    costs = [{**cell, "cost_type": kind, "token_type": token_type} for cell, (kind, token_type) in bills]
    rows = ledger(uses, costs)
    assert rows["cost_microcents"].sum() == sum(cost["amount_microcents"] for cost in costs)
    assert rows["tokens"].sum() == sum(use.get(column, 0) for use in uses for column in TOKEN_COLUMNS)
    assert rows["web_searches"].sum() == sum(use["web_search_requests"] for use in uses)
    by_key = dict(
        rows.filter(pl.col("tokens").is_not_null()).group_by("api_key_id").agg(pl.col("tokens").sum()).rows()
    )
    for key in ("a", "b", None):
        used = sum(use.get(column, 0) for use in uses for column in TOKEN_COLUMNS if use["api_key_id"] == key)
        assert by_key.get(key, 0) == used


@pytest.mark.slow
@tried(60)
@given(USES, BILLS, st.data())
def test_days_apart_make_the_rows_of_days_together(
    uses: list[dict[str, Any]], bills: list[Any], data: st.DataObject
) -> None:
    days = [DAY, DAY.replace(day=6), DAY.replace(day=20)]
    costs = [{**cell, "cost_type": kind, "token_type": token_type} for cell, (kind, token_type) in bills]
    for row in (*uses, *costs):
        row["day"] = data.draw(st.sampled_from(days))
    usage_facts, cost_facts = facts("platform_usage", *uses), facts("platform_cost", *costs)
    cells = ("day", *CELL, "speed")
    added_up = usage_facts.group_by(cells).agg(pl.col(column).sum() for column in TOKEN_COLUMNS).sort(cells)
    known = Known(days, prices=told_prices(added_up, cost_facts, None).shown)
    apart = [
        platform_rows(
            usage_facts.filter(pl.col("day") == day), cost_facts.filter(pl.col("day") == day), known
        )
        for day in days
    ]
    together = platform_rows(usage_facts, cost_facts, known)
    order = together.columns
    assert pl.concat(apart).sort(order).equals(together.sort(order))
