"""Windows come in whole, replace what was there, and touch nothing else."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.store.coverage import covered_days
from core.store.meta import revision
from core.store.windows import Row, Staging, replace_window
from tests.properties import tried
from tests.store.books import NOW, connect, cost_row, day, dump, in_memory, put, window

COST = (
    "SELECT day, amount_microcents FROM platform_cost WHERE connection_id = ? ORDER BY day, amount_microcents"
)


def amounts(db: Database, connection_id: int = 1) -> list[tuple[str, int]]:
    return db.conn.execute(COST, [connection_id]).fetchall()


def test_a_window_brings_rows_coverage_and_a_revision(db: Database) -> None:
    connect(db)
    raised = put(db, window(1, 0, 3), [cost_row(1, 0, 10), cost_row(1, 2, 30)])
    assert raised == revision(db) == 1
    assert amounts(db) == [("2026-03-01", 10), ("2026-03-03", 30)]
    held = covered_days(db, 1, "platform_cost")
    assert {d: c.rows for d, c in held.items()} == {day(0): 1, day(1): 0, day(2): 1}
    assert {c.fetched_at for c in held.values()} == {NOW}
    assert dump(db, "month_revisions")["month_revisions"] == [(1, "2026-03-01", 1)]


def test_a_window_over_two_months_touches_both(db: Database) -> None:
    connect(db)
    put(db, window(1, 29, 4), [])
    months = dump(db, "month_revisions")["month_revisions"]
    assert months == [(1, "2026-03-01", 1), (1, "2026-04-01", 1)]


def test_mistake_rows_that_vanished_upstream_kept_for_ever(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 2), [cost_row(1, 0, 10), cost_row(1, 0, 11, workspace="w"), cost_row(1, 1, 12)])
    put(db, window(1, 0, 2), [cost_row(1, 0, 10)])
    assert amounts(db) == [("2026-03-01", 10)]
    assert covered_days(db, 1, "platform_cost")[day(1)].rows == 0


def test_mistake_nulls_in_a_key_that_never_match_so_every_sync_doubles(db: Database) -> None:
    connect(db)
    for _ in range(3):
        put(db, window(1, 0, 1), [cost_row(1, 0, 10, workspace=None)])
    assert amounts(db) == [("2026-03-01", 10)]
    assert dump(db, "day_changes")["day_changes"] == []


def test_mistake_history_deleted_because_the_api_no_longer_reaches_it(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 5), [cost_row(1, n, 10) for n in range(5)])
    put(db, window(1, 3, 2), [])
    assert [d for d, _ in amounts(db)] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert set(covered_days(db, 1, "platform_cost")) == {day(n) for n in range(5)}


def test_another_connection_with_equal_ids_is_untouched(db: Database) -> None:
    connect(db), connect(db, "Sales", "org_2")
    put(db, window(1, 0, 1), [cost_row(1, 0, 10, workspace="w")])
    put(db, window(2, 0, 1), [cost_row(2, 0, 20, workspace="w")])
    put(db, window(1, 0, 1), [])
    assert amounts(db, 1) == [] and amounts(db, 2) == [("2026-03-01", 20)]
    assert covered_days(db, 2, "platform_cost")[day(0)].rows == 1


def test_a_day_the_answer_does_not_cover_keeps_rows_and_coverage(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 2), [cost_row(1, 0, 10), cost_row(1, 1, 11)])
    later = NOW + timedelta(days=1)
    put(db, window(1, 0, 2, covered=frozenset({day(0)}), fetched_at=later), [cost_row(1, 0, 12)])
    assert amounts(db) == [("2026-03-01", 12), ("2026-03-02", 11)]
    held = covered_days(db, 1, "platform_cost")
    assert (held[day(0)].fetched_at, held[day(1)].fetched_at) == (later, NOW)


@pytest.mark.parametrize(
    "bad", [cost_row(1, 7), cost_row(1, 1, text=None), cost_row(2, 0), cost_row(1, 1, "x" * 9, text=None)]
)
def test_a_failed_window_leaves_everything_as_it_was(db: Database, bad: Row) -> None:
    connect(db), connect(db, "Sales", "org_2")
    put(db, window(1, 0, 2), [cost_row(1, 0, 10), cost_row(1, 1, 11)])
    before = dump(db)
    with pytest.raises((ValueError, sqlite3.IntegrityError)):
        put(db, window(1, 0, 2), [cost_row(1, 0, 99), bad])
    assert dump(db) == before and not db.conn.in_transaction


def test_a_failure_at_the_very_end_of_the_swap_rolls_all_of_it_back(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 2), [cost_row(1, 0, 10)])
    db.conn.execute(
        "CREATE TRIGGER late BEFORE INSERT ON month_revisions BEGIN SELECT RAISE(ABORT, 'late'); END"
    )
    before = dump(db)
    with pytest.raises(sqlite3.IntegrityError, match="late"):
        put(db, window(1, 0, 2), [cost_row(1, 0, 99), cost_row(1, 1, 98)])
    assert dump(db) == before


def test_a_window_of_a_removed_connection_is_refused(db: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        put(db, window(9, 0, 1), [cost_row(9, 0)])
    assert revision(db) == 0 and amounts(db, 9) == []


def test_what_a_day_held_before_and_after_is_recorded(db: Database) -> None:
    connect(db)
    put(db, window(1, 0, 4), [cost_row(1, 0, 10), cost_row(1, 1, 20), cost_row(1, 2, 30)])
    assert dump(db, "day_changes")["day_changes"] == []  # the first pull changes nothing that was known
    later = NOW + timedelta(days=2)
    rows = [cost_row(1, 0, 10), cost_row(1, 1, 15), cost_row(1, 1, 5, workspace="w"), cost_row(1, 3, -7)]
    put(db, window(1, 0, 5, fetched_at=later), rows)
    found = db.conn.execute(
        "SELECT day, before_amount, after_amount, before_rows, after_rows, changed_at FROM day_changes"
        " ORDER BY day"
    ).fetchall()
    at = "2026-11-25T09:30:00Z"
    assert found == [
        ("2026-03-02", 20, 20, 1, 2, at),  # the same total from more rows
        ("2026-03-03", 30, None, 1, 0, at),  # vanished
        ("2026-03-04", None, -7, 0, 1, at),  # a true zero that became a credit
    ]


def test_the_windows_book_tells_what_was_asked_and_got(db: Database) -> None:
    connect(db)
    mark = NOW - timedelta(hours=5)
    put(db, window(1, 0, 2, pages=3, watermark_at=mark), [cost_row(1, 0)])
    (found,) = db.conn.execute("SELECT * FROM windows").fetchall()
    assert found[:8] == (1, None, 1, "platform_cost", "2026-03-01", "2026-03-03", 3, 1)
    assert found[8:] == ("2026-11-23T09:30:00Z", "2026-11-23T04:30:00Z", 1)


@pytest.mark.parametrize("stream", ["sqlite_master", "connections; --", ""])
def test_only_fact_tables_are_streams(db: Database, stream: str) -> None:
    with pytest.raises(ValueError, match="no such stream"):
        Staging(db, stream)


def test_staged_rows_of_an_earlier_failure_do_not_come_back(db: Database) -> None:
    connect(db)
    Staging(db, "platform_cost").add([cost_row(1, 0, 666)])
    put(db, window(1, 0, 1), [cost_row(1, 0, 1)])
    assert amounts(db) == [("2026-03-01", 1)]


Fetched = tuple[int, int, int, frozenset[int], list[tuple[int, int, str | None]], bool]


@st.composite
def fetched(draw: st.DrawFn) -> Fetched:
    """Connection, start, days, covered day numbers, rows (day, amount, workspace), whether it fails."""
    start, days = draw(st.integers(0, 6)), draw(st.integers(1, 5))
    inside = range(start, start + days)
    covered = draw(st.frozensets(st.sampled_from(inside)))
    row = st.tuples(
        st.sampled_from(sorted(covered) or [start]),
        st.integers(-(10**15), 10**15),
        st.sampled_from([None, "w1", "w2"]),
    )
    rows = draw(st.lists(row, max_size=6)) if covered else []
    return draw(st.sampled_from([1, 2])), start, days, covered, rows, draw(st.booleans())


def _apply(db: Database, item: Fetched) -> bool:
    connection_id, start, days, covered, rows, fails = item
    staged = [cost_row(connection_id, n, amount, workspace=place) for n, amount, place in rows]
    shape = window(connection_id, start, days, covered=frozenset(day(n) for n in covered))
    try:
        put(db, shape, [*staged, *([cost_row(connection_id, start, text=None)] if fails else [])])
    except (ValueError, sqlite3.IntegrityError):
        return False
    return True


@pytest.mark.slow
@tried(60)
@given(st.lists(fetched(), max_size=8))
def test_any_sequence_of_windows_leaves_the_last_answer_of_every_day(items: list[Fetched]) -> None:
    facts: dict[tuple[int, int], list[tuple[int, str | None]]] = defaultdict(list)
    held: set[tuple[int, date]] = set()
    done = 0
    with in_memory() as db:
        connect(db), connect(db, "Sales", "org_2")
        for item in items:
            connection_id, _, _, covered, rows, fails = item
            assert _apply(db, item) is not fails
            if fails:
                continue
            done += 1
            for n in covered:
                facts[connection_id, n] = [(amount, place) for m, amount, place in rows if m == n]
                held.add((connection_id, day(n)))
        expected = [(c, day(n).isoformat(), *row) for (c, n), rows in facts.items() for row in rows]
        found = db.conn.execute(
            "SELECT connection_id, day, amount_microcents, workspace_id FROM platform_cost"
        )
        assert sorted(found.fetchall(), key=repr) == sorted(expected, key=repr)
        assert {(c, d) for c in (1, 2) for d in covered_days(db, c, "platform_cost")} == held
        assert revision(db) == done == db.conn.execute("SELECT count(*) FROM windows").fetchone()[0]


@tried(30)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-99, 99)), max_size=8), st.data())
def test_day_changes_hold_exactly_the_days_that_changed(
    first: list[tuple[int, int]], data: st.DataObject
) -> None:
    second = data.draw(
        st.lists(st.tuples(st.integers(0, 2), st.integers(-99, 99)), max_size=8) | st.just(first)
    )
    with in_memory() as db:
        connect(db)
        for rows in (first, second):
            put(db, window(1, 0, 3), [cost_row(1, n, amount) for n, amount in rows])
        found = db.conn.execute(
            "SELECT day, before_amount, after_amount, before_rows, after_rows FROM day_changes"
        )
        sums = [[(n, [a for m, a in rows if m == n]) for n in range(3)] for rows in (first, second)]
        expected = {
            (day(n).isoformat(), sum(old) if old else None, sum(new) if new else None, len(old), len(new))
            for (n, old), (_, new) in zip(*sums, strict=True)
            if (len(old), sum(old)) != (len(new), sum(new))
        }
        assert set(found.fetchall()) == expected


def test_replacing_within_an_outer_transaction_is_undone_with_it(db: Database) -> None:
    connect(db)
    staging = Staging(db, "platform_cost")
    staging.add([cost_row(1, 0, 5)])
    db.conn.execute("BEGIN IMMEDIATE")
    replace_window(db, window(1, 0, 1), staging)
    db.conn.execute("ROLLBACK")
    assert amounts(db) == [] and revision(db) == 0


def test_rows_that_repeat_a_key_stay_side_by_side_and_add_up(db: Database) -> None:
    staging = Staging(db, "platform_cost")
    staging.add([cost_row(1, 0, 1), cost_row(1, 0, 2, workspace="w")])
    staging.add([cost_row(1, 0, 3), cost_row(1, 1, 7)])
    assert (staging.rows, staging.days()) == (4, {day(0), day(1)})
    sums = list(staging.sums(("day", "workspace_id"), ("amount_microcents",)))
    assert sorted(sums, key=repr) == [
        {"day": "2026-03-01", "workspace_id": "w", "amount_microcents": 2},
        {"day": "2026-03-01", "workspace_id": None, "amount_microcents": 4},
        {"day": "2026-03-02", "workspace_id": None, "amount_microcents": 7},
    ]
    staging.drop_days([day(0)])
    assert (staging.rows, staging.days()) == (1, {day(1)})
    staging.drop()
