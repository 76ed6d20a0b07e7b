"""Dimensions that a list tells: the same sums as rows and lists give, whatever anybody named."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from core.dimensions import DIMENSIONS, LIST_DIMENSIONS, TIME_DIMENSIONS, tag_dimension
from core.explore.engine import rows, total
from core.explore.list_lookup import dimension_names
from core.explore.query import Empty, Filter, Query
from tests.explore.ledgers import (
    CLAUDE_AI,
    CONNECTIONS,
    OCTOBER,
    PLATFORM,
    PLATFORM_2,
    answer,
    ledger_of,
    with_lists,
)
from tests.explore.ledgers import row as _row
from tests.explore.naive import grouped, measured
from tests.explore.strategies import ROWS_WITH_IDS, listed, query_of_lists
from tests.properties import tried

TEAM = tag_dimension("team").name


def group_of(line, query):
    def value(name):
        kind = None if name in TIME_DIMENSIONS else line[f"{name}_empty"]
        return Empty(kind) if kind else line[f"{name}_value"]

    return tuple(value(name) for name in query.group_by)


def same(found, expected):
    return (
        found == expected if not isinstance(expected, float) else found == pytest.approx(expected, rel=1e-12)
    )


@pytest.mark.slow
@tried(100)
@given(ROWS_WITH_IDS, listed(), query_of_lists())
def test_every_group_is_what_rows_and_lists_add_up_to(lines, lists, query):
    with tempfile.TemporaryDirectory() as folder:
        ledger = with_lists(ledger_of(Path(folder), lines), lists)
        found = {group_of(line, query): line for line in rows(ledger, query).rows(named=True)}
        expected = grouped(lines, query, CONNECTIONS, lists)
        everything = [row for part in expected.values() for row in part]
        if query.group_by:
            assert found.keys() == expected.keys()
            for group, part in expected.items():
                for name in query.measures:
                    assert same(found[group][name], measured(part, name)), (group, name)
        for name, value in total(ledger, query).items():
            assert same(value, measured(everything, name)), name


def costs(ledger, name, *filters):
    return answer(rows(ledger, Query(("cost",), OCTOBER, (name,), filters)), name, "cost")


USED = [
    _row(PLATFORM, workspace_id="w1", api_key_id="k1", user_id="u1", cost=1),
    _row(PLATFORM, workspace_id="w2", api_key_id="k2", user_id="u2", cost=20),
    _row(PLATFORM, workspace_id="w3", api_key_id="k3", user_id="u3", cost=300),
    _row(PLATFORM, cost=4_000),
    _row(PLATFORM, workspace_id="Not told apart", api_key_id="Not told apart", cost=50_000),
    _row(PLATFORM, cost=600_000, cost_basis="unattributed"),
    _row(PLATFORM_2, workspace_id="w1", api_key_id="k1", user_id="u1", cost=7_000_000),
    _row(CLAUDE_AI, user_id="u1", cost=80_000_000),
]
LISTS = {
    ("workspace_id", 1, "w1"): {TEAM: "autonomy"},
    ("workspace_id", 1, "w2"): {},
    ("workspace_id", 1, None): {TEAM: "platform"},
    ("workspace_id", 2, "w1"): {TEAM: "autonomy"},
    ("api_key_id", 1, "k1"): {"api_key_status": "active", "api_key_creator": "a@acme.example"},
    ("api_key_id", 1, "k2"): {},
    ("user_id", 1, "u1"): {"user_role": "admin"},
    ("user_id", 1, "u2"): {},
}


@pytest.fixture
def ledger(tmp_path):
    return with_lists(ledger_of(tmp_path, USED), LISTS)


def test_a_tag_adds_up_over_organizations_and_unknown_is_not_none(ledger):
    assert costs(ledger, TEAM) == {
        "autonomy": 7_000_001,
        "No tag": 20,
        "Not in the list": 300,
        "platform": 604_000,
        "Not told apart": 50_000,
        "Not applicable": 80_000_000,
    }


def test_without_its_list_the_default_workspace_is_unknown(tmp_path):
    one = ledger_of(tmp_path, [_row(PLATFORM, cost=1)])
    assert costs(one, TEAM) == {"Not in the list": 1}


@pytest.mark.parametrize(
    ("name", "value", "nothing", "without_id"),
    [
        ("user_role", "admin", "Role not told", "No user"),
        ("api_key_status", "active", "Status not told", "No API key (Console)"),
        ("api_key_creator", "a@acme.example", "Creator not told", "No API key (Console)"),
    ],
)
def test_who_is_listed_who_is_not_and_who_is_nobody_stay_apart(ledger, name, value, nothing, without_id):
    told = {} if name == "user_role" else {"Not told apart": 50_000}
    nobody = 54_000 if name == "user_role" else 4_000
    assert costs(ledger, name) == {
        value: 1,
        nothing: 20,
        "Not in the list": 7_000_300,
        without_id: nobody,
        "Unattributed": 600_000,
        "Not applicable": 80_000_000,
        **told,
    }


@pytest.mark.parametrize("name", [*LIST_DIMENSIONS, TEAM])
def test_a_filter_on_each_value_leaves_what_its_group_has(ledger, name):
    query = Query(("cost",), OCTOBER, (name,))
    whole = total(ledger, query)["cost"]
    for line in rows(ledger, query).rows(named=True):
        (value,) = group_of(line, query)
        only = query.narrowed(Filter(name, (value,)))
        assert total(ledger, only)["cost"] == line["cost"]
        without = query.narrowed(Filter(name, (value,), exclude=True))
        assert total(ledger, without)["cost"] == whole - line["cost"]


def test_a_change_in_a_list_changes_the_answer_and_its_key(ledger):
    moved = with_lists(ledger, {**LISTS, ("workspace_id", 1, "w2"): {TEAM: "autonomy"}})
    assert costs(moved, TEAM)["autonomy"] == 7_000_021
    assert moved.key != ledger.key
    assert replace(moved, lists=ledger.lists).key == ledger.key


def test_the_tags_that_lists_have_can_be_chosen(ledger):
    assert dimension_names(ledger) == (*DIMENSIONS, TEAM)


def test_nothing_is_called_for_of_a_tag_that_nobody_has(ledger):
    gone = tag_dimension("gone").name
    assert costs(ledger, gone)["No tag"] == 7_604_021
