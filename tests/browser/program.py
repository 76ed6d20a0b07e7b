"""The real program as a process of its own, on a data folder and a port that nobody else uses."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from core import operations
from core.demo.company import Organization
from core.settings import Settings
from core.store.connections import Connection, list_connections
from core.store.database import database
from core.store.runs import current_run, list_runs
from tests.support.patience import PATIENCE, wait_until
from tests.support.ports import held_port

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Program:
    """The running program: ``url`` has no slash at its end."""

    url: str
    data_dir: Path
    log_path: Path
    anthropic_url: str

    @property
    def settings(self) -> Settings:
        return Settings(self.data_dir, self.anthropic_url)

    @property
    def link(self) -> str:
        """What the program printed when it started: it lets a browser in."""
        found = re.search(r"^Token Ledger: (\S+)$", self.log, re.MULTILINE)
        assert found, self.log
        return found[1]

    @property
    def log(self) -> str:
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def connections(self) -> list[Connection]:
        with database(self.settings) as db:
            return list_connections(db)

    def syncing(self) -> bool:
        with database(self.settings) as db:
            return current_run(db) is not None

    def outcomes(self) -> set[str | None]:
        """How the syncs ended, by connection: the latest of each."""
        with database(self.settings) as db:
            runs = list_runs(db, 50)
            latest = {p.connection_id: p.outcome for run in reversed(runs) for p in run.connections}
            return {latest.get(connection.id) for connection in list_connections(db)}

    def synced(self) -> bool:
        """Whether every connection's latest pull is complete and no sync is at work."""
        return self.outcomes() == {"ok"} and not self.syncing()

    def pull(self, organizations: Mapping[str, Organization], since: date) -> None:
        """Connect them by these names, and sync."""
        for name, organization in organizations.items():
            operations.connect(self.settings, name=name, key=organization.key, since=since)
        self.command("sync", "--quiet")

    def command(self, *arguments: str, typed: str = "") -> str:
        """Standard output of ``python -m core`` on the same data; ``typed`` is its standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "core", *arguments],
            cwd=PROJECT,
            env=_environment(self.data_dir, self.anthropic_url),
            input=typed.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8-sig")

    def processes(self) -> list[int]:
        """Ids of the program's processes: the server, and its background worker while there is one."""
        ours = f"TOKEN_LEDGER_DATA={self.data_dir}".encode()
        return [pid for pid in process_ids() if ours in read_process(pid, "environ").split(b"\0")]


@contextmanager
def running(
    folder: Path, anthropic_url: str, *, port: int | None = None, **variables: str
) -> Iterator[Program]:
    """Start the program in ``folder``, with these ``variables``; end it and its workers afterwards.

    ``port``: one that is held already.
    """
    with held_port() as free, _started(folder, anthropic_url, port or free, variables) as program:
        yield program


@contextmanager
def _started(folder: Path, anthropic_url: str, port: int, variables: dict[str, str]) -> Iterator[Program]:
    program = Program(f"http://127.0.0.1:{port}", folder / "data", folder / "app.log", anthropic_url)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with (
        program.log_path.open("wb") as log,
        subprocess.Popen(
            [*command, "--server.headless", "true"],
            cwd=PROJECT,
            env=_environment(program.data_dir, anthropic_url) | variables,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as server,
    ):
        try:
            alive = program.url + urlsplit(variables.get("TOKEN_LEDGER_PUBLIC_URL", "")).path
            wait_until(lambda: server.poll() is not None or _answers(alive), "the program starts")
            assert server.poll() is None, program.log
            yield program
        finally:
            _end(program)


def process_ids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def read_process(pid: int, what: str) -> bytes:
    """A file of a process; empty when it is not ours to read or the process ended."""
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


def _environment(data_dir: Path, anthropic_url: str) -> dict[str, str]:
    """Ours, without what would lead the program elsewhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TOKEN_LEDGER_", "STREAMLIT_", "ANTHROPIC_"))
        and not name.lower().endswith("_proxy")
    }
    return {**kept, "TOKEN_LEDGER_DATA": str(data_dir), "ANTHROPIC_BASE_URL": anthropic_url}


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=30) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def _end(program: Program) -> None:
    """Workers are sessions of their own, so that they outlive the server: they are ended one by one."""
    wait_until(lambda: not _killed(program), "the program ends")


def _killed(program: Program) -> list[int]:
    """Those that were still there; the kernel takes an ended one's environment away at once."""
    found = program.processes()
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return found
