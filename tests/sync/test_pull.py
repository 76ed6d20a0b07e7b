"""One window, from request to store."""

from __future__ import annotations

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
from core.store.windows import MAGNITUDES
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.pull import Puller, WindowTooLargeError
from core.sync.streams import STREAMS, Stream
from tests.api.fakes import COST, USAGE, USER_COST
from tests.api.fakes import Witness as Listener
from tests.store.books import dump
from tests.sync.anthropic import COST_PATH, FLAT, NOW, TODAY, USAGE_PATH, Anthropic, add, api, refuse, span

BY_NAME = {stream.name: stream for stream in STREAMS}
WINDOW = Period(TODAY - timedelta(days=4), TODAY + timedelta(days=1))
ALL = (*MAGNITUDES, "coverage", "windows", "day_changes", "month_revisions", "meta")


@pytest.fixture(autouse=True)
def _connections(db: Database, settings: Settings) -> None:
    add(db, settings)
    add(db, settings, "Chat", "org_1", origin=Origin.CLAUDE_AI)


def pull(
    db: Database, server: Anthropic, name: str = "platform_cost", now: datetime = NOW, **given: Any
) -> int:
    stream: Stream = BY_NAME[name]
    owner = 1 if stream.origin is Origin.PLATFORM else 2
    context = WindowContext(
        owner, name, given.pop("window", WINDOW), most_pages=given.pop("most_pages", None)
    )
    with api(server, **given) as client:
        pulled = Puller(db, client, stream, Grants(Learned(), now), lambda: now).pull(context)
    if pulled.problem:
        raise pulled.problem
    return pulled.size.rows


def days(db: Database, name: str = "platform_cost") -> dict[date, int]:
    owner = 1 if BY_NAME[name].origin is Origin.PLATFORM else 2
    return {day: coverage.rows for day, coverage in covered_days(db, owner, name).items()}


def rows(table: str, *of_day: dict[str, Any]) -> Any:
    return {table: lambda day: list(of_day)}


@pytest.mark.parametrize("name", list(BY_NAME))
@pytest.mark.parametrize("per_page", [1000, 2, 1])
def test_every_stream_comes_in_whole_however_pages_are_cut(db: Database, name: str, per_page: int) -> None:
    mark = None if name.startswith("platform") else NOW
    assert pull(db, Anthropic(per_page=per_page, watermark=mark), name) == 5
    assert days(db, name) == dict.fromkeys(WINDOW, 1)
    (pages,) = db.conn.execute("SELECT pages FROM windows").fetchone()
    assert pages == {1000: 1, 2: 3, 1: 5}[per_page]


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


@pytest.mark.parametrize("back", [1, 2, 4])
def test_a_missing_bucket_leaves_the_whole_window_untouched(db: Database, back: int) -> None:
    pull(db, Anthropic())
    before = dump(db, *ALL)
    missing = TODAY - timedelta(days=back)
    server = Anthropic(rows=rows(COST_PATH, {**COST, "amount": "5"}))

    def without(request: httpx.Request) -> httpx.Response:
        body = server._body(request)
        body["data"] = [b for b in body["data"] if not b["starting_at"].startswith(str(missing))]
        return httpx.Response(200, json=body)

    server.rules.append(without)
    with pytest.raises(IncompleteAnswerError, match=f"leaves out {missing}"):
        pull(db, server)
    assert dump(db, *ALL) == before


def test_today_may_be_missing_and_is_then_not_covered(db: Database) -> None:
    assert pull(db, Anthropic(until=TODAY - timedelta(days=1))) == 4
    assert TODAY not in days(db) and len(days(db)) == 4


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
    ("name", "path", "row"),
    [
        ("platform_cost", COST_PATH, COST),
        ("platform_usage", USAGE_PATH, {**USAGE, "api_key_id": None}),
        ("claude_ai_user_cost", FLAT[0], USER_COST),
    ],
)
def test_a_row_twice_in_one_report_is_refused(
    db: Database, name: str, path: str, row: dict[str, Any]
) -> None:
    before = dump(db, *ALL)
    with pytest.raises(IncompleteAnswerError, match="a row twice"):
        pull(db, Anthropic(rows=rows(path, row, row)), name)
    assert dump(db, *ALL) == before


def test_mistake_two_rows_merged_because_their_key_left_out_a_dimension(db: Database) -> None:
    varied = [{**USAGE, field: "other"} for field in USAGE if isinstance(USAGE[field], str | None)]
    assert len(varied) == 9
    assert pull(db, Anthropic(rows=rows(USAGE_PATH, USAGE, *varied)), "platform_usage") == 50


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
    old = Anthropic(watermark=NOW - timedelta(days=2), rows={FLAT[0]: lambda day: []})
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
        stream = BY_NAME["claude_ai_cost"]
        Puller(db, client, stream, Grants(Learned(), NOW), lambda: NOW).pull(context)
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
    assert pull(db, server) == 5 and len(server.asked) == 4
