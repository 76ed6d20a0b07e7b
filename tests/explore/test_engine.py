"""Exact sums, nulls that stay apart, filters on everything."""

from datetime import date

import polars as pl
import pytest

from core.dimensions import DIMENSIONS, MEASURES, Origin
from core.errors import InputError
from core.explore.engine import columns, rows, total
from core.explore.query import Empty, Filter, Query
from core.explore.scan import scan_rows
from core.ledger.manifest import ConnectionInfo
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, PLATFORM, PLATFORM_2, answer, ledger_of, row, tokens


def ask(*group_by, measures=("cost",), filters=(), period=OCTOBER):
    return Query(tuple(measures), period, group_by, tuple(filters))


def only(dimension, *values):
    return Filter(dimension, values)


def without(dimension, *values):
    return Filter(dimension, values, exclude=True)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Every kind of empty, and names that look like one."""
    return ledger_of(
        tmp_path_factory.mktemp("mixed"),
        [
            tokens(
                PLATFORM, workspace="Default workspace", workspace_id="w1", api_key="k", tokens=10, cost=1
            ),
            tokens(PLATFORM, model="m", tokens=20, cost=10, cost_basis="allocated"),
            row(PLATFORM, cost_type="code_execution", cost=100, cost_basis="unattributed"),
            tokens(PLATFORM_2, workspace="Lab", workspace_id="w1", tokens=40, cost=1_000),
            row(CLAUDE_AI, user="ann@acme.com", product="chat", cost=10_000, list_cost=12_000),
            row(CLAUDE_AI, product="chat", cost=100_000, cost_basis="unattributed"),
            row(CLAUDE_AI, cost=1_000_000, cost_basis="unattributed"),
            row(CLAUDE_AI, user="ann@acme.com", product="chat", requests=7),
        ],
    )


def test_workspace_across_origins_keeps_empty_named_and_not_applicable_apart(mixed):
    assert answer(rows(mixed, ask("workspace")), "workspace", "cost") == {
        "Default workspace": 110,
        "“Default workspace”": 1,
        "Lab": 1_000,
        "Not applicable": 1_110_000,
    }


def test_values_and_kinds_of_empty_stand_beside_the_labels(mixed):
    found = rows(mixed, ask("workspace")).sort("cost")
    assert found["workspace_value"].to_list() == ["Default workspace", None, "Lab", None]
    assert found["workspace_empty"].to_list() == [None, "none", None, "not_applicable"]


def test_unattributed_is_neither_no_key_nor_not_applicable(mixed):
    assert answer(rows(mixed, ask("api_key")), "api_key", "cost") == {
        "k": 1,
        "No API key (Console)": 1_010,
        "Unattributed": 100,
        "Not applicable": 1_110_000,
    }


def test_unattributed_use_of_claude_ai_has_its_product_and_no_user(mixed):
    claude_ai = only("origin", "claude.ai")
    found = rows(mixed, ask("user", "product", filters=[claude_ai]))
    assert answer(found, "user", "product", "cost") == {
        ("ann@acme.com", "chat"): 10_000,
        ("Unattributed", "chat"): 100_000,
        ("Unattributed", "No product"): 1_000_000,
    }


def test_equal_ids_in_two_connections_are_one_id_but_two_names(mixed):
    assert answer(rows(mixed, ask("workspace_id")), "workspace_id", "cost")["w1"] == 1_001
    by_both = answer(rows(mixed, ask("workspace_id", "workspace")), "workspace_id", "workspace", "cost")
    assert by_both["w1", "“Default workspace”"] == 1
    assert by_both["w1", "Lab"] == 1_000
    assert total(mixed, ask(filters=[only("workspace", "Lab")])) == {"cost": 1_000}
    assert total(mixed, ask(filters=[only("workspace_id", "w1"), only("cost_center", "Research")])) == {
        "cost": 1
    }


@pytest.mark.parametrize(
    ("filters", "cost"),
    [
        ([only("workspace", "Default workspace")], 1),
        ([only("workspace", Empty.NONE)], 110),
        ([only("workspace", Empty.NOT_APPLICABLE)], 1_110_000),
        ([only("workspace", Empty.NONE, "Lab")], 1_110),
        ([only("workspace", Empty.UNATTRIBUTED)], None),
        ([without("workspace", "Lab")], 1_110_111),
        ([without("workspace", Empty.NONE, Empty.NOT_APPLICABLE)], 1_001),
        ([only("api_key", Empty.UNATTRIBUTED)], 100),
        ([without("api_key", Empty.UNATTRIBUTED, "k")], 1_111_010),
        ([only("user", Empty.UNATTRIBUTED)], 1_100_100),
        ([only("workspace", "~none")], None),
        ([only("workspace", "lab")], None),
        ([only("cost_center", "Research", "Everyone")], 1_110_111),
        ([without("cost_center", "Research")], 1_111_000),
        ([only("organization", "org-3")], 1_110_000),
        ([only("origin", "Claude Platform")], 1_111),
        ([only("origin", Empty.NONE)], None),
        ([without("origin", Empty.NONE)], 1_111_111),
        ([only("cost_basis", Empty.NONE)], 11_001),
        ([only("cost_basis", "unattributed"), without("product", Empty.NONE)], 100_000),
        ([only("day", "2026-10-05")], 1_111_111),
        ([without("week", "2026-10-05")], None),
        ([only("month", "2026-09")], None),
    ],
)
def test_filters_mean_what_they_say(mixed, filters, cost):
    assert total(mixed, ask(filters=filters)) == {"cost": cost}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_parts_of_every_dimension_add_up(mixed, name):
    found = rows(mixed, ask(name))
    assert found["cost"].sum() == 1_111_111
    assert found[name].n_unique() == found.height
    assert found[name].null_count() == 0


@pytest.mark.parametrize("name", DIMENSIONS)
def test_include_and_exclude_part_the_total(mixed, name):
    for value in (Empty.NONE, Empty.UNATTRIBUTED, Empty.NOT_APPLICABLE):
        kept, dropped = (
            total(mixed, ask(filters=[Filter(name, (value,), side)]))["cost"] for side in (False, True)
        )
        assert (kept or 0) + (dropped or 0) == 1_111_111


def test_unknown_is_not_zero(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [
            tokens(model="priority", tokens=5, cost_basis="not priced"),
            tokens(model="free", tokens=5, cost=0, list_cost=None, cost_basis="billed"),
        ],
    )
    found = rows(ledger, ask("model", measures=("cost", "list_cost", "tokens", "requests")))
    assert found.select("cost", "list_cost", "tokens", "requests").rows() == [
        (0, None, 5, None),
        (None, None, 5, None),
    ]
    assert total(ledger, ask(filters=[only("model", "priority")])) == {"cost": None}


def test_token_types_rates_and_ratios(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [
            tokens(type_="uncached_input_tokens", tokens=1_000_000, cost=300_000_000),
            tokens(type_="cache_creation.ephemeral_5m_input_tokens", tokens=500_000, cost=187_500_000),
            tokens(type_="cache_creation.ephemeral_1h_input_tokens", tokens=500_000, cost=300_000_000),
            tokens(type_="cache_read_input_tokens", tokens=2_000_000, cost=60_000_000),
            tokens(type_="output_tokens", tokens=1_000_000, cost_basis="not priced"),
            row(cost_type="web_search", web_searches=3, cost=3_000_000),
        ],
    )
    found = total(ledger, Query(tuple(MEASURES), OCTOBER))
    assert found["effective_rate"] == pytest.approx(8.475 / 4)
    assert found["cache_hit_rate"] == pytest.approx(0.5)
    assert (found["tokens"], found["output_tokens"], found["cache_write_1h_tokens"]) == (
        5_000_000,
        1_000_000,
        500_000,
    )
    assert (found["web_searches"], found["requests"], found["cost"]) == (3, None, 850_500_000)


def test_ratios_without_anything_below_the_line_are_unknown(tmp_path):
    ledger = ledger_of(tmp_path, [row(cost_type="code_execution", cost=5), tokens(tokens=0)])
    asked = ask(measures=("effective_rate", "cache_hit_rate", "output_tokens"))
    assert total(ledger, asked) == {"effective_rate": None, "cache_hit_rate": None, "output_tokens": 0}


def test_requests_are_not_split_by_cost_or_token_type(mixed):
    found = answer(rows(mixed, ask("token_type", measures=("requests",))), "token_type", "requests")
    assert found == {"Not tokens": 7, "Output": None}


def test_sums_beyond_floats_are_exact(tmp_path):
    costs = [2**53 + 1, 3, -(2**53)] * 3 + [2**62]
    ledger = ledger_of(tmp_path, [row(cost=cost) for cost in costs])
    assert total(ledger, ask()) == {"cost": 12 + 2**62}


def test_a_sum_may_pass_64_bits_on_its_way_but_not_in_the_end(tmp_path):
    ledger = ledger_of(tmp_path, [row(cost=2**62)] * 3 + [row(cost=-(2**62), user="x")] * 2)
    assert total(ledger, ask()) == {"cost": 2**62}
    with pytest.raises(InputError, match="too large"):
        rows(ledger, ask("user"))


def test_weeks_and_months_across_the_year(tmp_path):
    days = [date(2025, 12, 28), date(2025, 12, 29), date(2026, 1, 1), date(2026, 1, 4), date(2026, 1, 5)]
    ledger = ledger_of(tmp_path, [row(day=day, cost=10**n) for n, day in enumerate(days)])
    period = Period(date(2025, 12, 1), date(2026, 2, 1))
    assert answer(rows(ledger, ask("week", period=period)), "week", "cost") == {
        date(2025, 12, 22): 1,
        date(2025, 12, 29): 1_110,
        date(2026, 1, 5): 10_000,
    }
    assert answer(rows(ledger, ask("month", period=period)), "month_value", "cost") == {
        "2025-12-01": 11,
        "2026-01-01": 11_100,
    }


def test_a_period_is_half_open(tmp_path):
    ledger = ledger_of(tmp_path, [row(day=n, cost=10**n) for n in (1, 2, 3)])
    assert total(ledger, ask(period=Period(date(2026, 10, 2), date(2026, 10, 3)))) == {"cost": 100}
    assert total(ledger, ask(period=Period(date(2026, 10, 2), date(2026, 10, 2)))) == {"cost": None}


def test_an_empty_ledger_answers_with_the_same_columns(mixed, tmp_path):
    query = ask(*DIMENSIONS, measures=tuple(MEASURES))
    full = rows(mixed, query)
    for connections in ((), (PLATFORM,)):
        empty = rows(ledger_of(tmp_path, [], connections), query)
        assert empty.schema == full.schema
        assert empty.columns == columns(query)
        assert empty.height == 0
    assert total(ledger_of(tmp_path, [], ()), query) == dict.fromkeys(MEASURES)


def test_only_files_that_can_answer_are_opened(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [row(c, date(2026, month, 5), cost=1) for c in (PLATFORM, CLAUDE_AI) for month in (8, 9, 10)],
    )
    for file in ledger.files:
        if file.connection_id != PLATFORM.id or file.month.month != 9:
            file.path.unlink()
    filters = [only("origin", "Claude Platform"), only("month", "2026-09")]
    assert total(ledger, ask(filters=filters, period=Period(date(2026, 1, 1), date(2026, 12, 1)))) == {
        "cost": 1
    }


def test_predicates_and_columns_are_pushed_into_the_reader(mixed):
    query = ask("model", filters=[only("workspace", "Lab"), without("user", Empty.NONE)])
    plan = scan_rows(mixed, query).select("model", "cost_microcents").explain()
    assert "FILTER" not in plan
    assert "PROJECT" in plan


def test_organizations_that_share_a_name_are_told_apart(tmp_path):
    twins = (PLATFORM, ConnectionInfo(2, "Twin", "org-9", "Acme", Origin.PLATFORM, demo=False))
    ledger = ledger_of(tmp_path, [row(c, cost=c.id) for c in twins], twins)
    found = answer(rows(ledger, ask("organization")), "organization", "cost")
    assert found == {"Acme (org-1)": 1, "Acme (org-9)": 2}
    assert total(ledger, ask(filters=[only("organization", "Acme (org-9)")])) == {"cost": 2}


def test_rows_come_sorted_and_the_same_each_time(mixed):
    query = ask("user", "day")
    assert rows(mixed, query).equals(rows(mixed, query))
    assert rows(mixed, query)["user"].to_list() == ["No user", "Unattributed", "ann@acme.com"]
    assert isinstance(rows(mixed, query).schema["day"], pl.Date)
