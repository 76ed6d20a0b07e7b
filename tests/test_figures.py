"""Numbers that stand together: one precision, and sums that hold as printed."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import MEASURES
from core.figures import Compared, growth, row_scale, shares, table_scale

COST, TOKENS, HITS = (MEASURES[name] for name in ("cost", "tokens", "cache_hit_rate"))
USD = 10**8
AMOUNTS = st.integers(-(10**15), 10**15)
UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def read(text: str) -> Decimal:
    found = re.match(r"([+−]?)[$]?([\d,]+(?:\.\d+)?)([KMBT]?)", text)
    assert found, text
    return Decimal(found[2].replace(",", "")) * UNITS[found[3]] * (-1 if found[1] == "−" else 1)


@pytest.mark.parametrize(
    ("measure", "now", "before", "texts"),
    [
        (COST, 55_081_37 * 10**6, 54_583_13 * 10**6, ("$55,081", "$54,583", "+$498 (+0.9%)")),
        (COST, 4_107_18 * 10**6, 4_108_61 * 10**6, ("$4,107.18", "$4,108.61", "−$1.43 (0.0%)")),
        (COST, 20_000_40 * 10**6, 19_999_60 * 10**6, ("$20,000", "$20,000", "$0 (0.0%)")),
        (COST, 41_000, 0, ("$0.0004", "$0.0000", "+$0.0004")),
        (COST, 0, 0, ("$0.00", "$0.00", "$0.00")),
        (COST, 500 * USD, 10 * USD, ("$500.00", "$10.00", "+$490.00 (50×)")),
        (TOKENS, 3_104_220_118, 3_051_900_000, ("3.104B", "3.052B", "+0.052B (+1.7%)")),
        (TOKENS, 812, 1_204, ("812", "1,204", "−392 (−32.6%)")),
        (HITS, 0.8417, 0.8312, ("84.2%", "83.1%", "+1.1 pts")),
    ],
)
def test_now_before_and_change_are_as_precise_as_each_other(measure, now, before, texts):
    found = Compared(measure, now, before)
    assert (found.now_text, found.before_text, found.change_text) == texts


@given(AMOUNTS, AMOUNTS, st.sampled_from([COST, TOKENS]), st.integers(1, 40), st.integers(1, 40))
def test_now_less_before_is_the_change_as_printed(now, before, measure, days_now, days_before):
    for days in ((1, 1), (days_now, days_before)):
        found = Compared(measure, now, before, days=days)
        assert read(found.now_text) - read(found.before_text) == read(found.change_text)
        off = abs(read(found.now_text) - Decimal(now) / days[0] / (USD if measure is COST else 1))
        assert off <= found.scale.step / (USD if measure is COST else 1)
        assert "−$0" not in re.sub(r"−\$0\.\d*[1-9]", "", found.change_text)


@given(st.lists(st.none() | AMOUNTS, max_size=12), st.sampled_from([COST, TOKENS]))
def test_parts_add_up_as_printed_and_each_is_off_by_under_one(parts, measure):
    whole = sum(part for part in parts if part is not None)
    for scale in (table_scale(measure), row_scale(measure, [whole])):
        found = scale.apportioned(parts, whole)
        assert sum(steps for steps in found if steps is not None) == (scale.steps(whole) if parts else 0)
        for part, steps in zip(parts, found, strict=True):
            assert (part is None) is (steps is None)
            assert part is None or abs(Decimal(part) / scale.step - steps) < 1
            assert part != 0 or steps == 0, "what is nothing stays so"


def test_parts_of_another_whole_are_rounded_each_for_itself():
    assert table_scale(COST).apportioned([USD, 2 * USD], 9 * USD) == [100, 200]


def test_shares_add_up_to_all():
    assert shares([1, 1, 1], 3) == ["33.4%", "33.3%", "33.3%"]
    assert shares([10**9, 1], 10**9 + 1) == ["100.0%", "<0.1%"]
    assert shares([1, None], 1) == ["100.0%", "–"]
    assert shares([1], 0) == shares([1], None) == ["–"]
    assert shares([1, 1], 4) == ["25.0%", "25.0%"], "some parts only"


def test_what_lies_outside_is_in_the_same_precision_and_never_nothing():
    assert Compared(COST, 55_081 * USD, 54_583 * USD, 92_40 * 10**6).outside_text == "$92"
    assert Compared(COST, 55_081 * USD, 54_583 * USD, 40 * 10**6).outside_text == "<$1"
    assert Compared(COST, 55_081 * USD).outside_text is None
    assert Compared(COST, 55_081 * USD, None, 0).outside_text == "$0"


def test_without_one_side_there_is_no_change():
    for found in (Compared(COST, None, USD), Compared(COST, USD, None)):
        assert found.change is None and found.change_text is None
    assert growth(5, 0) is growth(5, -1) is growth(None, 5) is None
