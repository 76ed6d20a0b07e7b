"""A saved view on a part of the ledger: the same rows, and no name that the part does not have."""

import tempfile
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given

from core.explore.engine import rows
from core.explore.explorers import view_of
from core.explore.links import Display, to_params
from core.explore.shown_views import shown_view
from core.explore.values import all_values
from core.ledger.restricted import restricted
from core.ledger.restriction import Restriction
from core.store.grants import Scope
from core.store.saved_views import ViewContent
from tests.explore.ledgers import CLAUDE_AI, PLATFORM, ledger_of, tokens, told_apart, with_lists
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.properties import tried

TODAY = date(2026, 11, 1)
LINES = [
    tokens(PLATFORM, 3, workspace="Secret", workspace_id="w1", cost=100),
    tokens(PLATFORM, 5, workspace="Open", workspace_id="w2", cost=20),
    tokens(PLATFORM, 6, workspace="Open", workspace_id="w3", cost=7),
    tokens(CLAUDE_AI, 7, user="bob@acme.com", user_id="u2", product="Chat", cost=4),
]


@pytest.fixture
def ledger(tmp_path):
    return with_lists(
        told_apart(ledger_of(tmp_path, LINES), LINES),
        {
            ("workspace_id", 1, "w1"): {"name": "Secret", "workspace_tag:plot": "x"},
            ("workspace_id", 1, "w2"): {"name": "Open", "workspace_tag:floor": "2"},
        },
    )


@pytest.fixture
def part(ledger):
    return restricted(ledger, Restriction((Scope(workspaces=("w2",)),), "x@acme.com"))


def shown(part, **params):
    given = {name.replace("_", ".", 1): texts for name, texts in params.items()}
    return shown_view(ViewContent("cost", given), part, partial(all_values, part), TODAY)


@pytest.mark.parametrize(
    "params",
    [
        {"in_workspace": ["Secret"]},
        {"in_workspace_id": ["w1", "w9"]},
        {"in_user": ["bob@acme.com"]},
        {"has_workspace": ["ecre"]},
        {"in_product": ["Chat"], "in_workspace": ["Open"]},
        {"in_workspace_tag:plot": ["x"]},
    ],
)
def test_a_view_of_what_is_not_seen_is_not_there(ledger, part, params):
    assert shown(ledger, **params)
    assert shown(part, **params) is None


def test_a_view_that_cannot_be_read_is_not_there(part):
    assert shown(part, measure=["nothing"]) is None


def test_names_of_others_are_left_out(part):
    view = shown(
        part, in_workspace=["Secret", "Open"], not_user=["bob@acme.com"], by=["model", "workspace_tag:plot"],
        across=["workspace_tag:plot"], budget=["Secret plan"],
    )  # fmt: skip
    assert view.params["in.workspace"] == ["Open"]
    assert view.params["by"] == ["model"]
    for hidden in ("Secret", "bob", "plot"):
        assert hidden not in repr(view)


def test_what_is_seen_stays(part):
    params = {
        "by": ["workspace", "workspace_tag:floor"],
        "not.workspace": ["Open"],
        "starts.workspace": ["op"],
    }
    view = shown_view(ViewContent("cost", params), part, partial(all_values, part), TODAY)
    assert {name: view.params[name] for name in params} == params


@pytest.mark.slow
@tried(100)
@given(LEDGER_ROWS, QUERIES)
def test_it_asks_the_same_of_the_same_ledger(lines, query):
    """Whatever values there are not: those left out neither keep nor drop a row."""
    content = ViewContent("cost", to_params(query.measuring("cost"), Display(preset=None)))
    asked = view_of(content, TODAY).query
    with tempfile.TemporaryDirectory() as folder:
        ledger = told_apart(ledger_of(Path(folder), lines), lines)
        view = shown_view(content, ledger, partial(all_values, ledger), TODAY)
        if view is None:
            assert rows(ledger, asked.grouped("report")).is_empty()
        else:
            assert rows(ledger, view_of(view, TODAY).query).equals(rows(ledger, asked))
