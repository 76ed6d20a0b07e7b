"""The rate_limit: never more than the limit in any stretch of its length."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.rate_limit import UNLIMITED, RateLimit, shared_rate_limit
from tests.api.fakes import Time


def test_a_burst_up_to_the_limit_does_not_wait() -> None:
    rate_limit = RateLimit(3, 60.0, monotonic=Time().monotonic)
    assert [rate_limit.reserve() for _ in range(3)] == [0.0, 0.0, 0.0]


def test_the_next_waits_until_the_oldest_leaves_the_window() -> None:
    time = Time()
    rate_limit = RateLimit(2, 60.0, monotonic=time.monotonic)
    rate_limit.reserve()
    time.sleep(10)
    rate_limit.reserve()
    time.sleep(15)
    assert rate_limit.reserve() == 35.0
    assert rate_limit.reserve() == 45.0


def test_time_gives_room_back() -> None:
    time = Time()
    rate_limit = RateLimit(1, 60.0, monotonic=time.monotonic)
    rate_limit.reserve()
    time.sleep(60)
    assert rate_limit.reserve() == 0.0


@given(
    gaps=st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=60),
    limit=st.integers(1, 10),
)
def test_no_window_ever_holds_more_than_the_limit(gaps: list[float], limit: int) -> None:
    time = Time()
    rate_limit = RateLimit(limit, 60.0, monotonic=time.monotonic)
    sent = []
    for gap in gaps:
        time.sleep(gap)
        time.sleep(rate_limit.reserve())
        sent.append(time.passed)
    assert all(late - early >= 60.0 - 1e-6 for early, late in zip(sent, sent[limit:], strict=False))


@given(st.lists(st.floats(0, 90), max_size=12), st.integers(1, 4), st.integers(1, 20))
def test_what_so_many_requests_will_take_is_what_they_take(gaps: list[float], limit: int, more: int) -> None:
    time = Time()
    rate_limit = RateLimit(limit, 60.0, monotonic=time.monotonic)
    for gap in gaps:
        time.sleep(rate_limit.reserve() + gap)
    foretold = rate_limit.seconds_for(more)
    assert foretold == pytest.approx([rate_limit.reserve() for _ in range(more)][-1])
    assert rate_limit.seconds_for(0) == 0.0 and UNLIMITED.seconds_for(more) == 0.0


def test_the_default_keeps_to_sixty_a_minute() -> None:
    rate_limit = RateLimit(monotonic=Time().monotonic)
    assert [rate_limit.reserve() for _ in range(60)] == [0.0] * 60
    assert rate_limit.reserve() >= 60.0


def test_threads_that_share_it_share_the_limit() -> None:
    rate_limit = RateLimit(50, 1000.0, monotonic=Time().monotonic)
    waits: list[float] = []
    threads = [
        threading.Thread(target=lambda: waits.extend(rate_limit.reserve() for _ in range(25)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [0.0] * 50 + [1000.0] * 50


def test_unpaced_never_waits() -> None:
    assert [UNLIMITED.reserve() for _ in range(200)] == [0.0] * 200


def test_a_pace_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        RateLimit(0)


def test_an_organization_has_one_pace_whoever_asks() -> None:
    one = shared_rate_limit("https://a", "org_1")
    assert shared_rate_limit("https://a", "org_1") is one
    assert shared_rate_limit("https://a", "org_2") is not one
    assert shared_rate_limit("https://b", "org_1") is not one


def test_two_keys_of_an_organization_share_its_sixty_requests() -> None:
    waits = [shared_rate_limit("https://a", "org_1").reserve() for _ in range(62)]
    assert waits[:60] == [0.0] * 60 and all(wait > 50 for wait in waits[60:])
