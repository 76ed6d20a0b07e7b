"""Ranges as people type them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import PRESETS, Period
from core.typed_ranges import typed_period, typed_preset

TODAY = date(2026, 11, 23)


def days(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3w", days("2026-11-03", "2026-11-23")),
        ("10d", days("2026-11-14", "2026-11-23")),
        ("1 day", days("2026-11-23", "2026-11-23")),
        ("last 2 weeks", days("2026-11-10", "2026-11-23")),
        ("2m", days("2026-10-01", "2026-11-23")),
        ("1y", days("2025-12-01", "2026-11-23")),
        ("2026", days("2026-01-01", "2026-12-31")),
        ("2026-10", days("2026-10-01", "2026-10-31")),
        ("2026-1", days("2026-01-01", "2026-01-31")),
        ("oct", days("2026-10-01", "2026-10-31")),
        (" OCTOBER ", days("2026-10-01", "2026-10-31")),
        ("nov", days("2026-11-01", "2026-11-30")),
        ("dec", days("2025-12-01", "2025-12-31")),
        ("sept 2025", days("2025-09-01", "2025-09-30")),
        ("Feb, 2024", days("2024-02-01", "2024-02-29")),
        ("q3", days("2026-07-01", "2026-09-30")),
        ("2025-q4", days("2025-10-01", "2025-12-31")),
        ("Q1 2026", days("2026-01-01", "2026-03-31")),
        ("2026-10-05", days("2026-10-05", "2026-10-05")),
        ("2026-10-05 to 2026-10-11", days("2026-10-05", "2026-10-11")),
        ("2026-10-05..2026-10-11", days("2026-10-05", "2026-10-11")),
        ("2026-10-05 – 2026-10-11", days("2026-10-05", "2026-10-11")),
    ],
)
def test_what_is_typed_means_these_days(text: str, meant: Period) -> None:
    assert typed_period(text, TODAY) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "0d", "9999d", "9999y", "2026-13", "2026-00", "1999", "2201", "2026-02-30", "q5", "octo",
        "2026-10-11 to 2026-10-05", "2026-10-05 to", "3", "-3w", "٣w", "<b>oct</b>", "3w; drop table",
    ],
)  # fmt: skip
def test_what_means_nothing_is_none(text: str) -> None:
    assert typed_period(text, TODAY) is None


@given(st.text(max_size=40), st.dates(date(2001, 1, 1), date(2199, 1, 1)))
def test_whatever_is_typed_fails_softly(text: str, today: date) -> None:
    found = typed_period(text, today)
    assert found is None or found.days


def test_presets_are_typed_by_label_or_name() -> None:
    for name, label in PRESETS.items():
        assert typed_preset(label) == typed_preset(name) == typed_preset(f"  {label.upper()} ") == name
    assert typed_preset("whenever") is None
