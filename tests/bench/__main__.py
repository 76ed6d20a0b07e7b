"""``python -m tests.bench [section …]``: all sections if none is named; ``--help`` lists them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    alerts,
    anomalies,
    browser,
    explorer,
    forecast,
    ledger,
    requests,
    sessions,
    split,
    sync,
)

SECTIONS: dict[str, Callable[[argparse.Namespace], None]] = {
    "requests": lambda _: requests.run(),
    "sync": lambda _: sync.run(),
    "ledger": lambda _: ledger.run(),
    "split": lambda _: split.run(),
    "explorer": lambda given: explorer.run(given.rows, given.folder),
    "forecast": lambda given: forecast.run(given.seed),
    "browser": lambda given: browser.run(max(given.rows), given.folder),
    "anomalies": lambda given: anomalies.run(given.seed),
    "alerts": lambda _: alerts.run(),
    "sessions": lambda given: sessions.run(
        min(given.rows), given.folder, clicks=given.clicks, processes=given.processes
    ),
}
"""Name -> what runs it, in the order they are printed."""


def rows(text: str) -> int:
    """``100m`` and ``1000000`` alike."""
    scale = {"k": 10**3, "m": 10**6}.get(text[-1:].lower())
    return int(text[:-1]) * scale if scale else int(text)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=f"of {', '.join(SECTIONS)}")
    parser.add_argument("--rows", type=rows, nargs="+", default=[10**6, 10**7], help="sizes, like 1m 100m")
    parser.add_argument("--folder", type=Path, help="keeps the big ledgers for the next run")
    parser.add_argument("--clicks", type=int, default=sessions.CLICKS, help="of each person in sessions")
    parser.add_argument("--processes", type=int, default=1, help="servers on one data folder in sessions")
    parser.add_argument(
        "--seed",
        type=int,
        nargs="+",
        default=[0],
        help="of generated series; of several, their spread is told",
    )
    given = parser.parse_args()
    if unknown := set(given.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(sorted(unknown))}; choose from {', '.join(SECTIONS)}")
    return given


def main() -> int:
    given = arguments()
    for name in given.sections or SECTIONS:
        SECTIONS[name](given)
    return 0


if __name__ == "__main__":
    sys.exit(main())
