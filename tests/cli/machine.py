"""The command line as a user has it: a data folder, a server, and a shell."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.demo.service import Request, Response, Simulator
from core.settings import Settings
from core.store.database import database
from core.store.runs import RunStatus, list_runs
from tests.support.organizations import organizations
from tests.support.patience import PATIENCE
from tests.support.server import AnthropicServer

ROOT = Path(__file__).resolve().parent.parent.parent

TODAY = datetime.now(UTC).date()
"""The command line runs in a process of its own, by the machine's clock: days are told relative to it."""
SINCE = TODAY - timedelta(days=40)


class HeldSimulator(Simulator):
    """Keeps requests for ``hold`` waiting until ``release`` is set; ``held`` tells that one waits."""

    hold: str | None = None

    def __init__(self) -> None:
        super().__init__(organizations().values())
        self.held, self.release = threading.Event(), threading.Event()

    def handle(self, request: Request) -> Response:
        if self.hold and request.path.endswith(self.hold) and not self.release.is_set():
            self.held.set()
            self.release.wait(PATIENCE)
        return super().handle(request)

    @contextmanager
    def holding(self, path: str) -> Iterator[None]:
        """Within the block, requests for this path wait; ``release`` lets them go earlier."""
        self.held.clear(), self.release.clear()
        self.hold = path
        try:
            yield
        finally:
            self.release.set()
            self.hold = None


@dataclass
class Machine:
    """Runs commands on one data folder and one server. What it started ends with the block."""

    data: Path
    server: AnthropicServer
    simulator: HeldSimulator
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return Settings(self.data, self.server.url)

    def environment(self, **variables: str) -> dict[str, str]:
        ours = {"TOKEN_LEDGER_DATA": str(self.data), "ANTHROPIC_BASE_URL": self.server.url}
        return {**os.environ, **ours, **variables}

    def run(self, *words: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=self.environment(**variables),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self, *words: str) -> subprocess.Popen[str]:
        self.started.append(
            subprocess.Popen(
                [sys.executable, "-m", "core", *words],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return self.started[-1]

    def connect(self, names: Sequence[str]) -> None:
        for name in names:
            key = organizations()[name].key
            done = self.run("connect", "--name", name, "--since", SINCE.isoformat(), stdin=key + "\n")
            assert done.returncode == 0, done.stderr
            assert key not in done.stdout + done.stderr

    def runs(self) -> list[RunStatus]:
        """All syncs, oldest first."""
        with database(self.settings) as db:
            return list_runs(db, 100)[::-1]

    def close(self) -> None:
        """End what is still running, and its pipes."""
        self.simulator.release.set()
        for process in self.started:
            process.kill()
            process.communicate()


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a started command, once it has ended."""
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return process.returncode, out, err
