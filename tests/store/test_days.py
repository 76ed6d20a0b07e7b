"""Every day of a report has one state, and a gap says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.dimensions import Origin
from core.periods import ONE_DAY, Period
from core.store.connections import get_connection
from core.store.coverage import Coverage, is_final
from core.store.days import (
    GAPS,
    KNOWN,
    OUTSIDE,
    DayKind,
    DayState,
    History,
    day_states,
    gaps_of,
    stream_days,
    together,
)
from core.store.failures import SyncFailure, record_failure
from core.store.runs import begin_run
from tests.store.books import connect, cost_row, put, window

TODAY = date(2026, 11, 23)
COST = "platform_cost"


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def held(*days: date, fetched: date = TODAY, rows: int = 1) -> dict[date, Coverage]:
    return {day: Coverage(at(fetched), None, rows) for day in days}


def failure(kind: str = "network", stream: str = COST, run_id: int = 7, **given: object) -> SyncFailure:
    defaults = {"message": "It failed.", "request_id": "req_1", "period": None, "failed_at": at(TODAY)}
    return SyncFailure(run_id, 1, stream, kind, **{**defaults, **given})


HISTORY = History(COST, Origin.PLATFORM, date(2020, 1, 1), TODAY, {}, run_id=7)


def kind_of(history: History, day: date) -> DayKind:
    (state,) = day_states(history, Period(day, day + ONE_DAY))
    return state.kind


@pytest.mark.parametrize(("days", "kind"), [(40, DayKind.FINAL), (5, DayKind.PROVISIONAL)])
def test_a_day_pulled_is_final_or_may_still_change(days: int, kind: DayKind) -> None:
    (state,) = day_states(replace(HISTORY, covered=held(ago(days))), Period(ago(days), ago(days - 1)))
    assert (state.kind, state.is_known, state.is_zero, state.kept) == (kind, True, False, False)


def test_a_day_pulled_without_rows_is_a_true_zero_and_may_be_provisional() -> None:
    covered = held(ago(40), ago(5), rows=0)
    states = day_states(replace(HISTORY, covered=covered), Period(ago(41), TODAY))
    assert [s.day for s in states if s.is_zero] == [ago(40), ago(5)]
    assert [s.kind for s in states if s.is_zero] == [DayKind.FINAL, DayKind.PROVISIONAL]


@pytest.mark.parametrize(("origin", "reached"), [(Origin.CLAUDE_AI, None), (Origin.PLATFORM, 365)])
def test_days_the_api_no_longer_reaches_are_kept_where_they_are_held(
    origin: Origin, reached: int | None
) -> None:
    today = date(2027, 6, 1)
    held_days = [date(2026, 4, 27), date(2026, 6, 1), date(2026, 6, 2)]
    history = replace(HISTORY, origin=origin, today=today, reached=reached, covered=held(*held_days))
    states = {s.day: s for s in day_states(history, Period(date(2026, 4, 26), date(2026, 6, 3)))}
    assert [day for day, s in states.items() if s.kept] == held_days[:2]
    gone = states[date(2026, 4, 28)]
    assert gone.kind is DayKind.BEYOND_REACH and not gone.kept
    assert states[date(2026, 6, 2)].kind is DayKind.FINAL


def test_the_platforms_reach_is_not_claimed_unread() -> None:
    assert kind_of(HISTORY, date(2021, 3, 1)) is DayKind.NOT_PULLED
    assert kind_of(replace(HISTORY, reached=2000), date(2021, 6, 4)) is DayKind.NOT_PULLED
    assert kind_of(replace(HISTORY, reached=2000), date(2021, 6, 2)) is DayKind.BEYOND_REACH
    (old,) = day_states(
        replace(HISTORY, covered=held(date(2021, 3, 1))), Period(date(2021, 3, 1), date(2021, 3, 2))
    )
    assert old.kind is DayKind.FINAL and not old.kept


def test_nobody_wanted_the_days_before_history_begins() -> None:
    history = replace(HISTORY, since=ago(10))
    assert kind_of(history, ago(11)) is DayKind.BEFORE_HISTORY
    assert kind_of(history, ago(10)) is DayKind.NOT_PULLED
    assert kind_of(replace(history, covered=held(ago(11))), ago(11)) is DayKind.PROVISIONAL


def test_claude_ai_reports_nothing_before_2026() -> None:
    history = replace(HISTORY, origin=Origin.CLAUDE_AI)
    assert kind_of(history, date(2025, 12, 31)) is DayKind.NO_REPORT
    assert kind_of(history, date(2026, 1, 1)) is DayKind.NOT_PULLED
    assert kind_of(HISTORY, date(2025, 12, 31)) is DayKind.NOT_PULLED
    late = replace(history, today=date(2027, 6, 1))
    assert kind_of(late, date(2025, 12, 31)) is DayKind.NO_REPORT
    assert kind_of(late, date(2026, 1, 1)) is DayKind.BEYOND_REACH


@pytest.mark.parametrize(("kind", "day_kind"), [("permission", "no permission"), ("answer", "failed")])
def test_a_failed_window_is_the_reason_of_its_days(kind: str, day_kind: str) -> None:
    newest = failure(kind, period=Period(ago(5), ago(3)))
    older = failure("network", run_id=3, period=Period(ago(9), ago(3)))
    history = replace(HISTORY, failures=(newest, older), run_id=9)
    states = day_states(history, Period(ago(10), ago(2)))
    assert [s.kind.value for s in states] == [
        "not pulled yet",
        *["failed"] * 4,
        *[day_kind] * 2,
        "not pulled yet",
    ]
    assert [s.failure for s in states] == [None, *[older] * 4, *[newest] * 2, None]


def test_a_day_that_is_held_has_no_reason_to_fail() -> None:
    failed = failure(period=Period(ago(5), ago(3)))
    assert kind_of(replace(HISTORY, covered=held(ago(4)), failures=(failed,)), ago(4)) is DayKind.PROVISIONAL


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (failure("permission", period=Period(ago(3), TODAY)), DayKind.NO_PERMISSION),
        (failure("permission", stream="platform_usage"), DayKind.NOT_PULLED),
        (failure("answer", period=Period(ago(3), TODAY)), DayKind.NOT_PULLED),
        (failure("answer", stream="platform_usage"), DayKind.NOT_PULLED),
        (failure("key", stream=""), DayKind.FAILED),
        (failure("other", stream=""), DayKind.FAILED),
        (failure("key", stream="workspaces"), DayKind.FAILED),
        (failure("network", stream="platform_usage"), DayKind.FAILED),
        (failure("key", stream="", run_id=6), DayKind.NOT_PULLED),
        (failure("key", stream="", run_id=8), DayKind.FAILED),
        (failure("key", stream="", failed_at=at(ago(90))), DayKind.NOT_PULLED),
    ],
)
def test_what_ended_the_last_run_is_the_reason_of_the_days_it_did_not_reach(
    found: SyncFailure, kind: DayKind
) -> None:
    assert kind_of(replace(HISTORY, failures=(found,)), ago(60)) is kind


def test_a_day_after_the_watermark_is_not_reported_yet_and_one_after_the_pull_not_pulled_yet() -> None:
    yesterday = Coverage(at(TODAY), at(ago(1), 22), 3)
    history = replace(
        HISTORY, stream="claude_ai_cost", covered={ago(1): yesterday}, latest=(ago(1), yesterday)
    )
    assert kind_of(history, TODAY) is DayKind.NOT_REPORTED
    before = Coverage(at(ago(1)), None, 3)
    assert kind_of(replace(history, latest=(ago(1), before)), TODAY) is DayKind.NOT_PULLED
    assert kind_of(history, ago(2)) is DayKind.NOT_PULLED


def test_todays_cost_cannot_be_reported_yet_and_is_no_gap() -> None:
    for history in (HISTORY, replace(HISTORY, failures=(failure("key", stream=""),))):
        (state,) = day_states(history, Period(TODAY, TODAY + ONE_DAY))
        assert (state.kind, state.awaited, state.is_gap, state.failure) == (
            DayKind.NOT_REPORTED, True, False, None,
        )  # fmt: skip
    usage = replace(HISTORY, stream="platform_usage")
    assert kind_of(usage, TODAY) is DayKind.NOT_PULLED


def test_yesterdays_missing_cost_is_a_gap_that_is_not_reported_yet() -> None:
    before = Coverage(at(TODAY), None, 3)
    history = replace(HISTORY, covered={ago(2): before}, latest=(ago(2), before))
    (state,) = day_states(history, Period(ago(1), TODAY))
    assert (state.kind, state.is_gap, state.awaited) == (DayKind.NOT_REPORTED, True, False)
    pulled_yesterday = Coverage(at(ago(1)), None, 3)
    old = replace(history, covered={ago(2): pulled_yesterday}, latest=(ago(2), pulled_yesterday))
    assert kind_of(old, ago(1)) is DayKind.NOT_PULLED, "it was not over when the cost was last asked for"


def test_days_that_an_answer_did_not_cover_are_not_reported_yet() -> None:
    before = Coverage(at(ago(3)), at(ago(3), 8), 3)
    history = replace(
        HISTORY, stream="claude_ai_cost", origin=Origin.CLAUDE_AI, covered={ago(4): before},
        latest=(ago(4), before),
    )  # fmt: skip
    assert kind_of(history, ago(1)) is DayKind.NOT_PULLED
    asked = replace(history, lag=(at(ago(1)), 2))
    assert [kind_of(asked, ago(n)) for n in (2, 1)] == [DayKind.NOT_REPORTED] * 2
    assert kind_of(asked, TODAY) is DayKind.NOT_PULLED, "it was not asked for yet"
    assert kind_of(replace(asked, since=ago(300)), ago(200)) is DayKind.NOT_PULLED
    failed = failure(stream="claude_ai_cost", period=Period(ago(1), TODAY), failed_at=at(TODAY))
    assert kind_of(replace(asked, failures=(failed,)), ago(1)) is DayKind.FAILED


def test_a_service_that_never_covered_a_day_has_not_reported_them_yet() -> None:
    history = replace(HISTORY, stream="claude_ai_cost", origin=Origin.CLAUDE_AI, lag=(at(TODAY), 31))
    assert {kind_of(history, ago(n)) for n in (0, 31, 200)} == {DayKind.NOT_REPORTED}


def test_a_report_of_finished_days_is_late_with_finished_days_only() -> None:
    before = Coverage(at(ago(4)), None, 3)
    history = replace(HISTORY, covered={ago(5): before}, latest=(ago(5), before), lag=(at(ago(1)), 2))
    kinds = [kind_of(history, ago(n)) for n in (3, 2, 1)]
    assert kinds == [DayKind.NOT_REPORTED, DayKind.NOT_REPORTED, DayKind.NOT_PULLED]


def test_a_failure_healed_since_then_is_not_why_a_day_is_late() -> None:
    latest = (ago(2), Coverage(at(TODAY), None, 3))
    earlier = failure(period=Period(ago(2), TODAY), failed_at=at(ago(1)))
    later = failure(period=Period(ago(2), TODAY), failed_at=at(TODAY, 10))
    history = replace(HISTORY, latest=latest, covered=dict([latest]))
    assert kind_of(replace(history, failures=(earlier,)), ago(1)) is DayKind.NOT_REPORTED
    assert kind_of(replace(history, failures=(later, earlier)), ago(1)) is DayKind.FAILED


def test_a_day_with_rows_set_aside_is_no_zero_and_one_with_fewer_dimensions_says_so() -> None:
    short, reduced = Coverage(at(TODAY), None, 0, 3), Coverage(at(TODAY), None, 0, 0, True)
    history = replace(HISTORY, covered={ago(3): short, ago(2): reduced})
    states = day_states(history, Period(ago(4), ago(1)))
    assert [(s.set_aside, s.is_reduced, s.is_zero) for s in states] == [
        (0, False, False), (3, False, False), (0, True, True),
    ]  # fmt: skip
    (whole,) = together([[states[1]], [replace(states[2], day=ago(3))]])
    assert (whole.set_aside, whole.is_reduced, whole.is_zero) == (3, True, False)


def test_together_what_is_awaited_makes_a_day_no_worse() -> None:
    usage = DayState(TODAY, DayKind.PROVISIONAL, Coverage(at(TODAY), None, 5))
    cost = DayState(TODAY, DayKind.NOT_REPORTED, awaited=True)
    (whole,) = together([[usage], [cost]])
    assert (whole.kind, whole.is_known, whole.awaited) == (DayKind.PROVISIONAL, True, True)
    unknown = DayState(TODAY, DayKind.NOT_PULLED)
    assert together([[unknown], [cost]]) == [unknown]
    assert together([[cost], [cost]]) == [cost]


def test_days_to_come_have_no_state() -> None:
    assert [s.day for s in day_states(HISTORY, Period(TODAY, ago(-9)))] == [TODAY]
    assert day_states(HISTORY, Period(ago(-3), ago(-9))) == []


DAYS = (st.integers(-5, 60) | st.integers(320, 400)).map(ago)
COVERAGE = st.builds(
    Coverage,
    DAYS.map(at),
    st.none() | DAYS.map(lambda day: at(day, 23)),
    st.integers(0, 3),
    st.integers(0, 1),
    st.booleans(),
)
PERIODS = st.tuples(DAYS, DAYS).map(lambda pair: Period(min(pair), max(pair)))
KINDS = st.sampled_from(["permission", "key", "limit", "network", "answer", "store", "other"])
FAILURES = st.builds(
    SyncFailure,
    st.none() | st.integers(5, 7),
    st.just(1),
    st.sampled_from(["", COST, "platform_usage", "workspaces"]),
    KINDS,
    st.just("It failed."),
    st.none(),
    st.none() | PERIODS,
    DAYS.map(at),
)
HISTORIES = st.builds(
    History,
    st.sampled_from([COST, "platform_usage"]),
    st.sampled_from(Origin),
    DAYS,
    st.just(TODAY),
    st.dictionaries(DAYS, COVERAGE, max_size=12),
    st.none() | st.tuples(DAYS, COVERAGE),
    st.lists(FAILURES, max_size=3),
    st.none() | st.integers(5, 7),
    st.none() | st.integers(1, 400),
)


def reach_of(history: History) -> date:
    """The earliest day that is answered, counted anew."""
    days = [365] if history.origin is Origin.CLAUDE_AI else []
    days += [history.reached] if history.reached else []
    return TODAY - timedelta(days=min(days) - 1) if days else date.min


@given(HISTORIES, PERIODS)
def test_every_day_has_exactly_one_state(history: History, period: Period) -> None:
    states = day_states(history, period)
    assert [state.day for state in states] == [day for day in period if day <= TODAY]
    groups = [{s.day for s in states if s.kind in kinds} for kinds in (KNOWN, GAPS, OUTSIDE)]
    assert sum(len(group) for group in groups) == len(states)
    assert {s.day for s in states if s.is_gap} == groups[1] - {s.day for s in states if s.awaited}
    assert groups[0] == {s.day for s in states} & set(history.covered)
    for state in states:
        assert (state.coverage is not None) is state.is_known
        assert (state.failure is not None) is (state.kind in (DayKind.FAILED, DayKind.NO_PERMISSION))
        final = state.coverage is not None and is_final(state.coverage, state.day, TODAY)
        assert (state.kind is DayKind.FINAL) is final
        assert state.kept is (state.is_known and state.day < reach_of(history))
        assert state.is_known or state.kind is not DayKind.BEYOND_REACH or state.day < reach_of(history)
        assert not state.is_gap or state.day >= history.since
        todays_cost = history.stream == COST and state.day == TODAY
        assert state.awaited is (todays_cost and state.kind is DayKind.NOT_REPORTED)


@given(HISTORIES, PERIODS)
def test_gaps_hold_exactly_the_gap_days_latest_first(history: History, period: Period) -> None:
    states = day_states(history, period)
    gaps = gaps_of(states, COST)
    assert sorted(day for gap in gaps for day in gap.period) == [s.day for s in states if s.is_gap]
    assert [g.period.start for g in gaps] == sorted((g.period.start for g in gaps), reverse=True)
    reasons = {day: (gap.kind, gap.failure) for gap in gaps for day in gap.period}
    assert all(reasons[s.day] == (s.kind, s.failure) for s in states if s.is_gap)
    assert all(
        (later.kind, later.failure) != (gap.kind, gap.failure)
        for later, gap in pairwise(gaps)
        if gap.period.end == later.period.start
    )


@given(st.lists(HISTORIES, min_size=1, max_size=3), PERIODS)
def test_together_a_day_is_known_only_where_every_report_knows_it(
    histories: list[History], period: Period
) -> None:
    each = [day_states(history, period) for history in histories]
    for whole, *parts in zip(together(each), *each, strict=True):
        told = [part for part in parts if not part.awaited]
        assert whole.awaited is (len(told) < len(parts) and all(part.is_known for part in told))
        assert whole.is_known is (bool(told) and all(part.is_known for part in told))
        assert whole.is_gap is any(part.is_gap for part in parts)
        if told:
            assert (whole.kind is DayKind.FINAL) is all(part.kind is DayKind.FINAL for part in told)
        if whole.coverage:
            assert whole.coverage.rows == sum(part.coverage.rows for part in told)
            assert whole.is_zero is all(part.is_zero for part in told)


def test_together_the_worst_reason_is_told() -> None:
    day, failed = TODAY, failure("permission", period=Period(TODAY, TODAY + ONE_DAY))
    order = [DayState(day, kind, failure=failed if kind in list(DayKind)[:2] else None) for kind in DayKind]
    for n in range(len(order)):
        (whole,) = together([[state] for state in order[n:][::-1]])
        assert whole == order[n]


def test_the_states_of_a_connection_come_from_its_books(db: Database) -> None:
    connect(db)
    run_id = begin_run(db, "test", at(date(2026, 3, 20)))
    db.conn.execute(
        "INSERT INTO run_progress (run_id, connection_id, started_at, finished_at)"
        " VALUES (?, 1, '2026-03-20T09:00:00Z', '2026-03-20T09:01:00Z')",
        [run_id],
    )
    refused = failure(
        "permission", run_id=run_id, period=Period(date(2026, 3, 5), date(2026, 3, 7)),
        failed_at=at(date(2026, 3, 20)),
    )  # fmt: skip
    record_failure(db, refused)
    put(db, window(1, 0, 3), [cost_row(1, 0)])
    found = stream_days(
        db, get_connection(db, 1), [COST, "platform_usage"], Period(date(2026, 2, 28), date(2026, 3, 8)),
        date(2026, 11, 24),
    )  # fmt: skip
    assert [(s.kind.value, s.is_zero) for s in found[COST]] == [
        ("before history begins", False),
        ("final", False), ("final", True), ("final", True),
        *[("no permission", False)] * 4,
    ]  # fmt: skip
    assert [s.kind.value for s in found["platform_usage"]] == [
        "before history begins",
        *["not pulled yet"] * 7,
    ]
