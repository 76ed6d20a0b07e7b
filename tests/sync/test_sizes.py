"""Windows of a run: sized by what was found, resumed where it was left, and counted honestly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count as counter
from typing import Any

import httpx
import pytest

from core.api.paging import MAX_PAGES
from core.api.prefetch import DEPTH
from core.dimensions import Origin
from core.periods import Period
from core.settings import Settings
from core.store.database import database
from core.store.runs import RunStatus
from core.store.states import list_states
from core.sync.planner import PROBE_PAGES, WINDOW_PAGES
from tests.api.fakes import ACTOR, USER_COST, USER_USAGE
from tests.sync.anthropic import (
    ANALYTICS,
    COST_PATH,
    FLAT,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    connected,
    groups_of,
    sync,
)

pytestmark = pytest.mark.slow

CHAT = {"origin": Origin.CLAUDE_AI}
GIVEN_UP = PROBE_PAGES + 1 + DEPTH
"""The most pages that are fetched of a window of unknown size before it is given up."""


def people(rows_a_day: int) -> dict[str, Callable[[date], list[dict[str, Any]]]]:
    """Rows of so many users a day in both reports by user."""
    actors = [{**ACTOR, "user_id": f"user_{n}"} for n in range(rows_a_day)]
    return {
        path: lambda _, base=base: [{**base, "actor": actor} for actor in actors]
        for path, base in zip(FLAT, (USER_COST, USER_USAGE), strict=True)
    }


def periods(server: Anthropic, path: str) -> list[Period]:
    """The windows asked for, in order."""
    found: dict[tuple[str, str], None] = {}
    for request in server.asked:
        if request.url.path == path:
            found[request.url.params["starting_at"][:10], request.url.params["ending_at"][:10]] = None
    return [Period(date.fromisoformat(start), date.fromisoformat(end)) for start, end in found]


def stored_days(settings: Settings, stream: str) -> int:
    with database(settings) as db:
        found = db.conn.execute("SELECT count(DISTINCT day) FROM coverage WHERE stream = ?", [stream])
        return int(found.fetchone()[0])


def test_windows_of_a_large_organization_need_a_minutes_requests_each(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=65), **CHAT)
    server = Anthropic(watermark=NOW, per_page=1, rows=people(10))
    run = sync(settings, server)
    assert run.outcome == "ok" and run.windows_done == run.windows_total
    cost, usage = (periods(server, path) for path in FLAT)
    assert [window.days for window in cost] == [31, 2, *[6] * 10, 4]
    assert [window.days for window in usage] == [6] * 11
    pages = sum(request.url.path == FLAT[0] for request in server.asked)
    assert 66 * 10 <= pages <= 66 * 10 + GIVEN_UP
    assert stored_days(settings, "claude_ai_user_cost") == stored_days(settings, "claude_ai_user_usage") == 66


def test_the_next_run_knows_the_size_from_the_start(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=65), **CHAT)
    sync(settings, Anthropic(watermark=NOW, per_page=1, rows=people(10)))
    server = Anthropic(watermark=NOW, per_page=1, rows=people(10))
    sync(settings, server)
    for path in FLAT:
        assert [window.days for window in periods(server, path)] == [6] * 5
        assert sum(request.url.path == path for request in server.asked) == 30 * 10


def test_a_small_organization_asks_for_a_month_at_a_time(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=65), **CHAT)
    server = Anthropic(watermark=NOW, rows=people(10))
    run = sync(settings, server)
    assert (run.windows_done, run.windows_total, len(server.asked)) == (12, 12, 12)


def test_progress_counts_what_is_known_to_be_left_and_never_less_than_is_done(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=65), **CHAT)
    seen: list[tuple[int, int]] = []

    def watch(run: RunStatus) -> None:
        seen.append((run.windows_done, run.windows_total))

    rule = _reporting(settings, seen)
    server = Anthropic(watermark=NOW, per_page=1, rows=people(10), rules=[rule])
    run = sync(settings, server, report=watch)
    assert all(done <= total for done, total in seen)
    assert seen[-1] == (run.windows_done, run.windows_total)
    assert run.windows_done == run.windows_total > 12


def _reporting(settings: Settings, seen: list[tuple[int, int]]) -> Callable[[httpx.Request], None]:
    """A rule that answers nothing, and notes the progress last written."""

    def rule(_: httpx.Request) -> None:
        with database(settings) as db:
            found = db.conn.execute("SELECT windows_done, windows_total FROM run_progress").fetchone()
        if found:
            seen.append(found)

    return rule


def test_a_stopped_first_sync_goes_on_where_it_was(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300))
    calls = counter(1)

    def dies(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == COST_PATH and groups_of(request) and next(calls) == 4:
            raise KeyboardInterrupt
        return None

    first = Anthropic(rules=[dies])
    with pytest.raises(KeyboardInterrupt):
        sync(settings, first)
    second = Anthropic()
    assert sync(settings, second).outcome == "ok"
    usage, cost = periods(second, USAGE_PATH), periods(second, COST_PATH)
    # The 30 days that may be revised come again; of the rest, only what was not whole. Cost ends yesterday.
    assert [window.days for window in usage] == [30]
    whole = [p for p in periods(first, COST_PATH)[:3] if p.end < TODAY - timedelta(days=29)]
    assert len(whole) == 2 and sum(p.days for p in whole) == 2 * 31
    asked = [day for p in cost for day in p]
    assert not set(asked) & {day for p in whole for day in p} and max(asked) == TODAY - timedelta(days=1)
    # Of 300 days, 31 and 2 * 31 were whole; 29 of the first window may be revised still.
    assert len(asked) == len(set(asked)) == 300 - 3 * 31 + 29
    assert stored_days(settings, "platform_cost") == 300 and stored_days(settings, "platform_usage") == 301


def test_a_kill_costs_no_more_than_the_window_in_flight(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=65), **CHAT)
    calls = counter(1)

    def dies(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == FLAT[0] and next(calls) == 400:
            raise KeyboardInterrupt
        return None

    with pytest.raises(KeyboardInterrupt):
        sync(settings, Anthropic(watermark=NOW, per_page=1, rows=people(10), rules=[dies]))
    kept = stored_days(settings, "claude_ai_user_cost")
    assert kept * 10 >= 400 - GIVEN_UP - WINDOW_PAGES
    server = Anthropic(watermark=NOW, per_page=1, rows=people(10))
    assert sync(settings, server).outcome == "ok"
    pages = sum(request.url.path == FLAT[0] for request in server.asked)
    assert pages == (66 - kept + 30) * 10


def test_a_report_without_end_ends_its_stream_after_a_bounded_number_of_requests(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300), **CHAT)
    numbers = counter()

    def endless(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != FLAT[0]:
            return None
        number = next(numbers)
        row = {
            **USER_COST,
            "actor": {**ACTOR, "user_id": f"user_{number}"},
            "starting_at": request.url.params["starting_at"],
            "ending_at": _next_day(request.url.params["starting_at"]),
        }
        return httpx.Response(200, json={"data": [row], "has_more": True, "next_page": f"c{number}"})

    server = Anthropic(watermark=NOW, rules=[endless])
    run = sync(settings, server)
    asked = sum(request.url.path == FLAT[0] for request in server.asked)
    assert asked <= MAX_PAGES + 2 * WINDOW_PAGES + 2 * GIVEN_UP
    with database(settings) as db:
        states = {state.stream: state.state for state in list_states(db, 1)}
    assert states.pop("claude_ai_user_cost") == "failed" and set(states.values()) == {"ok"}
    assert run.outcome == "partial" and stored_days(settings, "claude_ai_user_cost") == 0
    assert run.windows_total > run.windows_done


def _next_day(instant: str) -> str:
    return f"{date.fromisoformat(instant[:10]) + timedelta(days=1)}T00:00:00Z"


def test_an_old_day_past_its_watermark_is_pulled_again_with_the_last_thirty(settings: Settings) -> None:
    old = TODAY - timedelta(days=45)
    connected(settings, since=TODAY - timedelta(days=60), **CHAT)
    sync(settings, Anthropic(watermark=NOW))
    with database(settings) as db:
        mark = f"{old}T12:00:00Z"
        db.conn.execute("UPDATE coverage SET watermark_at = ? WHERE day = ?", [mark, old.isoformat()])
    server = Anthropic(watermark=NOW)
    sync(settings, server)
    for path in (*FLAT, f"{ANALYTICS}/cost_report", f"{ANALYTICS}/usage_report"):
        assert periods(server, path) == [
            Period(TODAY - timedelta(days=29), TODAY + timedelta(days=1)),
            Period(old, old + timedelta(days=1)),
        ]
