"""A first sync: its time beside the API's own, its requests beside the fewest, its memory.

``python -m tests.bench.sync enterprise 20000 300`` syncs one organization once and says what it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import httpx

from tests.bench.timing import print_table, say

LATENCY_MS = 20
TIMES = 3
CASES = (
    ("enterprise", 200, 300),
    ("enterprise", 2_000, 60),
    ("enterprise", 20_000, 8),
    ("platform", 20, 365),
    ("platform", 200, 365),
    ("platform", 2_000, 93),
)
"""Kind, users or API keys, days of history."""


def run() -> None:
    """Print the table."""
    rows = [_measured(*case) for case in CASES]
    header = (
        "organization",
        "days",
        "requests",
        "÷ fewest",
        "rows",
        "pull",
        "÷ bare httpx",
        "peak",
        "with ledger",
    )
    print_table(f"First sync, the API at {LATENCY_MS} ms a page", header, rows)
    say(
        f"\nPull: without the ledger, median of {TIMES}. Bare httpx: a loop that sends the same requests in"
        "\nthe same order and throws the answers away, in turn with the pull. Fewest: windows of 31 days,"
        "\nfull pages, one page of each list. Peak memory: of the process that pulls, and of the whole sync."
    )


def once(kind: str, size: int, days: int) -> None:
    """One first sync, ledger and all: for sizes that take too long to be repeated."""
    with _serving(kind, size) as address:
        whole = _run("sync", address, kind, str(size), str(days))
    say(f"{whole['rows']:,} rows in {whole['seconds']:,.0f} s, peak {whole['peak_bytes'] / 2**20:.0f} MB")


def _measured(kind: str, size: int, days: int) -> list[str]:
    with _serving(kind, size) as address:
        case = (address, kind, str(size), str(days))
        whole = _run("sync", *case)
        asked = httpx.get(f"{address}/asked", params={"days": days}).json()
        pulls, ratios = [], []
        for _ in range(TIMES):
            pulled = _run("pull", *case)
            pulls.append(pulled["seconds"])
            bare = _run("bare", *case, given=json.dumps(asked["asked"]))
            ratios.append(pulls[-1] / bare["seconds"])
    what = "users" if kind == "enterprise" else "API keys"
    return [
        f"{'Enterprise' if kind == 'enterprise' else 'Platform'}, {size:,} {what}",
        str(days),
        f"{len(asked['asked']):,}",
        f"{len(asked['asked']) / asked['fewest']:.2f}",
        f"{whole['rows']:,}",
        f"{median(pulls):.1f} s",
        f"{median(ratios):.2f}",
        f"{pulled['peak_bytes'] / 2**20:.0f} MB",
        f"{whole['peak_bytes'] / 2**20:.0f} MB",
    ]


def _run(what: str, *case: str, given: str = "") -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.pulling", what, *case]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def _serving(kind: str, size: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.anthropic", kind, str(size), str(LATENCY_MS)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
    finally:
        server.communicate("")


if __name__ == "__main__":
    once(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
