"""A browser that hears late what it was sent: everything comes in the end, and all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import WebSocketRoute

from core.demo.service import Simulator
from core.store import runs
from core.store.database import database
from tests.browser.companies import SINCE, platform
from tests.browser.program import Program
from tests.browser.visitor import Visitor
from tests.support.patience import wait_until
from tests.support.server import serve

pytestmark = pytest.mark.browser

ACME = platform()


class Slow:
    """Between a browser and the program: while ``on``, what is drawn waits, and then comes all at once."""

    def __init__(self, visitor: Visitor) -> None:
        self.on, self.waiting = False, list[bytes]()
        self.browser: WebSocketRoute
        visitor.page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, browser: WebSocketRoute) -> None:
        self.browser = browser
        browser.connect_to_server().on_message(self._pass)

    def _pass(self, message: str | bytes) -> None:
        assert isinstance(message, bytes)
        self.waiting.append(message)
        if not self.on:
            self.release()

    def is_drawn(self, visitor: Visitor) -> bool:
        """Whether a whole page is among what waits."""
        return self.runs(visitor) > 0

    def runs(self, visitor: Visitor) -> int:
        """How many that came to their end are among what waits."""
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        visitor.page.wait_for_timeout(100)  # meanwhile messages come
        kinds = [ForwardMsg.FromString(message).WhichOneof("type") for message in self.waiting]
        return kinds.count("script_finished")

    def release(self) -> None:
        self.on = False
        for message in self.waiting:
            self.browser.send(message)
        self.waiting.clear()


@pytest.fixture
def program(start: Callable[[str], Program]) -> Iterator[Program]:
    with serve(Simulator([ACME])) as anthropic:
        program = start(anthropic.url)
        program.pull({"Acme": ACME}, SINCE)
        yield program


@pytest.fixture
def visitor(program: Program, visit: Callable[[Program], Visitor]) -> Visitor:
    return visit(program)


@pytest.fixture
def slow(visitor: Visitor) -> Slow:
    """On the Overview, after a click on Cost: that is drawn, and the browser has not heard of it."""
    slow = Slow(visitor)
    visitor.open()
    visitor.wait_for_rest()
    slow.on = True
    visitor.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Cost").click()
    wait_until(lambda: slow.is_drawn(visitor), "the server has drawn the page")
    return slow


def test_a_change_seen_while_another_page_is_coming_does_not_bring_back_the_one_that_is_left(
    program: Program, visitor: Visitor, slow: Slow
) -> None:
    """The page that is left is still in sight then, and asks to be drawn anew."""
    program.command("sync", "--quiet")
    for _ in range(3):
        with visitor.page.expect_response("**/_pulse"):
            pass
    slow.release()
    visitor.expect(visitor.chosen("Model")).to_be_visible()
    visitor.expect(visitor.heading).to_have_text("Cost")


def test_a_press_on_the_page_that_is_left_is_heard_there(
    program: Program, visitor: Visitor, slow: Slow
) -> None:
    """Whose strip is drawn by itself elsewhere: without the rest of its page Streamlit's page broke on it."""
    visitor.button("Sync now").click()
    wait_until(lambda: slow.runs(visitor) > 1, "the press is heard")
    slow.release()
    visitor.expect(visitor.heading).to_have_text("Overview")
    with database(program.settings) as db:
        wait_until(lambda: runs.count_runs(db) == 2, "the sync begins")
    visitor.follow("Cost")
    visitor.expect(visitor.chosen("Model")).to_be_visible()
