"""A stop while a server hangs: the sync ends, and says that it was stopped."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from core.api.rate_limit import UNLIMITED
from core.settings import Settings
from core.store.database import database
from core.store.runs import current_run, request_stop
from core.sync.runner import SyncOptions, run_sync
from tests.support.patience import PATIENCE
from tests.sync.anthropic import NOW, connected


class Hanging:
    """Takes connections and requests, and never answers."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.asked = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._taken: list[socket.socket] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._taken.append(connection)
            connection.recv(65536)
            self.asked.set()

    def close(self) -> None:
        for open_one in (self._listener, *self._taken):
            open_one.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    with closing(Hanging()) as server:
        yield server


def test_a_stop_ends_a_sync_whose_server_hangs(settings: Settings, hanging: Hanging) -> None:
    connected(settings, "Research", "Sales")
    slow = Settings(data_dir=settings.data_dir, base_url=hanging.url)
    options = SyncOptions(build=lambda _: None, clock=lambda: NOW, rate_limit_for=lambda *_: UNLIMITED)
    heard: list[float] = []

    def stop() -> None:
        assert hanging.asked.wait(PATIENCE)
        with database(settings) as db:
            assert current_run(db) and request_stop(db)
        heard.append(time.monotonic())

    thread = threading.Thread(target=stop)
    thread.start()
    run = run_sync(slow, options)
    thread.join()
    assert time.monotonic() - heard[0] < 50  # a read alone would wait for a minute
    assert run.outcome == "stopped"
    assert {part.outcome for part in run.connections} == {"stopped"}
    assert all("What was pulled is kept" in part.message for part in run.connections)
