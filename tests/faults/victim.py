"""Syncs that are killed: ``python -m tests.faults.victim``, told what to do line by line on standard input.

This process only loads the program and forks. Each child syncs a data folder, and dies of SIGKILL by its own
hand before or after a step (a call into SQLite or the file system), or by this process's after a while. A
process of its own, because Polars' threads do not survive a fork, and here none has been started.

A line is ``folder how much``; ``how`` is ``whole``, ``steps`` or ``seconds``. The answer is ``killed`` or
``ended``, the seconds it took and the steps that were taken: zero unless told ``steps``, because counting
them takes longer than the sync. ``steps 0`` counts and does not kill.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from core.settings import Settings
from core.sync.runner import run_sync
from tests.faults.world import answering, options, servers

STEPS = frozenset(
    {
        "execute",
        "executemany",
        "fsync",
        "replace",
        "open",
        "close",
        "unlink",
        "write",
        "utime",
        "mkdir",
        "flush",
    }
)


class Steps:
    """Counts calls into SQLite and the file system in all threads, and kills at one of them."""

    def __init__(self, deadly: int | None) -> None:
        self.taken = 0
        self._deadly = deadly

    def watch(self) -> None:
        threading.setprofile(self._profile)
        sys.setprofile(self._profile)

    def _profile(self, frame: FrameType, event: str, argument: Any) -> None:
        if event in ("c_call", "c_return") and argument.__name__ in STEPS:
            self.taken += 1
            if self.taken == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)


def sync(folder: Path, deadly: int | None) -> int:
    """Today's sync in a data folder; returns the steps it took, if they are counted."""
    steps = Steps(deadly)
    if deadly is not None:
        steps.watch()
    run_sync(Settings(folder, "https://api.anthropic.test"), options(answering(servers())))
    sys.setprofile(None)
    return steps.taken


def act(folder: Path, how: str, much: float) -> str:
    """Fork, let the child sync, end it as told."""
    reading, writing = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.write(writing, str(sync(folder, int(much) if how == "steps" else None)).encode())
        os._exit(0)
    os.close(writing)
    if how == "seconds":
        time.sleep(much)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    steps = os.read(reading, 20).decode() or "0"
    os.close(reading)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return f"{'killed' if killed else 'ended'} {time.monotonic() - started} {steps}"


def main() -> None:
    for line in sys.stdin:
        folder, how, much = line.split("\t")
        sys.stdout.write(act(Path(folder), how, float(much)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
