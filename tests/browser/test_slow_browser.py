"""A browser that hears late what it was sent: everything comes in the end, and all at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import WebSocketRoute

from core.demo.service import Simulator
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
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        visitor.page.wait_for_timeout(100)  # meanwhile messages come
        return any(
            ForwardMsg.FromString(message).WhichOneof("type") == "script_finished" for message in self.waiting
        )

    def release(self) -> None:
        self.on = False
        for message in self.waiting:
            self.browser.send(message)
        self.waiting.clear()


def test_a_change_seen_while_another_page_is_coming_does_not_bring_back_the_one_that_is_left(
    start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    """The page that is left is still in sight then, and asks to be drawn anew."""
    with serve(Simulator([ACME])) as anthropic:
        program = start(anthropic.url)
        program.pull({"Acme": ACME}, SINCE)
        visitor = visit(program)
        slow = Slow(visitor)
        visitor.open()
        visitor.wait_for_rest()
        slow.on = True
        visitor.page.get_by_test_id("stSidebarNav").get_by_role("link", name="Cost").click()
        wait_until(lambda: slow.is_drawn(visitor), "the server has drawn the page")
        program.command("sync", "--quiet")
        for _ in range(3):
            with visitor.page.expect_response("**/_pulse"):
                pass
        slow.release()
        visitor.expect(visitor.chosen("Model")).to_be_visible()
        visitor.expect(visitor.heading).to_have_text("Cost")
