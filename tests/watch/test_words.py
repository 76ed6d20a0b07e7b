"""A finding's amounts: in one precision, and as printed they differ by the difference."""

from __future__ import annotations

from datetime import date

import pytest

from core.store.findings import FoundNow, SeriesKey
from core.watch import words

USD = 10**8


@pytest.mark.parametrize(
    ("unit", "expected", "actual", "told"),
    [
        ("cost", 20_458.61 * USD, 12_280.86 * USD, ("$20,459", "$12,281", "−$8,178")),
        ("cost", 97.27 * USD, 1467.35 * USD, ("$97.27", "$1,467.35", "+$1,370.08")),
        ("cost", 0.004 * USD, 0.006 * USD, ("$0.0040", "$0.0060", "+$0.0020")),
        ("cost", 5 * USD, 5 * USD, ("$5.00", "$5.00", "$0.00")),
        ("cache", 843_200, 612_900, ("84.3%", "61.3%", "−23.0 pts")),
    ],
)
def test_expected_actual_and_difference(
    unit: str, expected: float, actual: float, told: tuple[str, ...]
) -> None:
    day = date(2026, 10, 14)
    key = SeriesKey("model", "claude-opus-5")
    now = FoundNow(
        key, "claude-opus-5", "spike" if unit == "cost" else "cache", unit, 1, day, day, day,
        round(expected), round(actual),
    )  # fmt: skip
    assert tuple(words.amounts(now).values()) == told
    assert all(text in words.sentence(now) for text in told)


DAY = date(2026, 9, 22)


@pytest.mark.parametrize(
    ("kind", "sign", "last", "title", "extent"),
    [
        ("level", 1, date(2026, 10, 23), "moved to a higher level", "Since Sep 22, 2026, over 32 days"),
        ("level", -1, date(2026, 9, 28), "moved to a lower level", "Since Sep 22, 2026, over 7 days"),
        ("spike", 1, DAY, "spent more than expected", "Sep 22, 2026"),
        ("drop", -1, date(2026, 9, 23), "spent less than expected", "Sep 22 – 23, 2026, over 2 days"),
    ],
)
def test_what_happened_and_when(kind: str, sign: int, last: date, title: str, extent: str) -> None:
    now = FoundNow(SeriesKey("api_key", "key_1"), "nightly", kind, "cost", sign, DAY, last, last, USD, USD)
    assert words.title(now) == f"API key nightly {title}"
    assert words.extent(now) == extent
