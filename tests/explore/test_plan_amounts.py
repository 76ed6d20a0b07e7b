"""Amounts typed, copied forward, spread, and read from a file."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.explore.plan_amounts import (
    amount_of,
    amount_text,
    copied_forward,
    following,
    percent_of,
    read,
    spread,
    start_of,
    template,
)
from core.explore.sheets import Separators, sheet_bytes
from tests.properties import tried

USD = 10**8
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "microcents"),
    [
        ("12000", 12_000 * USD),
        (" $12,000.50 ", 1_200_050_000_000),
        ("0", 0),
        ("0.00000001", 1),
        ("1,234,567", 1_234_567 * USD),
    ],
)
def test_dollars_become_micro_cents(text: str, microcents: int) -> None:
    assert amount_of("cost", text) == microcents


@pytest.mark.parametrize(
    "text", ["", "-5", "1e9", "12.000,50", "1,23", "€5", "0.000000001", "NaN", "9" * 30, "1 000", "٣"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        amount_of("cost", text)


def test_tokens_are_whole_and_have_no_dollar_sign() -> None:
    assert amount_of("tokens", "5,000,000") == 5_000_000
    for text in ("1.5", "$5"):
        with pytest.raises(InputError):
            amount_of("tokens", text)


@tried(100)
@given(st.integers(0, 2**62), st.sampled_from(["cost", "tokens"]))
def test_an_amount_reads_as_it_is_written(amount: int, measure: str) -> None:
    assert amount_of(measure, amount_text(measure, amount)) == amount


def test_periods_by_their_label() -> None:
    assert start_of("month", "2026-11") == NOVEMBER
    assert start_of("quarter", "2026-q4") == date(2026, 10, 1)
    assert start_of("year", " 2026 ") == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("period", "text"),
    [("month", "2026-13"), ("month", "2026-Q4"), ("quarter", "2026-Q5"), ("year", "26"), ("year", "0000")],
)
def test_other_labels_are_refused(period: str, text: str) -> None:
    with pytest.raises(InputError):
        start_of(period, text)


def test_the_periods_that_follow() -> None:
    assert following("month", NOVEMBER, 3) == [NOVEMBER, DECEMBER, date(2027, 1, 1)]
    assert following("quarter", date(2026, 10, 1), 2) == [date(2026, 10, 1), date(2027, 1, 1)]


def test_copied_forward_each_period_grows_over_the_one_before() -> None:
    found = copied_forward("month", {NOVEMBER: 100 * USD}, 2, Decimal(10))
    assert found == {NOVEMBER: 100 * USD, DECEMBER: 110 * USD, date(2027, 1, 1): 121 * USD}
    with pytest.raises(InputError, match="no amount to copy"):
        copied_forward("month", {}, 2, Decimal(0))


def test_growth_is_a_number_in_per_cent() -> None:
    assert percent_of(" 2.5 % ") == Decimal("2.5")
    for text in ("", "ten", "NaN", "Infinity", "-101", "1001"):
        with pytest.raises(InputError):
            percent_of(text)


def test_a_year_is_spread_like_the_one_before() -> None:
    shape: dict[date, int | None] = {date(2025, 11, 1): 1, date(2025, 12, 1): 3}
    assert spread(1000, [NOVEMBER, DECEMBER], shape) == {NOVEMBER: 250, DECEMBER: 750}


@pytest.mark.parametrize("before", [{}, {date(2025, 11, 1): None}, {date(2025, 11, 1): 0}])
def test_what_is_unknown_gives_no_shape(before: dict[date, int | None]) -> None:
    with pytest.raises(InputError, match="shape"):
        spread(1000, [NOVEMBER], before)


@tried(60)
@given(st.integers(0, 10**15), st.lists(st.integers(1, 10**9), min_size=12, max_size=12))
def test_the_parts_add_up(total: int, before: list[int]) -> None:
    starts = following("month", date(2027, 1, 1), 12)
    shape: dict[date, int | None] = {date(2026, n + 1, 1): part for n, part in enumerate(before)}
    assert sum(spread(total, starts, shape).values()) == total


def test_a_file_is_read_and_each_bad_row_refused_with_its_line() -> None:
    content = (
        b"\xef\xbb\xbfperiod,amount,note\r\n2026-11,50000,x\r\n2026-13,1\r\n\r\n2026-12,\r\n"
        b'2027-01,many\r\n2026-11,7\r\n2027-02,"1,000.5"\r\n'
    )
    found = read(content, "month", "cost")
    assert found.amounts == {NOVEMBER: 50_000 * USD, date(2027, 2, 1): 100_050_000_000}
    assert [line.partition(":")[0] for line in found.problems] == ["Line 3", "Line 6", "Line 7"]
    assert "2026-13" in found.problems[0] and "'many'" in found.problems[1] and "twice" in found.problems[2]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"month,value\n2026-11,5\n", b'period,amount\n"2026', b"\x00" * 2_000_000],
)
def test_another_file_is_refused_whole(content: bytes) -> None:
    with pytest.raises(InputError):
        read(content, "month", "cost")


@pytest.mark.parametrize("separators", list(Separators))
def test_the_template_filled_in_is_the_plan(separators: Separators) -> None:
    amounts = {NOVEMBER: 5_000_050_000_000}
    content = sheet_bytes(template("month", "cost", amounts, [NOVEMBER, DECEMBER]), separators)
    assert read(content, "month", "cost").amounts == amounts
