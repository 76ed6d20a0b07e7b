"""The last output of background syncs: a small log in the data folder, without keys, readable by its owner
only.

The page that starts a worker writes a line; the worker writes its run's number, then only what goes wrong.
"""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from core.clock import rfc3339
from core.secrecy import without_keys
from core.settings import Settings

MOST_BYTES = 256 * 1024
_KEPT_BYTES = 64 * 1024
"""What is kept of a log that has grown too large: its end."""
_LONGEST = 400
"""Characters of last words that fit into a message."""

_STARTED = "A page started a sync."
_HEAD = re.compile(rf"(?m)^\S+Z {re.escape(_STARTED)}$|^(?:Run|Following run) \d+\.$")
_FATAL = re.compile(r"(?m)^Fatal Python error: .*$")


def open_log(settings: Settings, now: datetime) -> tuple[BinaryIO, int]:
    """The log, ready for a worker to write to, and where what that one writes begins.

    Raises:
        OSError: the data folder cannot be written.
    """
    _shorten(settings.worker_log)
    file = os.fdopen(os.open(settings.worker_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
    start = file.tell()
    file.write(f"{rfc3339(now)} {_STARTED}\n".encode())
    file.flush()
    return file, start


def _shorten(path: Path) -> None:
    if not path.exists() or path.stat().st_size <= MOST_BYTES:
        return
    with path.open("r+b") as file:  # in place: another worker may have it open
        file.seek(-_KEPT_BYTES, os.SEEK_END)
        end = file.read().partition(b"\n")[2]
        file.seek(0)
        file.write(end)
        file.truncate()


def run_line(run_id: int, *, followed: bool = False) -> str:
    """The line that says which run the words after it are of."""
    return f"{'Following run' if followed else 'Run'} {run_id}.\n"


def words_of_run(settings: Settings, run_id: int) -> str | None:
    """What a run's worker said last, in a line; None where it was none of a page's."""
    text = _read(settings.worker_log, 0)
    begins = text.rfind(f"\n{run_line(run_id)}")
    return None if begins < 0 else _last(text[begins + 1 :].partition("\n")[2])


def words_before_a_run(settings: Settings, start: int) -> str | None:
    """What a worker whose words begin there said last; None where it came to a run, its own or another's."""
    text = _read(settings.worker_log, start).partition("\n")[2]
    head = _HEAD.search(text)
    return None if head and not head[0].endswith(_STARTED) else _last(text)


def quoted(words: str) -> str:
    """Last words as a sentence, or that there were none."""
    if words:
        return f"Its last words: “{words}”."
    return "It left no word: it was ended from outside, as when memory runs out or the machine restarts."


def _read(path: Path, start: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(MOST_BYTES * 2).decode(errors="replace")
    except OSError:
        return ""


def _last(text: str) -> str:
    """The line that says most, up to where another worker's words begin."""
    head = _HEAD.search(text)
    own = text[: head.start()] if head else text
    fatal = _FATAL.search(own)
    lines = [line.strip() for line in own.splitlines() if line.strip()]
    said = fatal[0] if fatal else lines[-1] if lines else ""
    return without_keys(said)[:_LONGEST]
