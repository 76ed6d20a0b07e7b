"""Questions that add up to full grain, in any world and under any cap; and no more of them than it takes."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sync.parts import Cell, Cells, completion, determining, joined, plan

NAMES = ("model", "tier", "window", "geo", "speed")
VALUES = {
    "model": ("m1", "m2", "m3"),
    "tier": ("standard", "batch", None),
    "window": ("short", "long"),
    "geo": ("global", "us", None),
    "speed": ("standard", "fast"),
}
cells_in_use = st.sets(st.tuples(*(st.sampled_from(VALUES[name]) for name in NAMES)), min_size=1, max_size=14)
caps = st.integers(1, 9)
beside = st.sampled_from([(), ("key",), ("key", "account"), ("key", "account", "workspace", "service")])


def matches(cell: Cell, filters: tuple[tuple[str, tuple[str, ...]], ...]) -> bool:
    return all(cell[NAMES.index(name)] in values for name, values in filters)


@given(cells_in_use, beside, caps)
def test_every_cell_is_in_exactly_one_part_or_left(cells: set[Cell], who: tuple[str, ...], cap: int) -> None:
    found = plan(NAMES, frozenset(cells), who, cap)
    for cell in cells:
        hits = [part for part in found.parts if matches(cell, part.question.filters)]
        assert [cell in part.cells for part in hits] == [True] * len(hits)
        assert len(hits) == (0 if cell in found.left else 1)


@given(cells_in_use, beside, caps)
def test_no_question_has_more_dimensions_than_the_cap_and_none_names_an_empty_value(
    cells: set[Cell], who: tuple[str, ...], cap: int
) -> None:
    for part in plan(NAMES, frozenset(cells), who, cap).parts:
        grouped, filters = part.question.group_by, dict(part.question.filters)
        assert len(grouped) == len(set(grouped)) <= cap
        assert set(who[:cap]) <= set(grouped)
        assert all(values and None not in values for values in filters.values())


@given(cells_in_use, beside, caps)
def test_what_a_part_groups_by_tells_its_cells_apart(
    cells: set[Cell], who: tuple[str, ...], cap: int
) -> None:
    for part in plan(NAMES, frozenset(cells), who, cap).parts:
        places = [NAMES.index(name) for name in part.question.group_by if name in NAMES]
        assert len({tuple(cell[place] for place in places) for cell in part.cells}) == len(part.cells)
        complete = completion(NAMES, part.cells, part.question.group_by)
        for cell in part.cells:
            assert complete(dict(zip(NAMES, cell, strict=True))) == dict(zip(NAMES, cell, strict=True))


@given(cells_in_use, caps)
def test_only_cells_behind_an_empty_value_are_left(cells: set[Cell], cap: int) -> None:
    found = plan(NAMES, frozenset(cells), (), cap)
    assert all(None in cell for cell in found.left)


# The fewest there can be: every way to cut two dimensions of two or three values, tried out


def fits(cells: frozenset[Cell], room: int) -> bool:
    """Whether some dimensions, no more than the room, tell the cells apart."""
    places = range(len(next(iter(cells))))
    return any(
        len({tuple(cell[place] for place in key) for cell in cells}) == len(cells)
        for size in range(min(room, len(places)) + 1)
        for key in combinations(places, size)
    )


def fewest(cells: frozenset[Cell], room: int) -> int:
    """Cut in two, by any dimension and any of its values, until everything fits."""
    if fits(cells, room):
        return 1
    best = len(cells)
    for place in range(len(next(iter(cells)))):
        values = sorted({str(cell[place]) for cell in cells})
        for size in range(1, len(values)):
            for some in combinations(values, size):
                here = frozenset(cell for cell in cells if cell[place] in some)
                best = min(best, fewest(here, room) + fewest(cells - here, room))
    return best


SMALL = ("model", "tier", "geo")
small_cells = st.sets(
    st.tuples(st.sampled_from("abc"), st.sampled_from(("s", "b", "f")), st.sampled_from(("g", "u"))),
    min_size=1,
    max_size=9,
)


@given(small_cells, st.integers(0, 3))
def test_there_are_no_more_parts_than_it_takes(cells: set[Cell], room: int) -> None:
    found = plan(SMALL, frozenset(cells), ("key",), room + 1)
    assert len(found.parts) == fewest(frozenset(cells), room)
    assert not found.left


# By hand


def test_one_price_needs_one_question() -> None:
    cells = frozenset({("m1", "standard", "short", "global", "standard")})
    (part,) = plan(NAMES, cells, ("key", "account", "workspace", "service"), 5).parts
    assert part.question.filters == ()
    assert part.question.group_by == ("key", "account", "workspace", "service", "model")


def test_a_geo_that_follows_from_the_model_needs_no_question_of_its_own() -> None:
    cells = frozenset(
        {("m1", "standard", "short", "us", "standard"), ("m2", "standard", "short", None, "fast")}
    )
    (part,) = plan(NAMES, cells, ("key", "account", "workspace", "service"), 5).parts
    assert part.question.filters == ()


def test_two_tiers_of_two_models_need_two_questions_beside_four_dimensions() -> None:
    cells = frozenset(product(("m1", "m2"), ("standard", "batch"), ("short",), ("us",), ("standard",)))
    found = plan(NAMES, cells, ("key", "account", "workspace", "service"), 5)
    assert [part.question.filters for part in found.parts] == [
        (("tier", ("batch",)),),
        (("tier", ("standard",)),),
    ]


def test_four_prices_of_two_models_need_one_question_beside_one_dimension() -> None:
    cells = frozenset(
        product(("m1", "m2"), ("standard", "batch"), ("short",), ("us", "global"), ("standard",))
    )
    assert len(plan(NAMES, cells, ("key",), 5).parts) == 1


def test_a_value_that_no_filter_can_name_is_left_and_the_others_are_not() -> None:
    cells: Cells = frozenset({("m1", "standard", "a", None, "x"), ("m1", "standard", "b", "us", "x")})
    found = plan(NAMES, cells, ("key",), 1)
    assert not found.left, "the context window tells them apart as well, and has no empty value"
    cells = frozenset({("m1", "standard", "a", None, "x"), ("m1", "standard", "a", "us", "x")})
    found = plan(NAMES, cells, ("key",), 1)
    assert found.left == {("m1", "standard", "a", None, "x")}
    assert [part.question.filters for part in found.parts] == [(("geo", ("us",)),)]


@pytest.mark.slow
def test_many_models_are_planned_in_time() -> None:
    models = [f"m{n}" for n in range(40)]
    cells = frozenset(
        product(models, ("standard", "batch", "flex"), ("a", "b"), ("us", "global"), ("s", "f"))
    )
    found = plan(NAMES, cells, ("key", "account", "workspace"), 5)
    assert len(found.parts) == 2 * 2 * 2, "window, geo and speed; there is room for the tier"
    assert set().union(*(part.cells for part in found.parts)) == cells


def test_the_workspace_follows_from_the_key() -> None:
    who = {("k1", None, "w1", None), ("k2", None, "w1", None), ("k3", None, None, None)}
    assert determining(("key", "account", "workspace", "service"), who) == ("key",)
    who |= {(None, "u1", "w1", None), (None, "u1", "w2", None)}
    assert determining(("key", "account", "workspace", "service"), who) == ("key", "workspace")


def test_values_never_seen_complete_to_nothing_and_torn_ones_not_at_all() -> None:
    cells = [("m1", "standard", "us"), ("m1", "batch", "us"), ("m2", "standard", "eu")]
    complete = completion(("model", "tier", "geo"), cells, ("model",))
    assert complete({"model": "m1"}) == {"model": "m1", "geo": "us"}
    assert complete({"model": "m2"}) == {"model": "m2", "tier": "standard", "geo": "eu"}
    assert complete({"model": "m9"}) == {}


def test_what_is_known_in_two_halves_is_joined_where_they_agree() -> None:
    first = (("model", "tier"), frozenset({("m1", "s"), ("m2", "b")}))
    second = (("model", "geo"), frozenset({("m1", "us"), ("m1", "eu"), ("m3", "us")}))
    assert joined(first, second) == {("m1", "s", "us"), ("m1", "s", "eu")}
