"""What a comparison says of itself."""

from __future__ import annotations

from datetime import date

import pytest

from core.explore.compare import Comparison
from core.explore.query import Query
from core.ledger.snapshot import Snapshot
from core.periods import Period
from core.ui.app.versus import Versus


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (date(2026, 11, 23), "Change: Nov 9 – 22, 2026 against Oct 26 – Nov 8, 2026, weekday by weekday."),
    ],
)
def test_days_left_out_are_told_in_the_right_number(end: date, expected: str) -> None:
    now = Period(date(2026, 11, 9), date(2026, 11, 23))
    periods = Comparison(now, Period(date(2026, 10, 26), now.start), Period(now.end, end))
    assert Versus(Snapshot(0, (), ()), Query(("cost",), now), periods).sentence().endswith(expected)
