"""History pulled again from the Sync page, seen and stopped from another window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.store.database import database
from core.store.runs import current_run
from tests.browser.companies import SINCE, HeldSimulator, platform
from tests.browser.program import Program
from tests.support.patience import wait_until
from tests.support.server import serve

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

PLATFORM = platform("Harbor API")
PLACES = ("numbers", "card-chart", "card-table")
AT_REST = 15
"""Looks in a row, a tenth of a second apart, that find everything in the same place."""


@pytest.fixture
def simulator() -> Iterator[HeldSimulator]:
    held = HeldSimulator([PLATFORM])
    yield held
    held.release.set()


def test_history_is_pulled_again_shown_in_another_window_and_stopped_there(
    simulator: HeldSimulator, start: Callable[[str], Program], visit: Callable[[Program], Visitor]
) -> None:
    simulator.release.set()
    with serve(simulator) as anthropic:
        program = start(anthropic.url)
        one, other = visit(program), visit(program)
        one.open("settings")
        one.connect("Harbor", PLATFORM.key, SINCE)
        wait_until(program.synced, "the first sync ends")
        other.open("cost")
        before = places(other)

        hold_again(simulator)
        one.open("sync")
        one.expect(one.page.get_by_text("days known").first).to_be_visible()
        one.button("Re-run…").click()
        one.button("Pull these days again").click()
        wait_until(simulator.held.is_set, "the old days are asked for again")
        one.expect(one.page.get_by_text("Syncing now")).to_be_visible()

        words = other.page.locator(".tl-strip .words")
        other.expect(words).to_contain_text("of 4 windows")
        assert places(other) == before, "nothing moves while a sync runs"
        other.button("Stop sync").click()
        other.expect(words).to_contain_text("Stopping")
        stopped_at = datetime.now(UTC)
        wait_until(lambda: looked_after(program, stopped_at), "the worker hears of it")

        answered = len(anthropic.requests())
        simulator.release.set()
        wait_until(lambda: not program.syncing(), "the sync stops")
        assert len(anthropic.requests()) <= answered + 1, "the request under way is the last"
        assert program.outcomes() == {"stopped"}
        one.expect(one.page.locator(".st-key-card-now")).to_contain_text("Stopped")
        one.expect(one.page.get_by_text("none missing").first).to_be_visible()


def hold_again(simulator: HeldSimulator) -> None:
    simulator.release.clear()
    simulator.held.clear()


def places(visitor: Visitor) -> list[float]:
    """How far down the numbers, the chart and the table begin, once that no longer changes."""
    visitor.expect(visitor.page.locator(".tl-total").first).to_be_visible()
    visitor.expect(
        visitor.page.locator(".st-key-card-chart canvas, .st-key-card-chart svg").first
    ).to_be_visible()
    found: list[list[float]] = []

    def at_rest() -> bool:
        cards = [visitor.page.locator(f".st-key-{key}").first for key in PLACES]
        found.append([round((card.bounding_box() or {"y": -1})["y"]) for card in cards])
        return len(found) > AT_REST and len({tuple(place) for place in found[-AT_REST:]}) == 1

    wait_until(at_rest, "the page has come to rest")
    return found[-1]


def looked_after(program: Program, instant: datetime) -> bool:
    """Whether the worker, who looks twice a second, has looked since. Instants are kept in whole seconds."""
    with database(program.settings) as db:
        run = current_run(db)
    return run is None or run.heartbeat_at > instant + timedelta(seconds=1)
