"""The largest groups keep their names; the rest is Other and nothing is lost."""

import pytest

from core.errors import InputError
from core.explore.engine import rows
from core.explore.query import Query
from core.explore.top import top
from tests.explore.ledgers import OCTOBER, answer, ledger_of, row, tokens


def shown(folder, lines, n, measures=("cost",), group_by=("model",)):
    query = Query(measures, OCTOBER, group_by)
    return top(rows(ledger_of(folder, lines), query), query, n)


def test_ranked_over_the_whole_period_by_size_whatever_the_sign(tmp_path):
    lines = [row(day=1, model="steady", cost=6), row(day=2, model="steady", cost=6)]
    lines += [row(day=1, model="credit", cost=-20), row(day=2, model="peak", cost=10), row(day=2, cost=1)]
    found = shown(tmp_path, lines, 2, group_by=("day", "model"))
    assert found.select("day_value", "model", "cost", "rank", "is_other").rows() == [
        ("2026-10-01", "credit", -20, 1, False),
        ("2026-10-01", "steady", 6, 2, False),
        ("2026-10-02", "steady", 6, 2, False),
        ("2026-10-02", "Other", 11, 3, True),
    ]


def test_ties_go_by_label_and_unknown_comes_last(tmp_path):
    lines = [row(model="b", cost=1), row(model="a", cost=1), row(model="c"), row(model="d", cost=0)]
    assert shown(tmp_path, lines, 3)["model"].to_list() == ["a", "b", "d", "Other"]
    assert answer(shown(tmp_path, lines, 3), "model", "cost")["Other"] is None


def test_no_other_where_everything_fits(tmp_path):
    found = shown(tmp_path, [row(model="a", cost=1), row(model="b", cost=2)], 2)
    assert found["model"].to_list() == ["b", "a"]
    assert not found["is_other"].any()


def test_a_group_really_called_other_is_not_the_rest(tmp_path):
    lines = [row(model="Other", cost=9), row(model="a", cost=2), row(model="b", cost=1)]
    found = shown(tmp_path, lines, 1)
    assert answer(found, "model", "is_other", "cost") == {("Other", False): 9, ("All other groups", True): 3}


def test_a_group_called_other_may_be_among_the_rest(tmp_path):
    lines = [row(model="Other", cost=1), row(model="a", cost=2), row(model="b", cost=3)]
    assert answer(shown(tmp_path, lines, 1), "model", "cost") == {"b": 3, "Other": 3}


def test_ratios_of_other_come_from_its_sums(tmp_path):
    lines = [tokens(model="a", tokens=100, cost=10_000), tokens(model="b", tokens=10, cost=100)]
    lines += [tokens(model="c", tokens=40, cost=900), tokens(model="d", tokens=5)]
    found = shown(tmp_path, lines, 1, measures=("cost", "effective_rate"))
    assert answer(found, "model", "effective_rate") == {"a": 1.0, "Other": 0.2}


def test_groups_may_be_ranked_by_a_ratio(tmp_path):
    lines = [tokens(model="dear", tokens=1, cost=500), tokens(model="cheap", tokens=100, cost=1_000)]
    assert shown(tmp_path, lines, 1, measures=("effective_rate",))["model"].to_list() == ["dear", "Other"]


def test_several_dimensions_are_one_group_and_other_has_no_value(tmp_path):
    lines = [row(model=m, user=u, cost=c) for m, u, c in [("a", "x", 5), ("a", "y", 4), ("b", "x", 3)]]
    found = shown(tmp_path, lines, 1, group_by=("model", "user"))
    assert found.select("model", "user", "cost").rows() == [("a", "x", 5), ("Other", "Other", 7)]
    assert found.select("model_value", "model_empty", "user_value").row(1) == (None, None, None)


@pytest.mark.parametrize("group_by", [(), ("day",)])
def test_without_series_the_answer_stays_as_it_is(tmp_path, group_by):
    found = shown(tmp_path, [row(day=1, cost=1), row(day=2, cost=2)], 1, group_by=group_by)
    assert found["cost"].sum() == 3
    assert not found["is_other"].any()


def test_of_nothing_nothing_is_shown(tmp_path):
    assert shown(tmp_path, [], 3).height == 0


def test_fewer_than_one_is_refused(tmp_path):
    with pytest.raises(InputError):
        shown(tmp_path, [], 0)
