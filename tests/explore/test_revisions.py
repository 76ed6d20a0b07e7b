"""Sums of what days moved, and the file of the changes."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

from core.explore.revisions import change_columns, changes_file_stem, moves
from core.explore.sheets import sheet_bytes
from core.store.changes import DayChange

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 10)
OLD = date(2026, 9, 1)
CHANGES = [
    DayChange("Main", "platform_cost", DAY, AT, 10**8, 3 * 10**8 + 1),
    DayChange("Main", "platform_usage", DAY, AT, 100, None),
    DayChange("=Staff", "claude_ai_cost", OLD, AT, 5 * 10**8, 4 * 10**8),
    DayChange("=Staff", "claude_ai_user_cost", OLD, AT, 5 * 10**8, 4 * 10**8),
]


def test_reports_by_user_are_not_counted_beside_the_total_they_are_part_of() -> None:
    found = moves(CHANGES)
    assert found.sums == {"USD": 2 * 10**8 + 1 - 10**8, "tokens": -100}
    assert (found.days, found.late) == (2, 1)
    assert moves([]).days == 0


def test_the_file_is_exact_and_no_cell_is_a_formula() -> None:
    text = sheet_bytes(change_columns(CHANGES, {"platform_cost": "Cost report"})).decode("utf-8-sig")
    header, first, second, third, _ = csv.reader(io.StringIO(text))
    assert header[:5] == ["changed_at", "day", "days_later", "cost_center", "report"]
    assert first == [
        "2026-11-23T09:30:00Z", "2026-11-10", "13", "Main", "Cost report", "USD",
        "1.00000000", "3.00000001", "2.00000001", "no",
    ]  # fmt: skip
    assert second[4:] == ["platform_usage", "tokens", "100", "", "-100", "no"]
    assert (third[3], third[8], third[9]) == ("'=Staff", "-1.00000000", "yes")


def test_the_file_name_holds_nothing_from_elsewhere() -> None:
    assert changes_file_stem(DAY) == "token-ledger_changes_since_2026-11-10"
