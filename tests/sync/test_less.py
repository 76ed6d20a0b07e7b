"""A service that grants less than was asked for: fewer days, fewer rows, no older days. Nothing is lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from core.dimensions import Origin
from core.periods import Period
from core.settings import Settings
from core.store.coverage import covered_days
from core.store.database import database
from core.store.learned import read_learned
from core.store.states import list_states
from tests.api.fakes import USAGE, refused
from tests.store.books import dump
from tests.sync.anthropic import (
    ANALYTICS,
    COST_PATH,
    FLAT,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    Rule,
    connected,
    count,
    groups_of,
    sync,
)

CHAT = {"origin": Origin.CLAUDE_AI}
DAYS, ROWS, REACH, CAP, FILTERS = (
    "days a question",
    "rows a page",
    "days reached back",
    "dimensions a question",
    "filters",
)
FACTS = ("platform_usage", "platform_cost", "claude_ai_user_cost", "claude_ai_user_usage", "claude_ai_cost")


def learned(settings: Settings, stream: str, name: str) -> str | None:
    with database(settings) as db:
        return read_learned(db, 1).text(stream, name)


def states(settings: Settings) -> dict[str, str]:
    with database(settings) as db:
        return {state.stream: state.state for state in list_states(db, 1)}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def windows(server: Anthropic, path: str) -> list[int]:
    """Days of the questions asked, one after the other, repetitions left out."""
    found: dict[tuple[str, str], int] = {}
    for request in server.asked:
        if request.url.path == path:
            bounds = (request.url.params["starting_at"][:10], request.url.params["ending_at"][:10])
            found[bounds] = Period(*map(date.fromisoformat, bounds)).days
    return list(found.values())


def at_most(path: str, days: int, status: int = 400) -> Rule:
    """Refuses longer questions of a report."""

    def rule(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != path:
            return None
        bounds = (request.url.params[name][:10] for name in ("starting_at", "ending_at"))
        return refused(status) if Period(*map(date.fromisoformat, bounds)).days > days else None

    return rule


# Fewer days

of_reports = pytest.mark.parametrize(
    ("path", "stream", "days"),
    [
        (COST_PATH, "platform_cost", 80),
        (USAGE_PATH, "platform_usage", 81),
        (FLAT[0], "claude_ai_user_cost", 69),
        (f"{ANALYTICS}/cost_report", "claude_ai_cost", 69),
    ],
)
"""``days``: since 80 days ago, today included where the report has it; claude.ai begins on 1 January."""


def setup(settings: Settings, stream: str) -> dict[str, Any]:
    connected(settings, since=ago(80), **(CHAT if stream.startswith("claude_ai") else {}))
    return {"watermark": NOW} if stream.startswith("claude_ai") else {}


@pytest.mark.slow
@of_reports
@pytest.mark.parametrize("status", [400, 413, 504])
@pytest.mark.parametrize(("most", "granted"), [(7, 7), (20, 7), (3, 1)])
def test_a_report_refused_by_the_month_is_asked_for_by_the_week_or_day(
    settings: Settings, path: str, stream: str, days: int, status: int, most: int, granted: int
) -> None:
    given = setup(settings, stream)
    server = Anthropic(**given, rules=[at_most(path, most, status)])
    run = sync(settings, server)
    assert run.outcome == "ok" and run.windows_done == run.windows_total
    assert count(settings, stream) == days and set(states(settings).values()) == {"ok"}
    assert learned(settings, stream, DAYS) == str(granted)
    again = Anthropic(**given, rules=[at_most(path, most, status)])
    assert sync(settings, again).outcome == "ok"
    assert max(windows(again, path)) == granted  # nothing is asked in vain
    assert learned(settings, "platform_cost" if stream != "platform_cost" else "platform_usage", DAYS) is None


@pytest.mark.slow
def test_a_month_is_tried_again_after_a_month(settings: Settings) -> None:
    connected(settings, since=ago(80))
    sync(settings, Anthropic(rules=[at_most(COST_PATH, 7)]))
    assert learned(settings, "platform_cost", DAYS) == "7"
    later = NOW + timedelta(days=32)
    strict = Anthropic(rules=[at_most(COST_PATH, 7)], until=later.date())
    assert sync(settings, strict, later).outcome == "ok"
    assert max(windows(strict, COST_PATH)) == 31 and learned(settings, "platform_cost", DAYS) == "7"
    much_later = later + timedelta(days=32)
    freed = Anthropic(until=much_later.date())
    assert sync(settings, freed, much_later).outcome == "ok"
    assert max(windows(freed, COST_PATH)) == 31 and learned(settings, "platform_cost", DAYS) is None


@pytest.mark.slow
@of_reports
@pytest.mark.parametrize("status", [400, 413, 504])
def test_a_report_refused_however_it_is_asked_for_fails_in_a_sentence_and_teaches_nothing(
    settings: Settings, path: str, stream: str, days: int, status: int
) -> None:
    given = setup(settings, stream)
    sync(settings, Anthropic(**given))
    with database(settings) as db:
        before = dump(db, *FACTS)
    server = Anthropic(**given, rules=[at_most(path, 0, status)])
    run = sync(settings, server, full=True)
    assert run.outcome == "partial" and states(settings)[stream] == "failed", "the other reports go on"
    assert "“No.”" in run.connections[0].message and run.connections[0].request_id == "req_9"
    with database(settings) as db:
        assert dump(db, *FACTS) == before
        assert {name for of, name in read_learned(db, 1).facts if of == stream} <= {CAP}
    tries = 5 if status == 504 else 1
    assert server.paths().count(path) <= 40 * tries


@pytest.mark.slow
def test_a_day_refused_by_itself_keeps_what_was_stored_and_costs_no_other(settings: Settings) -> None:
    connected(settings, since=ago(40))
    sync(settings, Anthropic())
    bad = ago(12)

    def rule(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != COST_PATH:
            return None
        bounds = (request.url.params[name][:10] for name in ("starting_at", "ending_at"))
        return refused(413) if bad in Period(*map(date.fromisoformat, bounds)) else None

    later = NOW + timedelta(hours=2)
    run = sync(settings, Anthropic(rules=[rule]), later)
    assert run.outcome == "partial" and states(settings)["platform_cost"] == "failed"
    with database(settings) as db:
        held = covered_days(db, 1, "platform_cost")
    assert set(held) == set(Period(ago(40), TODAY))
    assert {day for day in Period(ago(29), TODAY) if held[day].fetched_at == NOW} == {bad}
    assert learned(settings, "platform_cost", DAYS) is None


# Fewer rows


def rows_at_most(most: int, status: int = 400) -> Rule:
    def rule(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != FLAT[0] or int(request.url.params["limit"]) <= most:
            return None
        return refused(status)

    return rule


@pytest.mark.parametrize("status", [400, 413, 504])
@pytest.mark.parametrize(("most", "granted"), [(500, 100), (99, 20)])
def test_fewer_rows_a_page_are_asked_for_where_not_even_a_day_is_granted(
    settings: Settings, status: int, most: int, granted: int
) -> None:
    connected(settings, **CHAT)
    assert sync(settings, Anthropic(watermark=NOW, rules=[rows_at_most(most, status)])).outcome == "ok"
    assert count(settings, "claude_ai_user_cost") == 5
    assert learned(settings, "claude_ai_user_cost", ROWS) == str(granted)
    assert learned(settings, "claude_ai_user_usage", ROWS) is None
    again = Anthropic(watermark=NOW, rules=[rows_at_most(most, status)])
    assert sync(settings, again).outcome == "ok"
    limits = {request.url.params["limit"] for request in again.asked if request.url.path == FLAT[0]}
    assert limits == {str(granted)}
    other = {request.url.params["limit"] for request in again.asked if request.url.path == FLAT[1]}
    assert other == {"1000"}


def test_more_rows_a_page_are_tried_again_after_a_month(settings: Settings) -> None:
    connected(settings, **CHAT)
    sync(settings, Anthropic(watermark=NOW, rules=[rows_at_most(500)]))
    later = NOW + timedelta(days=32)
    assert sync(settings, Anthropic(watermark=later, until=later.date()), later).outcome == "ok"
    assert learned(settings, "claude_ai_user_cost", ROWS) is None


# No older days


def back_at_most(days: int, path: str = COST_PATH, today: date = TODAY) -> Rule:
    """Refuses every question that begins earlier, today counted as one of the days."""
    first = f"{today - timedelta(days=days - 1)}T00:00:00Z"

    def rule(request: httpx.Request) -> httpx.Response | None:
        return (
            refused(400) if request.url.path == path and request.url.params["starting_at"] < first else None
        )

    return rule


@pytest.mark.slow
@pytest.mark.parametrize("reach", [62, 93, 100, 250])
def test_an_old_day_refused_ends_the_history_of_the_platform_and_is_no_failure(
    settings: Settings, reach: int
) -> None:
    connected(settings, since=ago(300))
    run = sync(settings, Anthropic(rules=[back_at_most(reach)]))
    assert run.outcome == "ok" and set(states(settings).values()) == {"ok"}
    assert learned(settings, "platform_cost", REACH) == str(reach)
    with database(settings) as db:
        assert set(covered_days(db, 1, "platform_cost")) == set(Period(ago(reach - 1), TODAY))
        assert len(covered_days(db, 1, "platform_usage")) == 301
    again = Anthropic(rules=[back_at_most(reach)])
    assert sync(settings, again).outcome == "ok"
    assert windows(again, COST_PATH) == [29]  # older days are not asked for again
    assert learned(settings, "platform_cost", DAYS) is None


@pytest.mark.slow
def test_a_reach_is_tried_again_after_a_month_and_history_goes_on(settings: Settings) -> None:
    connected(settings, since=ago(200))
    sync(settings, Anthropic(rules=[back_at_most(100)]))
    later = NOW + timedelta(days=32)
    assert sync(settings, Anthropic(until=later.date()), later).outcome == "ok"
    assert learned(settings, "platform_cost", REACH) is None
    with database(settings) as db:
        assert min(covered_days(db, 1, "platform_cost")) == ago(200)


def test_a_recent_day_refused_is_a_failure_and_no_end_of_history(settings: Settings) -> None:
    connected(settings, since=ago(50))
    assert sync(settings, Anthropic(rules=[back_at_most(40)])).outcome == "partial"
    assert states(settings)["platform_cost"] == "failed"
    assert learned(settings, "platform_cost", REACH) is None


def test_a_report_refused_from_the_first_window_on_has_no_reach(settings: Settings) -> None:
    connected(settings, since=ago(300))
    assert sync(settings, Anthropic(rules=[back_at_most(0)])).outcome == "partial"
    assert learned(settings, "platform_cost", REACH) is None


@pytest.mark.parametrize("status", [413, 504])
def test_an_old_day_that_is_too_much_is_no_end_of_history(settings: Settings, status: int) -> None:
    connected(settings, since=ago(100))

    def heavy(request: httpx.Request) -> httpx.Response | None:
        old = request.url.params.get("starting_at", "9") < f"{ago(90)}T00:00:00Z"
        return refused(status) if old and request.url.path == COST_PATH else None

    assert sync(settings, Anthropic(rules=[heavy])).outcome == "partial"
    assert learned(settings, "platform_cost", REACH) is None


def test_an_old_day_refused_by_claude_ai_is_a_failure_for_its_reach_is_documented(settings: Settings) -> None:
    connected(settings, since=date(2026, 1, 1), **CHAT)
    rule = back_at_most(65, f"{ANALYTICS}/cost_report")
    assert sync(settings, Anthropic(watermark=NOW, rules=[rule])).outcome == "partial"
    assert states(settings)["claude_ai_cost"] == "failed"
    assert learned(settings, "claude_ai_cost", REACH) is None


@pytest.mark.slow
def test_history_that_a_service_no_longer_reaches_is_kept(settings: Settings) -> None:
    connected(settings, since=ago(200))
    sync(settings, Anthropic())
    with database(settings) as db:
        before = dump(db, "platform_cost", "platform_usage")
    assert sync(settings, Anthropic(rules=[back_at_most(100)]), full=True).outcome == "ok"
    with database(settings) as db:
        assert dump(db, "platform_cost", "platform_usage") == before


# Fewer dimensions


def usage_groups(server: Anthropic) -> list[int]:
    return [len(groups_of(request)) for request in server.asked if request.url.path == USAGE_PATH]


@pytest.mark.slow
def test_the_cap_of_a_service_is_found_out_once_a_month(settings: Settings) -> None:
    connected(settings)
    asked = []
    for days in (0, 1, 20, 31, 32):
        now = NOW + timedelta(days=days)
        server = Anthropic(until=now.date())
        assert sync(settings, server, now).outcome == "ok"
        asked.append(usage_groups(server)[0])
        assert learned(settings, "platform_usage", CAP) == "5"
    assert asked == [9, 5, 5, 9, 5]


def test_a_cap_that_was_lifted_is_forgotten(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic())
    now = NOW + timedelta(days=31)
    freed = Anthropic(cap=None, until=now.date())
    assert sync(settings, freed, now).outcome == "ok"
    assert set(usage_groups(freed)) == {9} and learned(settings, "platform_usage", CAP) is None


def capped(path: str, cap: int) -> Rule:
    def rule(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != path or len(groups_of(request)) <= cap:
            return None
        return refused(400, f"Cannot specify more than {cap} group_by[] dimensions.")

    return rule


@pytest.mark.parametrize(
    ("path", "stream"), [(FLAT[0], "claude_ai_user_cost"), (FLAT[1], "claude_ai_user_usage")]
)
def test_a_report_by_user_is_kept_with_the_dimensions_that_are_granted(
    settings: Settings, path: str, stream: str
) -> None:
    connected(settings, **CHAT)
    assert sync(settings, Anthropic(watermark=NOW, rules=[capped(path, 4)])).outcome == "ok"
    assert states(settings)[stream] == "reduced" and count(settings, stream) == 5
    assert learned(settings, stream, CAP) == "4"
    kept = {"claude_ai_user_cost": 2, "claude_ai_user_usage": 4}[stream]  # cost splits by two of its own
    with database(settings) as db:
        (row,) = db.conn.execute(
            f"SELECT DISTINCT product, model, context_window, inference_geo, speed FROM {stream}"
        ).fetchall()
        (reduced,) = db.conn.execute(
            "SELECT sum(reduced) FROM coverage WHERE stream = ?", [stream]
        ).fetchone()
    assert row[kept:] == ("Not told apart",) * (5 - kept) and row[:2] == ("chat", "claude-opus-5")
    assert reduced == 5
    later = NOW + timedelta(days=31)
    assert sync(settings, Anthropic(watermark=later, until=later.date()), later).outcome == "ok"
    assert states(settings)[stream] == "ok" and learned(settings, stream, CAP) is None


def test_a_service_without_filters_is_found_out_and_no_day_is_lost(settings: Settings) -> None:
    connected(settings)
    rule = no_filters()
    server = Anthropic(rows={USAGE_PATH: two_tiers}, rules=[rule])
    assert sync(settings, server).outcome == "ok" and states(settings)["platform_usage"] == "reduced"
    assert learned(settings, "platform_usage", FILTERS) == "0"
    with database(settings) as db:
        (tokens,) = db.conn.execute("SELECT sum(output_tokens) FROM platform_usage").fetchone()
    assert tokens == 5 * sum(row["output_tokens"] for row in two_tiers(TODAY))
    later = NOW + timedelta(days=31)
    granting = Anthropic(rows={USAGE_PATH: two_tiers}, until=later.date())
    assert sync(settings, granting, later).outcome == "ok" and states(settings)["platform_usage"] == "ok"
    assert learned(settings, "platform_usage", FILTERS) is None


def no_filters() -> Rule:
    def rule(request: httpx.Request) -> httpx.Response | None:
        filtered = any(name.endswith("s[]") or name == "context_window[]" for name in request.url.params)
        return refused(400, "Unknown parameter.") if filtered else None

    return rule


def two_tiers(_: date) -> list[dict[str, Any]]:
    """More values of what a price depends on than one question has room for, beside four of who used it."""
    return [
        {**USAGE, "service_tier": tier, "model": model, "workspace_id": workspace, "api_key_id": key}
        for tier in ("standard", "batch")
        for model in ("claude-opus-5", "claude-haiku-5")
        for workspace, key in (("w1", "k1"), ("w2", "k2"))
    ]
