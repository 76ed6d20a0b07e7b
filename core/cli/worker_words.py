"""Standard error of a background sync: a log that names each run, stays small and never holds a key."""

from __future__ import annotations

import atexit
import io
import sys
from typing import TextIO

from core.cli.sync_report import SyncReport
from core.secrecy import without_keys
from core.store.last_words import MOST_BYTES, run_line
from core.store.runs import RunStatus


class CarefulWords(io.TextIOBase):
    """Passes whole lines on without keys, and no more than fits into the log."""

    def __init__(self, into: TextIO, most: int = MOST_BYTES // 2) -> None:
        self._into, self._left = into, most
        self._line = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._say(f"{without_keys(line)}\n")
        return len(text)

    def _say(self, line: str) -> None:
        self._left -= len(line)
        if self._left >= 0:
            self._into.write(line)
            self._into.flush()

    def finish(self) -> None:
        """Say what waits for the end of its line."""
        if self._line:
            self.write("\n")


def speak_carefully() -> None:
    """From now on whatever this process says of its failures is fit for the log."""
    careful = CarefulWords(sys.stderr)
    atexit.register(careful.finish)
    sys.stderr = careful


class NamesRuns:
    """Says which run is at work before anything is said of it."""

    def __init__(self, report: SyncReport) -> None:
        self._report = report
        self._said: int | None = None

    def joined(self, run: RunStatus) -> None:
        self._name(run, followed=True)
        self._report.joined(run)

    def progress(self, run: RunStatus) -> None:
        self._name(run, followed=False)
        self._report.progress(run)

    def _name(self, run: RunStatus, *, followed: bool) -> None:
        if run.id != self._said:
            self._said = run.id
            sys.stderr.write(run_line(run.id, followed=followed))
