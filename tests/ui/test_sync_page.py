"""The Sync page's tables."""

from __future__ import annotations

from datetime import UTC, date, datetime

from core.store.changes import DayChange
from core.store.runs import ConnectionProgress, RunStatus
from core.ui.sync_page import changes_frame, runs_frame

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def _part(outcome: str | None, finished_at: datetime | None) -> ConnectionProgress:
    return ConnectionProgress(
        1, "Main", "cost report", 2, 4, 10, 5, 1, None, AT, finished_at, outcome, "It failed.", "req_1"
    )


def _run(part: ConnectionProgress, outcome: str | None) -> RunStatus:
    return RunStatus(1, AT, part.finished_at, AT, "page", outcome, "", False, (part,))


def test_a_finished_part_tells_its_length_and_failure() -> None:
    ended = AT.replace(minute=31)
    (row,) = runs_frame([_run(_part("partial", ended), "partial")]).iter_rows(named=True)
    assert (row["Outcome"], row["Seconds"], row["Requests"], row["Retries"]) == ("Incomplete", 60, 5, 1)
    assert (row["What happened"], row["Request ID"]) == ("It failed.", "req_1")


def test_a_part_at_work_has_no_length_yet() -> None:
    (row,) = runs_frame([_run(_part(None, None), None)]).iter_rows(named=True)
    assert (row["Outcome"], row["Seconds"]) == ("Running", None)


def test_cost_moves_in_dollars_and_usage_in_tokens() -> None:
    day = date(2026, 9, 1)
    frame = changes_frame(
        [
            DayChange("Main", "platform_cost", day, AT, 10**8, 3 * 10**8),
            DayChange("Main", "platform_usage", day, AT, 10, None),
        ]
    )
    cost, usage = frame.iter_rows(named=True)
    assert (cost["Cost moved"], cost["Cost now"], cost["Tokens moved"], cost["Late"]) == (
        2.0, 3.0, None, "After 30 days",
    )  # fmt: skip
    assert (usage["Cost moved"], usage["Tokens moved"], usage["Tokens now"]) == (None, -10, 0)
