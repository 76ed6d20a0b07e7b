"""A click in Chromium, on a big ledger: filter to redrawn chart, beside the same click in an empty app."""

from __future__ import annotations

import compileall
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.bigfolder import big_folder
from tests.bench.shapes import QUARTER
from tests.bench.timing import ms, percentile, print_table

PROJECT = Path(__file__).resolve().parent.parent.parent
CLICKS = 30
SETTLED = 0.5
"""Seconds after which a page is drawn to the end."""
LONGEST = 180_000
"""Milliseconds after which a page that shows nothing is given up: the machine may be busy."""
ROWS = 10**7
VIEW = (
    f"{{}}cost?measure=cost&by=model&from={QUARTER.start}&to={QUARTER.last}"
    "&in.service_tier={}&in.workspace=Team+{:02d}"
)
TIER = "standard"
CHIP = f"Service tier is {TIER}"
"""A click on it takes the filter away."""
NUMBER = "[data-testid=stMetricValue]:visible"
EMPTY_APP = """
import altair as alt
import streamlit as st

name = st.segmented_control("Kind", ["is", "is not"], default="is", required=True)
st.metric("Cost", 1 if name == "is" else 2)
values = [{"x": 1, "y": 2 if name == "is" else 3}]
st.altair_chart(alt.Chart(alt.Data(values=values)).mark_bar().encode(x="x:Q", y="y:Q"))
"""
CLICK = """
async label => {
  const picture = () => {
    const canvas = document.querySelector('[data-testid=stVegaLiteChart] canvas');
    return canvas && canvas.width ? canvas.toDataURL()
      : document.querySelector('[data-testid=stVegaLiteChart] svg.marks')?.outerHTML ?? '';
  };
  const sought = () => [...document.querySelectorAll('button, [role=radio]')]
    .find(one => one.innerText.trim().endsWith(label));
  while (!sought()) await new Promise(requestAnimationFrame);
  const button = sought(), before = picture(), start = performance.now();
  button.click();
  for (;;) {
    await new Promise(requestAnimationFrame);
    const now = picture(), passed = performance.now() - start;
    if (now && now !== before) return passed / 1000;
    if (passed > 60000) throw new Error('the chart was not redrawn');
  }
}
"""
"""Clicks, and resolves with the seconds until the chart's picture is another one."""


def run(rows: int = ROWS, folder: Path | None = None) -> None:
    """Print the table: clicks in both apps in turn, and the first number after a cold start."""
    with tempfile.TemporaryDirectory() as temporary:
        data = (folder or Path(temporary)) / f"app-{rows}"
        settings = big_folder(data, rows, datetime.now(UTC))
        empty = Path(temporary) / "empty.py"
        empty.write_text(EMPTY_APP)
        compileall.compile_dir(PROJECT / "core", quiet=1)  # as the container's is, and any that ran before
        with _browser() as browser:
            cold = _cold_start(browser, PROJECT / "app.py", settings.data_dir, partial(_view, number=CLICKS))
            cold_empty = _cold_start(browser, empty, data, str)
            with served(PROJECT / "app.py", settings.data_dir) as app, served(empty, data) as floor:
                ours, floors = _clicked(browser, app.address, floor.address)
    lines = [
        _line("a click takes a filter away, until the chart is redrawn", ours.clicks),
        _line("a click in an empty Streamlit app, until its chart is redrawn", floors.clicks),
        _line("a page opened, until its first number", ours.opened),
        _line("the empty app opened, until its number", floors.opened),
        ["start of the program, until the first number", f"{cold:.1f} s", ""],
        ["start of the empty app, until its number", f"{cold_empty:.1f} s", ""],
    ]
    print_table(f"In Chromium, {rows:,} rows, {CLICKS} clicks", ["", "median", "95th percentile"], lines)


@dataclass(frozen=True)
class Served:
    """A server that runs: ``address`` ends in a slash."""

    address: str
    pid: int

    def megabytes(self) -> float:
        """Its resident memory, as Linux tells it."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024


@contextmanager
def served(script: Path, data: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    options = ["--server.headless", "true", "--server.address", "127.0.0.1"]
    environment = {**os.environ, "TOKEN_LEDGER_DATA": str(data), "TOKEN_LEDGER_ALLOW_ANONYMOUS": "1"}
    server = subprocess.Popen(
        [*command, *options],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Served(f"http://127.0.0.1:{port}/", server.pid)
    finally:
        server.terminate()
        server.wait(20)


@dataclass(frozen=True)
class Taken:
    """Seconds of each."""

    clicks: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)


def _line(words: str, taken: list[float]) -> list[str]:
    return [words, ms(median(taken)), ms(percentile(taken, 0.95))]


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _cold_start(browser: Browser, script: Path, data: Path, page_of: Callable[[str], str]) -> float:
    """Seconds from the start of a server's process to the first number in a browser that was there."""
    with closing(browser.new_page()) as page:
        page.set_default_timeout(LONGEST)
        start = time.perf_counter()
        with served(script, data) as server:
            wait_for(server.address)
            page.goto(page_of(server.address))
            page.wait_for_selector(NUMBER)
            return time.perf_counter() - start


def _view(address: str, number: int) -> str:
    return VIEW.format(address, TIER, number)


def _clicked(browser: Browser, app: str, floor: str) -> tuple[Taken, Taken]:
    """In the app, each on a new view, and in the empty one, in turn; one of each warms up."""
    ours, floors = Taken(), Taken()
    page, empty = browser.new_page(), browser.new_page()
    page.set_default_timeout(LONGEST)
    wait_for(app)
    wait_for(floor)
    _open(page, _view(app, CLICKS), ".tl-total")
    _open(empty, floor, NUMBER)
    for number in range(CLICKS):
        ours.opened.append(_open(page, _view(app, number), ".tl-total"))
        ours.clicks.append(page.evaluate(CLICK, CHIP))
        floors.opened.append(_open(empty, floor, "[data-testid=stVegaLiteChart]"))
        floors.clicks.append(empty.evaluate(CLICK, "is not"))
    return ours, floors


def _open(page: Page, address: str, whole: str) -> float:
    """Seconds to the first number; then the page is drawn to the end, which must not count as the click's."""
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(NUMBER)
    passed = time.perf_counter() - start
    page.wait_for_selector(whole)
    page.wait_for_timeout(1000 * SETTLED)
    return passed


def wait_for(address: str) -> None:
    """Until the server answers."""
    for _ in range(300):
        try:
            httpx.get(f"{address}_stcore/health", timeout=1).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(address)
