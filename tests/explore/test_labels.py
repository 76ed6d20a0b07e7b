"""Labels are unambiguous; codes and conditions are read back exactly."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, TOKEN_TYPES
from core.errors import InputError
from core.explore.engine import labels_of
from core.explore.labels import (
    decode_value,
    encode_value,
    group_label,
    parse_filters,
    spelled_label,
    value_label,
)
from core.explore.query import Empty, Filter, Match

PARTS = st.lists(st.text("ab· ", min_size=1, max_size=6), min_size=2, max_size=2).map(tuple)
AWKWARD = (
    "",
    " ",
    "~",
    "~none",
    "~~none",
    "Default workspace",
    "“Default workspace”",
    "““”",
    "Unattributed",
    "Output",
)
TEXTS = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=8))
VALUES = st.one_of(TEXTS, st.sampled_from(list(Empty)))


@given(VALUES)
def test_every_value_survives_its_code(value):
    assert decode_value(encode_value(value)) == value


@pytest.mark.parametrize("label", [value_label, spelled_label])
@pytest.mark.parametrize("name", ["workspace", "user", "token_type", "product"])
@given(values=st.lists(TEXTS, unique=True, min_size=2, max_size=6))
def test_no_two_values_read_the_same_and_none_is_blank(label, name, values):
    dimension = DIMENSIONS[name]
    possible = [Empty.NONE, Empty.NOT_APPLICABLE] + ([Empty.UNATTRIBUTED] if dimension.unattributed else [])
    labels = [label(dimension, value) for value in [*values, *possible]]
    assert len(set(labels)) == len(labels)
    assert all(text.strip() for text in labels)


@pytest.mark.parametrize("name", ["workspace", "user", "token_type", "product"])
@given(values=st.lists(TEXTS | st.sampled_from([*TOKEN_TYPES, "\x1c", "\u2003\n", "“x"]), max_size=6))
def test_many_values_read_as_each_alone(name, values):
    dimension = DIMENSIONS[name]
    found = labels_of(dimension, pl.Series([*values, None], dtype=pl.String))
    assert found.to_list() == [*(value_label(dimension, value) for value in values), None]


def test_a_workspace_named_like_the_empty_one_is_quoted():
    workspace = DIMENSIONS["workspace"]
    assert value_label(workspace, Empty.NONE) == "Default workspace"
    assert value_label(workspace, "Default workspace") == "“Default workspace”"


def test_token_types_read_as_words_and_are_spelled_as_the_api_does():
    dimension, value = DIMENSIONS["token_type"], "cache_creation.ephemeral_5m_input_tokens"
    assert value_label(dimension, value) == "Cache write 5m"
    assert spelled_label(dimension, value) == value


def test_an_unknown_code_is_refused():
    with pytest.raises(InputError, match="~~nothing"):
        decode_value("~nothing")


def test_conditions_collect_values_and_know_labels_of_the_empty():
    assert parse_filters(
        ["model=a", "model=b=c", "workspace=Default workspace", "user!=Unattributed", "product=~none"]
    ) == (
        Filter("model", ("a", "b=c")),
        Filter("workspace", (Empty.NONE,)),
        Filter("user", (Empty.UNATTRIBUTED,), exclude=True),
        Filter("product", (Empty.NONE,)),
    )


def test_conditions_on_a_part_of_a_text():
    assert parse_filters(["user~=ann", "user~=bob", "model!^=claude-3", "workspace~=~none"]) == (
        Filter("user", ("ann", "bob"), match=Match.CONTAINS),
        Filter("model", ("claude-3",), exclude=True, match=Match.STARTS),
        Filter("workspace", ("~none",), match=Match.CONTAINS),
    )


@pytest.mark.parametrize("condition", ["user~=", "user^= ", "day~=2026", "month^=2026-1"])
def test_a_part_that_is_no_text_or_of_a_day_is_refused(condition):
    with pytest.raises(InputError, match="part of a text"):
        parse_filters([condition])


def test_a_quoted_label_means_the_text():
    assert parse_filters(["workspace=“Default workspace”"]) == (Filter("workspace", ("Default workspace",)),)
    assert parse_filters(["workspace=“Research”"]) == (Filter("workspace", ("“Research”",)),)


@pytest.mark.parametrize("condition", ["model", "nope=1", "=x", "day=tomorrow"])
def test_a_condition_that_cannot_be_read_is_refused(condition):
    with pytest.raises(InputError):
        parse_filters([condition])


@given(st.lists(PARTS, min_size=2, max_size=4, unique=True))
def test_no_two_groups_read_the_same_whatever_their_labels_hold(groups):
    frame = pl.DataFrame(groups, schema=["model", "user"], orient="row")
    assert frame.select(group_label(["model", "user"])).to_series().is_unique().all()


def test_the_label_of_one_dimension_stays_as_it_is():
    frame = pl.DataFrame({"model": ["a · b"]})
    assert frame.select(group_label(["model"])).item() == "a · b"
    assert frame.select(group_label([])).item() == "Total"
