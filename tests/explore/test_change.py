"""What carries a change: steps that add up to it, and effects that add up to each step."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.explore.change import Cell, Effects, change_of, explained, largest_remainder, split
from core.explore.compare import Comparison, compared
from core.explore.engine import rows, total
from core.explore.query import Empty, Query
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, ledger_of, row, tokens
from tests.explore.strategies import LEDGER_ROWS, QUERIES
from tests.explore.test_properties import in_folder
from tests.properties import tried

STEADY = tried(100)
SEPTEMBER = Period(date(2026, 9, 1), date(2026, 10, 1))
AGAINST_SEPTEMBER = Comparison(OCTOBER, SEPTEMBER, Period(OCTOBER.end, OCTOBER.end))
MILLION = 10**6
AMOUNT = st.integers(-(10**12), 10**15)
CELLS = st.builds(Cell, st.integers(0, 10**12), AMOUNT, st.integers(0, 10**12), AMOUNT)
PARTS = st.lists(st.dictionaries(st.sampled_from([("a",), ("b",), ("c",)]), CELLS), max_size=5)


def before(**values):
    return tokens(day=date(2026, 9, 9), **values)


def now(**values):
    return tokens(day=9, **values)


def change(folder, lines, query, periods=AGAINST_SEPTEMBER, n=10):
    ledger = ledger_of(folder, lines)
    after, earlier = rows(ledger, query), rows(ledger, query.during(periods.earlier))
    found = change_of(compared(after, earlier, query), query, n)
    return explained(ledger, query, periods, found)


BY_MODEL = Query(("cost",), OCTOBER, ("model",))


def effects(found):
    return {step.label: (s.price, s.volume, s.mix, s.unpriced) for step in found.steps if (s := step.effects)}


def test_a_dearer_token_is_price(tmp_path):
    lines = [before(model="m", tokens=100, cost=1_000), now(model="m", tokens=100, cost=1_500)]
    assert effects(change(tmp_path, lines, BY_MODEL)) == {"m": (500, 0, 0, 0)}


def test_more_tokens_are_volume(tmp_path):
    lines = [before(model="m", tokens=100, cost=1_000), now(model="m", tokens=250, cost=2_500)]
    assert effects(change(tmp_path, lines, BY_MODEL)) == {"m": (0, 1_500, 0, 0)}


def test_tokens_that_move_to_a_dearer_model_are_mix(tmp_path):
    lines = [before(model="cheap", tokens=80, cost=80), before(model="dear", tokens=20, cost=200)]
    lines += [now(model="cheap", tokens=20, cost=20), now(model="dear", tokens=80, cost=800)]
    found = change(tmp_path, lines, BY_MODEL)
    assert effects(found) == {"dear": (0, 0, 600, 0), "cheap": (0, 0, -60, 0)}
    assert found.effects == Effects(0, 0, 540, 0)


def test_price_volume_and_mix_at_once(tmp_path):
    lines = [before(model="a", tokens=100, cost=1_000), before(model="b", tokens=100, cost=100)]
    lines += [now(model="a", tokens=300, cost=3_600), now(model="b", tokens=100, cost=100)]
    found = change(tmp_path, lines, BY_MODEL)
    # Tokens double: volume doubles both costs. a: 300 at the old 10 is 3,000; 600 more is price.
    assert effects(found) == {"a": (600, 1_000, 1_000, 0), "Other": (0, 100, -100, 0)}
    assert (found.before, found.now, found.change) == (1_100, 3_700, 2_600)


def test_new_and_vanished_models_are_mix_beyond_the_volume_of_all(tmp_path):
    lines = [before(model="kept", tokens=100, cost=1_000), before(model="gone", tokens=100, cost=500)]
    lines += [now(model="kept", tokens=100, cost=1_000), now(model="new", tokens=100, cost=3_000)]
    found = change(tmp_path, lines, BY_MODEL)
    assert effects(found) == {"new": (0, 0, 3_000, 0), "gone": (0, 0, -500, 0)} | {"Other": (0, 0, 0, 0)}
    assert [step.state for step in found.steps] == ["New", "Gone", ""]


def test_what_is_not_for_tokens_stands_apart(tmp_path):
    search = {"cost_type": "web_search", "web_searches": 5}
    lines = [before(model="m", tokens=10, cost=100), now(model="m", tokens=10, cost=100)]
    lines += [
        row(day=9, model="m", cost=70, **search),
        row(CLAUDE_AI, day=9, cost=30, cost_basis="unattributed"),
    ]
    found = change(tmp_path, lines, BY_MODEL)
    assert effects(found) == {"m": (0, 0, 0, 70), "No model": (0, 0, 0, 30)}


def test_tokens_without_a_cost_have_no_rate_and_no_volume(tmp_path):
    lines = [before(model="m", tokens=10, cost=100), now(model="m", tokens=10, cost=100)]
    lines += [now(model="m", service_tier="priority", tokens=10_000)]
    assert effects(change(tmp_path, lines, BY_MODEL)) == {"Other": (0, 0, 0, 0)}


def test_without_any_earlier_token_all_is_volume(tmp_path):
    found = change(tmp_path, [now(model="m", tokens=10, cost=100)], BY_MODEL)
    assert effects(found) == {"m": (0, 100, 0, 0)}


def test_without_any_token_now_all_is_volume(tmp_path):
    found = change(tmp_path, [before(model="m", tokens=10, cost=100)], BY_MODEL)
    assert effects(found) == {"m": (0, -100, 0, 0)}


@pytest.mark.slow
def test_the_effects_of_the_whole_do_not_depend_on_what_is_grouped_by(tmp_path):
    lines = [before(model="m", user=u, tokens=t, cost=t * 7) for u, t in (("a", 3), ("b", 11), ("c", 17))]
    lines += [now(model="m", user=u, tokens=t, cost=t * 9) for u, t in (("b", 5), ("c", 31), ("d", 13))]
    lines += [now(model="n", user="d", tokens=7, cost=100)]
    found = [
        change(tmp_path, lines, Query(("cost",), OCTOBER, group_by), n=2).effects
        for group_by in ((), ("model",), ("user",), ("user", "model"))
    ]
    assert len(set(found)) == 1
    assert found[0].price == (5 + 31 + 13) * 2


def test_steps_name_their_values_and_the_rest_has_none(tmp_path):
    lines = [now(model=m, tokens=1, cost=c) for m, c in (("a", 3), (None, 9), ("b", 1), ("c", 1))]
    found = change(tmp_path, lines, BY_MODEL, n=2)
    assert [(s.label, s.change, s.values) for s in found.steps] == [
        ("No model", 9, (("model", Empty.NONE),)),
        ("a", 3, (("model", "a"),)),
        ("Other", 2, ()),
    ]


def test_a_filter_on_the_dimension_stays(tmp_path):
    lines = [now(model=m, tokens=1, cost=c) for m, c in (("a", 3), ("b", 9))]
    query = BY_MODEL.narrowed()
    from core.explore.query import Filter

    found = change(tmp_path, lines, query.narrowed(Filter("model", ("b",), exclude=True)))
    assert [(s.label, s.change) for s in found.steps] == [("a", 3)]


@STEADY
@given(PARTS)
def test_a_split_adds_up_by_part_and_does_not_depend_on_the_parts(parts):
    found = split(parts)
    for (price, volume, mix), cells in zip(found, parts, strict=True):
        assert price + volume + mix == sum(c.cost_now - c.cost_before for c in cells.values())
    joined = {}
    for cells in parts:
        for key, cell in cells.items():
            joined[key] = Cell(*map(sum, zip(joined.get(key, Cell(0, 0, 0, 0)), cell, strict=True)))
    (whole,) = split([joined])
    assert whole == tuple(sum(part[n] for part in found) for n in range(3))


@STEADY
@given(st.lists(st.fractions(max_denominator=10**6), min_size=2, max_size=2), st.integers())
def test_rounding_moves_nothing_by_a_whole_unit(two, whole):
    parts = (*two, whole - sum(two, Fraction(0)))
    found = largest_remainder(parts)
    assert sum(found) == whole
    assert all(abs(rounded - part) < 1 for rounded, part in zip(found, parts, strict=True))


@pytest.mark.slow
@STEADY
@given(LEDGER_ROWS, QUERIES, st.integers(1, 60), st.integers(1, 4))
def test_steps_and_effects_add_up_to_the_change_of_the_total(lines, query, back, n):
    query = query.measuring("cost").grouped(*query.series)
    periods = Comparison(
        query.period, query.period.shifted(-back), Period(query.period.end, query.period.end)
    )

    def check(folder):
        ledger = ledger_of(folder, lines)
        found = change(folder, lines, query, periods, n)
        was, is_ = (total(ledger, query.during(p))["cost"] or 0 for p in (periods.earlier, periods.period))
        assert (found.before, found.now) == (was, is_)
        assert sum(step.change for step in found.steps) == is_ - was
        assert len(found.steps) <= n + 1
        for step in found.steps:
            assert step.effects.sum == step.change
        assert found.effects.sum == is_ - was

    in_folder(check)


def test_the_rest_is_never_called_like_a_value(tmp_path):
    lines = [now(model=m, tokens=1, cost=c) for m, c in (("Other", 9), ("b", 1), ("c", 1))]
    assert [s.label for s in change(tmp_path, lines, BY_MODEL, n=1).steps] == ["Other", "All other groups"]
