"""Two sides' filters as one: it passes what passes both, value by value."""

from __future__ import annotations

from itertools import product

import pytest

from core.explore.query import Filter, Match
from core.explore.scopes import joined

MODELS, USERS = ("m1", "m2", "m3"), ("u1", "u2")
ONE_SIDE = [
    (),
    (Filter("model", ("m1",)),),
    (Filter("model", ("m1", "m2")),),
    (Filter("model", ("m2",), exclude=True),),
    (Filter("model", ("m1", "m3"), exclude=True),),
    (Filter("user", ("u1",)),),
    (Filter("model", ("m2",)), Filter("user", ("u2",), exclude=True)),
]


def passing(filters: tuple[Filter, ...]) -> set[tuple[str, str]]:
    return {
        (model, user)
        for model, user in product(MODELS, USERS)
        if all(
            ((model if one.dimension == "model" else user) in one.values) is not one.exclude
            for one in filters
        )
    }


@pytest.mark.parametrize("first", ONE_SIDE)
@pytest.mark.parametrize("second", ONE_SIDE)
def test_what_passes_both_sides_passes(first: tuple[Filter, ...], second: tuple[Filter, ...]) -> None:
    both = joined(first, second)
    assert (set() if both is None else passing(both)) == passing(first) & passing(second)
    assert len({one.kind for one in both or ()}) == len(both or ()), "a question has one filter of a kind"


def test_parts_of_a_text_are_joined_only_where_filters_can_say_so() -> None:
    a, b = (Filter("user", (part,), match=Match.CONTAINS) for part in ("an", "na"))
    assert joined([a], [a]) == (a,)
    assert joined([a], [b]) is None, "one filter passes what has either part, not both"
    assert joined([a], [Filter("user", ("anna",))]) == (a, Filter("user", ("anna",)))
