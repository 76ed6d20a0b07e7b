"""Answers are fetched ahead, in order, and no further than is of use."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.prefetch import Prefetch
from tests.properties import tried
from tests.support.patience import PATIENCE


class Source:
    """Numbers, and which of them were made; after ``held`` of them it waits for ``go``."""

    def __init__(self, length: int, held: int | None = None) -> None:
        self.length, self.held = length, held
        self.made: list[int] = []
        self.threads: set[int] = set()
        self.reached, self.go = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[int]:
        for number in range(self.length):
            if number == self.held:
                self.reached.set()
                assert self.go.wait(PATIENCE)
            self.made.append(number)
            self.threads.add(threading.get_ident())
            yield number


def test_the_first_is_under_way_before_anyone_takes_it() -> None:
    source = Source(10, held=1)
    with Prefetch() as prefetch:
        items = prefetch(iter(source))
        assert source.reached.wait(PATIENCE) and source.made == [0]
        source.go.set()
        assert list(items) == list(range(10)) == source.made
    assert source.threads and threading.get_ident() not in source.threads


def test_no_more_than_a_few_wait() -> None:
    source = Source(100, held=5)
    with Prefetch(depth=3) as prefetch:
        items = prefetch(iter(source))
        assert [next(items), next(items), next(items)] == [0, 1, 2]
        assert source.reached.wait(PATIENCE) and source.made == [0, 1, 2, 3, 4]
        source.go.set()
        assert list(items) == list(range(3, 100))


def test_a_second_source_begins_while_the_last_of_the_first_is_worked_on() -> None:
    first, second = Source(1), Source(3, held=1)
    with Prefetch() as prefetch:
        items = prefetch(iter(first))
        assert next(items) == 0
        others = prefetch(iter(second))
        assert second.reached.wait(PATIENCE) and second.made == [0]
        second.go.set()
        assert list(items) == [] and list(others) == [0, 1, 2]


def test_an_error_comes_in_its_place_and_is_the_end() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("second")

    with Prefetch() as prefetch:
        items = prefetch(broken())
        assert next(items) == 1
        with pytest.raises(KeyError):
            next(items)
        assert list(items) == []


def test_what_is_given_up_is_not_fetched_any_more() -> None:
    source = Source(100, held=3)
    with Prefetch(depth=2) as prefetch:
        items = prefetch(iter(source))
        assert [next(items), next(items)] == [0, 1]
        assert source.reached.wait(PATIENCE)
        items.close()  # type: ignore[attr-defined]
        source.go.set()
        assert list(prefetch(iter([7, 8]))) == [7, 8]
    assert source.made == [0, 1, 2, 3]


@tried(30)
@given(st.lists(st.lists(st.integers(), max_size=9), max_size=4), st.integers(1, 5))
def test_however_far_ahead_the_items_are_the_same(sources: list[list[int]], depth: int) -> None:
    with Prefetch(depth) as prefetch:
        begun = [prefetch(iter(source)) for source in sources]
        assert [list(items) for items in begun] == sources
