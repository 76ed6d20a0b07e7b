"""The Sync page: runs and failures, coverage and gaps, changes, re-running history."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from filelock import FileLock
from markupsafe import escape
from streamlit.testing.v1 import AppTest

from core import operations
from core.errors import StoreError
from core.ledger.build import refresh_ledger
from core.periods import Period
from core.settings import Settings
from core.store.changes import DayChange
from core.store.connections import Connection
from core.store.database import database
from core.store.days import DayKind, DayState
from core.store.failures import SyncFailure, record_failure
from core.store.learned import CAP, DAYS, DEFAULT_WORKSPACE, FILTERS, LAG, REACH, ROWS, Fact, learn
from core.store.meta import raise_revision
from core.store.runs import ConnectionProgress, RunStatus, begin_run, record_progress, stop_requested
from core.stream import StreamUnit
from core.sync.progress import RATE_LIMIT
from core.ui.sync.changes_card import changes_frame, printed
from core.ui.sync.coverage_cards import days_frame, summary
from core.ui.sync.history import plan_words, reachable
from core.ui.sync.learned_lines import lines_of
from core.ui.sync.runs_cards import failures_frame, parts_frame, runs_frame
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TODAY = books.NOW.date()


def _part(
    outcome: str | None = None, finished_at: datetime | None = None, **given: Any
) -> ConnectionProgress:
    part = ConnectionProgress(
        1, "Main", "cost report", 2, 4, 10, 5, 1, None, AT, finished_at, outcome, "It failed.", "req_1"
    )
    return replace(part, **given)


def _run(part: ConnectionProgress, outcome: str | None) -> RunStatus:
    return RunStatus(1, AT, part.finished_at, AT, "page", outcome, "", False, (part,))


def _failure(**given: Any) -> SyncFailure:
    period = Period(date(2026, 11, 3), date(2026, 11, 5))
    return replace(
        SyncFailure(1, 1, "platform_cost", "network", "It *failed*. Sync again.", "req_77", period, AT),
        **given,
    )


def _frames(app: AppTest, column: str) -> list[Any]:
    return [element.value for element in app.dataframe if column in element.value.columns]


# What the tables hold


def test_a_finished_run_tells_its_length_and_what_it_took() -> None:
    run = _run(_part("partial", AT + timedelta(seconds=200)), "partial")
    (row,) = runs_frame([run], {1: 3}).iter_rows(named=True)
    assert (row["Outcome"], row["Duration"], row["Started by"]) == ("Incomplete", "3 min 20 s", "A page")
    assert (row["Requests"], row["Retries"], row["Rows"], row["Failures"]) == (5, 1, 10, 3)
    assert row["Connections"] == "0 of 1 complete"
    (part,) = parts_frame(run).iter_rows(named=True)
    assert (part["Connection"], part["Outcome"], part["Duration"]) == ("Main", "Incomplete", "3 min 20 s")


def test_a_run_at_work_has_no_length_yet() -> None:
    (row,) = runs_frame([_run(_part(), None)], {}).iter_rows(named=True)
    assert (row["Outcome"], row["Duration"], row["Failures"]) == ("Running", None, 0)


def test_a_failure_stands_with_its_days_and_request_id() -> None:
    whole = _failure(stream="", period=None, request_id=None, connection_id=2)
    named, unnamed = failures_frame([_failure(), whole], {1: "Main"}).iter_rows(named=True)
    assert (named["Report"], named["Days"], named["Request ID"]) == (
        "Cost report",
        "Nov 3 – 4, 2026",
        "req_77",
    )
    assert (unnamed["Report"], unnamed["Days"], unnamed["Connection"]) == ("All reports", None, None)


def test_cost_moves_in_dollars_and_usage_in_tokens() -> None:
    day = date(2026, 9, 1)
    (cost,) = changes_frame([DayChange("Main", "platform_cost", day, AT, 10**8, 3 * 10**8, 2)]).iter_rows(
        named=True
    )
    assert (cost["Before"], cost["Now"], cost["Moved"], cost["Times"]) == (10**8, 3 * 10**8, 2 * 10**8, 2)
    assert cost["Late"] == "Yes"
    (usage,) = changes_frame([DayChange("Main", "platform_usage", TODAY, AT, 10, None)]).iter_rows(named=True)
    assert (usage["Before"], usage["Now"], usage["Moved"], usage["Late"]) == (10, 0, -10, None)


def test_what_moved_is_printed_as_in_every_table_and_sorts_as_a_number() -> None:
    """A hundredth of a cent each way: the difference is of what is printed."""
    day, half = date(2026, 9, 1), 500_000
    changes = [
        DayChange("Main", "platform_cost", day, AT, 10**8 - half - 1, 10**8 + half + 1),
        DayChange("Main", "platform_cost", day, AT, 1234 * 10**8, None),
        DayChange("Main", "platform_cost", day, AT, 10**8 - 1, 10**8 + 1),
    ]
    table = printed(changes_frame(changes), StreamUnit.USD)
    assert list(table.data["Moved"]) == [2, -123_400, 0]
    cells = re.findall(r">([+−]?\$[^<]*)<", table.to_html())
    assert cells == [
        "$0.99",
        "$1.01",
        "+$0.02",
        "$1,234.00",
        "$0.00",
        "−$1,234.00",
        "$1.00",
        "$1.00",
        "$0.00",
    ]
    (usage,) = [
        printed(changes_frame([DayChange("Main", "platform_usage", day, AT, 12_345, 9)]), StreamUnit.TOKENS)
    ]
    assert ">−12,336<" in usage.to_html()


def test_days_are_summed_up_in_words() -> None:
    assert summary([DayState(TODAY, DayKind.NOT_PULLED)]) == "0 days known; 1 day missing"
    assert days_frame([DayState(TODAY, DayKind.FAILED, failure=_failure())])["why"][0].startswith(
        "It *failed*"
    )


# Re-running history

CONNECTION = Connection(1, "Main", books.Origin.PLATFORM, "o", None, "k", date(2020, 1, 1), False, AT)
CLAUDE_AI = replace(CONNECTION, id=2, name="Staff", origin=books.Origin.CLAUDE_AI, since=date(2026, 3, 1))


def test_only_what_anthropic_still_reports_can_be_pulled_again() -> None:
    first, later = date(2025, 11, 24), date(2026, 3, 1)
    assert reachable(Period(date(2024, 1, 1), date(2024, 2, 1)), [first], TODAY) is None
    year = Period(date(2025, 1, 1), date(2026, 1, 1))
    assert reachable(year, [later, first], TODAY) == Period(first, date(2026, 1, 1))
    assert reachable(Period(date(2025, 12, 1), date(2026, 4, 1)), [later], TODAY) == Period(
        later, date(2026, 4, 1)
    )
    assert reachable(Period(date(2026, 11, 1), date(2027, 1, 1)), [first], TODAY).last == TODAY
    assert reachable(year, [TODAY + timedelta(days=9)], TODAY) is None


def test_the_plan_says_which_days_are_kept() -> None:
    period = Period(date(2025, 1, 1), date(2026, 1, 1))
    first = date(2025, 11, 24)
    words = " ".join(plan_words(period, reachable(period, [first], TODAY), {CONNECTION: first}))
    assert "Nov 24 – Dec 31, 2025 of Main: 38 days are pulled again" in words
    assert "Anthropic no longer reports days before Nov 24, 2025: what is stored of them is kept" in words
    nothing = plan_words(period, None, {CLAUDE_AI: CLAUDE_AI.since})
    assert "None of these days" in nothing[0] and "the earliest Mar 1, 2026" in nothing[1]
    asked = plan_words(period, period, {CONNECTION: CONNECTION.since})
    assert len(asked) == 1 and "365 days are pulled again" in asked[0]


# The page


def test_empty(open_page: Open, settings: Settings) -> None:
    text = shown(open_page("sync"))
    assert "Nothing was synced yet" in text and "No past day has changed" in text
    assert "Coverage" not in text


def test_connected_and_nothing_pulled(open_page: Open, settings: Settings) -> None:
    books.connect_only(settings)
    app = open_page("sync")
    assert not app.exception and not app.error
    (gaps,) = _frames(app, "Why")
    assert set(gaps["Why"]) == {"Not pulled yet"}
    rows = zip(gaps["Connection"], gaps["Report"], gaps["Period"], strict=True)
    assert sorted(rows) == [
        ("Engineering", "Cost report", "Aug 1 – Nov 22, 2026"),
        ("Engineering", "Usage report", "Aug 1 – Nov 23, 2026"),
        ("Everyone", "All reports", "Aug 1 – Nov 23, 2026"),
    ]


def test_full(open_page: Open, settings: Settings, full_books: None) -> None:
    app = open_page("sync")
    assert not app.exception and not app.error
    text = shown(app)
    assert "115 days known, 30 of them provisional; none missing" in text
    assert "Every day wanted since history begins is known" in text
    assert "No failure was recorded in this run" in text
    (runs,) = _frames(app, "Started by")
    assert list(runs["Outcome"]) == ["Complete"] and list(runs["Connections"]) == ["2 of 2 complete"]


@pytest.fixture
def gaps_of_each_kind(settings: Settings) -> None:
    """Of "Engineering": two days failed, two refused, two not pulled; three years wanted, one in reach."""
    missing = [date(2026, 11, n) for n in (3, 4, 10, 11, 17, 18)]
    books.fill(settings, missing=missing)
    with database(settings) as db:
        record_failure(db, _failure(run_id=None))
        refused = Period(date(2026, 11, 10), date(2026, 11, 12))
        for stream in ("platform_cost", "platform_usage"):
            record_failure(
                db,
                _failure(run_id=None, kind="permission", message="No.", period=refused, stream=stream),
            )
        db.conn.execute("UPDATE connections SET since = '2023-11-01' WHERE id = 1")
        db.conn.execute("UPDATE connections SET since = '2025-06-01' WHERE id = 2")


def test_gaps_of_each_reason(open_page: Open, gaps_of_each_kind: None) -> None:
    app = open_page("sync")
    assert not app.exception and not app.error
    (gaps,) = _frames(app, "Why")
    rows = list(gaps[["Period", "Connection", "Report", "Why"]].itertuples(index=False, name=None))
    assert rows == [
        ("Nov 17 – 18, 2026", "Engineering", "All reports", "Not pulled yet"),
        ("Nov 10 – 11, 2026", "Engineering", "All reports", "No permission"),
        ("Nov 3 – 4, 2026", "Engineering", "Usage report", "Not pulled yet"),
        ("Nov 3 – 4, 2026", "Engineering", "Cost report", "Failed: no answer"),
        ("Jan 1 – Jul 31, 2026", "Everyone", "All reports", "Not pulled yet"),
        ("Nov 1, 2023 – Jul 31, 2026", "Engineering", "All reports", "Not pulled yet"),
    ]
    assert "req_77" in set(gaps["Request ID"])
    assert "109 days known" in shown(app)


def test_beyond_reach_is_claimed_only_of_what_was_learned(
    open_page: Open, settings: Settings, gaps_of_each_kind: None
) -> None:
    with database(settings) as db:
        for stream, days in (("platform_cost", "365"), ("platform_usage", "200")):
            learn(db, 1, Fact(stream, REACH, days, AT))
    app = open_page("sync")
    assert not app.exception and not app.error
    (gaps,) = _frames(app, "Why")
    rows = list(gaps[["Period", "Report", "Why"]].itertuples(index=False, name=None))[-4:]
    assert rows == [
        ("May 8 – Jul 31, 2026", "Usage report", "Not pulled yet"),
        ("Nov 24, 2025 – Jul 31, 2026", "Cost report", "Not pulled yet"),
        ("Nov 24, 2025 – May 7, 2026", "Usage report", "Beyond Anthropic's reach"),
        ("Nov 1, 2023 – Nov 23, 2025", "All reports", "Beyond Anthropic's reach"),
    ]
    text = shown(app)
    assert "Cost report: answers 365 days back." in text and "Usage report: answers 200 days back." in text


def test_years_of_which_nothing_is_stored_are_offered_where_they_are_wanted(
    open_page: Open, gaps_of_each_kind: None
) -> None:
    app = open_page("sync")
    years = app.selectbox(key="w.coverage.year.1")
    assert years.options == ["Last 12 months", "2025", "2024", "2023"]
    assert "0 days known; 365 days missing" in shown(years.select(2025).run())


def test_what_was_learned_is_told_in_plain_words() -> None:
    facts = [
        Fact("platform_usage", CAP, "5", AT),
        Fact("platform_usage", DAYS, "1", AT),
        Fact("platform_usage", ROWS, "1000", AT),
        Fact("platform_cost", LAG, "2", AT),
        Fact("platform_cost", REACH, "400", AT),
        Fact("claude_ai_cost", LAG, "0", AT),
        Fact("claude_ai_cost", FILTERS, "0", AT),
        Fact("workspaces", DEFAULT_WORKSPACE, "wrkspc_01", AT),
        Fact("", "a thing of later", "so <b>", AT),
    ]
    assert list(lines_of(facts)) == [
        "All reports: a thing of later: so <b>.",
        "Cost totals: last seen on time, takes no filters.",
        "Cost report: answers 400 days back, last seen 2 finished days late.",
        "Usage report: at most 5 dimensions a question, at most 1 day a question, at most 1,000 rows a page.",
        "Workspaces: the default workspace is wrkspc_01.",
    ]


def test_rows_set_aside_are_shown_with_their_reason_and_beside_the_numbers(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    app = open_page("sync")
    assert "Rows that could not be counted" not in shown(app) and "seen to grant" not in shown(app)
    with database(settings) as db:
        db.conn.execute(
            "UPDATE coverage SET set_aside = 3 WHERE connection_id = 1 AND stream = 'platform_cost'"
            " AND day = '2026-11-20'"
        )
        db.conn.execute(
            "INSERT INTO set_aside VALUES (1, 'platform_cost', '2026-11-20', 'in <i>EUR</i>', 3, 'req_5')"
        )
        db.conn.execute("UPDATE coverage SET reduced = 1 WHERE connection_id = 2 AND day = '2026-11-19'")
        raise_revision(db)
    app = open_page("sync")
    assert not app.exception and not app.error
    (rows,) = [frame for frame in _frames(app, "Rows") if "Day" in frame.columns]
    assert list(rows.itertuples(index=False, name=None)) == [
        ("Nov 20, 2026", "Engineering", "Cost report", 3, "in <i>EUR</i>", "req_5")
    ]
    assert "1 with rows not counted; none missing" in shown(app)
    text = shown(open_page("cost"))
    assert "3 rows of Nov 20, 2026 of Engineering could not be counted" in text
    assert "Not in these numbers" not in text


def test_todays_cost_is_told_quietly_and_is_no_gap(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    with database(settings) as db:
        for table in ("coverage", "platform_cost"):
            where = "stream = 'platform_cost' AND" if table == "coverage" else ""
            db.conn.execute(f"DELETE FROM {table} WHERE {where} day = ?", [TODAY.isoformat()])
        raise_revision(db)
    for page in ("overview", "cost", "usage"):
        text = shown(open_page(page))
        assert "Not in these numbers" not in text and "Unknown, not zero" not in text
        assert escape("Today's cost of Claude Platform is not reported yet") in text
    alone = shown(open_page("cost", {"in.origin": ["Claude Platform"]}))
    assert escape("Today's cost is not reported yet") in alone
    app = open_page("sync")
    assert "none missing; today is not reported yet" in shown(app)
    assert "Every day wanted since history begins is known" in shown(app)


def test_a_view_of_todays_cost_alone_says_when_it_comes(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    with database(settings) as db:
        db.conn.execute("DELETE FROM coverage WHERE stream = 'platform_cost' AND day = '2026-11-23'")
        db.conn.execute("DELETE FROM platform_cost WHERE day = '2026-11-23'")
        db.conn.execute("UPDATE month_revisions SET revision = ?", [raise_revision(db)])
    refresh_ledger(settings, lambda: books.NOW)
    today = {
        "from": ["2026-11-23"],
        "to": ["2026-11-24"],
        "range": ["custom"],
        "in.origin": ["Claude Platform"],
    }
    text = shown(open_page("cost", {"measure": ["cost"], **today}))
    assert escape("Today's cost is not reported yet") in text and "when the day is over" in text
    assert "Nothing was used" not in text
    assert "Nothing was used" not in shown(open_page("usage", {"measure": ["tokens"], **today}))


@pytest.mark.parametrize("page", ["cost", "usage"])
def test_a_view_that_touches_a_gap_says_so_beside_its_numbers(
    open_page: Open, gaps_of_each_kind: None, page: str
) -> None:
    text = shown(open_page(page, {"from": ["2026-11-01"], "to": ["2026-11-24"], "range": ["custom"]}))
    assert "Not in these numbers: Nov 17 – 18, 2026 of Engineering (not pulled yet)" in text
    assert "Nov 10 – 11, 2026 of Engineering (no permission)" in text
    assert "and 1 more gap. Unknown, not zero." in text


def test_a_view_without_gaps_says_nothing(open_page: Open, full_books: None) -> None:
    assert "Not in these numbers" not in shown(open_page("cost"))
    assert "Not in these numbers" not in shown(open_page("overview"))


def test_the_overview_names_gaps_too(open_page: Open, gaps_of_each_kind: None) -> None:
    assert "Not in these numbers: Nov 17 – 18, 2026 of Engineering" in shown(open_page("overview"))


def test_every_failure_of_a_run_is_shown(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    books.record_run(settings, full_books, "failed", "Anthropic refused the key.")
    with database(settings) as db:
        for n in range(3):
            record_failure(db, _failure(run_id=2, request_id=f"req_{n}"))
    app = open_page("sync")
    (failures,) = _frames(app, "What happened")
    assert list(failures["Request ID"]) == ["req_2", "req_1", "req_0"]
    assert set(failures["Connection"]) == {"Engineering"}
    app.selectbox(key="w.run").select(1).run()
    assert not app.exception and not _frames(app, "What happened")


def test_many_failed_connections_do_not_push_the_page_out_of_sight(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run(_part("failed", AT), "failed")
    many = replace(run, connections=run.connections * 50)
    monkeypatch.setattr("core.ui.app.blocks.list_runs", lambda *_: [many])
    (warning,) = open_page("cost").warning
    assert warning.value.count("It failed") == 4 and "and 46 more" in warning.value


@pytest.fixture
def at_work(settings: Settings, full_books: None):
    """A run of another process: it holds the lock and has got half way."""
    waits = {"waiting_until": books.NOW + timedelta(seconds=20), "waiting_for": RATE_LIMIT}
    with FileLock(settings.lock_path), database(settings) as db:
        run_id = begin_run(db, "command line", books.NOW - timedelta(seconds=60))
        soon = books.NOW + timedelta(seconds=60)
        part = _part(message="", request_id=None, started_at=books.NOW - timedelta(seconds=60), ends_at=soon)
        parts = [part, replace(part, connection_id=2, name="Everyone", **waits)]
        record_progress(db, run_id, parts, books.NOW)
        yield run_id


def test_a_run_under_way_is_shown_whoever_started_it(open_page: Open, at_work: int) -> None:
    app = open_page("sync")
    assert not app.exception and not app.error
    text = shown(app)
    assert "Syncing now" in text and "4 of 8 windows" in text
    assert "Reading cost report, about 60 s left" in text
    assert escape(f"Waiting for {RATE_LIMIT} until 09:30:20 UTC") in text
    assert "2 of 2 connections at work" in text


def test_stop_asks_the_run_to_stop_and_says_so(
    open_page: Open, settings: Settings, at_work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("sync")
    app.button(key="sync-button").click().run()
    with database(settings) as db:
        assert stop_requested(db, at_work)
    assert "Stopping" in shown(app) and app.button(key="sync-button").disabled


def test_the_strip_follows_a_run_that_another_process_started(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    app = open_page("cost")
    assert "Last complete sync" in shown(app)
    with FileLock(settings.lock_path), database(settings) as db:
        run_id = begin_run(db, "command line", books.NOW)
        record_progress(db, run_id, [_part(message="", started_at=books.NOW)], books.NOW)
        assert "Main: Reading cost report" not in shown(app)
        text = shown(app.run())
    assert "Engineering: Reading cost report" in text and "2 of 4 windows" in text


def test_history_is_pulled_again_for_the_days_and_connection_chosen(
    open_page: Open, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(operations, "start_sync", lambda _, **given: asked.append(given))
    app = open_page("sync")
    app.date_input(key="w.rerun.days").set_value((date(2026, 8, 3), date(2026, 8, 10)))
    assert "are pulled again" not in shown(app.run())
    app.button(key="rerun-ask").click().run()
    assert "8 days are pulled again" in shown(app)
    app.selectbox(key="w.rerun.connection").select(1)  # and pressed at once, before it is drawn
    app.date_input(key="w.rerun.days").set_value((date(2026, 8, 1), date(2026, 8, 10)))
    app.button(key="rerun-start").click().run()
    assert asked == [{"period": Period(date(2026, 8, 1), date(2026, 8, 11)), "connection": "Engineering"}]
    assert "is being pulled again" in app.toast[0].value
    assert "10 days are pulled again" not in shown(app.run())


def test_a_sync_that_cannot_start_says_why(
    open_page: Open, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr(operations, "start_sync", full_disk)
    app = open_page("sync")
    app.button(key="rerun-ask").click().run()
    app.button(key="rerun-start").click().run()
    assert r"The disk is full\." in app.error[0].value


def test_a_failure_of_the_strip_stays_until_the_next_try(
    open_page: Open, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.", remedy="Free some space.")

    monkeypatch.setattr(operations, "start_sync", full_disk)
    app = open_page("cost")
    app.button(key="sync-button").click().run()
    assert r"The disk is full\." in app.run().error[0].value
    monkeypatch.setattr(operations, "start_sync", lambda *_, **__: None)
    assert not app.button(key="sync-button").click().run().error
    assert "Starting the sync" in shown(app)


def test_changes_since_a_day_late_ones_first(open_page: Open, settings: Settings, full_books: None) -> None:
    with database(settings) as db:
        db.conn.executemany(
            "INSERT INTO day_changes (connection_id, stream, day, changed_at, before_amount, after_amount,"
            " before_rows, after_rows) VALUES (?, ?, ?, ?, ?, ?, 1, 1)",
            [
                (1, "platform_cost", "2026-11-10", "2026-11-19T06:00:00Z", 10**8, 2 * 10**8),
                (1, "platform_cost", "2026-11-10", "2026-11-21T06:00:00Z", 2 * 10**8, 4 * 10**8),
                (2, "claude_ai_cost", "2026-09-10", "2026-11-20T06:00:00Z", 10**8, 5 * 10**7),
                (2, "claude_ai_user_cost", "2026-09-10", "2026-11-20T06:00:00Z", 10**8, 5 * 10**7),
                (1, "platform_usage", "2026-11-10", "2026-11-20T06:00:00Z", 100, 50),
                (1, "platform_cost", "2026-11-09", "2026-11-02T06:00:00Z", 1, 2),
            ],
        )
    app = open_page("sync")
    (changes,) = _frames(app, "Moved")
    assert list(changes["Day"]) == ["2026-09-10", "2026-09-10", "2026-11-10"]
    assert list(changes["Moved"]) == [-50, -50, 300], "cents"
    text = shown(app)
    assert "2 days</b> moved" in text and "+$2.50" in text and "−50" in text and "Late <b>1</b>" in text
    app.segmented_control(key="w.changes.days").set_value("Late only").run()
    assert list(_frames(app, "Moved")[0]["Day"]) == ["2026-09-10"] * 2
    app.segmented_control(key="w.changes.measure").set_value("Tokens").run()
    assert "None of these" in shown(app)
