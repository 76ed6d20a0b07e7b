"""A sync that nobody watches, and a key that nobody may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.companies import SINCE, HeldSimulator, cost_by_day, platform, staff
from tests.browser.program import Program, process_ids, read_process
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PLATFORM, STAFF = platform("Harbor API"), staff("Harbor Staff")
PAGES = ("", "cost", "usage", "settings", "cost?by=api_key&range=last_90")


@pytest.fixture
def simulator() -> Iterator[HeldSimulator]:
    held = HeldSimulator([PLATFORM, STAFF])
    yield held
    held.release.set()


def test_a_sync_ends_when_the_browser_closed_half_way(
    simulator: HeldSimulator, start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        visitor = visit(program)
        connect_until_held(visitor, simulator)
        visitor.close()
        assert program.syncing()
        simulator.release.set()
        wait_until(program.synced, "the sync ends without a browser")
    rows = json.loads(query_by_day(program))
    found = {row["day"]: row["cost_usd"] for row in rows if float(row["cost_usd"])}
    truth = cost_by_day(simulator, PLATFORM)
    assert found == {day.isoformat(): f"{cost // 10**8}.{cost % 10**8:08}" for day, cost in truth.items()}
    another = visit(program)
    another.open("settings")
    another.expect(another.card("Harbor").get_by_text("Synced", exact=True)).to_be_visible()


def connect_until_held(visitor: Visitor, simulator: HeldSimulator) -> None:
    """A sync half-way: the latest days of every stream are there, the earlier ones are not."""
    visitor.open("settings")
    visitor.connect("Harbor", PLATFORM.key, SINCE)
    wait_until(simulator.held.is_set, "the sync asks for the earlier days")
    visitor.expect(visitor.button("Stop sync")).to_be_visible()
    visitor.expect(visitor.page.locator(".tl-strip .words")).to_contain_text("of 4 windows")


def query_by_day(program: Program) -> str:
    period = ("--from", SINCE.isoformat(), "--to", "2099-01-01")
    return program.command("query", "--measure", "cost", "--group-by", "day", *period, "--format", "json")


def test_a_key_stays_secret(
    simulator: HeldSimulator, start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    keys = [PLATFORM.key.encode(), STAFF.key.encode()]
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        visitor = visit(program)
        connect_until_held(visitor, simulator)
        assert len(program.processes()) > 1, "the background worker is at work"
        assert processes_with(keys) == []
        simulator.release.set()
        visitor.connect("Harbor staff", STAFF.key, SINCE)
        visitor.expect(visitor.card("Harbor staff")).to_be_visible()
        wait_until(program.synced, "both organizations are synced")
        assert anthropic.requests(key=PLATFORM.key), "the planted key is the one in use"
        assert anthropic.requests(key=STAFF.key), "the planted key is the one in use"
    assert places_with(keys, files_of(program)) == []
    assert places_with(keys, shown_to(visitor)) == []
    assert processes_with(keys) == []


def processes_with(keys: list[bytes]) -> list[int]:
    """Processes with a key on their command line or in their environment."""
    return [
        pid
        for pid in process_ids()
        if any(key in read_process(pid, what) for key in keys for what in ("cmdline", "environ"))
    ]


def files_of(program: Program) -> dict[str, bytes]:
    """The data folder, the log and what the commands print."""
    files = [path for path in program.data_dir.rglob("*") if path.is_file()]
    assert program.settings.database_path in files
    assert [path for path in files if path.suffix == ".parquet"]
    found = {str(path): path.read_bytes() for path in [*files, program.log_path]}
    return {**found, "status": program.command("status", "--json").encode()}


def shown_to(visitor: Visitor) -> dict[str, bytes]:
    """Every page's address, HTML, fields and storage, and all that the server ever sent."""
    found: dict[str, str] = {}
    for page in PAGES:
        visitor.open(page)
        visitor.expect(visitor.heading).to_be_visible()
        visitor.expect(
            visitor.page.locator(".tl-list, .tl-total, .st-key-card-connect").first
        ).to_be_visible()
        found[f"{page} address"] = visitor.page.url
        found[f"{page} HTML"] = visitor.page.content()
        found[f"{page} fields and storage"] = visitor.page.evaluate(
            "() => JSON.stringify([[...document.querySelectorAll('input')].map(field => field.value),"
            " localStorage, sessionStorage, document.cookie, history.state])"
        )
    received = b"\0".join(visitor.received)
    assert b"Harbor staff" in received
    return {**{name: text.encode() for name, text in found.items()}, "received": received}


def places_with(keys: list[bytes], places: dict[str, bytes]) -> list[str]:
    return [name for name, content in places.items() if any(key in content for key in keys)]
