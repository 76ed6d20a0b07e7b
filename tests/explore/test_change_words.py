"""A change in three sentences: their dollars are the waterfall's steps as printed."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core.charts.palette import LIGHT
from core.charts.waterfall import Ends, waterfall_chart
from core.dimensions import MEASURES
from core.explore.change import Change, ChangeStep
from core.explore.change_words import sentences
from tests.properties import tried

USD = 10**8
COST, TOKENS = MEASURES["cost"], MEASURES["tokens"]


def change_of(*sides: tuple[int, int], states: dict[int, str] | None = None, others: bool = False) -> Change:
    """Steps called a, b, c …; the last is all others."""
    steps = [
        ChangeStep(chr(97 + n), before, now, (states or {}).get(n, ""), (("model", chr(97 + n)),))
        for n, (before, now) in enumerate(sides)
    ]
    if others:
        steps[-1] = ChangeStep("Other", *sides[-1])
    return Change(tuple(steps), sum(before for before, _ in sides), sum(now for _, now in sides))


def test_what_carries_a_rise_and_what_stands_against_it() -> None:
    sides = [(0, 30 * USD), (20 * USD, 5 * USD), (10 * USD, 16 * USD), (50 * USD, 51 * USD)]
    found = sentences(change_of(*sides, states={0: "New"}, others=True), COST, (28, 28))
    assert found == [
        "Cost rose by $22.00 (+27.5%), from $80.00 to $102.00.",
        "What rose most: a (+$30.00, new), c (+$6.00) and all others together (+$1.00).",
        "What fell: b (−$15.00).",
    ]


def test_a_fall_with_more_than_can_be_named() -> None:
    sides = [(9 * USD, 0), (8 * USD, 0), (7 * USD, 0), (6 * USD, 0), (5 * USD, 0)]
    first, along, against = sentences(change_of(*sides, states={0: "Gone"}), COST, (7, 7))
    assert first == "Cost fell by $35.00 (−100.0%), from $35.00 to $0.00."
    assert along == "What fell most: a (−$9.00, gone), b (−$8.00), c (−$7.00) and 2 more (−$11.00)."
    assert against == "Nothing rose."


def test_days_of_another_number_are_compared_by_the_day() -> None:
    """31 days of 2 dollars after 30 of 3."""
    (first, *_) = sentences(change_of((90 * USD, 62 * USD)), COST, (31, 30))
    assert first == (
        "Cost fell by $28.00 (−31.1%), from $90.00 to $62.00. Per day: $2.00 after $3.00, −$1.00 (−33.3%)."
    )


def test_a_step_is_the_difference_of_what_a_table_prints_of_its_sides() -> None:
    """15.008 before is printed 15.01, of which a has 10.01; 27.010 now is 27.01, of which b has 7.01."""
    sides = [(10_004 * USD // 1000, 20_004 * USD // 1000), (5_004 * USD // 1000, 7_006 * USD // 1000)]
    first, along, _ = sentences(change_of(*sides), COST, (1, 1))
    assert first == "Cost rose by $12.00 (+79.9%), from $15.01 to $27.01."
    assert along == "What rose most: a (+$9.99) and b (+$2.01)."


def test_what_did_not_change_is_no_step_though_it_prints_otherwise() -> None:
    """Half a cent that stays is printed in one total and not in the other: the largest step takes it."""
    sides = [(USD * 5 // 1000, USD * 5 // 1000), (USD, 2 * USD + USD * 5 // 1000)]
    _, along, against = sentences(change_of(*sides), COST, (1, 1))
    assert (along, against) == ("What rose most: b (+$1.01).", "Nothing fell.")


def test_without_groups_there_is_the_whole_alone() -> None:
    change = Change((ChangeStep("All", 5, 9),), 5, 9)
    assert sentences(change, TOKENS, (1, 1)) == ["Tokens rose by 4 (+80.0%), from 5 to 9."]
    same = Change((ChangeStep("All", 9, 9),), 9, 9)
    assert sentences(same, TOKENS, (1, 1)) == ["Tokens stayed at 9."]
    assert sentences(Change((ChangeStep("All", 0, 9),), 0, 9), TOKENS, (1, 1)) == [
        "Tokens rose by 9, from 0 to 9."
    ]


def test_names_from_right_to_left_leave_the_numbers_alone() -> None:
    step = ChangeStep("שלום", 0, USD, "New", (("model", "שלום"),))
    assert "\u2068שלום\u2069 (+$1.00, new)" in sentences(Change((step,), 0, USD), COST, (1, 1))[1]


AMOUNTS = st.lists(
    st.tuples(st.integers(-(10**13), 10**15), st.integers(-(10**13), 10**15)), min_size=1, max_size=9
)


def amounts(text: str) -> list[str]:
    return re.findall(r"[+−]\$[\d,.]*\d", text)


def number(text: str) -> Decimal:
    return Decimal(text.replace("$", "").replace(",", "").replace("−", "-"))


@tried(120)
@given(AMOUNTS, st.booleans(), st.booleans())
def test_the_dollars_named_are_the_steps_as_printed(sides: list, others: bool, small: bool) -> None:
    """Each beside a name is what the waterfall prints at that name; together they are the whole change."""
    scaled = [(before // 10**9, now // 10**9) for before, now in sides] if small else sides
    change = change_of(*scaled, others=others and len(sides) > 1)
    chart = waterfall_chart(change, Ends("Before", "Now"), COST, LIGHT).to_dict()
    (bars,) = chart["datasets"].values()
    printed = {bar["label"]: bar["short"] for bar in bars}
    first, *rest = sentences(change, COST, (1, 1))
    assert printed["Now"] in first and (printed["Before"] in first or "stayed" in first)
    for name, amount in re.findall(
        r"(?:: |, |and )(\w|all others together) \(([+−]\$[\d,.]*\d)", " ".join(rest)
    ):
        assert printed["Other" if name.startswith("all") else name] == amount
    if rest:
        named = sum(number(amount) for text in rest for amount in amounts(text))
        assert named == number(printed["Now"]) - number(printed["Before"])
