"""Many people at once: sessions that speak Streamlit's protocol, and the server's memory.

A browser's own time is left out: twenty browsers on one machine would measure the browsers.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.bench.bigfolder import big_folder
from tests.bench.browser import PROJECT, Served, served, wait_for
from tests.bench.shapes import QUARTER
from tests.bench.timing import ms, percentile, print_table

PEOPLE = 20
CLICKS = 15
"""Of each person."""
THINKING = 10.0
"""Seconds from one click of a person to the next: what came must be read."""
COURSE, STEPS = 500, 5
"""Clicks after which, and in how many parts, the memory is told."""
LONGEST = 120.0
"""Seconds after which a click counts as lost."""
_VIEW = "measure=cost&by={by}&from={start}&to={last}&in.workspace=Team+{team:02d}"
_GROUPS = ("model", "product", "api_key", "token_type", "service_tier")
_TEAMS = 40


class Session:
    """A browser's tab as the server sees it: a websocket that asks for runs of the Cost page."""

    def __init__(self, socket: ClientConnection, seed: int) -> None:
        self._socket = socket
        self._views = random.Random(seed)

    def click(self) -> float:
        """Seconds from asking for another view to the end of the run that draws it."""
        message = BackMsg()
        message.rerun_script.page_name = "cost"
        message.rerun_script.query_string = self._another_view()
        start = time.perf_counter()
        self._socket.send(message.SerializeToString())
        while not self._is_drawn():
            pass
        return time.perf_counter() - start

    def clicks(self, times: int, pause: float, wait: float = 0.0) -> list[float]:
        """Seconds of each; a click begins ``pause`` after the last began, or at once if that took longer."""
        time.sleep(wait)
        taken = []
        for _ in range(times):
            taken.append(self.click())
            time.sleep(max(0.0, pause - taken[-1]))
        return taken

    def _is_drawn(self) -> bool:
        part = ForwardMsg.FromString(self._socket.recv(timeout=LONGEST, decode=False))
        ends = part.WhichOneof("type") == "script_finished"
        return ends and bool(part.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY)

    def _another_view(self) -> str:
        by, team = self._views.choice(_GROUPS), self._views.randrange(_TEAMS)
        return _VIEW.format(by=by, start=QUARTER.start, last=QUARTER.last, team=team)


@contextmanager
def session(address: str, seed: int) -> Iterator[Session]:
    """A session with the page open."""
    stream = f"{address.replace('http', 'ws', 1)}_stcore/stream"
    origin, protocol = Origin(address.rstrip("/")), Subprotocol("streamlit")
    with connect(stream, origin=origin, subprotocols=[protocol], max_size=None) as socket:
        opened = Session(socket, seed)
        opened.click()
        yield opened


@dataclass(frozen=True)
class Servers:
    """Processes that serve one data folder; each person stays with one of them, as behind a sticky proxy."""

    apps: tuple[Served, ...]

    def address(self, person: int) -> str:
        return self.apps[person % len(self.apps)].address

    def megabytes(self) -> float:
        return sum(app.megabytes() for app in self.apps)


def run(
    rows: int, folder: Path | None, people: int = PEOPLE, clicks: int = CLICKS, processes: int = 1
) -> None:
    """Print what a click takes for one and for many, and the memory of the servers, click by click."""
    with tempfile.TemporaryDirectory() as temporary:
        data = (folder or Path(temporary)) / f"app-{rows}"
        settings = big_folder(data, rows, datetime.now(UTC))
        with _serving(settings.data_dir, processes) as servers:
            lines = _lines(servers, people, clicks)
        with _serving(settings.data_dir, 1) as servers:
            alone = _memory(servers, 1)
        with _serving(settings.data_dir, processes) as servers:
            together = _memory(servers, people)
    header = ["", "median", "95th percentile", "÷ one person", "servers' memory"]
    by = f"{processes} server" + ("s" if processes > 1 else "")
    print_table(f"{people} people, {clicks} clicks each, {rows:,} rows, {by}", header, lines)
    steps = [f"{number * COURSE // STEPS} clicks" for number in range(STEPS + 1)]
    courses = [["one person, 1 server", *alone], [f"{people} people together, {by}", *together]]
    print_table(f"Servers' memory after so many clicks, {rows:,} rows", ["", *steps], courses)


@contextmanager
def _serving(data: Path, processes: int) -> Iterator[Servers]:
    with ExitStack() as stack:
        apps = [stack.enter_context(served(PROJECT / "app.py", data)) for _ in range(processes)]
        for app in apps:
            wait_for(app.address)
        yield Servers(tuple(apps))


def _memory(servers: Servers, people: int) -> list[str]:
    """Of all servers, once everybody has the page open, and after each part of the clicks."""
    with ExitStack() as stack:
        opened = [stack.enter_context(session(servers.address(n), n)) for n in range(people)]
        told = [servers.megabytes()]
        for _ in range(STEPS):
            for number in range(COURSE // STEPS):
                opened[number % people].click()
            told.append(servers.megabytes())
    return [f"{megabytes:,.0f} MB" for megabytes in told]


def _lines(servers: Servers, people: int, clicks: int) -> list[list[str]]:
    for first in range(len(servers.apps)):
        with session(servers.address(first), seed=first) as one:
            one.clicks(_TEAMS, 0.0)  # as on any morning after the first clicks
            alone = one.clicks(clicks, 1.0)
    lines = [_line("one person", alone, alone, servers)]
    for words, times, pause in (
        (f"{people} people, a click every {THINKING:.0f} s each", clicks, THINKING),
        (f"{people} people, without a pause", 3, 0.0),
    ):
        lines.append(_line(words, _together(servers, people, times, pause), alone, servers))
    return lines


def _together(servers: Servers, people: int, clicks: int, pause: float) -> list[float]:
    """Each in a thread of its own; their first clicks are spread over the pause."""

    def person(number: int) -> list[float]:
        with session(servers.address(number), seed=number) as opened:
            all_there.wait()
            return opened.clicks(clicks, pause, wait=pause * number / people)

    all_there = threading.Barrier(people)
    with ThreadPoolExecutor(people) as threads:
        return [taken for clicks_of_one in threads.map(person, range(people)) for taken in clicks_of_one]


def _line(words: str, taken: Sequence[float], alone: Sequence[float], servers: Servers) -> list[str]:
    ratio = f"{median(taken) / median(alone):.2f}"
    return [words, ms(median(taken)), ms(percentile(taken, 0.95)), ratio, f"{servers.megabytes():,.0f} MB"]
