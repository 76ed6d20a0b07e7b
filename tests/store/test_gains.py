"""What young days gain, read off pulls whose amounts the test decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from fractions import Fraction
from functools import cache

import pytest
from sqlite_utils import Database

from core.periods import Period
from core.store import gains, runs
from core.store.gains import ages, median_gains
from core.store.runs import ConnectionProgress
from tests.store.books import connect, cost_row, day, in_memory, put, window

FIRST, LAST = 40, 120
"""Days, counted from MARCH, on whose morning somebody pulled."""
BY_AGE = {0: 800, 1: 900}
"""What a day of 1,000 is told as on its first and second morning."""


def morning(number: int, hour: int = 6) -> datetime:
    return datetime.combine(day(number), time(hour), UTC)


def pull(
    db: Database, number: int, *, back: int = 45, outcome: str = "ok", watermark: datetime | None = None
) -> None:
    """On the morning of a day: all days of the last weeks, each as its age has it."""
    at = morning(number)
    run_id = runs.begin_run(db, "test", at)
    told = ConnectionProgress(
        1, "Research", "Cost", 1, 1, 1, 1, 0, None, at, at, outcome, "", None
    )  # fmt: skip
    runs.record_progress(db, run_id, [told], at)
    runs.finish_run(db, run_id, outcome, at)
    if outcome == "ok":
        rows = [cost_row(1, n, BY_AGE.get(number - 1 - n, 1000)) for n in range(number - back, number)]
        put(db, window(1, number - back, back, fetched_at=at, watermark_at=watermark), rows)


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        yield opened


@pytest.fixture
def pulled() -> Iterator[Database]:
    with in_memory(pulled_once()) as opened:
        yield opened


@cache
def pulled_once() -> bytes:
    """A database in which every day was pulled on each of its mornings."""
    with in_memory() as db:
        connect(db)
        for number in range(FIRST, LAST):
            pull(db, number)
        return db.conn.serialize()


def today(number: int = LAST) -> date:
    return day(number)


def test_the_median_of_final_days_tells_what_each_age_gains(pulled: Database) -> None:
    by_age = median_gains(pulled, 1, "platform_cost", today())
    assert (by_age[0], by_age[1]) == (Fraction(1000, 800), Fraction(1000, 900))
    assert {by_age[age] for age in range(2, 20)} == {Fraction(1)}


def test_days_that_were_old_at_the_first_pull_tell_nothing_of_the_young(db: Database) -> None:
    """All that was pulled at once, later: every day is told as it stays, and none was seen in its youth."""
    connect(db)
    for number in (FIRST, LAST):
        pull(db, number, back=FIRST)
    by_age = median_gains(db, 1, "platform_cost", today(LAST + 45))
    assert by_age == {}, "one day of each age is far too few"


def test_too_few_days_tell_nothing(pulled: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gains, "FEWEST", 1_000)
    assert median_gains(pulled, 1, "platform_cost", today()) == {}


def test_a_day_that_was_under_way_has_grown_and_gained_nothing(db: Database) -> None:
    """What is told only up to a time within the day says nothing of whole days."""
    connect(db)
    for number in range(FIRST, LAST):
        pull(db, number, watermark=morning(number - 1, 20))
    by_age = median_gains(db, 1, "platform_cost", today())
    assert 0 not in by_age, "the first morning told of no whole day"


def test_a_pull_that_failed_saw_nothing(db: Database) -> None:
    connect(db)
    for number in range(FIRST, LAST):
        pull(db, number, outcome="failed" if number % 2 else "ok")
    by_age = median_gains(db, 1, "platform_cost", today())
    assert by_age[0] == Fraction(1000, 800), "every second day was seen on its first morning"
    assert by_age[1] == Fraction(1000, 900)


def test_ages_are_those_of_the_last_pull(pulled: Database) -> None:
    """Counted from the end of the day to the last morning, not to now."""
    found = ages(pulled, 1, "platform_cost", Period(day(LAST - 5), day(LAST)), today(LAST + 3))
    assert found == {day(LAST - 1 - age): age - 1 for age in range(1, 5)}


def test_other_connections_and_reports_tell_nothing_of_this_one(pulled: Database) -> None:
    connect(pulled, "Other", "org_2")
    assert median_gains(pulled, 2, "platform_cost", today()) == {}
    assert median_gains(pulled, 1, "platform_usage", today()) == {}


def test_days_without_rows_are_no_part_of_it(db: Database) -> None:
    connect(db)
    for number in range(FIRST, LAST):
        at = morning(number)
        run_id = runs.begin_run(db, "test", at)
        told = ConnectionProgress(1, "Research", "", 0, 0, 0, 0, 0, None, at, at, "ok", "", None)
        runs.record_progress(db, run_id, [told], at)
        put(db, window(1, number - 45, 45, fetched_at=at), [])
    assert median_gains(db, 1, "platform_cost", today()) == {}
