"""A restricted ledger answers every question as a ledger would that has no other rows."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, Origin
from core.explore.engine import rows, total
from core.explore.query import Query
from core.explore.values import all_values
from core.ledger.lists import Lists
from core.ledger.restricted import restricted
from core.ledger.restriction import Restriction
from core.store.grants import NOTHING, Scope
from tests.explore.ledgers import (
    CLAUDE_AI,
    CONNECTIONS,
    OCTOBER,
    PLATFORM,
    PLATFORM_2,
    ledger_of,
    tokens,
    told_apart,
    with_lists,
)
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.properties import tried

ORIGINS = {connection.id: connection.origin for connection in CONNECTIONS}


def fits(line, scope, email):
    """Whether a row is in a scope, the plain way."""
    workspace = line.get("workspace_id") or "an empty text is no id"
    if line.get("workspace_id") is None and ORIGINS[line["connection_id"]] is Origin.PLATFORM:
        workspace = ""
    return scope != NOTHING and all(
        (
            not scope.connections or line["connection_id"] in scope.connections,
            not scope.workspaces or workspace in scope.workspaces,
            not scope.products or line.get("product") in scope.products,
            not scope.own or (line.get("user") or "").lower() == email,
        )
    )


def some(values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def scopes(lines):
    return st.builds(
        Scope,
        connections=some([1, 2, 3]),
        workspaces=some(["", *sorted({line["workspace_id"] for line in lines if line.get("workspace_id")})]),
        products=some(sorted({line["product"] for line in lines if line.get("product")}) or ["none"]),
        own=st.booleans(),
    )


@pytest.mark.slow
@tried(100)
@given(LEDGER_ROWS, QUERIES, st.data())
def test_it_answers_as_if_there_were_no_other_rows(lines, query, data):
    email = data.draw(
        st.sampled_from(sorted({(line.get("user") or "a@b").lower() for line in lines} | {"a"}))
    )
    granted = tuple(data.draw(st.lists(scopes(lines), max_size=2)))
    left = [line for line in lines if any(fits(line, scope, email) for scope in granted)]
    whole = {id_ for scope in granted if scope == Scope(scope.connections) for id_ in scope.connections}
    there = whole | {line["connection_id"] for line in left}
    with tempfile.TemporaryDirectory() as folder:
        for part in ("all", "left"):
            (Path(folder) / part).mkdir()
        ledger = ledger_of(Path(folder) / "all", lines)
        seen = restricted(ledger, Restriction(granted, email))
        alone = ledger_of(Path(folder) / "left", left, tuple(c for c in CONNECTIONS if c.id in there))
        assert rows(seen, query).equals(rows(alone, query))
        assert [(f.connection_id, f.month, f.days) for f in seen.files] == [
            (f.connection_id, f.month, f.days) for f in alone.files
        ]
        assert seen.connections == alone.connections


LINES = [
    tokens(
        PLATFORM, 3, workspace="Secret", workspace_id="w1", api_key="k-1", api_key_id="a1", tokens=1, cost=100
    ),
    tokens(
        PLATFORM, 5, workspace="Open", workspace_id="w2", api_key="k-2", api_key_id="a2", tokens=2, cost=20
    ),
    tokens(PLATFORM_2, day=6, user="Ann@acme.com", user_id="u1", product="Chat", tokens=4, cost=3),
    tokens(CLAUDE_AI, day=7, user="bob@acme.com", user_id="u2", product="Chat", tokens=8, cost=4),
    tokens(CLAUDE_AI, day=9, user="ann@acme.com", user_id="u3", product="Cowork", tokens=16, cost=5),
    tokens(CLAUDE_AI, day=9, user=None, user_id="u4", product="Cowork", tokens=32, cost=6),
]


@pytest.fixture
def ledger(tmp_path):
    labelled = told_apart(ledger_of(tmp_path, LINES), LINES)
    return with_lists(
        labelled,
        {
            ("workspace_id", 1, "w1"): {"name": "Secret", "workspace_tag:team": "Hidden team"},
            ("workspace_id", 1, "w2"): {"name": "Open", "workspace_tag:floor": "2"},
            ("api_key_id", 1, "a1"): {"name": "k-1", "api_key_status": "active"},
            ("api_key_id", 1, "a2"): {
                "name": "k-2", "api_key_status": "active", "api_key_creator": "maker@acme.com",
            },
            ("user_id", 3, "u4"): {"name": "ANN@acme.com"},
        },
    )  # fmt: skip


def cost(ledger):
    return total(ledger, Query(("cost",), OCTOBER))["cost"]


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ((Scope(connections=(1,)),), 120),
        ((Scope(workspaces=("w2",)),), 20),
        ((Scope(products=("Cowork",)),), 11),
        ((Scope(connections=(2,), products=("Chat",)),), 3),
        ((Scope(own=True),), 3 + 5 + 6),
        ((Scope(own=True, products=("Chat",)),), 3),
        ((Scope(workspaces=("w2",)), Scope(own=True)), 34),
        ((Scope(workspaces=("",)),), 3),
        ((), None),
        ((NOTHING,), None),
        ((Scope(connections=(9,)),), None),
    ],
)
def test_what_is_granted_is_what_is_counted(ledger, scopes, expected):
    """The numbers are added up from LINES by hand; own use is in either spelling, and by id from a list."""
    assert cost(restricted(ledger, Restriction(scopes, "ann@acme.com"))) == expected


@pytest.mark.parametrize("dimension", list(DIMENSIONS))
def test_no_dimension_offers_what_is_not_seen(ledger, dimension):
    seen = restricted(ledger, Restriction((Scope(workspaces=("w2",)),), "x@acme.com"))
    offered = {str(option.value) for option in all_values(seen, dimension)}
    offered |= {option.label for option in all_values(seen, dimension)}
    hidden = {
        "Secret",
        "w1",
        "k-1",
        "a1",
        "ann@acme.com",
        "Ann@acme.com",
        "bob@acme.com",
        "u1",
        "maker@acme.com",
    }
    assert not offered & hidden
    assert offered


def test_labels_lists_and_tags_are_of_what_is_seen(ledger):
    seen = restricted(ledger, Restriction((Scope(workspaces=("w2",)),), "x@acme.com"))
    assert seen.lists.tags == ("workspace_tag:floor",)
    assert "Secret" not in repr(seen.labels) + repr(seen.lists)
    assert "acme.com" not in repr(seen.labels) + repr(seen.lists), "not even who made the key"
    assert seen.connections == (PLATFORM,)


def test_equal_questions_of_two_people_are_not_kept_under_one_key(ledger):
    one = restricted(ledger, Restriction((Scope(own=True),), "ann@acme.com"))
    other = restricted(ledger, Restriction((Scope(own=True),), "bob@acme.com"))
    assert len({ledger.key, one.key, other.key}) == 3
    assert (cost(one), cost(other)) == (14, 4)


def test_a_file_without_rollups_is_filtered_too(ledger):
    bare = replace(ledger, files=tuple(replace(file, rollups=()) for file in ledger.files))
    for scope in (Scope(own=True), Scope(workspaces=("w2",)), Scope(products=("Chat",))):
        of = Restriction((scope,), "ann@acme.com")
        assert cost(restricted(bare, of)) == cost(restricted(ledger, of))
    assert restricted(bare, Restriction((), "x")).lists == Lists()
