"""A small world to break: one organization of each Origin, three pages to every list and window.

What is held at first is a sync of the day before. Since then Anthropic revised every day. Of one report, an
older window of four days was never pulled. So a window is whole when it is wholly as before or wholly as
revised, and "the rest goes on" when the older window arrives.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from core import operations
from core.clock import Clock
from core.dimensions import Origin
from core.periods import ONE_DAY
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.streams import STREAMS
from core.sync.runner import SyncOptions, run_sync
from tests.api.fakes import refused
from tests.faults.places import API_KEYS, KINDS, LIST, Kind
from tests.sync.anthropic import COST_PATH, LISTS, ROWS, Anthropic, add, connected

NOW = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
"""Early in a month: no day of the one before is final yet."""
TODAY = NOW.date()
YESTERDAY = NOW - timedelta(days=1)
OLDEST = date(2026, 10, 2)
PLATFORM, STAFF = "Research", "Staff"
CONNECTION_IDS = {PLATFORM: 1, STAFF: 2}
REPORTS = tuple(STREAMS)
PATHS = tuple(ROWS)

Transport = Callable[[Connection], httpx.BaseTransport]
_OPTIONS = operations.sync_options
"""The program's own, also while a test has put others in its place."""


class PagedAnthropic(Anthropic):
    """Reports of 11 days a page, lists of two records a page; amounts and tokens by day and revision."""

    revision = 0

    def _results(self, path: str, day: date) -> list[dict[str, Any]]:
        number = day.toordinal() % 97 + 100 * self.revision
        row = {**ROWS[path]}
        row.update({"amount": f"{number}.25", "list_amount": f"{number}.5"} if "amount" in row else {})
        row.update({"output_tokens": number, "requests": 3} if "output_tokens" in row else {})
        row.update({"total_tokens": number + 10} if "total_tokens" in row else {})
        return [row]

    def _days(self, request: httpx.Request) -> Iterator[date]:
        last = self.until - ONE_DAY if request.url.path == COST_PATH else self.until  # cost: finished days
        return (day for day in super()._days(request) if day <= last)

    def _body(self, request: httpx.Request) -> dict[str, Any]:
        if request.url.path not in LISTS:
            return super()._body(request)
        kind = request.url.path.rsplit("/", 1)[-1]
        records = [{"id": f"{kind[:-1].replace('_', '')}_{n}", "name": f"{kind} {n}"} for n in range(6)]
        start = int(request.url.params.get("after_id", "0"))
        more = start + 2 < len(records)
        last = str(start + 2) if more else None
        return {"data": records[start : start + 2], "has_more": more, "last_id": last}


def servers(*, revision: int = 1, today: date = TODAY) -> dict[str, PagedAnthropic]:
    """One for each connection."""
    made = {
        PLATFORM: PagedAnthropic("org_1", per_page=11, until=today),
        STAFF: PagedAnthropic("org_2", per_page=11, until=today, watermark=NOW - timedelta(hours=4)),
    }
    for server in made.values():
        server.revision = revision
    return made


@dataclass
class FakeTime:
    """Sleeping costs nothing and is summed up, over all threads."""

    slept: float = 0.0
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        with self._mutex:
            self.slept += seconds


def options(
    transport_for: Transport, *, clock: Clock = lambda: NOW, time: FakeTime | None = None
) -> SyncOptions:
    """A sync as the program does it, on another transport and without its pauses."""
    return replace(
        _OPTIONS(clock),
        transport_for=transport_for,
        sleep=(time or FakeTime()).sleep,
        rate_limit_for=lambda *_: None,
    )


def answering(world: dict[str, PagedAnthropic]) -> Transport:
    return lambda connection: world[connection.name].transport


def connect_all(folder: Path) -> Settings:
    """A data folder with both connections, not yet synced."""
    settings = Settings(data_dir=folder, base_url="https://api.anthropic.test")
    connected(settings, PLATFORM, since=OLDEST)
    with database(settings) as db:
        add(db, settings, STAFF, "org_2", origin=Origin.CLAUDE_AI, since=OLDEST)
    return settings


def prepare(folder: Path, missing: Kind) -> Settings:
    """The data folder as it was left yesterday: of the missing report, the older window was refused."""
    settings = connect_all(folder)
    world = servers(revision=0, today=YESTERDAY.date())
    for server in world.values():
        server.rules.append(lambda request: _refuse_older(request, missing))
    run_sync(settings, options(answering(world), clock=lambda: YESTERDAY))
    return settings


def _refuse_older(request: httpx.Request, missing: Kind) -> httpx.Response | None:
    is_older = request.url.params.get("starting_at", "9") < missing.struck_from.isoformat()
    return refused(404) if is_older and request.url.path == missing.path else None


def copied(settings: Settings, folder: Path) -> Settings:
    shutil.copytree(settings.data_dir, folder)
    return replace(settings, data_dir=folder)


Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Content:
    """Everything a data folder holds: fact rows, what is covered, names, the ledger."""

    facts: dict[str, Rows]
    coverage: Rows
    names: Rows
    ledger: Rows

    def window(self, kind: Kind) -> Rows:
        """The fact rows of the window that faults strike; a list's records."""
        return self.names if kind.shape == LIST else self.report(kind.name)

    def report(self, name: str, *, older: bool = False) -> Rows:
        """The fact rows of a report: of the window that faults strike, or of the older one."""
        first = next(kind for kind in KINDS if kind.name == name).struck_from.isoformat()
        return [row for row in self.facts[name] if (str(row[1]) < first) is older]

    def of(self, connection_id: int) -> Content:
        """The rows of one connection; the ledger apart."""

        def own(rows: Rows) -> Rows:
            return [row for row in rows if row[0] == connection_id]

        return Content(
            {name: own(rows) for name, rows in self.facts.items()}, own(self.coverage), self.names, []
        )


def content(settings: Settings, *, with_ledger: bool = True) -> Content:
    """What is in the database and in the ledger files, in one order."""
    with database(settings) as db:

        def select(query: str) -> Rows:
            return sorted(map(tuple, db.conn.execute(query)), key=repr)

        facts = {name: select(f"SELECT * FROM {name}") for name in REPORTS}
        coverage = select("SELECT connection_id, stream, day, watermark_at, rows FROM coverage")
        names = select(f"SELECT api_key_id, name, gone_at FROM {API_KEYS.name}")
    ledger = operations.open_ledger(settings).scan().collect().rows() if with_ledger else []
    return Content(facts, coverage, names, sorted(ledger, key=repr))
