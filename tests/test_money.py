"""Cents in, micro-cents inside, dollars out: exact at every step."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_MICROCENTS, compact, microcents, microcents_together, usd_decimal, usd_label


@pytest.mark.parametrize(
    ("cents", "expected"),
    [
        ("123.78912", 123_789_120),
        ("41280.000000", 41_280_000_000),
        ("0", 0),
        ("-5", -5_000_000),
        ("0.000001", 1),
        ("0.000000500000", 0),
        ("0.000001500000", 2),
        ("0.000000500001", 1),
        ("9223372036854.775807", MAX_MICROCENTS),
        ("1000000000000.0000004999999999999999999", 10**18),
        ("0E-10", 0),
        ("-0e-7", 0),
        ("1e3", 1_000_000_000),
        ("1.23456E+2", 123_456_000),
        ("5E-7", 0),
        ("15E-7", 2),
    ],
)
def test_amounts_are_read_exactly(cents: str, expected: int) -> None:
    assert microcents(cents) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "Infinity",
        "e3",
        "1e",
        "1e99",
        "9e-999",
        "1,000",
        "$1",
        " 1",
        "1 ",
        "1.",
        ".5",
        "--1",
        "٣",
        "9" * 30,
        "9223372036854.775808",
    ],
)
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        microcents(text)


def test_mistake_cents_taken_for_dollars() -> None:
    assert usd_decimal(microcents("41280.000000")) == "412.80000000"


@given(st.integers(-MAX_MICROCENTS, MAX_MICROCENTS))
def test_mistake_amount_parsed_as_float(amount: int) -> None:
    """Every 64-bit amount survives the way in and the way out."""
    assert microcents(str(Decimal(amount).scaleb(-6).__format__("f"))) == amount
    assert Decimal(usd_decimal(amount)) * 10**8 == amount


@pytest.mark.parametrize(
    ("dollars", "label"),
    [
        ("1240051", "$1.24M"),
        ("999999", "$1M"),
        ("12340", "$12,340"),
        ("412.80", "$412.80"),
        ("0", "$0.00"),
        ("0.0042", "$0.0042"),
        ("0.00000001", "<$0.0001"),
        ("-3.5", "−$3.50"),
    ],
)
def test_labels_read_as_people_write(dollars: str, label: str) -> None:
    assert usd_label(int(Decimal(dollars) * 10**8)) == label


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (812, "812"),
        (45_600, "45.6K"),
        (999_999, "1M"),
        (3_104_220_118, "3.1B"),
        (1_240_000, "1.24M"),
        (-5_000, "−5K"),
    ],
)
def test_counts_are_shortened(number: int, text: str) -> None:
    assert compact(number) == text


FINE = st.builds(
    lambda n, places: f"{Decimal(n).scaleb(-places):f}", st.integers(-(10**14), 10**14), st.integers(0, 12)
)


@given(st.lists(FINE, max_size=12))
def test_amounts_together_are_rounded_once(cents: list[str]) -> None:
    found, exact = microcents_together(cents), [Decimal(text) * 10**6 for text in cents]
    assert abs(sum(found) - sum(exact)) <= Decimal("0.5")
    assert all(abs(one - value) < 1 for one, value in zip(found, exact, strict=True))


def test_what_is_left_over_goes_to_the_largest_rest() -> None:
    assert microcents_together(["0.0000006"] * 5) == [1, 1, 1, 0, 0]
    assert microcents_together(["0.0000001", "0.0000009", "-0.0000005"]) == [0, 1, -1]
    assert microcents_together(["5", "0E-10"]) == [5_000_000, 0]
