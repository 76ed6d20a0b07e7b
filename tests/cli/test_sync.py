"""Two syncs at once, and syncs that are stopped or killed, in processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from filelock import FileLock

from core import operations
from core.cli import codes
from core.cli.sync_report import SyncReport
from core.clock import utc_now
from core.store.coverage import covered_days
from core.store.database import database, writing
from core.store.runs import RunStatus, begin_run, current_run, finish_run, get_run, record_progress
from core.sync import worker
from tests.cli.machine import HeldSimulator, Machine, ended
from tests.store.test_runs import progress
from tests.support.patience import wait_until
from tests.support.server import Fault, serve

COST = "/v1/organizations/cost_report"
FOLLOWING = "following it"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """ "Main" is connected and not yet synced."""
    simulator = HeldSimulator()
    with serve(simulator) as server:
        machine = Machine(tmp_path / "data", server, simulator)
        machine.connect(["Main"])
        try:
            yield machine
        finally:
            machine.close()


def half_way(machine: Machine) -> AbstractContextManager[None]:
    """Within the block, a sync has its usage and waits for its cost."""
    return machine.simulator.holding("/cost_report")


def start_held(machine: Machine, *words: str) -> subprocess.Popen[str]:
    process = machine.start("sync", *words)
    wait_until(machine.simulator.held.is_set, "the sync asks for the cost report")
    return process


def start_following(machine: Machine, *words: str) -> subprocess.Popen[str]:
    process = machine.start("sync", *words)
    assert process.stdout is not None
    assert FOLLOWING in process.stdout.readline()
    return process


def outcomes(machine: Machine) -> list[str | None]:
    return [run.outcome for run in machine.runs()]


def lock_is_free(machine: Machine) -> bool:
    with FileLock(machine.settings.lock_path, timeout=0):
        return True


def stop_is_heard(machine: Machine) -> None:
    def heard() -> bool:
        return machine.runs()[-1].stop_requested

    wait_until(heard, "the running sync knows that it is to stop")


def covered(machine: Machine, stream: str) -> int:
    with database(machine.settings) as db:
        return len(covered_days(db, 1, stream))


def test_a_second_sync_follows_the_first_and_ends_with_it(machine: Machine) -> None:
    with half_way(machine):
        first = start_held(machine)
        second = start_following(machine)
        machine.simulator.release.set()
        assert ended(first)[0] == codes.DONE
        code, said, failed = ended(second)
    assert (code, failed) == (codes.DONE, "") and "Main: ok" in said
    assert outcomes(machine) == ["ok"]
    asked = [(entry.path, entry.params) for entry in machine.server.requests(COST)]
    assert len(asked) == len(set(asked))


def test_a_follower_fails_as_the_one_it_follows_and_says_why(machine: Machine) -> None:
    machine.server.faults.append(Fault(path=COST, status=403, times=None))
    with machine.simulator.holding("usage_report/messages"):
        first = start_held(machine)
        second = start_following(machine, "--lock-wait", "120")
        machine.simulator.release.set()
        assert ended(first)[0] == codes.PARTLY
        code, _, failed = ended(second)
    assert code == codes.PARTLY and "req_fault" in failed
    assert outcomes(machine) == ["partial"]


def test_one_with_wishes_of_its_own_waits_and_then_does_its_own(machine: Machine) -> None:
    with half_way(machine):
        first = start_held(machine)
        second = start_following(machine, "--full")
        machine.simulator.release.set()
        assert ended(first)[0] == codes.DONE
        code, said, _ = ended(second)
    assert (code, outcomes(machine)) == (codes.DONE, ["ok", "ok"])
    assert said.splitlines()[-1].startswith("Main: ok")


def test_one_that_waited_tells_of_both_runs_each_once(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    others, own = (told(machine, rows) for rows in (7, 5))
    report = SyncReport(machine.settings, as_json=False, quiet=False)
    report.joined(others)
    for run in (others, others, own, own):
        report.progress(run)
    report.finished(own)
    _, *lines = capsys.readouterr().out.splitlines()
    assert [line.split(", ")[2] for line in lines] == ["7 rows", "5 rows"]


def told(machine: Machine, rows: int) -> RunStatus:
    """A run of "Main" that has ended."""
    now = utc_now()
    with database(machine.settings) as db:
        run_id = begin_run(db, "page", now)
        part = progress(1, name="Main", outcome="ok", finished_at=now, rows=rows)
        record_progress(db, run_id, [part], now)
        finish_run(db, run_id, "ok", now)
        return get_run(db, run_id)


@pytest.mark.parametrize("seconds", ["0", "0.6"])
def test_the_wait_for_another_sync_has_a_limit(machine: Machine, seconds: str) -> None:
    with half_way(machine):
        first = start_held(machine)
        second = machine.run("sync", "--quiet", "--lock-wait", seconds)
        assert (second.returncode, second.stdout) == (codes.BUSY, "")
        assert second.stderr.startswith("Another sync of this data folder is running.")
        machine.simulator.release.set()
        assert ended(first)[0] == codes.DONE
    assert outcomes(machine) == ["ok"]


def test_a_follower_takes_over_from_one_that_is_killed(machine: Machine) -> None:
    with half_way(machine):
        first = start_held(machine)
        second = start_following(machine)
        first.kill()
        wait_until(lambda: len(machine.runs()) == 2, "the second has begun a sync of its own")
        machine.simulator.release.set()
        assert ended(second)[0] == codes.DONE
    assert outcomes(machine) == ["died", "ok"]
    assert machine.run("sync", "--quiet").returncode == codes.DONE


def test_the_stop_command_ends_a_sync_in_the_middle_of_a_request(machine: Machine) -> None:
    with half_way(machine):
        sync = start_held(machine)
        asked = len(machine.server.requests())
        stopped = (codes.DONE, "The sync is stopped. What it pulled is kept.\n")
        assert ended(machine.start("stop"))[:2] == stopped
        code, _, failed = ended(sync)
        assert not machine.simulator.release.is_set(), "the server has not answered"
    assert code == codes.STOPPED and failed.startswith("Main: The sync was stopped. What was pulled is kept.")
    assert len(machine.server.requests()) <= asked + 1
    assert outcomes(machine) == ["stopped"] and lock_is_free(machine)
    assert covered(machine, "platform_usage") > 0
    assert machine.run("stop").stdout == "No sync is running.\n"
    assert machine.run("sync", "--quiet").returncode == codes.DONE


@pytest.fixture
def _heard_by_default() -> Iterator[None]:
    """What the tests are started by, as nohup, may have told all programs not to hear a hang-up."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_heard_by_default")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_stops_a_sync_as_the_page_does(machine: Machine, number: signal.Signals) -> None:
    with half_way(machine):
        sync = start_held(machine, "--quiet")
        sync.send_signal(number)
        stop_is_heard(machine)
        code, said, failed = ended(sync)
    assert (code, said) == (codes.STOPPED, "")
    assert failed == "Main: The sync was stopped. What was pulled is kept. Sync again to go on.\n"
    assert outcomes(machine) == ["stopped"] and lock_is_free(machine)


def test_a_second_signal_ends_it_at_once(machine: Machine) -> None:
    with half_way(machine):
        sync = start_held(machine)
        with database(machine.settings) as db, writing(db):  # its end waits to be stored

            def ends() -> bool:
                sync.send_signal(signal.SIGTERM)
                return sync.poll() is not None

            wait_until(ends, "a second signal is heard")
        assert ended(sync)[0] == -signal.SIGTERM
    assert lock_is_free(machine)
    assert machine.run("sync", "--quiet").returncode == codes.DONE
    assert outcomes(machine) == ["died", "ok"]


def test_a_signal_to_a_follower_leaves_the_other_sync_alone(machine: Machine) -> None:
    with half_way(machine):
        first = start_held(machine)
        second = start_following(machine)
        second.send_signal(signal.SIGINT)
        code, _, failed = ended(second)
        assert code == codes.STOPPED and "That sync goes on." in failed
        assert not machine.runs()[-1].stop_requested
        machine.simulator.release.set()
        assert ended(first)[0] == codes.DONE


def test_a_stop_is_heard_while_every_connection_waits_for_its_rate_limit(machine: Machine) -> None:
    machine.connect(["Twin", "Staff"])
    machine.server.faults.extend(
        Fault(path=path, status=429, times=None, headers={"retry-after": "500"})
        for path in (COST, "/v1/organizations/analytics/cost_report")
    )
    sync = machine.start("sync")

    def all_wait() -> bool:
        runs = machine.runs()
        return bool(
            runs and len(runs[-1].connections) == 3 and all(c.waiting_until for c in runs[-1].connections)
        )

    wait_until(all_wait, "all three wait")
    status = json.loads(machine.run("status", "--json").stdout)["sync"]
    assert (
        status["windows_done"] < status["windows_total"] and "waiting for Anthropic until" in status["says"]
    )
    assert all(part["waiting_until"] for part in status["connections"])
    assert operations.stop_sync(machine.settings)
    assert ended(sync)[0] == codes.STOPPED  # long before the 500 seconds are over
    assert {c.outcome for c in machine.runs()[-1].connections} == {"stopped"}


def test_a_page_finds_the_sync_of_cron_running_and_later_its_data_fresh(machine: Machine) -> None:
    with half_way(machine):
        sync = start_held(machine, "--quiet")
        operations.start_sync(machine.settings)  # as "Sync now" on a page does
        with database(machine.settings) as db:
            run = current_run(db)
        assert run is not None and run.trigger == "command line"
        machine.simulator.release.set()
        assert ended(sync)[0] == codes.DONE
    assert len(machine.runs()) == 1
    assert not worker.needs_refresh(machine.settings, utc_now())
