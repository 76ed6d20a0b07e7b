"""The crontab and systemd units of ``docs/schedules.md``, run as cron and systemd run them."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli import codes
from core.clock import utc_now
from core.sync import worker
from tests.cli.machine import ROOT, HeldSimulator, Machine
from tests.support.patience import PATIENCE
from tests.support.server import Fault, serve

INSTALLED = "/opt/token-ledger"
PAGE = (ROOT / "docs" / "schedules.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def units() -> dict[str, str]:
    """The units by file name, which their first line tells."""
    return {block.split("\n")[0].rsplit("/")[-1]: block for block in blocks("ini")}


class Unit(configparser.ConfigParser):
    """A unit file whose keys keep their case and come once."""

    def __init__(self, text: str) -> None:
        super().__init__(interpolation=None, delimiters=("=",))
        self.read_string(text)

    def optionxform(self, optionstr: str) -> str:
        return optionstr


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The program, as if it stood in the folder that the page names."""
    folder = tmp_path / "token ledger"
    shutil.copytree(ROOT / "core", folder / "core", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


@pytest.fixture
def machine(installed: Path) -> Iterator[Machine]:
    """ "Main" is connected in the installed program's own data folder."""
    simulator = HeldSimulator()
    with serve(simulator) as server:
        machine = Machine(installed / "data", server, simulator)
        machine.connect(["Main"])
        yield machine


def cron_runs(machine: Machine, installed: Path) -> subprocess.CompletedProcess[str]:
    """As cron runs a line: a shell, another folder, and hardly a variable."""
    (line,) = blocks("crontab")
    command = line.split(maxsplit=5)[5].replace(INSTALLED, f"'{installed}'")
    environment = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "LOGNAME": "token-ledger"}
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd="/",
        env={**environment, "ANTHROPIC_BASE_URL": machine.server.url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_cron_syncs_in_silence_and_the_page_finds_its_data_fresh(machine: Machine, installed: Path) -> None:
    assert worker.needs_refresh(machine.settings, utc_now())
    done = cron_runs(machine, installed)
    assert (done.returncode, done.stdout, done.stderr) == (codes.DONE, "", "")
    assert [run.outcome for run in machine.runs()] == ["ok"]
    assert not worker.needs_refresh(machine.settings, utc_now())


def test_cron_mails_a_failure_in_sentences(machine: Machine, installed: Path) -> None:
    machine.server.faults.append(Fault(path="/v1/organizations/cost_report", status=403, times=None))
    done = cron_runs(machine, installed)
    assert (done.returncode, done.stdout) == (codes.PARTLY, "")
    (mail,) = done.stderr.splitlines()
    assert mail.startswith("Main: ") and mail.count(". ") >= 2 and "req_fault" in mail


def test_the_crontab_line_is_one_that_cron_accepts() -> None:
    (line,) = blocks("crontab")
    assert re.fullmatch(r"([0-5]?\d) ([01]?\d|2[0-3]) \* \* \*  cd /\S+ && [^%]+\n", line)  # % ends a command


def test_systemd_runs_the_service(machine: Machine, installed: Path, tmp_path: Path) -> None:
    service = Unit(units()["token-ledger-sync.service"])["Service"]
    state = tmp_path / service["StateDirectory"]
    shutil.move(machine.data, state)
    name, _, value = service["Environment"].partition("=")
    assert value == f"/var/lib/{service['StateDirectory']}"
    words = service["ExecStart"].split()
    done = subprocess.run(
        [words[0].replace(INSTALLED, str(installed)), *words[1:]],
        cwd=service["WorkingDirectory"].replace(INSTALLED, str(installed)),
        env={"PATH": "/usr/bin:/bin", name: str(state), "ANTHROPIC_BASE_URL": machine.server.url},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (codes.DONE, "")
    main, whole = (json.loads(line) for line in done.stdout.splitlines())
    assert (main["name"], main["outcome"], main["failures"]) == ("Main", "ok", [])
    assert main["seconds"] >= 0 and main["retries"] == 0 and main["rows"] > 0
    assert (whole["outcome"], whole["exit_code"], whole["joined"]) == ("ok", codes.DONE, False)
    assert service["SuccessExitStatus"] == str(codes.STOPPED)


def test_no_secret_is_on_a_command_line_or_in_a_unit() -> None:
    for text in (*blocks("ini"), *blocks("crontab")):
        assert "sk-ant" not in text
        assert not re.search(r"^(Environment|ExecStart)=.*SECRET", text, re.MULTILINE)


def need_systemd() -> str:
    """The path of systemd-analyze; where it is missing, a reason to skip, and in CI a failure."""
    path = shutil.which("systemd-analyze")
    if path is None and os.environ.get("CI"):
        pytest.fail("systemd-analyze (apt install systemd) must be there in CI.")
    if path is None:
        pytest.skip("systemd-analyze (apt install systemd) is not installed.")
    return path


def test_systemd_accepts_the_units(installed: Path, tmp_path: Path) -> None:
    analyze = need_systemd()
    plain = tmp_path / "opt"  # a command's path in a unit has no spaces
    plain.symlink_to(installed)
    files = []
    for name, text in units().items():
        files.append(tmp_path / name)
        files[-1].write_text(text.replace(INSTALLED, str(plain)), encoding="utf-8")
    assert [file.suffix for file in files] == [".service", ".timer"]
    done = subprocess.run(
        [analyze, "verify", "--man=no", *files], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    about_ours = [line for line in done.stderr.splitlines() if "token-ledger" in line]
    assert about_ours == []


def test_systemd_reads_the_calendar_and_finds_the_service_hardened(tmp_path: Path) -> None:
    analyze = need_systemd()
    timer = Unit(units()["token-ledger-sync.timer"])["Timer"]
    calendar = subprocess.run(
        [analyze, "calendar", timer["OnCalendar"]],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert calendar.returncode == 0 and "05:30:00 UTC" in calendar.stdout
    service = tmp_path / "token-ledger-sync.service"
    service.write_text(units()[service.name], encoding="utf-8")
    security = subprocess.run(
        [analyze, "security", "--offline=yes", "--threshold=40", service],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert security.returncode == 0, security.stdout[-400:]  # exposure 4.0 of 10 at most
