"""Somebody at a browser: the clicks the tests share, and a record of what went wrong on the way."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, WebSocket, expect
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.program import Program
from tests.support.patience import PATIENCE, wait_until

expect.set_options(timeout=PATIENCE * 1000)
A_LOOK = 3_000
"""Milliseconds until somebody who opened a list looks whether it is still open."""
LAG = Path(__file__).with_name("lag.js")
"""With ``SLOW_BROWSER`` set every browser hears late and says late, as ``make soak`` has it."""


class Visitor:
    """One browser with an empty profile and one page. ``received`` is all the server sent to it."""

    expect = staticmethod(expect)

    def __init__(self, browser: Browser, program: Program) -> None:
        self.program = program
        self.context = browser.new_context(viewport={"width": 1440, "height": 1000}, timezone_id="Asia/Tokyo")
        self.context.set_default_timeout(PATIENCE * 1000)
        if os.environ.get("SLOW_BROWSER"):
            self.context.add_init_script(path=LAG)
        self.problems: list[str] = []
        self.received: list[bytes] = []
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._asked)
        self.page.on("websocket", self._connected)
        self._enter()

    def _enter(self) -> None:
        """As a browser that opened the printed link before."""
        self.context.request.get(self.program.link)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.context.close()

    def _heard(self, message: ConsoleMessage) -> None:
        """An error, unless Streamlit made it: on a deep link it asks in that folder, then at the root."""
        where = message.location.get("url", "")
        if message.type == "error" and not (" 404 " in message.text and "/_stcore/" in where):
            self.problems.append(f"{message.text} ({where})")

    def _asked(self, request: Request) -> None:
        """Everything stays on this machine."""
        if not request.url.startswith((f"{self.program.url}/", "data:", "blob:")):
            self.problems.append(f"Asked another server: {request.url}")

    def _connected(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: self.received.append(_bytes(data)))

    def check(self) -> None:
        """Nothing went wrong in the browser, and no page showed or received a traceback."""
        assert not self.problems, self.problems
        assert not any(b"Traceback" in frame for frame in self.received), "a page shows a traceback"
        assert "Traceback" not in self.program.log, self.program.log

    def shown(self) -> str:
        """What a person would see now, and what went wrong; for the report of a test that failed."""
        try:
            text = self.page.locator("body").inner_text(timeout=A_LOOK)
        except PlaywrightError as error:
            text = str(error)
        return "\n".join([self.page.url, *self.problems, text])

    def close(self) -> None:
        """As a person closes the window."""
        self.context.close()

    # Going places

    def open(self, address: str = "") -> None:
        """A page of the program by its name, or a whole address."""
        self.page.goto(address if "://" in address else f"{self.program.url}/{address}")

    def follow(self, page: str) -> None:
        """A page by its name in the navigation, whether or not the page before is drawn."""
        self.page.get_by_test_id("stSidebarNav").get_by_role("link", name=page).click()
        expect(self.heading).to_have_text(page)

    @property
    def heading(self) -> Locator:
        return self.page.locator(".tl-title h1")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def wait_for_rest(self) -> None:
        """Until the page is drawn: what was asked for before is there, and nothing more is coming."""
        self.page.locator(".stApp[data-test-script-state='notRunning']").wait_for()

    # Settings

    @property
    def name(self) -> Locator:
        return self.page.get_by_label("Cost center name", exact=True)

    @property
    def key(self) -> Locator:
        return self.page.get_by_label("API key", exact=True)

    def connect(self, name: str, key: str, since: date | None = None) -> None:
        """Fill in the form and send it."""
        alone_and_empty = "fields => fields.length === 1 && fields[0].value === ''"
        wait_until(lambda: self.key.evaluate_all(alone_and_empty), "an answer has drawn the form anew")
        self.name.fill(name)
        self.key.fill(key)
        if since:
            self._type_day("Pull history since", since)
        self.button("Connect").click()

    def _type_day(self, label: str, day: date) -> None:
        for part, value in (("year", day.year), ("month", day.month), ("day", day.day)):
            field = self.page.get_by_role("spinbutton", name=f"{part}, {label}")
            field.click()
            field.press_sequentially(f"{value:02}")
            expect(field).to_have_attribute("aria-valuenow", str(value))

    def card(self, name: str) -> Locator:
        """A connection's card."""
        cards = self.page.locator("[class*='st-key-card-connection-']")
        return cards.filter(has=self.page.get_by_text(name, exact=True))

    # Explorers

    def choose(self, label: str, option: str, inside: Locator | None = None) -> None:
        """Choose from a select box. No Escape afterwards: it would take the choice back."""
        field = (inside or self.page).get_by_role("combobox", name=label, exact=True)
        self.pick(field, self.page.get_by_role("option", name=option, exact=True))

    def find(self, label: str, option: str) -> None:
        """Choose from a select box too long to have all options in sight: type, then choose."""
        field = self.page.get_by_role("combobox", name=label, exact=True)
        self.pick(field, self.page.get_by_role("option", name=option, exact=True), typed=option)

    def pick(self, field: Locator, option: Locator, typed: str = "") -> None:
        """Open a list, type into it if it is long, and choose.

        A list closes if the page moves beneath it, as when an answer to what was typed before is
        drawn; a person opens it again then, and so does this.
        """

        def picked() -> bool:
            try:
                if not option.count():
                    field.fill(typed, timeout=A_LOOK) if typed else field.click(timeout=A_LOOK)
                option.click(timeout=A_LOOK)
            except NotInTime:
                return False
            return True

        wait_until(picked, f"{option} is chosen")

    def add(self, label: str, option: str) -> None:
        """Choose one more in a multiple select box, and close its list."""
        self.choose(label, option)
        expect(self.chosen(option)).to_be_visible()
        self.heading.click()
        expect(self.page.get_by_role("option")).to_have_count(0)

    def chosen(self, option: str) -> Locator:
        """The way to take a chosen value out of a multiple select box."""
        return self.page.get_by_label(f"Remove {option}", exact=True)

    def wait_for_address(self, *parts: str) -> None:
        for part in parts:
            self.page.wait_for_url(re.compile(re.escape(part)))

    def total(self, measure: str) -> Locator:
        """A measure in the totals row; its title is the exact value."""
        return self.page.locator(".tl-total span", has_text=re.compile(f"^{measure} ")).first

    @property
    def legend(self) -> Locator:
        """What the colours of the chart mean."""
        return self.page.locator(".st-key-legend")

    def ask_for_file(self, card: str, table: int = 0, kind: str = "CSV") -> None:
        """From the menu of a card, left closed: which of its tables, by its place, and how it is written."""
        self.page.locator(f".st-key-{card}").get_by_role("button", name="Download", exact=True).click()
        body = self.page.get_by_test_id("stPopoverBody")
        body.get_by_role("button", name=kind, exact=True).nth(table).click()
        self.page.keyboard.press("Escape")

    def copied_link(self) -> str:
        """What "Copy link" puts into the clipboard."""
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.button("Copy link").click()
        expect(self.button("Copied")).to_be_visible()
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    @contextmanager
    def downloaded(self, into: list[tuple[str, bytes]]) -> Iterator[None]:
        """Keep the file that the clicks inside download: its name and content."""
        with self.page.expect_download() as found:
            yield
        into.append((found.value.suggested_filename, found.value.path().read_bytes()))


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data
