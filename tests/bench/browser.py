"""A click in Chromium, on a big ledger: filter to redrawn chart, beside the same click in an empty app."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.bench.bigfolder import big_folder
from tests.bench.shapes import QUARTER
from tests.bench.timing import ms, percentile, print_table, seconds

PROJECT = Path(__file__).resolve().parent.parent.parent
CLICKS = 30
SETTLED = 0.5
"""Seconds after which a page is drawn to the end."""
ROWS = 10**7
VIEW = f"{{}}cost?measure=cost&by=model&from={QUARTER.start}&to={QUARTER.last}&in.workspace=Team+{{:02d}}"
EMPTY_APP = """
import altair as alt
import streamlit as st

name = st.segmented_control("Kind", ["is", "is not"], default="is", required=True)
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
  const found = () => [...document.querySelectorAll('button, [role=radio]')]
    .find(one => one.innerText.trim() === label);
  while (!found()) await new Promise(requestAnimationFrame);
  const button = found(), before = picture(), start = performance.now();
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
        with served(PROJECT / "app.py", settings.data_dir) as app, served(empty, data) as floor:
            ours, floors, cold = _clicked(app.address, floor.address)
    lines = [
        ["click on a filter to chart redrawn", ms(median(ours)), ms(percentile(ours, 0.95))],
        ["the same click in an empty Streamlit app", ms(median(floors)), ms(percentile(floors, 0.95))],
        ["above the floor", ms(median(ours) - median(floors)), ""],
        ["cold start of the server to the first number", f"{cold:.1f} s", ""],
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


def _clicked(app: str, floor: str) -> tuple[list[float], list[float], float]:
    """Seconds of clicks in the app, each on a new view, and in the empty one; those of a cold start."""
    ours, floors = list[float](), list[float]()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        try:
            page, empty = browser.new_page(), browser.new_page()
            wait_for(app)
            cold = (
                seconds(lambda: _open(page, VIEW.format(app, CLICKS), "[data-testid=stMetricValue]"))
                - SETTLED
            )
            wait_for(floor)
            _open(empty, floor, "[data-testid=stVegaLiteChart]")
            for number in range(CLICKS):
                _open(page, VIEW.format(app, number), ".tl-total")
                ours.append(page.evaluate(CLICK, "is not"))
                floors.append(empty.evaluate(CLICK, "is" if number % 2 else "is not"))
        finally:
            browser.close()
    return ours, floors, cold


def _open(page: Page, address: str, shows: str) -> None:
    page.goto(address)
    page.wait_for_selector(shows)
    page.wait_for_timeout(1000 * SETTLED)  # what is still drawn must not count as the click's


def wait_for(address: str) -> None:
    """Until the server answers."""
    for _ in range(300):
        try:
            httpx.get(f"{address}_stcore/health", timeout=1).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise TimeoutError(address)
