"""A whole sync: failures stay where they are, and everything else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from filelock import FileLock

from core.demo.custom import admin_key, analytics_key, claude_ai_organization, platform_organization
from core.demo.service import Simulator
from core.demo.transport import SimulatorTransport
from core.dimensions import Origin
from core.errors import InputError, StoreError, SyncBusyError
from core.settings import Settings
from core.store.connections import list_connections, remove_connection
from core.store.coverage import covered_days
from core.store.database import database
from core.store.directory import read_names
from core.store.meta import revision
from core.store.runs import RunStatus, current_run, list_runs, request_stop
from core.store.states import StreamState, list_states
from core.sync.lock import sync_lock
from core.sync.runner import SyncOptions, run_sync
from core.sync.streams import STREAMS
from tests.api.fakes import ACTOR, USER_COST
from tests.store.books import dump
from tests.sync.anthropic import (
    ADMIN_KEY,
    ANALYTICS,
    COST_PATH,
    LISTS,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    add,
    connected,
    count,
    refuse,
    sync,
)

CHAT = {"origin": Origin.CLAUDE_AI}


def states(settings: Settings, connection_id: int = 1) -> dict[str, StreamState]:
    with database(settings) as db:
        return {state.stream: state for state in list_states(db, connection_id)}


def outcomes(settings: Settings, connection_id: int = 1) -> dict[str, str]:
    return {stream: state.state for stream, state in states(settings, connection_id).items()}


def test_a_platform_sync_brings_lists_then_both_reports(settings: Settings) -> None:
    connected(settings)
    server = Anthropic()
    run = sync(settings, server, trigger="test")
    assert (run.outcome, run.message, run.trigger, run.finished_at) == ("ok", "", "test", NOW)
    (part,) = run.connections
    assert (part.outcome, part.windows_done, part.windows_total, part.rows) == ("ok", 2, 2, 10)
    assert part.requests == len(server.asked) == 5
    assert server.paths() == [*LISTS, USAGE_PATH, COST_PATH]
    assert set(outcomes(settings).values()) == {"ok"} and len(outcomes(settings)) == 5


def test_a_claude_ai_sync_brings_four_reports(settings: Settings) -> None:
    connected(settings, **CHAT)
    run = sync(settings, Anthropic(watermark=NOW))
    assert (run.outcome, run.windows_done, run.rows) == ("ok", 4, 20)
    assert outcomes(settings) == {s.name: "ok" for s in STREAMS if s.origin is Origin.CLAUDE_AI}


def test_names_current_at_the_pull_stand_beside_the_ids(settings: Settings) -> None:
    connected(settings)
    lists = {"api_keys": [{"id": "apikey_1", "name": "production"}]}
    sync(settings, Anthropic(lists=lists))
    with database(settings) as db:
        found = db.conn.execute("SELECT DISTINCT api_key_id, api_key_name FROM platform_usage").fetchall()
    assert found == [("apikey_1", "production")]


def test_the_second_sync_of_a_day_changes_nothing(settings: Settings) -> None:
    connected(settings)
    facts = ("platform_usage", "platform_cost", "day_changes")
    sync(settings, Anthropic())
    with database(settings) as db:
        before = dump(db, *facts)
    sync(settings, Anthropic())
    with database(settings) as db:
        assert dump(db, *facts) == before and before["day_changes"] == []


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
    assert count(settings, "platform_cost") == 5 and count(settings, "platform_usage") == 6


def test_a_refused_report_is_not_asked_for_every_window(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300))
    server = Anthropic(rules=[refuse("/cost_report", 403)])
    sync(settings, server)
    assert server.paths().count(COST_PATH) == 1 and server.paths().count(USAGE_PATH) == 10


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
        second = request.url.params.get("ending_at", "").startswith(str(TODAY - timedelta(days=30)))
        return httpx.Response(200, json={"data": 5}) if second and request.url.path == COST_PATH else None

    run = sync(settings, Anthropic(rules=[broken]))
    assert run.outcome == "partial" and run.windows_done == 5
    found = states(settings)["platform_cost"]
    assert found.state == "failed" and found.period is not None
    assert found.period.end == TODAY - timedelta(days=30)
    assert count(settings, "platform_cost") == 81 - 31
    good = sync(settings, Anthropic())
    assert good.outcome == "ok" and count(settings, "platform_cost") == 81


def test_a_401_in_the_middle_stops_that_connection_only(settings: Settings) -> None:
    connected(settings, "Research", "Sales", since=TODAY - timedelta(days=80))
    calls = [0]

    def revoked(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != USAGE_PATH:
            return None
        calls[0] += 1
        return refuse("", 401)(request) if calls[0] == 2 else None

    servers = {"Research": Anthropic(rules=[revoked]), "Sales": Anthropic("org_2")}
    run = sync(settings, servers)
    assert run.outcome == "partial"
    assert [part.outcome for part in run.connections] == ["partial", "ok"]
    first = run.connections[0]
    assert "does not accept this API key" in first.message and first.request_id == "req_9"
    assert servers["Research"].paths() == [*LISTS, USAGE_PATH, USAGE_PATH]
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


@pytest.mark.parametrize("status", [400, 403])
def test_a_refused_fast_mode_header_leaves_eight_dimensions(settings: Settings, status: int) -> None:
    connected(settings, since=TODAY - timedelta(days=80))

    def no_header(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(status, json={}) if "anthropic-beta" in request.headers else None

    server = Anthropic(rules=[no_header])
    run = sync(settings, server)
    assert run.outcome == "ok" and outcomes(settings)["platform_usage"] == "reduced"
    assert "without speed" in states(settings)["platform_usage"].message
    usage = [request for request in server.asked if request.url.path == USAGE_PATH]
    assert [len(request.url.params.get_list("group_by[]")) for request in usage] == [9, 8, 8, 8]
    assert ["anthropic-beta" in request.headers for request in usage] == [True, False, False, False]
    assert sync(settings, Anthropic()).outcome == "ok"
    assert outcomes(settings)["platform_usage"] == "ok"


def test_a_report_refused_with_and_without_the_header_is_failed_not_reduced(settings: Settings) -> None:
    connected(settings)
    assert sync(settings, Anthropic(rules=[refuse("messages", 403)])).outcome == "partial"
    assert outcomes(settings)["platform_usage"] == "failed"


def test_a_stop_is_heard_between_two_requests(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300))
    server = Anthropic()

    def stop(request: httpx.Request) -> httpx.Response | None:
        if server.paths().count(USAGE_PATH) == 2:
            with database(settings) as db:
                request_stop(db)
            heard.wait(10)
        return None

    heard = threading.Event()

    def report(run: RunStatus) -> None:
        if run.stop_requested:
            heard.set()

    server.rules.append(stop)
    run = sync(settings, server, report=report)
    assert (run.outcome, run.connections[0].outcome) == ("stopped", "stopped")
    assert run.windows_done <= 2 and COST_PATH not in server.paths()
    assert "What was pulled is kept" in run.connections[0].message
    assert "failed" not in outcomes(settings).values()
    assert count(settings, "platform_usage") == 31 * run.windows_done
    assert sync(settings, Anthropic()).outcome == "ok"  # the wish to stop was that run's


def test_two_connections_are_pulled_side_by_side_and_do_not_mix(settings: Settings) -> None:
    connected(settings, "Research", "Sales")
    barrier = threading.Barrier(2, timeout=10)

    def meet(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == COST_PATH:
            barrier.wait()  # passes only when both are here at once
        return None

    servers = {name: Anthropic(f"org_{n}", rules=[meet]) for n, name in enumerate(("Research", "Sales"), 1)}
    servers["Sales"].rows[COST_PATH] = lambda day: []
    run = sync(settings, servers)
    assert run.outcome == "ok" and [part.name for part in run.connections] == ["Research", "Sales"]
    assert (count(settings, "platform_cost", 1), count(settings, "platform_cost", 2)) == (5, 0)
    assert {request.headers["x-api-key"] for server in servers.values() for request in server.asked} == {
        ADMIN_KEY
    }


def test_organizations_with_equal_ids_equal_their_own_totals(settings: Settings) -> None:
    simulator = Simulator(
        [
            platform_organization("Acme", ids="same"),
            platform_organization("Globex", ids="same", fast_mode_header=False),
            claude_ai_organization("Initech", ids="same"),
        ],
        lambda: NOW,
    )
    with database(settings) as db:
        for name, key, origin in (
            ("Acme", admin_key("Acme"), Origin.PLATFORM),
            ("Globex", admin_key("Globex"), Origin.PLATFORM),
            ("Initech", analytics_key("Initech"), Origin.CLAUDE_AI),
        ):
            organization = next(
                a.organization for a in simulator._accounts.values() if a.organization.key == key
            )
            add(db, settings, name, organization.id, origin=origin, key=key, since=TODAY - timedelta(days=33))
    run = sync(settings, SimulatorServer(simulator))  # type: ignore[arg-type]
    assert run.outcome == "ok"
    with database(settings) as db:
        for connection in list_connections(db):
            platform = connection.origin is Origin.PLATFORM
            table = "platform_cost" if platform else "claude_ai_cost"
            found = dict(
                db.conn.execute(
                    f"SELECT day, sum(amount_microcents) FROM {table} WHERE connection_id = ? GROUP BY day",
                    [connection.id],
                )
            )
            days = [TODAY - timedelta(days=n) for n in range(34)]
            truth = {str(d): simulator.totals(connection.organization_id, d).cost_microcents for d in days}
            assert found == {day: amount for day, amount in truth.items() if amount}
            assert len(found) > 30
    assert outcomes(settings, 2)["platform_usage"] == "reduced"


class SimulatorServer:
    """A simulated Anthropic in the place of :class:`tests.sync.anthropic.Anthropic`."""

    def __init__(self, simulator: Simulator) -> None:
        self.transport = SimulatorTransport(simulator)


def test_mistake_history_deleted_because_the_api_no_longer_reaches_it(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic())
    much_later = NOW + timedelta(days=400)
    sync(settings, Anthropic(until=much_later.date()), much_later, full=True)
    with database(settings) as db:
        held = covered_days(db, 1, "platform_cost")
    assert TODAY in held and held[TODAY].fetched_at == NOW
    assert count(settings, "platform_cost") == 5 + 365


def test_full_asks_again_for_days_that_are_final(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=60))
    sync(settings, Anthropic())
    once, again = Anthropic(), Anthropic()
    sync(settings, once)
    sync(settings, again, full=True)
    assert (once.paths().count(COST_PATH), again.paths().count(COST_PATH)) == (1, 2)


def test_one_connection_can_be_synced_alone(settings: Settings) -> None:
    connected(settings, "Research", "Sales")
    servers = {"Research": Anthropic(), "Sales": Anthropic("org_2")}
    run = sync(settings, servers, connection="sales")
    assert [part.name for part in run.connections] == ["Sales"] and servers["Research"].asked == []
    with pytest.raises(InputError, match="No connection is named “Nope”"):
        sync(settings, servers, connection="Nope")


def test_a_busy_lock_is_a_sentence_and_starts_no_run(settings: Settings) -> None:
    connected(settings)
    server = Anthropic()
    with sync_lock(settings), pytest.raises(SyncBusyError, match="Another sync") as caught:
        sync(settings, server)
    assert caught.value.remedy and server.asked == []
    with database(settings) as db:
        assert list_runs(db) == []
    assert sync(settings, server).outcome == "ok"


def test_a_run_is_current_for_others_while_it_lasts_and_the_lock_is_free_after(settings: Settings) -> None:
    connected(settings)
    seen: list[RunStatus | None] = []

    def build(_: Settings) -> None:
        with database(settings) as db:
            seen.append(current_run(db))
        with pytest.raises(SyncBusyError), sync_lock(settings):
            pass

    run = sync(settings, Anthropic(), build=build)
    assert [found.id for found in seen if found] == [run.id]
    with FileLock(settings.lock_path, timeout=0):
        pass


def test_the_ledger_is_built_after_each_connection_one_at_a_time(settings: Settings) -> None:
    connected(settings, "Research", "Sales", "Legal")
    at_work, most = [0], [0]

    def build(given: Settings) -> None:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        threading.Event().wait(0.01)
        at_work[0] -= 1
        built.append(given)

    built: list[Settings] = []
    servers = {name: Anthropic(f"org_{n}") for n, name in enumerate(("Research", "Sales", "Legal"), 1)}
    sync(settings, servers, build=build)
    assert built == [settings] * 3 and most == [1]


def test_with_nothing_connected_the_ledger_is_still_built(settings: Settings) -> None:
    built: list[Settings] = []
    run = sync(settings, Anthropic(), build=built.append)
    assert (run.outcome, built, run.connections) == ("ok", [settings], ())


@pytest.mark.parametrize(("report_fails", "outcome"), [(False, "partial"), (True, "failed")])
def test_a_ledger_that_cannot_be_built_is_reported(
    settings: Settings, report_fails: bool, outcome: str
) -> None:
    connected(settings)

    def build(_: Settings) -> None:
        raise StoreError("The disk is full.", remedy="Free some space.")

    server = Anthropic(rules=[refuse("", 401)] if report_fails else [])
    run = sync(settings, server, build=build)
    assert (run.outcome, run.message) == (outcome, "The disk is full. Free some space.")
    with database(settings) as db:
        assert current_run(db) is None


def test_a_fault_of_ours_ends_the_run_as_failed_and_is_not_hidden(settings: Settings) -> None:
    connected(settings)

    def build(_: Settings) -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        sync(settings, Anthropic(), build=build)
    with database(settings) as db:
        (run,) = list_runs(db)
        assert (run.outcome, run.message) == ("failed", "a bug") and current_run(db) is None
    assert sync(settings, Anthropic()).outcome == "ok"


def test_a_secret_that_does_not_fit_fails_that_connection_in_a_sentence(settings: Settings) -> None:
    connected(settings)
    server = Anthropic()
    run = sync(replace(settings, secret_key="another"), server)
    assert run.outcome == "failed" and "cannot be decrypted" in run.connections[0].message
    assert server.asked == []


def test_a_connection_removed_during_the_run_hurts_no_other(settings: Settings) -> None:
    connected(settings, "Research", "Sales")

    def remove(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == COST_PATH:
            with database(settings) as db:
                remove_connection(db, 1)
        return None

    servers = {"Research": Anthropic(rules=[remove]), "Sales": Anthropic("org_2")}
    run = sync(settings, servers)
    assert run.outcome == "partial" and [part.name for part in run.connections] == ["Sales"]
    assert count(settings, "platform_cost", 1) == 0 and count(settings, "platform_cost", 2) == 5


def test_progress_is_told_from_first_to_last(settings: Settings) -> None:
    connected(settings)
    told: list[RunStatus] = []
    sync(settings, Anthropic(), report=told.append)
    assert told[0].connections[0].outcome is None and told[-1].connections[0].outcome == "ok"
    assert told[-1].windows_done == told[-1].windows_total == 2
    assert told[-1].seconds_left(NOW) == 0.0


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


def test_a_sync_of_nothing_new_still_raises_the_revision_for_each_window(settings: Settings) -> None:
    connected(settings)
    run_sync(
        settings,
        SyncOptions(build=lambda _: None, clock=lambda: NOW, transport_for=lambda _: Anthropic().transport),
    )
    with database(settings) as db:
        assert revision(db) == 2
