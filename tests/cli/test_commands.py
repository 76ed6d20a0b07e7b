"""The command line, run as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.money import MICROCENTS_PER_USD
from core.store.database import database
from core.store.meta import raise_ledger_revision
from tests.cli.machine import SINCE, TODAY, HeldSimulator, Machine
from tests.support.organizations import organizations
from tests.support.server import Fault, serve

DAYS = [TODAY - timedelta(days=n) for n in range(20, 10, -1)]
RANGE = ("--from", DAYS[0].isoformat(), "--to", (DAYS[-1] + timedelta(days=1)).isoformat())


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    simulator = HeldSimulator()
    with serve(simulator) as server:
        yield Machine(tmp_path_factory.mktemp("data"), server, simulator)


@pytest.fixture(scope="module")
def synced(machine: Machine) -> Machine:
    machine.connect(list(organizations()))
    done = machine.run("sync")
    assert done.returncode == 0, done.stderr
    assert "Main: ok" in done.stdout
    return machine


def test_status_of_nothing_says_what_to_do(tmp_path: Path, machine: Machine) -> None:
    done = machine.run("status", TOKEN_LEDGER_DATA=str(tmp_path))
    assert done.returncode == 0
    assert "Nothing is connected" in done.stdout
    synced = machine.run("sync", TOKEN_LEDGER_DATA=str(tmp_path))
    assert (synced.returncode, synced.stdout) == (0, "Nothing is connected, so nothing was pulled.\n")
    status = json.loads(machine.run("status", "--json", TOKEN_LEDGER_DATA=str(tmp_path)).stdout)
    assert (status["sync"], status["connections"], status["last_sync"]["outcome"]) == (None, [], "ok")


def test_status_tells_each_connection(synced: Machine) -> None:
    status = json.loads(synced.run("status", "--json").stdout)
    states = status["connections"]
    assert status["sync"] is None
    assert {(s["name"], s["origin"]) for s in states} == {
        ("Main", "Claude Platform"),
        ("Twin", "Claude Platform"),
        ("Staff", "claude.ai"),
    }
    assert all(s["rows"] > 0 and s["last_good_sync_at"] and not s["problems"] for s in states)
    assert {(s["covered_from"], s["gap_days"]) for s in states} == {(SINCE.isoformat(), 0)}
    assert all(s["covered_to"] >= TODAY.isoformat() for s in states), "nobody tells of a day just begun"
    assert "no gaps" in synced.run("status").stdout


def test_query_gives_the_same_sum_as_csv_and_json(synced: Machine) -> None:
    words = (
        "query",
        "--measure",
        "cost",
        "--group-by",
        "day,origin",
        *RANGE,
    )
    as_csv = synced.run(*words, "--where", "cost_center=Main").stdout
    as_json = synced.run(*words, "--where", "cost_center=Main", "--format", "json").stdout
    from_csv = sum(Decimal(r["cost_usd"]) for r in csv.DictReader(io.StringIO(as_csv.removeprefix("\ufeff"))))
    from_json = sum(Decimal(r["cost_usd"]) for r in json.loads(as_json))
    assert from_csv == from_json
    main = organizations()["Main"]
    assert from_csv * MICROCENTS_PER_USD == sum(
        synced.simulator.totals(main.id, d).cost_microcents for d in DAYS
    )


def test_json_writes_an_empty_dimension_as_null(synced: Machine) -> None:
    words = ("--group-by", "workspace_id", *RANGE, "--format", "json")
    found = json.loads(synced.run("query", "--measure", "cost", *words).stdout)
    assert [row["workspace_id"] for row in found].count(None) == 1
    assert all(isinstance(row["cost_usd"], str) for row in found)


@pytest.mark.parametrize("name", ["user_role", "api_key_status", "api_key_creator", "workspace_tag:team"])
def test_query_groups_and_filters_by_what_a_list_tells(synced: Machine, name: str) -> None:
    words = ("query", "--measure", "cost", *RANGE, "--where", "cost_center=Main")
    with database(synced.settings) as db:
        db.conn.execute(
            "UPDATE workspaces SET tags = :tags WHERE name <> 'Default'",
            {"tags": json.dumps({"team": '=red, "blue"'})},
        )
        raise_ledger_revision(db)
    done = synced.run(*words, "--group-by", name)
    lines = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
    costs = {line[name]: Decimal(line["cost_usd"]) for line in lines if line["cost_usd"]}
    main = organizations()["Main"]
    whole = sum(synced.simulator.totals(main.id, day).cost_microcents for day in DAYS)
    assert sum(costs.values()) * MICROCENTS_PER_USD == whole
    assert len(costs) > 1
    for value, cost in costs.items():
        told = synced.run(*words, "--where", f"{name}={value.removeprefix(chr(39))}", "--format", "json")
        assert sum(Decimal(line["cost_usd"] or 0) for line in json.loads(told.stdout)) == cost


def test_a_tag_that_no_workspace_has_is_a_slip(synced: Machine) -> None:
    words = ("query", "--measure", "cost", *RANGE)
    for condition in (("--group-by", "workspace_tag:tema"), ("--where", "workspace_tag:tema=x")):
        done = synced.run(*words, *condition)
        assert done.returncode == 2
        assert "No workspace has the tag tema" in done.stderr


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
        (("sync", "--from", "2026-11-01"), "go together"),
        (("sync", "--from", "2026-11-05", "--to", "2026-11-05"), "before it holds a day"),
        (("sync", "--from", "2999-11-05", "--to", "2999-11-07"), "in the future"),
        (("sync", "--lock-wait", "-1"), "not a number of seconds"),
        (("sync", "--lock-wait", "nan"), "not a number of seconds"),
    ],
)
def test_wrong_use_ends_with_2_and_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path))
    try:
        code: object = main(words)
    except SystemExit as left:  # as argparse does
        code = left.code
    said = capsys.readouterr()
    assert (code, said.out) == (2, "") and sentence in said.err


def test_wrong_use_exits_with_2_without_a_traceback(synced: Machine) -> None:
    for words in (("dance",), ("sync", "--connection", "Nobody")):
        done = synced.run(*words)
        assert done.returncode == 2 and done.stderr and "Traceback" not in done.stderr


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
    line, whole = (json.loads(text) for text in done.stdout.splitlines())
    assert done.returncode == whole["exit_code"] == 1
    assert (line["name"], line["outcome"]) == ("Main", "partial")
    assert line["message"] and line["message"] in done.stderr
    assert line["request_id"] == "req_fault" and "req_fault" in done.stderr
    assert {failure["report"] for failure in line["failures"]} == {"platform_cost"}
    assert whole["windows_done"] == line["windows_done"] < line["windows_total"]
    (main,) = [s for s in states_of(synced) if s["name"] == "Main"]
    assert main["problems"] and main["failures"][0]["request_id"] == "req_fault"
    again = synced.run("sync", "--connection", "Main", "--quiet")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_days_out_of_reach_are_kept_and_named(synced: Machine) -> None:
    before = states_of(synced)
    done = synced.run("sync", "--connection", "1", "--from", "2020-01-01", "--to", RANGE[1])
    assert done.returncode == 0
    assert f"Main: can be pulled again from {SINCE} on; earlier days stay as they are.\n" in done.stdout
    assert [s["covered_from"] for s in states_of(synced)] == [s["covered_from"] for s in before]


def states_of(machine: Machine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(machine.run("status", "--json").stdout)["connections"]
    return found
