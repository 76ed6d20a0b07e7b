"""``python -m tests.sync.hurried 200``: syncs of three connections, threads changing every microsecond.

Each is a first sync in a process of its own, which meets every record type anew. Prints how those ended that
did not bring all there is; exits with 1 if there are any.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from core.dimensions import Origin
from core.settings import Settings
from core.store.database import database
from tests.sync.anthropic import ANALYTICS_KEY, NOW, Anthropic, add, count, sync

HURRY = 1e-6
"""Seconds between two turns; Python's own are 5,000 times as long."""
DAYS = 5
TABLES = {1: ("platform_usage", "platform_cost"), 2: ("claude_ai_user_cost", "claude_ai_user_usage")}


def prepare(folder: Path) -> Settings:
    """Three organizations, connected and not yet synced."""
    settings = Settings(folder / "data", "https://api.anthropic.test")
    with database(settings) as db:
        add(db, settings, "Research", "org_1")
        add(db, settings, "Staff", "org_2", origin=Origin.CLAUDE_AI, key=ANALYTICS_KEY)
        add(db, settings, "Sales", "org_3")
    return settings


def hurry(start: Settings, folder: Path) -> str:
    """One sync, in a process of its own; what is wrong with how it ended, or nothing."""
    shutil.copytree(start.data_dir, folder)
    child = os.fork()
    if not child:
        code = 4  # what is not caught must not go on as the parent would
        try:
            code = _sync(Settings(folder, start.base_url))
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    shutil.rmtree(folder)
    return "" if not code else f"killed by signal {-code}" if code < 0 else f"ended with {code}"


def _sync(settings: Settings) -> int:
    sys.setswitchinterval(HURRY)
    servers = {name: Anthropic(f"org_{n}") for n, name in enumerate(("Research", "Staff", "Sales"), 1)}
    if sync(settings, servers, NOW).outcome != "ok":
        return 2
    stored = [
        count(settings, table, id_) for id_, names in {**TABLES, 3: TABLES[1]}.items() for table in names
    ]
    whole = [DAYS, DAYS - 1, DAYS, DAYS, DAYS, DAYS - 1]  # the Platform's cost is of finished days
    return 0 if stored == whole else 3


def main(times: int) -> int:
    """Returns how many did not end well."""
    with tempfile.TemporaryDirectory() as name:
        start = prepare(Path(name))
        ends = [hurry(start, Path(name) / str(number)) for number in range(times)]
    for end in sorted(set(ends) - {""}):
        sys.stdout.write(f"{ends.count(end)} of {times}: {end}\n")
    sys.stdout.write(f"{ends.count('')} of {times} syncs brought all there is\n")
    return times - ends.count("")


if __name__ == "__main__":
    sys.exit(min(1, main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)))
