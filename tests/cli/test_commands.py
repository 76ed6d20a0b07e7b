"""The command line, run as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from core.demo.service import Simulator
from core.money import MICROCENTS_PER_USD
from tests.support.organizations import organizations
from tests.support.server import AnthropicServer, Fault, serve

TODAY = datetime.now(UTC).date()
"""The command line runs in a process of its own, by the machine's clock: days are told relative to it."""
DAYS = [TODAY - timedelta(days=n) for n in range(20, 10, -1)]
RANGE = ("--from", DAYS[0].isoformat(), "--to", (DAYS[-1] + timedelta(days=1)).isoformat())
ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Machine:
    """A data folder, a server, and a shell."""

    data: Path
    server: AnthropicServer
    simulator: Simulator

    def run(self, *words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        environ = {
            **os.environ,
            "TOKEN_LEDGER_DATA": str(self.data),
            "ANTHROPIC_BASE_URL": self.server.url,
            **variables,
        }
        return subprocess.run(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    simulator = Simulator(organizations().values())
    with serve(simulator) as server:
        yield Machine(tmp_path_factory.mktemp("data"), server, simulator)


@pytest.fixture(scope="module")
def synced(machine: Machine) -> Machine:
    since = (TODAY - timedelta(days=40)).isoformat()
    for name, organization in organizations().items():
        done = machine.run("connect", "--name", name, "--since", since, stdin=organization.key + "\n")
        assert done.returncode == 0, done.stderr
        assert organization.key not in done.stdout + done.stderr
    done = machine.run("sync")
    assert done.returncode == 0, done.stderr
    assert "Main: ok" in done.stdout
    return machine


def test_status_of_nothing_says_what_to_do(tmp_path: Path, machine: Machine) -> None:
    done = machine.run("status", TOKEN_LEDGER_DATA=str(tmp_path))
    assert done.returncode == 0
    assert "Nothing is connected" in done.stdout
    assert json.loads(machine.run("status", "--json", TOKEN_LEDGER_DATA=str(tmp_path)).stdout) == []


def test_status_tells_each_connection(synced: Machine) -> None:
    states = json.loads(synced.run("status", "--json").stdout)
    assert {(s["name"], s["origin"]) for s in states} == {
        ("Main", "Claude Platform"),
        ("Twin", "Claude Platform"),
        ("Staff", "claude.ai"),
    }
    assert all(s["rows"] > 0 and s["last_good_sync_at"] and not s["problems"] for s in states)


def test_query_gives_the_same_sum_as_csv_and_json(synced: Machine) -> None:
    words = (
        "query",
        "--measure",
        "cost",
        "--group-by",
        "day,origin",
        "--from",
        "2026-11-01",
        "--to",
        "2026-11-11",
    )
    as_csv = synced.run(*words, "--where", "cost_center=Main").stdout
    as_json = synced.run(*words, "--where", "cost_center=Main", "--format", "json").stdout
    from_csv = sum(Decimal(r["cost_usd"]) for r in csv.DictReader(io.StringIO(as_csv.removeprefix("\ufeff"))))
    from_json = sum(Decimal(r["cost_usd"]) for r in json.loads(as_json))
    assert from_csv == from_json
    main = organizations()["Main"]
    days = [__import__("datetime").date(2026, 11, n) for n in range(1, 11)]
    assert from_csv * MICROCENTS_PER_USD == sum(
        synced.simulator.totals(main.id, d).cost_microcents for d in days
    )


def test_json_writes_an_empty_dimension_as_null(synced: Machine) -> None:
    words = ("--group-by", "workspace_id", *RANGE, "--format", "json")
    found = json.loads(synced.run("query", "--measure", "cost", *words).stdout)
    assert [row["workspace_id"] for row in found].count(None) == 1
    assert all(isinstance(row["cost_usd"], str) for row in found)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("query", "--measure", "money", *RANGE), "money"),
        (("query", "--measure", "effective_rate", *RANGE), "ratio"),
        (("query", "--measure", "cost", "--from", "yesterday", "--to", "2026-11-02"), "not a date"),
        (("query", "--measure", "cost", "--from", "2026-11-05", "--to", "2026-11-02"), "ends before"),
        (
            (
                "query",
                "--measure",
                "cost",
                "--group-by",
                "modle",
                "--from",
                "2026-11-01",
                "--to",
                "2026-11-02",
            ),
            "model",
        ),
        (("sync", "--connection", "Nobody"), "Nobody"),
        (("connect", "--name", "X", "--key-env", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE"),
        (("dance",), "dance"),
    ],
)
def test_wrong_use_exits_with_2_and_a_sentence(
    synced: Machine, words: tuple[str, ...], sentence: str
) -> None:
    done = synced.run(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_key_is_refused_and_not_repeated(synced: Machine) -> None:
    key = "sk-ant-admin01-this-key-was-never-issued"
    done = synced.run("connect", "--name", "New", "--key-env", "SOME_KEY", SOME_KEY=key)
    assert done.returncode == 2
    assert key not in done.stdout + done.stderr
    assert "request id" in done.stderr


def test_a_sync_that_fails_in_part_exits_with_1(synced: Machine) -> None:
    fault = Fault(path="/v1/organizations/cost_report", status=403, times=None)
    synced.server.faults.append(fault)
    try:
        done = synced.run("sync", "--connection", "Main", "--json")
    finally:
        synced.server.faults.remove(fault)
    line = json.loads(done.stdout)
    assert done.returncode == 1
    assert (line["name"], line["outcome"]) == ("Main", "partial")
    assert line["message"]
    assert line["request_id"]
    assert synced.run("sync", "--connection", "Main", "--quiet").returncode == 0
