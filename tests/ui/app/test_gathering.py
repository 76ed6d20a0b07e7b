"""What a run draws is sent in one piece, a long run's in steps, and nothing is lost or out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from core.ui.app import gathering
from tests.support.patience import PATIENCE

RUNNING, RESTING = AppSessionState.APP_IS_RUNNING, AppSessionState.APP_NOT_RUNNING


class Session:
    """As much of one as sends messages."""

    def __init__(self, woken: Callable[[], None] = lambda: None, *, is_new: bool = False) -> None:
        self._browser_queue = ForwardMsgQueue()
        self._state = RESTING
        self._message_enqueued_callback = woken
        if not is_new:
            self.draws(0)
            self.sent()
        self._state = RUNNING

    def draws(self, *places: int) -> None:
        for place in places:
            message = ForwardMsg()
            message.metadata.delta_path.extend([0, place])
            message.delta.new_element.html.body = f"{place}"
            self._browser_queue.enqueue(message)

    def sent(self) -> list[int]:
        return [message.metadata.delta_path[1] for message in gathering._flushed(self)]  # type: ignore[arg-type]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    told = SimpleNamespace(now=50.0)
    monkeypatch.setattr(gathering, "monotonic", lambda: told.now)
    return told


def in_a_loop(act: Callable[[], Any]) -> Any:
    async def acting() -> Any:
        return act()

    return asyncio.run(acting())


def test_while_a_run_goes_on_nothing_is_sent_and_at_its_end_all_of_it_in_order(
    clock: SimpleNamespace,
) -> None:
    def act() -> list[list[int]]:
        session = Session()
        session.draws(0, 1)
        sent = [session.sent()]
        clock.now += gathering.HELD_SECONDS / 2
        session.draws(2)
        sent.append(session.sent())
        session._state = RESTING
        return [*sent, session.sent(), session.sent()]

    assert in_a_loop(act) == [[], [], [0, 1, 2], []]


def test_a_long_run_is_sent_in_steps_each_held_for_its_time(clock: SimpleNamespace) -> None:
    def act() -> list[list[int]]:
        session, sent = Session(), []
        for place in range(5):
            session.draws(place)
            sent.append(session.sent())
            clock.now += gathering.HELD_SECONDS / 2
        return sent

    assert in_a_loop(act) == [[], [], [0, 1, 2], [], []]


def test_of_one_place_only_the_last_is_sent(clock: SimpleNamespace) -> None:
    def act() -> list[int]:
        session = Session()
        session.draws(0, 1, 0)
        session.sent()
        session.draws(1)
        session._state = RESTING
        return session.sent()

    assert in_a_loop(act) == [0, 1]


def test_the_first_run_of_a_session_is_sent_as_it_goes() -> None:
    session = Session(is_new=True)
    sent = []
    for place in (0, 1):
        session.draws(place)
        sent.append(session.sent())
    assert sent == [[0], [1]]


def test_what_comes_while_nothing_runs_is_sent_at_once(clock: SimpleNamespace) -> None:
    session = Session()
    session._state = RESTING
    session.draws(3)
    assert session.sent() == [3]


def test_the_server_is_woken_for_what_it_held_though_nothing_more_comes() -> None:
    async def acting() -> list[int]:
        woken = asyncio.Event()
        session = Session(woken.set)
        session.draws(7)
        assert session.sent() == []
        await asyncio.wait_for(woken.wait(), PATIENCE)
        return session.sent()

    assert asyncio.run(acting()) == [7]


def test_streamlit_sends_by_what_holds_back() -> None:
    assert AppSession.flush_browser_queue is gathering._flushed
