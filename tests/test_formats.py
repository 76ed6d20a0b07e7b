from datetime import date

import pytest

from core.dimensions import MEASURES
from core.formats import exact, period_label, share, short, signed
from core.periods import Period

COST, TOKENS = MEASURES["cost"], MEASURES["tokens"]


@pytest.mark.parametrize(
    ("measure", "value", "few", "all_digits"),
    [
        ("cost", 124_005_133_812_345, "$1.24M", "$1,240,051.33812345"),
        ("cost", 123_456, "$0.0012", "$0.00123456"),
        ("cost", 0, "$0.00", "$0.00"),
        ("cost", -150_000_000, "−$1.50", "−$1.50"),
        ("cost", None, "–", "unknown"),
        ("tokens", 3_104_220_118, "3.1B", "3,104,220,118"),
        ("tokens", 0, "0", "0"),
        ("effective_rate", 3.4182, "$3.42 / 1M", "$3.42"),
        ("cache_hit_rate", 0.8417, "84.2%", "84.2%"),
        ("cache_hit_rate", None, "–", "unknown"),
    ],
)
def test_a_number_is_short_where_it_stands_and_exact_where_it_hovers(
    measure: str, value: float | None, few: str, all_digits: str
) -> None:
    assert short(MEASURES[measure], value) == few
    assert exact(MEASURES[measure], value) == all_digits


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 8, "12.5%"),
        (1, 10**9, "<0.1%"),
        (0, 5, "0.0%"),
        (None, 5, "–"),
        (5, None, "–"),
        (5, 0, "–"),
        (-1, 8, "−12.5%"),
        (-1, 10**9, "0.0%"),
    ],
)
def test_share(part: int | None, whole: int | None, text: str) -> None:
    assert share(part, whole) == text


@pytest.mark.parametrize(
    ("measure", "step", "text"),
    [
        ("cost", 150_000_000, "+$1.50"),
        ("cost", -150_000_000, "−$1.50"),
        ("cost", 0, "$0.00"),
        ("cost", None, "–"),
        ("cache_hit_rate", 0.012, "+1.2 pts"),
        ("cache_hit_rate", -0.012, "−1.2 pts"),
        ("cache_hit_rate", -0.0001, "0.0 pts"),
        ("tokens", -5, "−5"),
    ],
)
def test_a_step_has_its_sign_and_nothing_has_none(measure: str, step: float | None, text: str) -> None:
    assert signed(MEASURES[measure], step) == text


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2026, 10, 5), date(2026, 10, 6), "Oct 5, 2026"),
        (date(2026, 10, 5), date(2026, 10, 12), "Oct 5 – 11, 2026"),
        (date(2026, 9, 28), date(2026, 10, 5), "Sep 28 – Oct 4, 2026"),
        (date(2026, 10, 1), date(2026, 11, 1), "October 2026"),
        (date(2025, 12, 29), date(2026, 1, 5), "Dec 29, 2025 – Jan 4, 2026"),
    ],
)
def test_a_period_is_named_by_the_days_inside_it(start: date, end: date, text: str) -> None:
    assert period_label(Period(start, end)) == text
