"""One window, from request to store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlite_utils import Database

from core.api.exchange import Limits
from core.dimensions import Origin
from core.errors import (
    ApiError,
    CursorExpiredError,
    IncompleteAnswerError,
    MalformedAnswerError,
    OversizedAnswerError,
    PermissionDeniedError,
    SyncStoppedError,
)
from core.periods import Period
from core.settings import Settings
from core.store.coverage import covered_days
from core.store.learned import Learned
from core.streams import STREAMS
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.pull import Pulled, Puller
from core.sync.received import WindowTooLargeError
from core.sync.sources import SOURCES
from tests.api.fakes import COST, USER_COST, USER_USAGE, refused
from tests.api.fakes import Witness as Listener
from tests.store.books import dump
from tests.sync.anthropic import (
    ANALYTICS,
    CONTROL_COST,
    CONTROL_USAGE,
    COST_PATH,
    FLAT,
    NEWEST,
    NOW,
    ROWS,
    TODAY,
    USAGE_PATH,
    Anthropic,
    add,
    api,
    groups_of,
    refuse,
    span,
)

WINDOW = Period(TODAY - timedelta(days=4), TODAY + timedelta(days=1))
ALL = (*STREAMS, "coverage", "set_aside", "windows", "day_changes", "month_revisions", "meta")
FACTS = (*STREAMS, "coverage", "set_aside", "day_changes")
TOTALS = {f"{ANALYTICS}/cost_report": lambda day: [], f"{ANALYTICS}/usage_report": lambda day: []}


@pytest.fixture(autouse=True)
def _connections(db: Database, settings: Settings) -> None:
    add(db, settings)
    add(db, settings, "Chat", "org_1", origin=Origin.CLAUDE_AI)


def pulled(
    db: Database, server: Anthropic, name: str = "platform_cost", now: datetime = NOW, **given: Any
) -> Pulled:
    source, stream = SOURCES[name], SOURCES[name].stream
    server.serves_newest = stream.optional
    owner = 1 if stream.origin is Origin.PLATFORM else 2
    context = WindowContext(
        owner, name, given.pop("window", WINDOW), most_pages=given.pop("most_pages", None)
    )
    grants = given.pop("grants", None) or Grants(Learned(), now)
    with api(server, **given) as client:
        return Puller(db, client, source, grants, lambda: now).pull(context)


def pull(db: Database, server: Anthropic, name: str = "platform_cost", **given: Any) -> int:
    """Rows stored; raises what left days out."""
    found = pulled(db, server, name, **given)
    if found.problem:
        raise found.problem
    return found.size.rows


def days(db: Database, name: str = "platform_cost") -> dict[date, int]:
    owner = 1 if SOURCES[name].stream.origin is Origin.PLATFORM else 2
    return {day: coverage.rows for day, coverage in covered_days(db, owner, name).items()}


def mark_of(name: str) -> datetime | None:
    """The watermark of a report that has one."""
    return None if name in ("platform_cost", "platform_usage") else NOW


def rows(table: str, *of_day: dict[str, Any]) -> Any:
    return {table: lambda day: list(of_day)}


def test_a_bill_is_asked_for_speed_and_keeps_it(db: Database) -> None:
    server = Anthropic(rows=rows(COST_PATH, {**COST, "speed": "fast"}, {**COST, "speed": None}))
    pull(db, server)
    headers = [request.headers.get("anthropic-beta") for request in server.asked if groups_of(request)]
    assert headers == ["fast-mode-2026-02-01"]
    found = db.conn.execute("SELECT DISTINCT speed FROM platform_cost ORDER BY 1").fetchall()
    assert found == [(None,), ("fast",)]


@pytest.mark.parametrize("status", [400, 403])
def test_a_bill_comes_without_speed_where_the_header_is_refused(db: Database, status: int) -> None:
    server, grants = Anthropic(), Grants(Learned(), NOW)
    refused = httpx.Response(status, json={"error": {"type": "invalid_request_error", "message": "No."}})
    server.rules.append(lambda request: refused if "anthropic-beta" in request.headers else None)
    assert pull(db, server, grants=grants) == 5
    asked = len(server.asked)
    assert pull(db, server, grants=grants) == 5
    assert len(server.asked) == asked + 2, "it is not asked with the header again in this run"
    assert db.conn.execute("SELECT DISTINCT speed FROM platform_cost").fetchall() == [(None,)]


@pytest.mark.parametrize("name", list(SOURCES))
@pytest.mark.parametrize("per_page", [1000, 2, 1])
def test_every_stream_comes_in_whole_however_pages_are_cut(db: Database, name: str, per_page: int) -> None:
    mark = mark_of(name)
    assert pull(db, Anthropic(per_page=per_page, watermark=mark), name) == 5
    assert days(db, name) == dict.fromkeys(WINDOW, 1)
    (pages,) = db.conn.execute("SELECT pages FROM windows").fetchone()
    answers = {1000: 1, 2: 3, 1: 5}[per_page]
    if (
        STREAMS[name].optional and not STREAMS[name].apart
    ):  # rates, keys and one part; that there are several is not counted
        assert pages == 3 * answers - 2
    else:  # the whole, and the one part that it takes
        assert pages == answers * (2 if name == "platform_usage" else 1)


def test_mistake_a_page_limit_reached_and_the_rest_silently_dropped(db: Database) -> None:
    def endless(request: httpx.Request) -> httpx.Response | None:
        body = {"data": [{**span(TODAY), "results": []}], "has_more": True, "next_page": None}
        return httpx.Response(200, json=body)

    before = dump(db, *ALL)
    with pytest.raises(IncompleteAnswerError):
        pull(db, Anthropic(rules=[endless]))
    assert dump(db, *ALL) == before


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, json={"error": {"message": "No scope."}}),
        httpx.Response(401, json={}),
        httpx.Response(500, text="oops"),
        httpx.Response(200, text="<html>Sign in</html>"),
        httpx.Response(200, text='{"data": [{"starting_at": "2026-03-0'),
        httpx.Response(200, json={"data": []}),
        httpx.Response(200, json={}),
    ],
)
@pytest.mark.parametrize("name", ["platform_cost", "claude_ai_user_cost"])
def test_mistake_a_403_or_a_broken_body_stored_as_zero_spend(
    db: Database, name: str, answer: httpx.Response
) -> None:
    pull(db, Anthropic(watermark=NOW), name)
    before = dump(db, *ALL)
    server = Anthropic(rules=[lambda _: httpx.Response(answer.status_code, content=answer.content)])
    with pytest.raises(ApiError):
        pull(db, server, name)
    assert dump(db, *ALL) == before


def test_a_failure_on_a_later_page_leaves_the_first_page_out(db: Database) -> None:
    pull(db, Anthropic())
    before = dump(db, *ALL)
    dear = Anthropic(per_page=2, rows=rows(COST_PATH, {**COST, "amount": "999"}))
    dear.rules.append(lambda request: httpx.Response(403, json={}) if "page=4" in str(request.url) else None)
    with pytest.raises(PermissionDeniedError):
        pull(db, dear)
    assert len(dear.asked) == 3 and dump(db, *ALL) == before


def test_mistake_rows_that_vanished_upstream_kept_for_ever(db: Database) -> None:
    pull(db, Anthropic(rows=rows(COST_PATH, COST, {**COST, "workspace_id": "w"})))
    assert pull(db, Anthropic(rows=rows(COST_PATH))) == 0
    assert days(db) == dict.fromkeys(WINDOW, 0)
    assert db.conn.execute("SELECT count(*) FROM day_changes").fetchone() == (5,)


def test_mistake_nulls_in_a_unique_key_so_every_sync_duplicates_them(db: Database) -> None:
    empty = {**COST, **dict.fromkeys(("workspace_id", "description", "model", "token_type"))}
    for _ in range(3):
        assert pull(db, Anthropic(rows=rows(COST_PATH, empty))) == 5
    assert db.conn.execute("SELECT count(*) FROM platform_cost").fetchone() == (5,)
    assert db.conn.execute("SELECT count(*) FROM day_changes").fetchone() == (0,)


def without(server: Anthropic, *missing: date) -> Anthropic:
    """The same server, of which every report in buckets leaves some days out."""

    def answer(request: httpx.Request) -> httpx.Response:
        body = server._body(request)
        gone = {str(day) for day in missing}
        body["data"] = [bucket for bucket in body["data"] if bucket["starting_at"][:10] not in gone]
        return httpx.Response(200, json=body, headers={"request-id": "req_gap"})

    server.rules.append(answer)
    return server


def amounts(db: Database, table: str = "platform_cost") -> dict[date, int]:
    """Micro-cents by day."""
    found = db.conn.execute(f"SELECT day, sum(amount_microcents) FROM {table} GROUP BY day")
    return {date.fromisoformat(day): total for day, total in found}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize("back", [[1], [2], [4], [1, 2], [1, 3], [2, 3, 4]])
def test_days_missing_in_the_middle_keep_what_was_stored_and_the_others_are_stored(
    db: Database, back: list[int]
) -> None:
    pull(db, Anthropic())
    missing = [ago(days) for days in sorted(back, reverse=True)]
    server = without(Anthropic(rows=rows(COST_PATH, {**COST, "amount": "5"})), *missing)
    later = NOW + timedelta(hours=1)
    found = pulled(db, server, now=later)
    assert isinstance(found.problem, IncompleteAnswerError) and found.late == 0
    assert f"leaves out {missing[0]}" in found.problem.happened and found.problem.request_id == "req_gap"
    assert str(missing[0]) in found.problem.means and "what was stored before" in found.problem.means
    assert found.missing == Period(missing[0], missing[-1] + timedelta(days=1))
    expected = {day: 123_789_120 if day in missing else 5_000_000 for day in WINDOW}
    assert amounts(db) == expected
    pulls = {day: coverage.fetched_at for day, coverage in covered_days(db, 1, "platform_cost").items()}
    assert pulls == {day: NOW if day in missing else later for day in WINDOW}


def test_days_missing_in_the_middle_that_were_never_stored_stay_unknown(db: Database) -> None:
    found = pulled(db, without(Anthropic(), ago(2)))
    assert found.problem and days(db) == {day: 1 for day in WINDOW if day != ago(2)}


def test_today_may_be_missing_and_is_then_not_covered(db: Database) -> None:
    assert pull(db, Anthropic(until=ago(1))) == 4
    assert TODAY not in days(db) and len(days(db)) == 4


@pytest.mark.parametrize("late", [1, 2, 3])
@pytest.mark.parametrize("name", ["platform_cost", "platform_usage"])
def test_finished_days_missing_at_the_end_are_late_and_no_error(db: Database, name: str, late: int) -> None:
    found = pulled(db, Anthropic(until=ago(late + 1)), name)
    assert (found.late, found.problem, found.missing) == (late, None, None)
    assert days(db, name) == {day: 1 for day in WINDOW if day < ago(late)}


def test_a_late_day_keeps_what_an_earlier_pull_brought(db: Database) -> None:
    pull(db, Anthropic())
    found = pulled(db, Anthropic(until=ago(3), rows=rows(COST_PATH, {**COST, "amount": "5"})))
    assert (found.late, found.problem) == (2, None)
    assert amounts(db) == {day: 5_000_000 if day <= ago(3) else 123_789_120 for day in WINDOW}


def test_a_fourth_day_missing_at_the_end_is_an_error(db: Database) -> None:
    pull(db, Anthropic())
    window = Period(ago(5), TODAY + timedelta(days=1))
    found = pulled(db, Anthropic(until=ago(5)), window=window)
    assert found.problem and found.missing == Period(ago(4), ago(3)) and found.late == 3
    assert amounts(db) == dict.fromkeys(window, 123_789_120)


def test_a_window_of_long_ago_that_ends_early_is_an_error(db: Database) -> None:
    window = Period(ago(40), ago(35))
    found = pulled(db, Anthropic(until=ago(37)), window=window)
    assert found.missing == Period(ago(36), ago(35)) and found.late == 0
    assert sorted(days(db)) == [ago(40), ago(39), ago(38), ago(37)]


def test_an_answer_without_a_single_day_changes_nothing(db: Database) -> None:
    window = Period(ago(40), ago(35))
    pull(db, Anthropic(), window=window)
    before = dump(db, *FACTS)
    found = pulled(db, without(Anthropic(), *window), window=window)
    assert found.missing == window and dump(db, *FACTS) == before


def test_a_day_twice_in_one_answer_is_refused(db: Database) -> None:
    def twice(request: httpx.Request) -> httpx.Response:
        body = server._body(request)
        body["data"].append(body["data"][0])
        return httpx.Response(200, json=body)

    server = Anthropic(rules=[twice])
    with pytest.raises(IncompleteAnswerError, match="twice"):
        pull(db, server)
    assert days(db) == {}


@pytest.mark.parametrize(
    ("name", "path", "row", "column", "one"),
    [
        ("platform_cost", COST_PATH, COST, "amount_microcents", 123_789_120),
        ("claude_ai_user_cost", FLAT[0], USER_COST, "amount_microcents", 412_80 * 10**6),
        ("claude_ai_user_usage", FLAT[1], USER_USAGE, "cache_read_input_tokens", 4),
        ("claude_ai_cost", f"{ANALYTICS}/cost_report", CONTROL_COST, "amount_microcents", 412_80 * 10**6),
    ],
)
def test_rows_that_repeat_a_key_are_kept_and_add_up(
    db: Database, name: str, path: str, row: dict[str, Any], column: str, one: int
) -> None:
    mark = mark_of(name)
    server = Anthropic(watermark=mark, rows=rows(path, row, row, {**row, "requests": 9}))
    assert pull(db, server, name) == 15
    sums = db.conn.execute(f"SELECT sum({column}), count(*) FROM {name} GROUP BY day").fetchall()
    assert sums == [(3 * one, 3)] * 5


def test_usage_rows_that_repeat_a_key_are_kept_and_add_up(db: Database) -> None:
    server = Anthropic()

    def twice(request: httpx.Request) -> httpx.Response:
        body = server._body(request)
        for bucket in body["data"]:
            bucket["results"] *= 2
        return httpx.Response(200, json=body) if len(groups_of(request)) <= 5 else refused_cap()

    server.rules.append(twice)
    assert pull(db, server, "platform_usage") == 10
    found = db.conn.execute("SELECT sum(output_tokens) FROM platform_usage GROUP BY day").fetchall()
    assert found == [(10,)] * 5


def refused_cap() -> httpx.Response:
    return refused(400, "Cannot specify more than 5 group_by[] dimensions.")


# Rows that cannot be counted


def no_amount(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("amount", "output_tokens")}


def in_euro(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "currency": "EUR"}


UNCOUNTABLE = [
    ("platform_cost", COST_PATH, COST, in_euro),
    ("platform_cost", COST_PATH, COST, no_amount),
    ("claude_ai_user_cost", FLAT[0], USER_COST, in_euro),
    ("claude_ai_user_cost", FLAT[0], USER_COST, no_amount),
    ("claude_ai_user_usage", FLAT[1], USER_USAGE, no_amount),
    ("claude_ai_cost", f"{ANALYTICS}/cost_report", CONTROL_COST, in_euro),
    ("claude_ai_usage", f"{ANALYTICS}/usage_report", CONTROL_USAGE, no_amount),
]
of_any_report = pytest.mark.parametrize(("name", "path", "row", "spoil"), UNCOUNTABLE)
Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def spoiled(path: str, row: dict[str, Any], day: date, *bad: dict[str, Any], good: int) -> Anthropic:
    """A server with a good row every day; on one day, bad ones beside so many good ones."""
    mark = NOW if path.startswith(ANALYTICS) else None
    rows = {path: lambda of: [*bad, *[row] * good] if of == day else [row]}
    return Anthropic(watermark=mark, rows=rows)


def set_aside(db: Database, name: str) -> dict[date, int]:
    found = db.conn.execute("SELECT day, set_aside FROM coverage WHERE stream = ? AND set_aside > 0", [name])
    return {date.fromisoformat(day): rows for day, rows in found}


@of_any_report
def test_a_row_that_cannot_be_counted_is_set_aside_and_its_day_marked(
    db: Database, name: str, path: str, row: dict[str, Any], spoil: Spoil
) -> None:
    bad = spoil(row)
    found = pulled(db, spoiled(path, row, ago(2), bad, bad, good=1), name)
    assert (found.problem, found.missing) == (None, None)
    assert days(db, name) == dict.fromkeys(WINDOW, 1)
    assert set_aside(db, name) == {ago(2): 2}
    ((stream, day, reason, count, request),) = db.conn.execute(
        "SELECT stream, day, reason, rows, request_id FROM set_aside"
    ).fetchall()
    assert (stream, day, count, request) == (name, str(ago(2)), 2, "req_1") and reason
    mark = NOW if path.startswith(ANALYTICS) else None
    pull(db, Anthropic(watermark=mark), name)
    assert set_aside(db, name) == {} and dump(db, "set_aside")["set_aside"] == []


@of_any_report
def test_a_day_of_which_no_row_can_be_counted_keeps_what_was_stored(
    db: Database, name: str, path: str, row: dict[str, Any], spoil: Spoil
) -> None:
    mark = NOW if path.startswith(ANALYTICS) else None
    pull(db, Anthropic(watermark=mark), name)
    before = dump(db, *STREAMS, "set_aside", "day_changes")
    found = pulled(db, spoiled(path, row, ago(2), spoil(row), good=0), name, now=NOW + timedelta(minutes=5))
    assert found.problem and found.missing == Period(ago(2), ago(1))
    assert f"no row for {ago(2)} that can be counted" in found.problem.happened
    assert str(ago(2)) in found.problem.means and "what was stored before" in found.problem.means
    assert dump(db, *STREAMS, "set_aside", "day_changes") == before
    owner = 1 if name.startswith("platform") else 2
    again = {day for day, held in covered_days(db, owner, name).items() if held.fetched_at > NOW}
    assert again == set(WINDOW) - {ago(2)} and set_aside(db, name) == {}


@of_any_report
def test_an_answer_of_which_no_row_can_be_counted_stores_nothing(
    db: Database, name: str, path: str, row: dict[str, Any], spoil: Spoil
) -> None:
    mark = NOW if path.startswith(ANALYTICS) else None
    pull(db, Anthropic(watermark=mark), name)
    before = dump(db, *FACTS)
    with pytest.raises(ApiError):
        pull(db, Anthropic(watermark=mark, rows=rows(path, spoil(row))), name)
    assert dump(db, *FACTS) == before


def test_a_usage_row_without_a_count_is_set_aside_and_its_day_marked(db: Database) -> None:
    server = Anthropic()

    def spoils(request: httpx.Request) -> httpx.Response:
        body = server._body(request)
        for bucket in body["data"]:
            if bucket["starting_at"].startswith(str(ago(2))):
                bucket["results"].append(no_amount(bucket["results"][0]))
        return httpx.Response(200, json=body) if len(groups_of(request)) <= 5 else refused_cap()

    server.rules.append(spoils)
    assert pull(db, server, "platform_usage") == 5
    assert list(set_aside(db, "platform_usage")) == [ago(2)]


# Nothing, and what it means


NULL_MARK = {"data": [], "has_more": False, "next_page": None, "data_refreshed_at": None}


@pytest.mark.parametrize("name", [name for name in SOURCES if name.startswith("claude_ai")])
def test_mistake_an_empty_answer_with_a_null_watermark_wiping_what_was_stored(
    db: Database, name: str
) -> None:
    pull(db, Anthropic(watermark=NOW), name)
    before = dump(db, *ALL)
    server = Anthropic(rules=[lambda _: httpx.Response(200, json={**NULL_MARK, "organization_id": "org_1"})])
    found = pulled(db, server, name)
    assert (found.problem, found.late, found.size.rows) == (None, 0, 0)
    assert dump(db, *ALL) == before


def test_a_null_watermark_on_one_page_of_several_covers_nothing(db: Database) -> None:
    pull(db, Anthropic(watermark=NOW), "claude_ai_user_cost")
    before = dump(db, *ALL)
    server = Anthropic(watermark=NOW, per_page=2, rows=rows(FLAT[0], {**USER_COST, "amount": "7"}))

    def second(request: httpx.Request) -> httpx.Response | None:
        if request.url.params.get("page") != "2":
            return None
        return httpx.Response(200, json={**server._body(request), "data_refreshed_at": None})

    server.rules.append(second)
    pulled(db, server, "claude_ai_user_cost")
    assert len(server.asked) == 3 and dump(db, *ALL) == before


def totals_of(server: Anthropic) -> list[httpx.Request]:
    """The requests for the total of each day."""
    return [request for request in server.asked if not groups_of(request)]


def emptied(name: str, *kept: date) -> Anthropic:
    """A server whose report has no rows but on some days, while its total by day has something on each."""
    path = next(path for path, stream in PATHS.items() if name.endswith(stream))
    rows: dict[str, Callable[[date], list[dict[str, Any]]]] = {
        path: lambda day: [ROWS[path]] if day in kept else []
    }
    server = Anthropic(watermark=mark_of(name), rows=rows)

    def totals(request: httpx.Request) -> httpx.Response | None:
        if groups_of(request):
            return None
        return httpx.Response(200, json=Anthropic(watermark=NOW, serves_newest=True)._body(request))

    server.rules.append(totals)
    return server


PATHS: dict[str, str | tuple[str, ...]] = {
    USAGE_PATH: "platform_usage",
    COST_PATH: "platform_cost",
    FLAT[0]: "claude_ai_user_cost",
    FLAT[1]: "claude_ai_user_usage",
    f"{ANALYTICS}/cost_report": "claude_ai_cost",
    f"{ANALYTICS}/usage_report": "claude_ai_usage",
    NEWEST[0]: ("_analytics_cost", "_agent_cost", "_tag_cost"),
    NEWEST[1]: ("_analytics_usage", "_agent_usage", "_tag_usage"),
}
"""Path -> what the names of its streams end with."""


@pytest.mark.parametrize("name", list(SOURCES))
def test_an_empty_answer_where_rows_were_is_not_believed_if_the_total_has_something(
    db: Database, name: str
) -> None:
    pull(db, Anthropic(watermark=mark_of(name)), name)
    before = dump(db, *FACTS)
    server = emptied(name)
    found = pulled(db, server, name)
    assert isinstance(found.problem, IncompleteAnswerError) and "its total is not" in found.problem.happened
    assert found.missing == WINDOW and dump(db, *FACTS) == before
    twice = name == "platform_cost"  # whose total is always asked for, and both again where they differ
    assert len(totals_of(server)) == (2 if twice else 1)


@pytest.mark.parametrize("name", list(SOURCES))
def test_an_empty_answer_where_rows_were_is_believed_if_the_total_agrees(db: Database, name: str) -> None:
    mark = mark_of(name)
    pull(db, Anthropic(watermark=mark), name)
    nothing: dict[str, Callable[[date], list[dict[str, Any]]]] = dict.fromkeys(PATHS, lambda day: [])
    server = Anthropic(watermark=mark, rows=nothing)
    assert pull(db, server, name) == 0 and len(totals_of(server)) == 1
    assert days(db, name) == dict.fromkeys(WINDOW, 0)
    assert db.conn.execute("SELECT count(*) FROM day_changes").fetchone() == (5,)


def test_only_the_days_whose_total_is_something_are_doubted(db: Database) -> None:
    pull(db, Anthropic())
    server = emptied("platform_cost", ago(4), ago(3))
    server.rules.insert(
        0,
        lambda request: (
            None
            if groups_of(request)
            else httpx.Response(
                200,
                json=Anthropic(rows={COST_PATH: lambda day: [COST] if day == ago(1) else []})._body(request),
            )
        ),
    )
    found = pulled(db, server)
    assert found.missing == Period(ago(1), TODAY)
    assert days(db) == {ago(4): 1, ago(3): 1, ago(2): 0, ago(1): 1, TODAY: 0}


def test_only_for_days_that_lost_their_rows_the_total_is_asked_for(db: Database) -> None:
    name, path = "claude_ai_user_cost", FLAT[0]
    pull(db, Anthropic(watermark=NOW), name)
    server = emptied(name, ago(4), ago(3))
    assert path in server.rows
    pulled(db, server, name)
    (total,) = totals_of(server)
    assert total.url.params["starting_at"][:10] == str(ago(2))


@pytest.mark.parametrize("name", list(SOURCES))
def test_totals_are_not_asked_for_where_no_rows_were_lost(db: Database, name: str) -> None:
    mark = mark_of(name)
    nothing: dict[str, Callable[[date], list[dict[str, Any]]]] = dict.fromkeys(PATHS, lambda day: [])
    first, second = Anthropic(watermark=mark, rows=nothing), Anthropic(watermark=mark)
    for server in (first, second):
        pull(db, server, name)
        assert len(totals_of(server)) == (name == "platform_cost")  # a control, whatever is lost


def test_a_total_that_cannot_be_had_changes_nothing(db: Database) -> None:
    pull(db, Anthropic())
    before = dump(db, *ALL)
    server = Anthropic(rows=rows(COST_PATH))
    server.rules.append(lambda request: None if groups_of(request) else refused(403))
    with pytest.raises(PermissionDeniedError):
        pull(db, server)
    assert dump(db, *ALL) == before


def _expired(times: int) -> Anthropic:
    """Says 410 on the second page, so often; every reading has amounts of its own."""
    left = [times]

    def rule(request: httpx.Request) -> httpx.Response | None:
        if "page" not in request.url.params or not left[0]:
            return None
        left[0] -= 1
        return httpx.Response(410, json={"error": {"message": "refreshed"}})

    return Anthropic(per_page=2, watermark=NOW, rules=[rule])


def test_410_starts_the_sequence_again_from_its_first_page(db: Database) -> None:
    server = _expired(2)
    assert pull(db, server, "claude_ai_user_cost") == 5
    assert days(db, "claude_ai_user_cost") == dict.fromkeys(WINDOW, 1)
    pages = [request.url.params.get("page") for request in server.asked]
    assert pages == [None, "2", None, "2", None, "2", "4"]


def test_a_row_set_aside_before_a_410_is_counted_once(db: Database) -> None:
    server = _expired(2)
    server.rows[FLAT[0]] = lambda day: [USER_COST, {**USER_COST, "currency": "EUR"}]
    assert pull(db, server, "claude_ai_user_cost") == 5
    assert set_aside(db, "claude_ai_user_cost") == dict.fromkeys(WINDOW, 1)


def test_410_without_end_gives_up(db: Database) -> None:
    before, server = dump(db, *ALL), _expired(1000)
    with pytest.raises(CursorExpiredError):
        pull(db, server, "claude_ai_user_cost")
    assert len(server.asked) == 8 and dump(db, *ALL) == before


@pytest.mark.parametrize(
    ("watermark", "last"),
    [
        (datetime(2026, 3, 9, tzinfo=UTC), date(2026, 3, 8)),  # exactly at midnight: the 9th is unknown
        (datetime(2026, 3, 9, 0, 0, 1, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 3, 9, 23, tzinfo=UTC), date(2026, 3, 9)),
        (datetime(2026, 3, 10, 9, tzinfo=UTC), date(2026, 3, 10)),
    ],
)
@pytest.mark.parametrize("name", ["claude_ai_cost", "claude_ai_user_usage"])
def test_days_beyond_the_watermark_are_not_covered(
    db: Database, watermark: datetime, last: date, name: str
) -> None:
    known = {path: lambda day: [] for path in FLAT} | {
        f"{FLAT[0].rsplit('/', 1)[0]}/cost_report": lambda day: []
    }
    pull(db, Anthropic(watermark=watermark, rows=known), name)
    assert max(days(db, name)) == last and min(days(db, name)) == WINDOW.start
    assert {c.watermark_at for c in covered_days(db, 2, name).values()} == {watermark}


def test_a_day_beyond_the_watermark_keeps_what_an_earlier_pull_brought(db: Database) -> None:
    pull(db, Anthropic(watermark=NOW), "claude_ai_user_cost")
    old = Anthropic(watermark=NOW - timedelta(days=2), rows={FLAT[0]: lambda day: [], **TOTALS})
    pull(db, old, "claude_ai_user_cost")
    held = days(db, "claude_ai_user_cost")
    assert held == {day: int(day > TODAY - timedelta(days=2)) for day in WINDOW}


def test_buckets_missing_beyond_the_watermark_are_no_fault(db: Database) -> None:
    until = TODAY - timedelta(days=3)
    mark = datetime(2026, 3, 8, tzinfo=UTC)
    pull(db, Anthropic(watermark=mark, until=until), "claude_ai_cost")
    assert max(days(db, "claude_ai_cost")) == until
    with pytest.raises(IncompleteAnswerError, match="leaves out 2026-03-08"):
        pull(db, Anthropic(watermark=NOW, until=until), "claude_ai_cost")
    assert max(days(db, "claude_ai_cost")) == until


def test_the_earliest_watermark_of_all_pages_counts(db: Database) -> None:
    marks = iter([NOW, NOW - timedelta(days=2), NOW])
    server = Anthropic(per_page=2, rows={FLAT[0]: lambda day: [USER_COST]})

    def rule(request: httpx.Request) -> httpx.Response:
        server.watermark = next(marks)
        return httpx.Response(200, json=server._body(request))

    server.rules.append(rule)
    pull(db, server, "claude_ai_user_cost")
    held = covered_days(db, 2, "claude_ai_user_cost")
    assert {coverage.watermark_at for coverage in held.values()} == {NOW - timedelta(days=2)}


def test_an_answer_of_another_organization_is_not_stored(db: Database) -> None:
    context = WindowContext(2, "claude_ai_cost", WINDOW, organization_id="org_1")
    with (
        api(Anthropic("org_2", watermark=NOW)) as client,
        pytest.raises(MalformedAnswerError, match="another"),
    ):
        source = SOURCES["claude_ai_cost"]
        Puller(db, client, source, Grants(Learned(), NOW), lambda: NOW).pull(context)
    assert days(db, "claude_ai_cost") == {}


def test_a_row_outside_the_window_is_not_stored(db: Database) -> None:
    astray = {**span(TODAY - timedelta(days=9)), "results": [COST]}
    body = {"data": [astray], "has_more": False, "next_page": None}
    with pytest.raises(IncompleteAnswerError, match="not asked for"):
        pull(db, Anthropic(rules=[lambda _: httpx.Response(200, json=body)]))
    assert days(db) == {}


@pytest.mark.parametrize("name", ["claude_ai_user_cost", "claude_ai_user_usage"])
def test_a_window_of_too_many_pages_is_given_up_and_changes_nothing(db: Database, name: str) -> None:
    pull(db, Anthropic(watermark=NOW), name)
    before, server = dump(db, *ALL), Anthropic(watermark=NOW, per_page=1)
    with pytest.raises(WindowTooLargeError):
        pull(db, server, name, most_pages=2)
    assert dump(db, *ALL) == before and len(server.asked) == 3
    assert pull(db, Anthropic(watermark=NOW, per_page=1), name, most_pages=5) == 5


def test_a_page_too_large_to_read_asks_for_fewer_days(db: Database) -> None:
    tight = {"limits": Limits(body=1000)}
    with pytest.raises(WindowTooLargeError):
        pull(db, Anthropic(), **tight)
    one_day = Period(TODAY, TODAY + timedelta(days=1))
    assert pull(db, Anthropic(), window=one_day, **tight) == 1
    with pytest.raises(OversizedAnswerError):
        pull(db, Anthropic(rows=rows(COST_PATH, *[COST] * 4)), window=one_day, **tight)


def test_a_stop_between_two_pages_leaves_everything_as_it_was(db: Database) -> None:
    pull(db, Anthropic())
    before, server = dump(db, *ALL), Anthropic(per_page=1)
    with pytest.raises(SyncStoppedError):
        pull(db, server, observer=Listener(stop_at=3, error=SyncStoppedError("Stopped.")))
    assert len(server.asked) == 2 and dump(db, *ALL) == before


def test_a_server_that_fails_now_and_then_is_asked_again(db: Database) -> None:
    server = Anthropic(
        rules=[refuse("/cost_report", 529, times=2), refuse("/cost_report", 429, times=1, retry_after="3")]
    )
    assert pull(db, server) == 5 and len(server.asked) == 3 + 2
