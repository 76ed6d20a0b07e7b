"""``backup`` and ``restore`` as commands, while a sync runs too; and the modes of what is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli import codes
from core.store.connections import list_connections
from core.store.database import database
from tests.cli.machine import SINCE, TODAY, HeldSimulator, Machine, ended
from tests.support.server import serve

pytestmark = pytest.mark.slow


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    simulator = HeldSimulator()
    with serve(simulator) as server:
        machine = Machine(tmp_path / "data", server, simulator)
        yield machine
        machine.close()


@pytest.fixture
def synced_machine(machine: Machine) -> Machine:
    machine.connect(["Main", "Staff"])
    assert machine.run("sync").returncode == codes.DONE
    return machine


def costs(machine: Machine) -> str:
    days = ("--from", SINCE.isoformat(), "--to", TODAY.isoformat())
    done = machine.run("query", "--measure", "cost", "--group-by", "day,cost_center,model", *days)
    assert done.returncode == codes.DONE, done.stderr
    return done.stdout


def test_what_was_backed_up_during_a_sync_comes_back_with_its_ledger(
    synced_machine: Machine, tmp_path: Path
) -> None:
    machine, file = synced_machine, tmp_path / "copy.db"
    told = costs(machine)
    assert told.count("\n") > 40
    with machine.simulator.holding("/cost_report"):
        running = machine.start("sync", "--full")
        assert machine.simulator.held.wait(120)
        done = machine.run("backup", str(file))
        assert (done.returncode, done.stderr) == (codes.DONE, "")
        assert "API keys are not in it" in done.stdout
        refused = machine.run("restore", str(file))
        assert refused.returncode == codes.BUSY and "sync" in refused.stderr
    assert ended(running)[0] == codes.DONE
    with database(machine.settings) as db:
        for connection in list_connections(db):
            db.table("connections").delete(connection.id)
    done = machine.run("restore", str(file))
    assert (done.returncode, done.stderr) == (codes.DONE, "")
    assert costs(machine) == told
    assert machine.run("backup", str(file)).returncode == codes.WRONG


def test_a_file_that_is_none_is_wrong_use(machine: Machine, tmp_path: Path) -> None:
    done = machine.run("restore", str(tmp_path / "nothing.db"))
    assert done.returncode == codes.WRONG and "is not a file" in done.stderr


@pytest.fixture
def open_handed() -> Iterator[None]:
    """A umask that withholds nothing, as processes of this one inherit it."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_handed")
def test_whatever_the_umask_only_the_owner_reads_the_data(machine: Machine) -> None:
    machine.connect(["Main"])
    assert machine.run("sync").returncode == codes.DONE
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (machine.data, *machine.data.rglob("*"))}
    assert len(modes) > 8
    wrong = {path: oct(mode) for path, mode in modes.items() if mode & 0o077}
    assert not wrong
