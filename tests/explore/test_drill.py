"""Into a value and back: the question after a click, and after going back."""

from hypothesis import given
from hypothesis import strategies as st

from core.explore.drill import (
    drilled,
    drilled_into_others,
    gone_back,
    live_steps,
    next_dimension,
)
from core.explore.query import Empty, Filter, Query
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, ledger_of, row
from tests.explore.strategies import QUERIES
from tests.properties import tried

BY_MODEL = Query(("cost",), OCTOBER, ("model",))


def test_a_click_narrows_to_the_values_of_the_group():
    query, step = drilled(BY_MODEL, (("model", "a"), ("workspace", Empty.NONE)))
    assert query.filters == (Filter("workspace", (Empty.NONE,)), Filter("model", ("a",)))
    assert step.group_by == ("model",) and step.replaced == ()


def test_other_is_all_but_the_named_ones_and_can_be_opened_again():
    query, first = drilled_into_others(BY_MODEL, ("a", "b"))
    assert query.filters == (Filter("model", ("a", "b"), exclude=True),)
    query, second = drilled_into_others(query, ("c", Empty.NONE))
    assert query.filters == (Filter("model", ("a", "b", "c", Empty.NONE), exclude=True),)
    assert live_steps(query, (first, second)) == (first, second)
    assert gone_back(query, (first, second), 1) == (BY_MODEL.narrowed(*first.added), (first,))
    assert gone_back(query, (first, second), 0) == (BY_MODEL, ())


def test_going_back_restores_what_a_click_replaced_and_leaves_what_it_did_not_touch():
    start = BY_MODEL.narrowed(Filter("model", ("a", "b", "c")))
    query, step = drilled(start, (("model", "a"),))
    later = query.grouped("workspace").narrowed(Filter("product", ("chat",), exclude=True))
    assert gone_back(later, (step,), 0) == (start.narrowed(Filter("product", ("chat",), exclude=True)), ())


def test_a_step_whose_filter_was_changed_by_hand_is_no_step_any_more():
    query, step = drilled(BY_MODEL, (("model", "a"),))
    assert live_steps(query, (step,)) == (step,)
    assert live_steps(query.narrowed(Filter("model", ("a", "b"))), (step,)) == ()
    assert live_steps(BY_MODEL, (step,)) == ()


@tried(100)
@given(QUERIES, st.lists(st.sampled_from(["a", "b", "", Empty.NONE]), min_size=1, max_size=4))
def test_back_to_the_start_is_where_it_began(query, values):
    start = now = query.grouped("model")
    steps = ()
    for place, value in enumerate(values):
        dimension = ("model", "user", "model", "product")[place]
        now, step = drilled(now.grouped(dimension), ((dimension, value),))
        steps += (step,)
    assert live_steps(now, steps) == steps
    assert gone_back(now, steps, 0) == (start, ())


def test_the_next_question_is_one_that_still_splits(tmp_path):
    lines = [row(model="m", workspace="w", api_key=k, cost=1) for k in ("x", "y")]
    lines += [row(CLAUDE_AI, model="n", product=p, cost=1) for p in ("chat", "code")]
    ledger = ledger_of(tmp_path, lines)
    only_m = BY_MODEL.narrowed(Filter("model", ("m",)))
    assert next_dimension(ledger, only_m, "model") == "api_key"
    assert next_dimension(ledger, BY_MODEL.narrowed(Filter("model", ("n",))), "model") == "product"
    deep = only_m.narrowed(Filter("model", ("m",)), Filter("api_key", ("x",)))
    assert next_dimension(ledger, deep, "api_key") == "api_key"
    assert next_dimension(ledger, BY_MODEL.during(OCTOBER.shifted(-90)), "day") == "day"
