"""What is measured, each run in a process of its own.

``python -m tests.bench.pulling sync|pull|bare <address> <kind> <size> <days>`` prints seconds, memory and
rows as JSON. ``sync`` is the whole sync, ledger and all; ``pull`` leaves the ledger out; ``bare`` sends the
requests that come on standard input with httpx and throws the answers away.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx

from core import operations
from core.dimensions import Origin
from core.periods import ONE_DAY
from core.settings import Settings
from core.store.connections import add_connection
from core.store.coverage import stored_rows
from core.store.database import database
from core.store.secrets import Vault
from core.sync.runner import run_sync
from tests.bench.anthropic import NOW, organization


def main(what: str, address: str, kind: str, size: str, days: str) -> None:
    found = (
        _bare(address, organization(kind, 1).key)
        if what == "bare"
        else _synced(address, kind, int(days), ledger=what == "sync")
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({**found, "peak_bytes": peak}))


def _bare(address: str, key: str) -> dict[str, float]:
    asked = json.load(sys.stdin)
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01", "accept": "application/json"}

    def loop() -> None:
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            for path in asked:
                client.get(path)

    return {"seconds": _timed(loop), "rows": 0}


def _synced(address: str, kind: str, days: int, *, ledger: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="token-ledger-bench-") as folder:
        settings = Settings(data_dir=Path(folder), base_url=address)
        company = organization(kind, 1)
        with database(settings) as db:
            connection = add_connection(
                db,
                Vault(settings),
                name="Bench",
                origin=Origin.CLAUDE_AI if kind == "enterprise" else Origin.PLATFORM,
                organization_id=company.id,
                organization_name=None,
                key=company.key,
                since=NOW.date() - (days - 1) * ONE_DAY,
                now=NOW,
            )
        # The simulated organization has no limit of requests a minute, so none is kept.
        options = replace(operations.sync_options(lambda: NOW), rate_limit_for=lambda *_: None)
        if not ledger:
            options = replace(options, build=lambda _: None)
        seconds = _timed(lambda: _require_ok(run_sync(settings, options).outcome))
        with database(settings) as db:
            return {"seconds": seconds, "rows": stored_rows(db, connection.id)}


def _require_ok(outcome: str | None) -> None:
    if outcome != "ok":
        raise SystemExit(f"the sync ended as {outcome}")


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*sys.argv[1:])
