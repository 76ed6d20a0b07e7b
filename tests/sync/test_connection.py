"""One connection's part of a sync: its reports fail one by one, and each says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from core.dimensions import Origin
from core.periods import Period
from core.settings import Settings
from core.store.connections import list_connections
from core.store.coverage import covered_days
from core.store.database import database
from core.store.days import stream_days
from core.store.directory import read_names
from core.store.failures import list_failures
from core.store.learned import LAG, Learned, read_learned
from core.store.states import StreamState, list_states
from core.streams import streams_of
from tests.api.fakes import ACTOR, COST, USER_COST, refused
from tests.store.books import dump
from tests.sync.anthropic import (
    ADMIN_KEY,
    ANALYTICS,
    COST_PATH,
    LISTS,
    ME,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    connected,
    count,
    groups_of,
    refuse,
    sync,
)

CHAT = {"origin": Origin.CLAUDE_AI}


def states(settings: Settings, connection_id: int = 1) -> dict[str, StreamState]:
    with database(settings) as db:
        return {state.stream: state for state in list_states(db, connection_id)}


def learned(settings: Settings, connection_id: int = 1) -> Learned:
    with database(settings) as db:
        return read_learned(db, connection_id)


def outcomes(settings: Settings, connection_id: int = 1) -> dict[str, str]:
    return {stream: state.state for stream, state in states(settings, connection_id).items()}


def test_a_platform_sync_brings_lists_then_both_reports(settings: Settings) -> None:
    connected(settings)
    server = Anthropic()
    run = sync(settings, server, trigger="test")
    assert (run.outcome, run.message, run.trigger, run.finished_at) == ("ok", "", "test", NOW)
    (part,) = run.connections
    assert (part.outcome, part.windows_done, part.windows_total, part.rows) == (
        "ok",
        2,
        2,
        9,
    )  # no cost of today
    assert len(server.asked) == 9 and part.requests == 11  # two more: newest reports and limits, refused
    assert server.paths() == [*LISTS, ME, *[USAGE_PATH] * 3, COST_PATH, COST_PATH]
    usage = [len(groups_of(request)) for request in server.asked if request.url.path == USAGE_PATH]
    assert usage == [9, 5, 5]  # all at once, which is refused; then the whole, and its one part
    assert set(outcomes(settings).values()) == {"ok"} and len(outcomes(settings)) == 5


def test_a_claude_ai_sync_brings_four_reports(settings: Settings) -> None:
    connected(settings, **CHAT)
    run = sync(settings, Anthropic(watermark=NOW))
    assert (run.outcome, run.windows_done, run.rows) == ("ok", 4, 20)
    assert outcomes(settings) == {s.name: "ok" for s in streams_of(Origin.CLAUDE_AI)}


def test_names_current_at_the_pull_stand_beside_the_ids(settings: Settings) -> None:
    connected(settings)
    lists = {"api_keys": [{"id": "apikey_1", "name": "production"}]}
    sync(settings, Anthropic(lists=lists))
    with database(settings) as db:
        found = db.conn.execute("SELECT DISTINCT api_key_id, api_key_name FROM platform_usage").fetchall()
    assert found == [("apikey_1", "production")]


@pytest.mark.parametrize("status", [400, 402, 403, 404])
def test_a_refusal_of_one_report_lets_the_others_go_on(settings: Settings, status: int) -> None:
    connected(settings, **CHAT)
    message = "This API key has the scopes [a] but this endpoint needs [b]."
    run = sync(settings, Anthropic(watermark=NOW, rules=[refuse("/user_cost_report", status, message)]))
    assert (run.outcome, run.connections[0].outcome, run.windows_done) == ("partial", "partial", 3)
    found = states(settings)["claude_ai_user_cost"]
    assert (found.state, found.request_id) == ("failed", "req_9")
    assert message in found.message and "req_9" not in found.message
    assert found.period is not None and TODAY in found.period
    assert run.connections[0].request_id == "req_9" and message in run.connections[0].message
    assert sorted(outcomes(settings).values()) == ["failed", "ok", "ok", "ok"]
    assert count(settings, "claude_ai_user_cost") == 0 and count(settings, "claude_ai_cost") == 5


def test_mistake_a_403_stored_as_zero_spend(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic())
    with database(settings) as db:
        held = covered_days(db, 1, "platform_cost")
    later = NOW + timedelta(days=1)
    server = Anthropic(rules=[refuse("/cost_report", 403)], until=later.date())
    assert sync(settings, server, later).outcome == "partial"
    with database(settings) as db:
        assert covered_days(db, 1, "platform_cost") == held
    assert count(settings, "platform_cost") == 4 and count(settings, "platform_usage") == 6


@pytest.mark.slow
def test_a_refused_report_is_not_asked_for_every_window(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300))
    server = Anthropic(rules=[refuse("/cost_report", 403)])
    sync(settings, server)
    windows = 10  # of 31 days, of which each is asked for whole and in one part
    with_and_without_speed = 2
    assert server.paths().count(COST_PATH) == with_and_without_speed
    assert server.paths().count(USAGE_PATH) == 1 + 2 * windows


def test_a_failed_stream_heals_with_the_next_sync(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic(rules=[refuse("/cost_report", 403)]))
    assert outcomes(settings)["platform_cost"] == "failed"
    assert sync(settings, Anthropic()).outcome == "ok"
    healed = states(settings)["platform_cost"]
    assert (healed.state, healed.message, healed.request_id, healed.period) == ("ok", "", None, None)


def test_one_bad_window_leaves_the_other_windows_alone(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=80))

    def broken(request: httpx.Request) -> httpx.Response | None:
        second = request.url.params.get("ending_at", "").startswith(str(TODAY - timedelta(days=31)))
        return httpx.Response(200, json={"data": 5}) if second and request.url.path == COST_PATH else None

    run = sync(settings, Anthropic(rules=[broken]))
    assert run.outcome == "partial" and run.windows_done == 5
    found = states(settings)["platform_cost"]
    assert found.state == "failed" and found.period is not None
    assert found.period.end == TODAY - timedelta(days=31)
    assert count(settings, "platform_cost") == 80 - 31
    good = sync(settings, Anthropic())
    assert good.outcome == "ok" and count(settings, "platform_cost") == 80


def test_a_401_in_the_middle_stops_that_connection_only(settings: Settings) -> None:
    connected(settings, "Research", "Sales", since=TODAY - timedelta(days=80))
    calls = [0]

    def revoked(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != USAGE_PATH:
            return None
        calls[0] += 1
        return refuse("", 401)(request) if calls[0] == 4 else None  # the second window's first question

    servers = {"Research": Anthropic(rules=[revoked]), "Sales": Anthropic("org_2")}
    run = sync(settings, servers)
    assert run.outcome == "partial"
    assert [part.outcome for part in run.connections] == ["partial", "ok"]
    first = run.connections[0]
    assert "does not accept this API key" in first.message and first.request_id == "req_9"
    assert servers["Research"].paths() == [*LISTS, ME, *[USAGE_PATH] * 4]
    assert count(settings, "platform_usage", 1) == 31  # the window before it is kept
    assert count(settings, "platform_usage", 2) == 81


def test_a_key_refused_from_the_first_request_on_is_a_failure(settings: Settings) -> None:
    connected(settings)
    server = Anthropic(rules=[refuse("", 401)])
    run = sync(settings, server)
    assert (run.outcome, run.connections[0].outcome, len(server.asked)) == ("failed", "failed", 1)


def test_a_list_that_cannot_be_read_leaves_reports_and_stored_names(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic(lists={"workspaces": [{"id": "w", "name": "Checkout"}]}))
    run = sync(settings, Anthropic(rules=[refuse("/workspaces", 403)]))
    assert run.outcome == "partial" and outcomes(settings)["workspaces"] == "failed"
    assert outcomes(settings)["platform_cost"] == "ok"
    with database(settings) as db:
        assert read_names(db, 1).workspaces == {"w": "Checkout"}


def test_a_server_that_is_down_is_not_asked_window_after_window(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300))
    server = Anthropic(rules=[refuse("messages", 500), refuse("cost_report", 500)])
    run = sync(settings, server)
    assert run.outcome == "failed" and server.paths().count(USAGE_PATH) == 3 * 5
    assert COST_PATH not in server.paths()


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_fast_mode_header_leaves_all_but_speed(settings: Settings, status: int) -> None:
    connected(settings, since=TODAY - timedelta(days=80))

    def no_header(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json={}) if "anthropic-beta" in request.headers else None

    server = Anthropic(rules=[no_header])
    run = sync(settings, server)
    assert run.outcome == "ok" and outcomes(settings)["platform_usage"] == "reduced"
    assert "without speed" in states(settings)["platform_usage"].message
    usage = [request for request in server.asked if request.url.path == USAGE_PATH]
    assert [len(groups_of(request)) for request in usage] == [9, 5 if status == 400 else 8, *[4, 5] * 3]
    asked = 2 if status == 400 else 1  # all at once, whose refusal may have another reason
    with_beta = ["anthropic-beta" in request.headers for request in usage]
    assert with_beta == [True] * asked + [False] * (8 - asked)
    with database(settings) as db:
        found = db.conn.execute("SELECT DISTINCT speed, model, service_tier FROM platform_usage").fetchall()
    assert found == [(None, "claude-opus-5", "standard")] and count(settings, "platform_usage") == 81
    assert sync(settings, Anthropic()).outcome == "ok"
    assert outcomes(settings)["platform_usage"] == "ok"


def test_a_service_that_grants_all_dimensions_is_asked_one_question_a_window(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=80))
    server = Anthropic(cap=None)
    assert sync(settings, server).outcome == "ok" and count(settings, "platform_usage") == 81
    usage = [len(groups_of(request)) for request in server.asked if request.url.path == USAGE_PATH]
    assert usage == [9, 9, 9]


@pytest.mark.slow
def test_the_cost_report_is_never_asked_for_today(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=80))
    server = Anthropic()
    for full in (False, True):
        assert sync(settings, server, full=full).outcome == "ok"
    ends = {request.url.params["ending_at"][:10] for request in server.asked if request.url.path == COST_PATH}
    assert max(ends) == str(TODAY)
    assert count(settings, "platform_cost") == 80 and count(settings, "platform_usage") == 81


def test_a_connection_of_today_has_no_cost_to_ask_for(settings: Settings) -> None:
    connected(settings, since=TODAY)
    server = Anthropic()
    assert sync(settings, server).outcome == "ok" and COST_PATH not in server.paths()
    assert outcomes(settings)["platform_cost"] == "ok" and count(settings, "platform_usage") == 1


def test_days_left_out_are_a_failure_of_those_days_alone(settings: Settings) -> None:
    connected(settings)
    gap = TODAY - timedelta(days=3)

    def hole(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != COST_PATH:
            return None
        body = server._body(request)
        body["data"] = [bucket for bucket in body["data"] if not bucket["starting_at"].startswith(str(gap))]
        return httpx.Response(200, json=body, headers={"request-id": "req_gap"})

    server = Anthropic(rules=[hole])
    run = sync(settings, server)
    assert (run.outcome, run.windows_done, run.windows_total) == ("partial", 2, 2)
    found = states(settings)["platform_cost"]
    assert (found.state, found.request_id) == ("failed", "req_gap")
    assert found.period == Period(gap, gap + timedelta(days=1)) and f"leaves out {gap}" in found.message
    assert count(settings, "platform_cost") == 3
    assert sync(settings, Anthropic()).outcome == "ok" and count(settings, "platform_cost") == 4


def test_days_that_are_late_are_no_failure_and_come_with_a_later_sync(settings: Settings) -> None:
    connected(settings)
    two_late = TODAY - timedelta(days=3)
    run = sync(settings, Anthropic(until=two_late))
    assert run.outcome == "ok" and outcomes(settings)["platform_cost"] == "ok"
    assert learned(settings).whole("platform_cost", LAG) == 2
    with database(settings) as db:
        assert max(covered_days(db, 1, "platform_cost")) == two_late
    assert sync(settings, Anthropic()).outcome == "ok" and count(settings, "platform_cost") == 4
    assert learned(settings).whole("platform_cost", LAG) == 0


def test_a_null_watermark_is_no_failure_and_loses_nothing(settings: Settings) -> None:
    connected(settings, **CHAT)
    sync(settings, Anthropic(watermark=NOW))
    facts = [stream.name for stream in streams_of(Origin.CLAUDE_AI)]
    with database(settings) as db:
        before = dump(db, *facts, "coverage")
    body = {"data": [], "has_more": False, "next_page": None, "data_refreshed_at": None}
    server = Anthropic(rules=[lambda _: httpx.Response(200, json={**body, "organization_id": "org_1"})])
    assert sync(settings, server, NOW + timedelta(hours=1)).outcome == "ok"
    with database(settings) as db:
        assert dump(db, *facts, "coverage") == before
    assert set(outcomes(settings).values()) == {"ok"}


def test_finished_days_behind_a_null_watermark_are_not_reported_yet(settings: Settings) -> None:
    connected(settings, **CHAT)
    sync(settings, Anthropic(watermark=NOW))
    body = {"data": [], "has_more": False, "next_page": None, "data_refreshed_at": None}
    server = Anthropic(rules=[lambda _: httpx.Response(200, json={**body, "organization_id": "org_1"})])
    later = NOW + timedelta(days=2)
    assert sync(settings, server, later).outcome == "ok"
    with database(settings) as db:
        (connection,) = list_connections(db)
        streams = [stream.name for stream in streams_of(Origin.CLAUDE_AI)]
        period = Period(TODAY + timedelta(days=1), TODAY + timedelta(days=3))
        found = stream_days(db, connection, streams, period, later.date())
    kinds = {str(state.kind) for states in found.values() for state in states}
    assert kinds == {"not reported yet"}
    assert {learned(settings).whole(stream, LAG) for stream in streams} == {1}


def test_rows_that_cannot_be_counted_do_not_fail_a_sync_that_counts_others(settings: Settings) -> None:
    connected(settings)
    euro = {**COST, "currency": "EUR"}
    assert sync(settings, Anthropic(rows={COST_PATH: lambda _: [COST, euro]})).outcome == "ok"
    with database(settings) as db:
        found = db.conn.execute("SELECT day, rows FROM set_aside").fetchall()
    assert found == [(str(TODAY - timedelta(days=n)), 1) for n in (4, 3, 2, 1)]
    assert count(settings, "platform_cost") == 4


@pytest.mark.slow
def test_a_refused_fast_mode_header_refuses_no_window_of_a_history_pulled_again(settings: Settings) -> None:
    """Sizes are known then, so that each window is under way before the one ahead of it is stored."""
    connected(settings, since=TODAY - timedelta(days=200))
    server = Anthropic()
    server.rules.append(lambda request: refused(400) if "anthropic-beta" in request.headers else None)
    assert sync(settings, server).outcome == "ok"
    assert sync(settings, server, full=True).outcome == "ok"
    asked = sum("anthropic-beta" in request.headers for request in server.asked)
    assert asked == 3, "twice in the first sync, for all at once was refused too"


def test_a_report_refused_with_and_without_the_header_is_failed_not_reduced(settings: Settings) -> None:
    connected(settings)
    assert sync(settings, Anthropic(rules=[refuse("messages", 403)])).outcome == "partial"
    assert outcomes(settings)["platform_usage"] == "failed"


def test_every_failure_is_kept_with_its_window_and_request_id(settings: Settings) -> None:
    connected(settings)
    for _ in range(2):
        sync(settings, Anthropic(rules=[refuse("/cost_report", 403), refuse("/workspaces", 500)]))
    with database(settings) as db:
        found = list_failures(db)
    kinds = [(f.run_id, f.stream, f.kind, f.request_id) for f in found]
    assert kinds == [
        (run, stream, kind, "req_9")
        for run in (2, 1)
        for stream, kind in (("platform_cost", "permission"), ("workspaces", "network"))
    ]
    assert found[0].period == Period(TODAY - timedelta(days=4), TODAY) and found[1].period is None
    assert "req_9" not in found[0].message and found[0].failed_at == NOW


def test_a_failure_before_the_first_request_is_of_the_whole_connection(settings: Settings) -> None:
    connected(settings)
    sync(replace(settings, secret_key="another"), Anthropic())
    with database(settings) as db:
        (found,) = list_failures(db)
    assert (found.stream, found.kind, found.period) == ("", "key", None)
    assert "cannot be decrypted" in found.message


def test_a_secret_that_does_not_fit_fails_that_connection_in_a_sentence(settings: Settings) -> None:
    connected(settings)
    server = Anthropic()
    run = sync(replace(settings, secret_key="another"), server)
    assert run.outcome == "failed" and "cannot be decrypted" in run.connections[0].message
    assert server.asked == []


@pytest.mark.slow
@pytest.mark.parametrize(("demo", "waits"), [(False, True), (True, False)])
def test_only_a_real_claude_ai_organization_is_paced(settings: Settings, demo: bool, waits: bool) -> None:
    connected(settings, demo=demo, **CHAT)
    slept: list[float] = []
    sync(settings, Anthropic(watermark=NOW, per_page=1, rows=_many(20)), sleep=slept.append)
    assert bool(slept) is waits


def _many(rows: int) -> dict[str, Callable[[object], list[dict[str, object]]]]:
    people = [{**USER_COST, "actor": {**ACTOR, "user_id": f"user_{n}"}} for n in range(rows)]
    return {f"{ANALYTICS}/user_cost_report": lambda _: people}


def test_no_key_reaches_database_files_or_messages(settings: Settings) -> None:
    connected(settings)
    echo = refuse("/cost_report", 403, f"The key {ADMIN_KEY} lacks a scope.")
    run = sync(settings, Anthropic(rules=[echo]))
    assert run.outcome == "partial" and "[API key]" in run.connections[0].message
    for file in settings.data_dir.iterdir():
        assert b"very_secret" not in file.read_bytes(), file.name


@pytest.mark.slow
def test_the_pace_of_an_organization_outlasts_a_run(settings: Settings) -> None:
    connected(settings, **CHAT)
    waits: list[float] = []
    server = Anthropic(watermark=NOW, per_page=1)
    for _ in range(4):
        sync(settings, server, full=True, sleep=waits.append)
    assert len(server.asked) == 4 * 20 and sum(waits) > 50
    waits.clear()
    sync(settings, server, full=True, sleep=waits.append, rate_limit_for=lambda *_: None)
    assert waits == []
