"""Re-pulled days that changed, and when that is late."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from sqlite_utils import Database

from core.settings import Settings
from core.store.changes import (
    DayChange,
    list_changes,
    list_moved_days,
)
from core.store.database import database
from tests.store.books import connect, cost_row, day, put, window
from tests.support.organizations import NOW, connected, organizations, sync


@pytest.mark.parametrize(
    ("before", "after", "moved"), [(5, 7, 2), (7, 5, -2), (None, 5, 5), (5, None, -5), (None, None, 0)]
)
def test_moved_counts_no_rows_as_nothing(before: int | None, after: int | None, moved: int) -> None:
    change = DayChange("Main", "platform_cost", date(2026, 11, 1), NOW, before, after)
    assert change.moved == moved
    assert change.is_cost


@pytest.mark.parametrize(
    ("day", "changed", "late"),
    [
        (date(2026, 10, 24), date(2026, 11, 23), False),
        (date(2026, 10, 23), date(2026, 11, 23), True),
        (date(2026, 10, 1), date(2026, 11, 9), False),
        (date(2026, 10, 1), date(2026, 11, 10), True),
        (date(2026, 12, 5), date(2027, 1, 9), False),
        (date(2026, 12, 5), date(2027, 1, 10), True),
    ],
)
def test_a_change_after_the_time_of_revisions_is_late(day: date, changed: date, late: bool) -> None:
    """30 days after the day, and 8 after its month has ended; a sync on the last of them is not late."""
    changed_at = datetime.combine(changed, time(9, 30), UTC)
    assert DayChange("Main", "platform_usage", day, changed_at, 1, 2).late is late


@pytest.mark.slow
def test_a_revision_is_listed_with_what_it_moved(tmp_path: Path) -> None:
    main, changed = organizations()["Main"], date(2026, 11, 10)
    with connected(tmp_path / "data") as (settings, simulator, _):
        sync(settings)
        assert _changes(settings) == []
        before = simulator.totals(main.id, changed).cost_microcents
        simulator.revise(main.id, changed, 50)
        sync(settings)
        (cost,) = [change for change in _changes(settings) if change.is_cost]
        after = simulator.totals(main.id, changed).cost_microcents
    assert (cost.cost_center, cost.day, cost.before, cost.after) == ("Main", changed, before, after)
    assert after < before


@pytest.mark.parametrize(
    ("reached", "watermark", "listed"),
    [
        ("2026-03-01T23:59:59", None, 0),
        ("2026-03-02T00:00:00", None, 1),
        ("2026-03-02T06:00:00", "2026-03-01T20:00:00", 0),
    ],
)
def test_a_day_that_was_under_way_has_grown_not_changed(
    db: Database, reached: str, watermark: str | None, listed: int
) -> None:
    connect(db)
    instants = [datetime.fromisoformat(f"{text}+00:00") if text else None for text in (reached, watermark)]
    put(db, window(1, 0, 1, fetched_at=instants[0], watermark_at=instants[1]), [cost_row(1, 0, 5)])
    put(db, window(1, 0, 1), [cost_row(1, 0, 7)])
    assert len(list_changes(db, before_day=day(1))) == listed


def _changes(settings: Settings) -> list[DayChange]:
    with database(settings) as db:
        return list_changes(db, before_day=NOW.date())


def test_moved_days_tell_each_day_once_from_before_the_date_to_now(db: Database) -> None:
    connect(db)
    pulls = [(5, 100), (6, 110), (7, 130), (40, 90)]
    for after, amount in pulls:
        put(db, window(1, 0, 1, fetched_at=at(after)), [cost_row(1, 0, amount)])
    whole = list_moved_days(db, before_day=day(60))
    assert [(c.before, c.after, c.times, c.late) for c in whole] == [(100, 90, 3, True)]
    later = list_moved_days(db, before_day=day(60), since=day(7))
    assert [(c.before, c.after, c.times) for c in later] == [(110, 90, 2)]
    assert later[0].changed_at == at(40)
    assert list_moved_days(db, before_day=day(60), since=day(41)) == []
    assert [c.moved for c in list_changes(db, before_day=day(60), since=day(7))] == [-40, 20]
    assert list_moved_days(db, before_day=day(0)) == []


def test_late_moves_come_first(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 40, fetched_at=at(41)), [])
    put(db, window(1, 0, 40, fetched_at=at(42)), [cost_row(1, 1, 5), cost_row(1, 39, 5)])
    put(db, window(1, 38, 1, fetched_at=at(50)), [cost_row(1, 38, 5)])
    found = list_moved_days(db, before_day=day(60))
    assert [(c.day, c.late) for c in found] == [(day(1), True), (day(38), False), (day(39), False)]


def at(number: int) -> datetime:
    return datetime.combine(day(number), time(12), UTC)


def test_every_change_is_listed_however_many(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 31, fetched_at=at(32)), [])
    for n in range(40):
        put(db, window(1, 0, 31), [cost_row(1, number, n + 1) for number in range(31)])
    assert len(list_changes(db, before_day=day(60))) == 31 * 40 > 1000
