"""What is under the number: basis, gaps, provisional days, freshness, differences."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.cost_basis import CostBasis
from core.explore.provenance import REQUIRED, provenance
from core.explore.query import Filter, Query
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, CONNECTIONS, OCTOBER, PLATFORM, ledger_of, row, tokens
from tests.store.books import in_memory

TODAY = date(2026, 11, 23)
LATER = date(2027, 2, 1)
PLATFORM_ONLY = (Filter("cost_center", ("Research",)),)
CLAUDE_AI_ONLY = (Filter("origin", ("claude.ai",)),)


@pytest.fixture
def db():
    with in_memory() as database:
        for c in CONNECTIONS:
            database.conn.execute(
                "INSERT INTO connections (id, name, origin, organization_id, organization_name, key_hint,"
                " encrypted_key, since, created_at) VALUES"
                " (?, ?, ?, ?, ?, 'hint', x'00', '2026-01-01', '2026-01-01T00:00:00Z')",
                (c.id, c.cost_center, c.origin, c.organization_id, c.organization_name),
            )
        yield database


def cover(db, connection, days, *, fetched_at="2026-11-23T06:00:00Z", watermark_at=None, streams=None):
    for stream in streams or REQUIRED[connection.origin]:
        for day in days:
            db.conn.execute(
                "INSERT OR REPLACE INTO coverage (connection_id, stream, day, fetched_at, watermark_at, rows)"
                " VALUES (?, ?, ?, ?, ?, 0)",
                (connection.id, stream, day.isoformat(), fetched_at, watermark_at),
            )


def ask(folder, db, lines=(), *, group_by=(), filters=(), period=OCTOBER, today=TODAY):
    query = Query(("tokens",), period, group_by, filters)
    return provenance(ledger_of(folder, lines), db, query, today)


def test_basis_totals_and_tokens_that_are_not_priced(tmp_path, db):
    lines = [
        tokens(tokens=5, cost=7, cost_basis="allocated"),
        tokens(tokens=3, cost_basis="not priced"),
        row(CLAUDE_AI, requests=9),
    ]
    found = ask(tmp_path, db, lines)
    assert {b.basis: (b.cost, b.tokens) for b in found.basis} == {
        CostBasis.ALLOCATED: (7, 5),
        CostBasis.NOT_PRICED: (None, 3),
        None: (None, None),
    }


def test_nothing_pulled_is_one_gap_and_not_zero(tmp_path, db):
    found = ask(tmp_path, db, filters=PLATFORM_ONLY)
    (coverage,) = found.coverage
    assert (coverage.asked_days, coverage.covered_days, coverage.gaps) == (31, 0, (OCTOBER,))
    assert found.data_as_of is None


def test_a_day_counts_only_with_all_its_streams(tmp_path, db):
    cover(db, PLATFORM, OCTOBER)
    db.conn.execute(
        "DELETE FROM coverage WHERE stream = 'platform_cost' AND day IN ('2026-10-04', '2026-10-05')"
    )
    found = ask(tmp_path, db, filters=PLATFORM_ONLY)
    assert found.coverage[0].covered_days == 29
    assert found.gaps == (Period(date(2026, 10, 4), date(2026, 10, 6)),)


def test_days_to_come_are_not_asked_for(tmp_path, db):
    cover(db, PLATFORM, Period(date(2026, 11, 20), date(2026, 11, 24)))
    period = Period(date(2026, 11, 20), date(2026, 12, 1))
    (coverage,) = ask(tmp_path, db, filters=PLATFORM_ONLY, period=period).coverage
    assert (coverage.asked_days, coverage.covered_days, coverage.gaps) == (4, 4, ())
    (future,) = ask(
        tmp_path, db, filters=PLATFORM_ONLY, period=Period(date(2027, 1, 1), date(2027, 2, 1))
    ).coverage
    assert (future.asked_days, future.gaps) == (0, ())


def test_days_of_the_last_30_and_past_the_watermark_are_provisional(tmp_path, db):
    cover(db, PLATFORM, OCTOBER)
    assert ask(tmp_path, db, filters=PLATFORM_ONLY).provisional_days == tuple(
        date(2026, 10, n) for n in range(25, 32)
    )
    cover(db, CLAUDE_AI, OCTOBER, fetched_at="2027-02-01T00:00:00Z", watermark_at="2026-10-30T12:00:00Z")
    assert ask(tmp_path, db, filters=CLAUDE_AI_ONLY, today=LATER).provisional_days == (
        date(2026, 10, 30),
        date(2026, 10, 31),
    )


def test_one_stream_still_open_makes_a_day_provisional(tmp_path, db):
    cover(db, PLATFORM, OCTOBER, fetched_at="2027-02-01T00:00:00Z")
    assert ask(tmp_path, db, filters=PLATFORM_ONLY, today=LATER).provisional_days == ()
    cover(db, PLATFORM, [OCTOBER.start], fetched_at="2026-10-02T00:00:00Z", streams=["platform_cost"])
    assert ask(tmp_path, db, filters=PLATFORM_ONLY, today=LATER).provisional_days == (OCTOBER.start,)


def test_freshness_is_that_of_the_slowest(tmp_path, db):
    days = Period(OCTOBER.start, date(2026, 11, 23))
    cover(db, PLATFORM, days, fetched_at="2026-11-22T05:00:00Z")
    cover(db, PLATFORM, [days.last], fetched_at="2026-11-23T05:00:00Z", streams=["platform_usage"])
    cover(db, CLAUDE_AI, days, watermark_at="2026-11-21T20:00:00Z")
    both = (Filter("cost_center", ("Research", "Everyone")),)
    found = ask(tmp_path, db, filters=both)
    assert [c.data_as_of for c in found.coverage] == [
        datetime(2026, 11, 22, 5, tzinfo=UTC),
        datetime(2026, 11, 21, 20, tzinfo=UTC),
    ]
    assert found.data_as_of == datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert ask(tmp_path, db).data_as_of is None


def test_failed_and_reduced_streams_are_named_for_the_connections_in_view(tmp_path, db):
    for connection, stream, state in [
        (1, "platform_usage", "reduced"),
        (1, "platform_cost", "ok"),
        (3, "x", "failed"),
    ]:
        db.conn.execute(
            "INSERT INTO stream_states VALUES (?, ?, ?, 'Why.', 'req_1', NULL, NULL, '2026-11-23T00:00:00Z')",
            (connection, stream, state),
        )
    found = ask(tmp_path, db, filters=PLATFORM_ONLY).problems
    assert [(p.cost_center, p.stream, p.state, p.message, p.request_id) for p in found] == [
        ("Research", "platform_usage", "reduced", "Why.", "req_1")
    ]
    assert len(ask(tmp_path, db).problems) == 2


def test_differences_from_the_control_totals_are_told(tmp_path, db):
    lines = [
        (1, "2026-10-05", 5, 5),
        (1, "2026-10-06", 5, 4),
        (2, "2026-10-07", None, 3),
        (1, "2026-11-01", 1, 2),
    ]
    for connection, day, expected, actual in lines:
        db.conn.execute(
            "INSERT INTO control_checks VALUES (?, ?, 'cost', ?, ?)", (connection, day, expected, actual)
        )
    found = ask(tmp_path, db).differences
    assert [(d.cost_center, d.day.day, d.expected, d.actual) for d in found] == [
        ("Research", 6, 5, 4),
        ("Products", 7, None, 3),
    ]


def test_a_gap_of_one_connection_is_a_gap_of_the_view(tmp_path, db):
    for connection in CONNECTIONS:
        cover(db, connection, OCTOBER)
    assert ask(tmp_path, db).gaps == ()
    db.conn.execute("DELETE FROM coverage WHERE connection_id = 3 AND day = '2026-10-09'")
    assert ask(tmp_path, db).gaps == (Period(date(2026, 10, 9), date(2026, 10, 9) + timedelta(days=1)),)


def test_what_lies_before_history_or_before_the_reports_is_no_gap(tmp_path, db):
    period = Period(date(2025, 12, 1), date(2026, 2, 1))
    db.conn.execute("UPDATE connections SET since = '2025-12-15' WHERE id = 1")
    for connection in CONNECTIONS:
        cover(db, connection, Period(date(2026, 1, 1), date(2026, 2, 1)))
    cover(db, PLATFORM, Period(date(2025, 12, 15), date(2026, 1, 1)))
    found = ask(tmp_path, db, period=period, filters=(Filter("cost_center", ("Research", "Everyone")),))
    assert [(c.asked_days, c.covered_days, c.missing) for c in found.coverage] == [(48, 48, ()), (31, 31, ())]
    assert [len(c.outside) for c in found.coverage] == [14, 31]
    assert found.gaps == () and found.partial_days == frozenset()
    assert found.dark_days() == frozenset(Period(date(2025, 12, 1), date(2025, 12, 15)))


def test_a_day_that_only_some_connections_lack_is_partial_not_dark(tmp_path, db):
    for connection in CONNECTIONS:
        cover(db, connection, OCTOBER)
    db.conn.execute("DELETE FROM coverage WHERE connection_id = 1 AND day = '2026-10-09'")
    db.conn.execute("DELETE FROM coverage WHERE day = '2026-10-20'")
    found = ask(tmp_path, db)
    assert (found.dark_days(), found.partial_days) == ({date(2026, 10, 20)}, {date(2026, 10, 9)})


def test_todays_cost_is_awaited_and_no_gap(tmp_path, db):
    days = Period(date(2026, 11, 20), date(2026, 11, 24))
    cover(db, PLATFORM, days, streams=["platform_usage"])
    cover(db, PLATFORM, Period(days.start, TODAY), streams=["platform_cost"])
    found = ask(tmp_path, db, filters=PLATFORM_ONLY, period=days)
    (coverage,) = found.coverage
    assert (coverage.asked_days, coverage.covered_days, coverage.missing) == (4, 4, ())
    assert coverage.awaited == (TODAY,) and found.awaited_days == {TODAY}
    assert (found.dark_days(), found.dark_days(of_cost=True)) == (frozenset(), {TODAY})
    assert found.partial_days == frozenset() and TODAY in found.provisional_days
    assert coverage.data_as_of == datetime(2026, 11, 23, tzinfo=UTC)

    cover(db, CLAUDE_AI, days)
    both = (Filter("cost_center", ("Research", "Everyone")),)
    assert ask(tmp_path, db, filters=both, period=days).dark_days(of_cost=True) == frozenset()


def test_yesterdays_missing_cost_is_a_gap_with_its_reason(tmp_path, db):
    days = Period(date(2026, 11, 20), date(2026, 11, 24))
    cover(db, PLATFORM, days, streams=["platform_usage"])
    cover(db, PLATFORM, Period(days.start, date(2026, 11, 22)), streams=["platform_cost"])
    found = ask(tmp_path, db, filters=PLATFORM_ONLY, period=days)
    (coverage,) = found.coverage
    assert [(g.period, g.kind.value) for g in coverage.missing] == [
        (Period(date(2026, 11, 22), TODAY), "not reported yet")
    ]
    assert (coverage.asked_days, coverage.covered_days, coverage.awaited) == (4, 3, (TODAY,))


def test_days_with_rows_set_aside_are_incomplete_and_reduced_ones_are_told(tmp_path, db):
    cover(db, PLATFORM, OCTOBER)
    db.conn.execute("UPDATE coverage SET set_aside = 2 WHERE day = '2026-10-04'")
    db.conn.execute("UPDATE coverage SET reduced = 1 WHERE day = '2026-10-05' AND stream = 'platform_usage'")
    found = ask(tmp_path, db, filters=PLATFORM_ONLY)
    (coverage,) = found.coverage
    assert (coverage.set_aside, coverage.rows_set_aside) == ((date(2026, 10, 4),), 4)
    assert coverage.reduced == (date(2026, 10, 5),) and coverage.covered_days == 31
    assert found.partial_days == {date(2026, 10, 4)} and found.dark_days() == frozenset()


def test_a_connection_removed_meanwhile_is_left_out(tmp_path, db):
    db.conn.execute("DELETE FROM connections WHERE id = 1")
    assert ask(tmp_path, db, filters=PLATFORM_ONLY).coverage == ()
