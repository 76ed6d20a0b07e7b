"""Debian's chromium, driven by Playwright, against the real program and a simulated Anthropic on loopback."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.program import Program, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visitor import Visitor

VISITORS = pytest.StashKey["list[Visitor]"]()
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def need_browser() -> str:
    """The path of chromium; where it is missing, a reason to skip, and in CI a failure."""
    path = shutil.which("chromium")
    if path and importlib.util.find_spec("playwright"):
        return path
    missing = (
        "playwright (pip install -r requirements-dev.txt)" if path else "chromium (apt install chromium)"
    )
    if os.environ.get("CI"):
        pytest.fail(f"The browser tests need {missing}, and in CI they must run.")
    pytest.skip(f"The browser tests need {missing}.")


@pytest.fixture(scope="package")
def launch() -> Iterator[Callable[..., Browser]]:
    """Start chromium, with more arguments or none. The driver stays for all tests of this package, and for
    none of another: its event loop would be in their way.
    """
    path = need_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, ExitStack() as stack:

        def launched(*more: str) -> Browser:
            browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *more])
            stack.callback(browser.close)
            return browser

        yield launched


@pytest.fixture(scope="package")
def chromium(launch: Callable[..., Browser]) -> Browser:
    return launch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails tells what each of its pages showed."""
    report = yield
    if report.when == "call" and report.failed:
        report.sections += [("Page", visitor.shown()) for visitor in item.stash.get(VISITORS, [])]
    return report


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[[Program], Visitor]]:
    """Open the program in a browser of its own. What went wrong in any page fails the test at its end."""
    from tests.browser.visitor import Visitor

    with ExitStack() as stack:
        visitors: list[Visitor] = []
        request.node.stash[VISITORS] = visitors

        def opened(program: Program) -> Visitor:
            visitors.append(stack.enter_context(Visitor(chromium, program)))
            return visitors[-1]

        yield opened
        for visitor in visitors:
            visitor.check()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    """Start the program with an empty data folder, asking the Anthropic at the given address."""
    with ExitStack() as stack:
        yield lambda anthropic_url: stack.enter_context(running(tmp_path, anthropic_url))
