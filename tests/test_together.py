"""Two browsers never run beside each other, and one process sees all faults, then compares their page."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.together import TOGETHER, InTheirPlaces

ROOT = Path(__file__).resolve().parent.parent
BROWSER = [f"tests/browser/test_demo.py::test_{number}" for number in range(7)]
FAULTS = [f"tests/faults/test_matrix.py::test_it[{number}-a::b]" for number in range(5)]
PAGE = "tests/faults/test_document.py::test_the_page_tells_what_was_seen"
OTHERS = [f"tests/ui/test_{name}.py::test_{number}" for name in "ab" for number in range(20)]
SUITE = [*OTHERS[:3], *BROWSER, *OTHERS[3:], *FAULTS, PAGE]


class Node:
    """A process of pytest-xdist that only notes what it is given."""

    shutting_down = False
    gateway = SimpleNamespace(id="a process")

    def __init__(self) -> None:
        self.given: list[str] = []
        self.done = 0

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += [SUITE[index] for index in indices]

    def shutdown(self) -> None:
        self.shutting_down = True

    def works(self, scheduler: InTheirPlaces) -> None:
        if self.done < len(self.given):
            scheduler.mark_test_complete(self, SUITE.index(self.given[self.done]))
            self.done += 1


def options(dist: str, nodes: int) -> Any:
    values = {"dist": dist, "tx": ["popen"] * nodes}
    return SimpleNamespace(
        getoption=values.get, getvalue=values.get, option=SimpleNamespace(loadscopereorder=True)
    )


def spread(hook: Any, count: int) -> list[list[str]]:
    """What each of so many processes ran, in its order."""
    scheduler = hook.pytest_xdist_make_scheduler(config=options("loadgroup", count), log=None)
    nodes: list[Any] = [Node() for _ in range(count)]
    for node in nodes:
        scheduler.add_node(node)
    for node in nodes:
        scheduler.add_node_collection(node, SUITE)
    scheduler.schedule()
    while scheduler.has_pending:
        for node in nodes:
            node.works(scheduler)
    return [node.given for node in nodes]


@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_tests_of_one_place_run_in_one_process_in_their_order(
    request: pytest.FixtureRequest, count: int
) -> None:
    runs = spread(request.config.hook, count)
    for place in (BROWSER, [*FAULTS, PAGE]):
        assert [kept for run in runs if (kept := [test for test in run if test in place])] == [place]
    assert Counter(test for run in runs for test in run) == Counter(SUITE)
    assert all(set(run) & set(OTHERS) for run in runs[2:])


def test_another_way_to_spread_stays_as_it_is(request: pytest.FixtureRequest) -> None:
    hook = request.config.hook
    assert hook.pytest_xdist_make_scheduler(config=options("worksteal", 2), log=None) is None


@pytest.mark.parametrize("place", TOGETHER)
def test_the_tests_of_a_place_stand_there(place: str) -> None:
    mark = f"mark.{Path(place).name}"
    marked = {
        path.relative_to(ROOT)
        for path in (ROOT / "tests").rglob("*.py")
        if mark in path.read_text(encoding="utf-8")
    }
    assert marked and all(path.is_relative_to(place) for path in marked)
