"""Faults of the way itself, on real connections and with the program's own time-outs, made short."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import httpx
import pytest

from core.api.client import Client
from core.api.exchange import Limits
from core.demo.service import Request, Response, Simulator
from core.store.connections import Connection
from core.sync import connection as module
from tests.faults.company import Company
from tests.faults.conftest import Lab
from tests.faults.places import FIRST, USAGE, Place
from tests.faults.record import SOCKETS, Record
from tests.faults.world import REPORTS, Transport, content, servers
from tests.support.patience import PATIENCE
from tests.support.ports import held_port
from tests.support.server import AnthropicServer, Fault, serve
from tests.sync.anthropic import ADMIN_KEY, USAGE_PATH

pytestmark = pytest.mark.parametrize("place", [Place(USAGE, FIRST)], ids=str)

PATIENT = Limits(connect=PATIENCE, read=PATIENCE, whole=PATIENCE)
"""Only the time-out that a way is about is short; no sound answer meets one, however busy the machine."""


class Office:
    """What the socket server asks for answers: today's servers, by the key that comes with a request."""

    def __init__(self) -> None:
        research, staff = servers().values()
        self._of = {True: research, False: staff}

    def handle(self, request: Request) -> Response:
        server = self._of[request.headers["x-api-key"] == ADMIN_KEY]
        url = httpx.URL("https://api.anthropic.test", path=request.path, params=list(request.params))
        answer = server.answer(httpx.Request("GET", url))
        return Response(answer.status_code, dict(answer.headers), answer.content)


def _own_network(_: Connection) -> httpx.BaseTransport | None:
    return None


OWN_NETWORK = cast(Transport, _own_network)


def opened(*faults: Fault) -> AbstractContextManager[AnthropicServer]:
    return serve(cast(Simulator, Office()), faults=faults)


@contextmanager
def _struck(fault: Fault) -> Iterator[str]:
    with opened(fault) as server:
        yield server.url


@contextmanager
def _nobody() -> Iterator[str]:
    """A port that nobody listens to."""
    with held_port() as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _full() -> Iterator[str]:
    """A port whose queue is full: no connection is ever refused or made."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy:
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(busy.getsockname())
        yield f"http://127.0.0.1:{busy.getsockname()[1]}"
        for one in waiting:
            one.close()


@dataclass(frozen=True)
class Way:
    """A way that fails: ``open`` gives its address. ``alone``: the usage report fails, and nothing else."""

    title: str
    open: Callable[[], AbstractContextManager[str]]
    says: str
    alone: bool = True
    limits: Limits = PATIENT


def _later_pages(**what: Any) -> Callable[[], AbstractContextManager[str]]:
    """A server that fails from the second page of the usage report on."""
    return lambda: _struck(Fault(path=USAGE_PATH, nth=2, times=None, **what))


WAYS = (
    Way("nobody listens", _nobody, "could not be reached", alone=False),
    Way(
        "no connection is made in time",
        _full,
        "could not be reached",
        alone=False,
        limits=replace(PATIENT, connect=0.2),
    ),
    Way("the connection is reset", _later_pages(reset=True), "closed the connection"),
    Way(
        "an answer does not come in time",
        _later_pages(hang=PATIENCE),
        "took too long",
        limits=replace(PATIENT, read=2.0),
    ),
    Way(
        "an answer drips for longer than a request may take",
        _later_pages(drip=0.05),
        "took too long",
        limits=replace(PATIENT, whole=5.0),
    ),
    Way("an answer is cut short", _later_pages(truncate=40), "cut short"),
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.title.replace(" ", "_"))
def test_a_way_that_fails_ends_in_time_loses_nothing_and_heals(
    company: Company, lab: Lab, seen: Record, place: Place, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Client", partial(Client, limits=way.limits))
    started = time.monotonic()
    with way.open() as url:
        code, said = _sync(company, url)
    assert time.monotonic() - started < PATIENCE
    assert code == 1 and way.says in said and "Traceback" not in said
    _require_whole(company, lab, alone=way.alone)
    seen.tell(SOCKETS, way.title, said.splitlines()[0].split(": ", 1)[1])
    with opened() as server:
        assert _sync(company, server.url) == (0, "")
    assert content(company.settings) == lab.undisturbed(USAGE)


def _sync(company: Company, url: str) -> tuple[int, str]:
    company.monkeypatch.setenv("ANTHROPIC_BASE_URL", url)
    return company.sync(OWN_NETWORK)


def _require_whole(company: Company, lab: Lab, *, alone: bool) -> None:
    """The report that fails is as before; all else is as now, or nothing came at all."""
    found, before, now = content(company.settings), lab.held(USAGE), lab.undisturbed(USAGE)
    for name in REPORTS:
        expected = now if alone and name != USAGE.name else before
        assert found.facts[name] == expected.facts[name]
