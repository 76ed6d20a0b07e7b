"""Filter values: the largest first, found by what people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.explore.query import Empty
from core.explore.values import ValueList, ValueOption, all_values, dimension_values, matching, named
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, ledger_of, row, tokens


@pytest.fixture
def ledger(tmp_path):
    lines = [tokens(workspace=f"Team {n:02}", tokens=n, cost=n) for n in range(1, 30)]
    lines += [
        row(cost=-1_000),
        row(CLAUDE_AI, cost=500),
        tokens(workspace="Zoë", tokens=9),
        row(workspace="Idle"),
    ]
    return ledger_of(tmp_path, lines)


def test_the_largest_first_whatever_the_sign_and_unknown_last(ledger):
    found = dimension_values(ledger, "workspace")
    assert found.total_count == 33
    assert found.options[0] == ValueOption(Empty.NONE, "Default workspace", None, -1_000)
    assert found.options[1] == ValueOption(Empty.NOT_APPLICABLE, "Not applicable", None, 500)
    assert [option.label for option in found.options[2:4]] == ["Team 29", "Team 28"]
    assert found.options[-2:] == (ValueOption("Zoë", "Zoë", 9, None), ValueOption("Idle", "Idle", None, None))


def test_search_finds_labels_in_any_case_and_counts_all(ledger):
    found = dimension_values(ledger, "workspace", search=" tEAM 1", limit=3)
    assert [option.value for option in found.options] == ["Team 19", "Team 18", "Team 17"]
    assert found.total_count == 10
    assert dimension_values(ledger, "workspace", search="default").options[0].value is Empty.NONE
    assert dimension_values(ledger, "workspace", search="ZOË").total_count == 1


def test_search_is_text_and_not_a_pattern(ledger):
    assert dimension_values(ledger, "workspace", search=".*").total_count == 0


def test_token_types_are_found_by_word_and_by_spelling(ledger):
    for search in ("Output", "output_tokens"):
        (option,) = dimension_values(ledger, "token_type", search=search).options
        assert (option.value, option.label) == ("output_tokens", "Output")


def test_times_and_connections_have_values_too(ledger):
    assert dimension_values(ledger, "week").options[0].value == "2026-10-05"
    assert {o.value for o in dimension_values(ledger, "cost_center").options} == {"Research", "Everyone"}


def test_a_period_narrows(ledger):
    assert dimension_values(ledger, "workspace", period=Period(OCTOBER.start, OCTOBER.start)).total_count == 0


def test_an_empty_ledger_has_no_values(tmp_path):
    assert dimension_values(ledger_of(tmp_path, []), "model").options == ()


def test_an_unknown_dimension_is_refused(ledger):
    with pytest.raises(InputError):
        dimension_values(ledger, "rbac_group")


def test_a_text_names_the_value_that_reads_so(ledger):
    options = all_values(ledger, "workspace")
    assert named(options, "Team 07") == "Team 07"
    assert named(options, "Default workspace") is Empty.NONE
    assert named(options, "team 07") is None
    assert named([ValueOption("", "“”", 1, 1)], "“”") == ""


@given(st.lists(st.text(max_size=6), unique=True, max_size=30), st.text(max_size=3), st.integers(1, 40))
def test_no_value_is_out_of_reach(texts, search, limit):
    options = [ValueOption(text, f"<{text}>", None, None) for text in texts]
    found = matching(options, search, limit)
    reached = [option for option in options if search.strip().casefold() in option.label.casefold()]
    assert found == ValueList(tuple(reached[:limit]), len(reached), len(texts))
    for option in options:
        assert option in matching(options, str(option.value).strip(), len(options)).options
