"""A query is checked when it is made, and equal questions are equal."""

from datetime import date

import pytest

from core.errors import InputError
from core.explore.query import Empty, Filter, Query, bucket
from core.periods import Period
from tests.explore.ledgers import OCTOBER


def test_equal_questions_are_equal_and_hash_alike():
    one = Query(
        ("cost",), OCTOBER, ("model",), (Filter("user", ("a", "b")), Filter("model", (Empty.NONE, "x", "x")))
    )
    other = Query(
        ("cost",), OCTOBER, ("model",), (Filter("model", ("x", Empty.NONE)), Filter("user", ("b", "a")))
    )
    assert one == other
    assert hash(one) == hash(other)


def test_lists_are_taken_and_stay_hashable():
    query = Query(["cost"], OCTOBER, ["model"], [Filter("model", ["a"])])  # type: ignore[arg-type]
    assert hash(query) == hash(Query(("cost",), OCTOBER, ("model",), (Filter("model", ("a",)),)))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"measures": ()}, "No measure"),
        ({"measures": ("costs",)}, "There is no measure named 'costs'. Did you mean cost?"),
        ({"measures": ("cost", "cost")}, "asked for twice"),
        ({"group_by": ("modle",)}, "There is no dimension named 'modle'. Did you mean model?"),
        ({"group_by": ("rbac_group_id",)}, "Choose from: day, week"),
        ({"group_by": ("model", "model")}, "asked for twice"),
        ({"period": Period(date(1, 1, 1), date(2026, 1, 1))}, "out of bounds"),
        ({"period": Period(date(2026, 1, 1), date(9999, 12, 31))}, "out of bounds"),
        (
            {"filters": (Filter("model", ("a",)), Filter("model", ("b",)))},
            "two filters of the same kind on Model",
        ),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_a_sentence(arguments, sentence):
    with pytest.raises(InputError) as refused:
        Query(**({"measures": ("cost",), "period": OCTOBER} | arguments))
    assert sentence in str(refused.value)


def test_include_and_exclude_on_one_dimension_may_stand_together():
    Query(("cost",), OCTOBER, (), (Filter("model", ("a",)), Filter("model", ("b",), exclude=True)))


@pytest.mark.parametrize(
    ("dimension", "values"),
    [("nope", ("a",)), ("model", ()), ("model", ("\udcff",)), ("day", ("soon",)), ("month", ("2026-13",))],
)
def test_a_filter_that_means_nothing_is_refused(dimension, values):
    with pytest.raises(InputError):
        Filter(dimension, values)


def test_any_day_names_its_week_and_month():
    assert Filter("week", ("2026-10-07",)).values == ("2026-10-05",)
    assert Filter("month", ("2026-10", "2026-10-31")).values == ("2026-10-01",)
    assert Filter("week", ("0001-01-01",)).values == ("0001-01-01",)


def test_a_week_begins_on_monday_across_the_year():
    assert bucket("week", date(2026, 1, 1)) == date(2025, 12, 29)


def test_narrowing_replaces_only_filters_of_the_same_kind():
    query = Query(("cost",), OCTOBER, (), (Filter("model", ("a",)), Filter("user", ("u",), exclude=True)))
    narrowed = query.narrowed(Filter("model", ("b",)))
    assert narrowed.filters == (Filter("user", ("u",), exclude=True), Filter("model", ("b",)))


def test_over_time_puts_the_grain_in_place_of_other_time():
    query = Query(("cost",), OCTOBER, ("week", "model"))
    assert query.over_time("day").group_by == ("day", "model")
    assert (query.series, query.time_dimensions) == (("model",), ("week",))
