"""A background sync that dies: its last words are kept, kept small, without keys, and told."""

from __future__ import annotations

import io
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.cli.worker_words import CarefulWords
from core.settings import Settings
from core.store import last_words
from core.store.database import database
from core.store.last_words import open_log, run_line, words_before_a_run, words_of_run
from core.store.runs import RunStatus, begin_run, current_run, list_runs
from core.sync import worker
from core.sync.worker import bury_workers, needs_refresh, start_worker
from tests.support.patience import PATIENCE
from tests.sync.anthropic import ADMIN_KEY, NOW, connected

ROOT = Path(__file__).resolve().parents[2]
SEGFAULT = (
    "Fatal Python error: Segmentation fault\n\nCurrent thread 0x01 (most recent call first):\n  File a\n"
)


def log(settings: Settings, text: str) -> int:
    file, start = open_log(settings, NOW)
    with file:
        file.write(text.encode())
    return start


def runs(settings: Settings) -> list[RunStatus]:
    with database(settings) as db:
        return list_runs(db)


@pytest.fixture(autouse=True)
def _folder(settings: Settings) -> None:
    with database(settings):
        pass


# The log


def test_the_words_of_a_run_are_those_after_its_number_and_before_the_next_head(settings: Settings) -> None:
    log(settings, run_line(1) + "first\nTraceback:\n  File x\nMemoryError\n")
    log(settings, run_line(11) + SEGFAULT)
    log(settings, run_line(12))
    log(settings, run_line(12, followed=True) + "The key is refused.\n")
    assert words_of_run(settings, 1) == "MemoryError"
    assert words_of_run(settings, 11) == "Fatal Python error: Segmentation fault"
    assert words_of_run(settings, 12) == ""
    assert words_of_run(settings, 2) is None
    settings.worker_log.unlink()
    assert words_of_run(settings, 1) is None


def test_a_worker_that_came_to_a_run_has_no_words_before_it(settings: Settings) -> None:
    began, joined, died = (
        log(settings, text)
        for text in (
            run_line(1) + "A failure.\n",
            run_line(1, followed=True),
            "SyntaxError: invalid syntax\n",
        )
    )
    log(settings, run_line(3))
    assert words_before_a_run(settings, began) is None is words_before_a_run(settings, joined)
    assert words_before_a_run(settings, died) == "SyntaxError: invalid syntax"


def test_the_log_is_its_owners_and_stays_small(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        log(settings, run_line(number) + "x" * 20_000 + "\n")
        assert settings.worker_log.stat().st_size < 400_000
    assert words_of_run(settings, 39) == "x" * 400
    assert stat.S_IMODE(settings.worker_log.stat().st_mode) == 0o600


def test_what_a_worker_says_goes_into_the_log_without_keys_and_not_without_end() -> None:
    into = io.StringIO()
    careful = CarefulWords(into, most=60)
    for piece in ("Illegal header sk-ant-", "admin01-Zk3v", "S9\nwhole ", "line\n", "y" * 100, "\n", "end"):
        careful.write(piece)
    careful.finish()
    assert into.getvalue() == "Illegal header [API key]\nwhole line\n"


def test_a_key_that_got_into_the_log_all_the_same_is_not_told(settings: Settings) -> None:
    log(settings, f"{run_line(1)}Illegal header {ADMIN_KEY}\n")
    assert words_of_run(settings, 1) == "Illegal header [API key]"


# Runs that died


def test_a_run_that_died_is_told_with_its_last_words(settings: Settings) -> None:
    with database(settings) as db:
        log(settings, run_line(begin_run(db, "page", NOW)) + SEGFAULT)
        assert current_run(db) is None
    (run,) = runs(settings)
    assert run.outcome == "died" and "What was pulled is kept" in run.message
    assert run.message.endswith("Its last words: “Fatal Python error: Segmentation fault”.")


def test_a_run_that_died_without_a_word_is_told_so_and_one_without_a_log_is_not(settings: Settings) -> None:
    with database(settings) as db:
        log(settings, run_line(begin_run(db, "page", NOW)))
        begin_run(db, "command line", NOW)
        assert current_run(db) is None
    of_the_shell, of_the_page = runs(settings)
    assert "ended from outside" in of_the_page.message
    assert "last words" not in of_the_shell.message and "outside" not in of_the_shell.message


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the worker runs in place of the sync; the rest is as it is."""
    code: list[str] = []
    whole = subprocess.Popen

    def popen(command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return whole([sys.executable, "-c", *code], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(worker.subprocess, "Popen", popen)
    monkeypatch.setattr(worker, "_started", {})
    yield code
    for one in worker._started.values():
        one.process.kill()
        one.process.wait()


def ended(settings: Settings) -> None:
    for one in worker._started.values():
        one.process.wait(timeout=PATIENCE)
    bury_workers(settings, lambda: NOW + timedelta(seconds=3))


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise MemoryError('all is used')", ["exit code 1", "Its last words: “MemoryError: all is used”."]),
        ("import sys; sys.exit('The data folder is gone.')", ["“The data folder is gone.”"]),
        (
            "import faulthandler; faulthandler._sigsegv()",
            ["SIGSEGV", "“Fatal Python error: Segmentation fault”"],
        ),
        ("import os; os.kill(os.getpid(), 9)", ["the signal SIGKILL."]),
    ],
)
def test_a_worker_that_dies_before_its_run_begins_is_told_as_a_run_that_died(
    settings: Settings, program: list[str], code: str, says: list[str]
) -> None:
    connected(settings)
    program.append(code)
    start_worker(settings, clock=lambda: NOW)
    ended(settings)
    (run,) = runs(settings)
    assert (run.outcome, run.trigger, run.started_at) == ("died", "page", NOW)
    assert run.message.startswith("The sync ended before it began") and "sync again" in run.message
    assert all(words in run.message for words in says), run.message
    ended(settings)
    assert len(runs(settings)) == 1
    assert needs_refresh(settings, NOW + timedelta(minutes=1)) is False, "it would die again and again"


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        f"import sys; sys.stderr.write({run_line(1)!r} + 'Research: refused\\n'); sys.exit(1)",
        f"import sys; sys.stderr.write({run_line(1, followed=True)!r}); sys.exit(4)",
    ],
)
def test_a_worker_that_came_to_a_run_is_no_second_one(
    settings: Settings, program: list[str], code: str
) -> None:
    program.append(code)
    start_worker(settings, clock=lambda: NOW)
    ended(settings)
    assert runs(settings) == []


def test_without_a_log_the_exit_code_tells(
    settings: Settings, program: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(settings: Settings, now: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(worker, "open_log", full)
    program.append("import sys; sys.exit(1)")
    start_worker(settings, clock=lambda: NOW)
    ended(settings)
    assert runs(settings) == []
    program[:] = ["import sys; sys.exit(2)"]
    start_worker(settings, clock=lambda: NOW)
    ended(settings)
    assert "exit code 2" in runs(settings)[0].message


@pytest.mark.slow
def test_the_sync_itself_writes_the_number_of_its_run_and_a_crash_into_the_log(settings: Settings) -> None:
    """The real program, with a build that crashes."""
    code = (
        "import faulthandler, sys\n"
        "from core import upkeep\n"
        "from core.cli import main\n"
        "upkeep.refresh_ledger = lambda *_: faulthandler._sigsegv()\n"
        "main(['sync', '--trigger', 'page'])\n"
    )
    file, _ = open_log(settings, NOW)
    with file:
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stderr=file,
            env={"TOKEN_LEDGER_DATA": str(settings.data_dir), "PYTHONFAULTHANDLER": "1"},
            check=False,
            timeout=PATIENCE,
        )
    assert done.returncode == -signal.SIGSEGV
    with database(settings) as db:
        assert current_run(db) is None
    assert "“Fatal Python error: Segmentation fault”" in runs(settings)[0].message
    assert last_words.words_of_run(settings, 1)
