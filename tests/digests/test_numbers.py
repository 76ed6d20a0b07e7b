"""What a digest of numbers says: of what is known alone, and in the same amounts as a count by hand."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest

from core.digests import numbers_letter, picture
from core.digests.letter import Letter, Section
from core.digests.numbers import Numbers
from core.ledger.publish import current_snapshot
from core.periods import Period
from core.settings import Settings
from core.store.database import database
from core.store.findings import FoundNow, SeriesKey, acknowledge, keep_findings, list_findings
from core.store.plans import PlanContent, add_plan
from tests.ui import books

DAY = date(2026, 11, 22)
"""A Sunday, the last day that both organizations know."""
DOLLAR = 10**8


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has tests of its own, and takes most of the time."""
    monkeypatch.setattr(picture, "_png", lambda _: None)


def letter(settings: Settings, last: date = DAY, days: int = 1, today: date | None = None) -> Letter:
    end = last + timedelta(days=1)
    period = Period(end - timedelta(days=days), end)
    with database(settings) as db:
        ledger = current_snapshot(db, settings)
        return numbers_letter.numbers_letter("Daily", Numbers(ledger, db, period, today or end))


def section(told: Letter, title: str) -> Section:
    (only,) = [one for one in told.sections if one.title == title]
    return only


def raw(settings: Settings, column: str, day: date) -> dict[str | None, int]:
    """What the Platform's bill says of a day, by one of its columns, in micro-cents."""
    sums: dict[str | None, int] = defaultdict(int)
    with database(settings) as db:
        for row in db.query(f"SELECT {column} AS name, amount_microcents AS n, day FROM platform_cost"):
            if row["day"] == day.isoformat():
                sums[row["name"]] += row["n"]
    return sums


def amount(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text)) * (-1 if text.startswith("−") else 1)


def test_what_moved_is_what_the_bill_says(settings: Settings) -> None:
    now, before = (raw(settings, "workspace_name", day) for day in (DAY, DAY - timedelta(days=7)))
    changes = {name: now[name] - before[name] for name in (*now, *before) if name}
    largest = sorted(changes, key=lambda name: -abs(changes[name]))
    rows = section(letter(settings), "What moved, by workspace").rows
    assert [row.name for row in rows] == largest[:3]
    for row in rows:
        assert abs(amount(row.value) - changes[row.name] / DOLLAR) < 0.02
        start, end = re.findall(r"\$([\d,.]+\d)", row.note)[:2]
        assert abs(amount(start) - before[row.name] / DOLLAR) < 0.01
        assert abs(amount(end) - now[row.name] / DOLLAR) < 0.01
        effects = re.findall(r"(?:olume|ix|rice|not for tokens) ([+−])\$([\d,.]+\d)", row.note)
        summed = sum(float(n.replace(",", "")) * (1 if sign == "+" else -1) for sign, n in effects)
        assert round(summed, 2) == amount(row.value)


@pytest.mark.slow
def test_who_has_no_name_moves_nothing(settings: Settings) -> None:
    names = {row.name for one in letter(settings).sections for row in one.rows if "moved" in one.title}
    assert names and not names & {"Not applicable", "No user", "Default workspace", "Unattributed"}


@pytest.mark.slow
def test_a_plan_stands_with_its_budget_and_the_one_in_trouble_first(settings: Settings) -> None:
    first = date(2026, 11, 1)
    with database(settings) as db:
        for name, budget in (("A large one", 10**9 * DOLLAR), ("B small one", DOLLAR)):
            content = PlanContent({}, "cost", "month", {first: budget})
            add_plan(db, name, content, books.NOW)
        rows = db.query(
            "SELECT amount_microcents AS n, day FROM platform_cost"
            " UNION ALL SELECT amount_microcents, day FROM claude_ai_cost"
        )
        spent = sum(row["n"] for row in rows if "2026-11-01" <= row["day"] <= DAY.isoformat())
    small, large = section(letter(settings), "Plans").rows
    assert (small.name, large.name) == ("B small one, 2026-11", "A large one, 2026-11")
    assert abs(amount(small.value.partition(" of ")[0]) - spent / DOLLAR) < 1
    assert "the budget was used up on Nov 1, 2026" in small.note
    assert "used up" not in large.note


def test_a_private_plan_is_told_nobody(settings: Settings) -> None:
    with database(settings) as db:
        plan = add_plan(db, "Mine", PlanContent({}, "cost", "month", {date(2026, 11, 1): DOLLAR}), books.NOW)
        db.execute("UPDATE plans SET owner = 'ann@acme.example', private = 1 WHERE id = :id", {"id": plan.id})
    assert not [one for one in letter(settings).sections if one.title == "Plans"]


def test_open_anomalies_stand_with_the_largest_first_and_answered_ones_do_not(settings: Settings) -> None:
    def unusual(name: str, dollars: int) -> FoundNow:
        key = SeriesKey("workspace", name)
        return FoundNow(
            key, name, "spike", "cost", 1, DAY, DAY, DAY, DOLLAR, (1 + dollars) * DOLLAR
        )  # fmt: skip

    with database(settings) as db:
        keep_findings(db, [unusual(f"W{n}", n) for n in range(1, 9)], DAY, books.NOW)
        for finding in list_findings(db):
            if finding.now.label == "W8":
                acknowledge(db, finding.id)
    told = section(letter(settings), "Open anomalies")
    assert [row.name for row in told.rows] == [
        f"Workspace W{n} spent more than expected" for n in (7, 6, 5, 4, 3)
    ]
    assert told.rows[0].value == "+$7.00" and "instead of $1.00" in told.rows[0].note
    assert told.note == "2 more on the Anomalies page."


def test_one_connection_that_is_behind_is_named_and_nothing_is_guessed(settings: Settings) -> None:
    """Everyone's reports reach the morning of November 23; Engineering knows all of it by now."""
    monday = DAY + timedelta(days=1)
    with database(settings) as db:
        db.execute("UPDATE coverage SET fetched_at = '2026-11-24T09:00:00Z' WHERE stream LIKE 'platform_%'")
    told = letter(settings, monday, today=monday + timedelta(days=1))
    known = sum(raw(settings, "model", monday).values())
    assert told.figures[0].value == f"${known / DOLLAR:,.2f}" and told.figures[0].note == ""
    assert told.subject == f"Daily: ${known / DOLLAR:,.2f} on Nov 23, 2026, not all of it known"
    assert "sums are not compared" in told.lead
    lacking = section(told, "Not known yet, or not complete")
    assert [(row.name, row.value) for row in lacking.rows] == [("Everyone", "Nov 23, 2026")]
    with database(settings) as db:
        apart = sum(
            row["n"]
            for row in db.query("SELECT amount_microcents AS n, day FROM claude_ai_cost")
            if row["day"] == "2026-11-23"
        )
    assert f"${apart / DOLLAR:,.2f}" in lacking.note


@pytest.mark.slow
def test_a_gap_in_a_week_is_told_with_its_connection(settings: Settings) -> None:
    with database(settings) as db:
        db.execute("DELETE FROM coverage WHERE stream = 'platform_cost' AND day = '2026-11-18'")
    told = letter(settings, DAY, 7)
    lacking = section(told, "Not known yet, or not complete")
    assert [(row.name, row.value) for row in lacking.rows] == [("Engineering", "Nov 18, 2026")]
    assert "sums are not compared" in told.lead and told.figures[0].note == ""


def test_of_days_that_nobody_knows_nothing_is_claimed(settings: Settings) -> None:
    late = date(2026, 12, 24)
    told = letter(settings, late, today=late + timedelta(days=1))
    assert told.subject == "Daily: nothing is known yet of Dec 24, 2026"
    assert [figure.value for figure in told.figures[:2]] == ["–", "–"]
    assert told.figures[2].label == "December so far" and told.figures[2].value == "–"


def test_the_month_of_a_week_that_ends_in_it(settings: Settings) -> None:
    """On the first of a month its numbers are of the month before, which is over."""
    told = letter(settings, date(2026, 10, 31), 7, today=date(2026, 11, 1))
    assert told.figures[2].label == "October so far" and told.figures[2].note == "31 of 31 days"
    assert "Forecast to month end" not in [figure.label for figure in told.figures]


def test_the_books_reach_where_these_tests_believe() -> None:
    assert datetime(2026, 11, 23, 9, 30, tzinfo=UTC) == books.NOW and DAY.weekday() == 6
