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
from contextlib import contextmanager
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


def run(rows: int, folder: Path | None, people: int = PEOPLE, clicks: int = CLICKS) -> None:
    """Print what a click takes for one and for many, and the server's memory after each."""
    with tempfile.TemporaryDirectory() as temporary:
        data = (folder or Path(temporary)) / f"app-{rows}"
        settings = big_folder(data, rows, datetime.now(UTC))
        with served(PROJECT / "app.py", settings.data_dir) as app:
            wait_for(app.address)
            lines = _lines(app, people, clicks)
    header = ["", "median", "95th percentile", "÷ one person", "server's memory"]
    print_table(f"{people} people, {clicks} clicks each, {rows:,} rows", header, lines)


def _lines(app: Served, people: int, clicks: int) -> list[list[str]]:
    with session(app.address, seed=0) as one:
        one.clicks(_TEAMS, 0.0)  # as on any morning after the first clicks
        alone = one.clicks(clicks, 1.0)
    lines = [_line("one person", alone, alone, app)]
    for words, times, pause in (
        (f"{people} people, a click every {THINKING:.0f} s each", clicks, THINKING),
        (f"{people} people, without a pause", 3, 0.0),
    ):
        lines.append(_line(words, _together(app.address, people, times, pause), alone, app))
    return lines


def _together(address: str, people: int, clicks: int, pause: float) -> list[float]:
    """Each in a thread of its own; their first clicks are spread over the pause."""

    def person(number: int) -> list[float]:
        with session(address, seed=number) as opened:
            all_there.wait()
            return opened.clicks(clicks, pause, wait=pause * number / people)

    all_there = threading.Barrier(people)
    with ThreadPoolExecutor(people) as threads:
        return [taken for clicks_of_one in threads.map(person, range(people)) for taken in clicks_of_one]


def _line(words: str, taken: Sequence[float], alone: Sequence[float], app: Served) -> list[str]:
    ratio = f"{median(taken) / median(alone):.2f}"
    return [words, ms(median(taken)), ms(percentile(taken, 0.95)), ratio, f"{app.megabytes():,.0f} MB"]
