"""A whole sync: failures stay where they are, and everything else goes on."""

from __future__ import annotations

import threading
from datetime import timedelta

import httpx
import pytest
from filelock import FileLock

from core.demo.service import Simulator
from core.demo.transport import SimulatorTransport
from core.dimensions import Origin
from core.errors import InputError, StoreError, SyncBusyError
from core.periods import Period
from core.settings import Settings
from core.store.connections import list_connections, remove_connection
from core.store.coverage import covered_days
from core.store.database import database
from core.store.meta import revision
from core.store.runs import RunStatus, current_run, list_runs, request_stop
from core.store.states import StreamState, list_states
from core.sync.lock import sync_lock
from core.sync.runner import SyncOptions, run_sync
from tests.api.fakes import refused
from tests.store.books import dump
from tests.support.custom import admin_key, analytics_key, claude_ai_organization, platform_organization
from tests.support.patience import PATIENCE
from tests.sync.anthropic import (
    ADMIN_KEY,
    COST_PATH,
    NOW,
    TODAY,
    USAGE_PATH,
    Anthropic,
    add,
    connected,
    count,
    groups_of,
    refuse,
    sync,
)


def states(settings: Settings, connection_id: int = 1) -> dict[str, StreamState]:
    with database(settings) as db:
        return {state.stream: state for state in list_states(db, connection_id)}


def outcomes(settings: Settings, connection_id: int = 1) -> dict[str, str]:
    return {stream: state.state for stream, state in states(settings, connection_id).items()}


def test_the_second_sync_of_a_day_changes_nothing(settings: Settings) -> None:
    connected(settings)
    facts = ("platform_usage", "platform_cost", "day_changes")
    sync(settings, Anthropic())
    with database(settings) as db:
        before = dump(db, *facts)
    sync(settings, Anthropic())
    with database(settings) as db:
        assert dump(db, *facts) == before and before["day_changes"] == []


@pytest.mark.slow
def test_a_stop_is_heard_between_two_requests(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=300))
    server = Anthropic()

    def stop(request: httpx.Request) -> httpx.Response | None:
        if server.paths().count(USAGE_PATH) == 2:
            with database(settings) as db:
                request_stop(db)
            heard.wait(PATIENCE)
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
    barrier = threading.Barrier(2, timeout=PATIENCE)

    def meet(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == COST_PATH:
            barrier.wait()  # passes only when both are here at once
        return None

    servers = {name: Anthropic(f"org_{n}", rules=[meet]) for n, name in enumerate(("Research", "Sales"), 1)}
    servers["Sales"].rows[COST_PATH] = lambda day: []
    run = sync(settings, servers)
    assert run.outcome == "ok" and [part.name for part in run.connections] == ["Research", "Sales"]
    assert (count(settings, "platform_cost", 1), count(settings, "platform_cost", 2)) == (4, 0)
    assert {request.headers["x-api-key"] for server in servers.values() for request in server.asked} == {
        ADMIN_KEY
    }


@pytest.mark.slow
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
            last = 1 if platform else 0  # today's cost is not reported yet
            days = [TODAY - timedelta(days=n) for n in range(last, 34)]
            truth = {str(d): simulator.totals(connection.organization_id, d).cost_microcents for d in days}
            assert found == {day: amount for day, amount in truth.items() if amount}
            assert len(found) > 30 and max(found) == str(days[0])
    assert outcomes(settings, 2)["platform_usage"] == "reduced"


class SimulatorServer:
    """A simulated Anthropic in the place of :class:`tests.sync.anthropic.Anthropic`."""

    def __init__(self, simulator: Simulator) -> None:
        self.transport = SimulatorTransport(simulator)


@pytest.mark.slow
def test_mistake_history_deleted_because_the_api_no_longer_reaches_it(settings: Settings) -> None:
    connected(settings)
    sync(settings, Anthropic())
    much_later = NOW + timedelta(days=400)
    server = Anthropic(until=much_later.date())
    first = f"{much_later.date() - timedelta(days=364)}T00:00:00Z"

    def within_a_year(request: httpx.Request) -> httpx.Response | None:
        return refused(400) if request.url.params.get("starting_at", first) < first else None

    server.rules.append(within_a_year)
    assert sync(settings, server, much_later, full=True).outcome == "ok"
    yesterday = TODAY - timedelta(days=1)
    with database(settings) as db:
        held = covered_days(db, 1, "platform_cost")
    assert yesterday in held and held[yesterday].fetched_at == NOW
    assert count(settings, "platform_cost") == 4 + 364 and count(settings, "platform_usage") == 5 + 365


@pytest.mark.slow
def test_full_asks_again_for_days_that_are_final(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=60))
    sync(settings, Anthropic())
    once, again = Anthropic(), Anthropic()
    sync(settings, once)
    sync(settings, again, full=True)
    assert (once.paths().count(COST_PATH), again.paths().count(COST_PATH)) == (2, 4)


@pytest.mark.slow
def test_a_period_is_asked_for_again_beside_what_is_due(settings: Settings) -> None:
    connected(settings, since=TODAY - timedelta(days=90))
    sync(settings, Anthropic())
    again = Anthropic()
    period = Period(TODAY - timedelta(days=500), TODAY - timedelta(days=80))
    sync(settings, again, period=period)
    bills = [request for request in again.asked if request.url.path == COST_PATH and groups_of(request)]
    asked = [request.url.params["starting_at"][:10] for request in bills]
    assert asked == [str(TODAY - timedelta(days=29)), str(TODAY - timedelta(days=90))]
    ends = [request.url.params["ending_at"][:10] for request in bills]
    assert ends == [str(TODAY), str(TODAY - timedelta(days=80))]


def test_one_connection_can_be_synced_alone(settings: Settings) -> None:
    connected(settings, "Research", "Sales")
    servers = {"Research": Anthropic(), "Sales": Anthropic("org_2")}
    run = sync(settings, servers, connection="sales")
    assert [part.name for part in run.connections] == ["Sales"] and servers["Research"].asked == []
    assert sync(settings, servers, connection="1").connections[0].name == "Research"
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


def test_what_comes_afterwards_finds_the_run_ended_and_the_lock_free(settings: Settings) -> None:
    connected(settings, "Research", "Sales")
    seen: list[str | None] = []

    def look(given: Settings) -> None:
        with database(given) as db:
            seen.append(next(iter(list_runs(db, limit=1))).outcome)
        with sync_lock(given):
            pass

    servers = {name: Anthropic(f"org_{n}") for n, name in enumerate(("Research", "Sales"), 1)}
    sync(settings, servers, afterwards=look)
    assert seen == ["ok"]


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
    assert count(settings, "platform_cost", 1) == 0 and count(settings, "platform_cost", 2) == 4


def test_a_sync_of_a_removed_connection_stores_nothing_under_the_one_that_follows(settings: Settings) -> None:
    connected(settings, "Research")

    def replace(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == COST_PATH:
            with database(settings) as db:
                remove_connection(db, 1)
                assert add(db, settings, "Sales", "org_2").id == 2
        return None

    assert sync(settings, Anthropic(rules=[replace])).outcome == "partial"
    assert count(settings, "platform_cost", 2) == 0 and count(settings, "platform_usage", 2) == 0


def test_progress_is_told_from_first_to_last(settings: Settings) -> None:
    connected(settings)
    told: list[RunStatus] = []
    assert sync(settings, Anthropic(), report=told.append).seconds_left(NOW) == 0.0
    assert told[0].connections[0].outcome is None and told[-1].connections[0].outcome == "ok"
    assert told[-1].windows_done == told[-1].windows_total == 2
    assert told[-1].seconds_left(NOW) is None  # the ledger is still to be built


def test_a_sync_of_nothing_new_still_raises_the_revision_for_each_window(settings: Settings) -> None:
    connected(settings)
    run_sync(
        settings,
        SyncOptions(build=lambda _: None, clock=lambda: NOW, transport_for=lambda _: Anthropic().transport),
    )
    with database(settings) as db:
        assert revision(db) == 2
