"""What is tried again, and how long the pause is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.retry import TRIES, Failure, retry_after_seconds, wait_after
from core.errors import NetworkError
from tests.api.fakes import NOW

TRANSIENT = Failure(NetworkError("No."), transient=True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("9999", 9999.0),
        ("9" * 400, float("inf")),
        ("Mon, 23 Nov 2026 09:30:20 GMT", 20.0),
        ("Mon, 23 Nov 2026 11:30:20 +0200", 20.0),
        ("Mon, 23 Nov 2026 09:30:20 -0000", 20.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("-5", 0.0),
        ("nan", 0.0),
        ("inf", 0.0),
        ("1_000", 0.0),
        ("soon", 0.0),
        ("", 0.0),
    ],
)
def test_reading_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ [+-]?\w+"))
def test_no_retry_after_header_breaks_anything(header: str) -> None:
    seconds = retry_after_seconds(header, NOW)
    assert seconds is not None
    assert seconds >= 0


def test_the_back_off_doubles_and_then_gives_up() -> None:
    waits = [wait_after(TRANSIENT, tries, lambda: 0.0) for tries in range(1, TRIES + 1)]
    assert waits == [1.0, 2.0, 4.0, 8.0, None]


def test_jitter_shortens_by_up_to_a_half() -> None:
    assert wait_after(TRANSIENT, 3, lambda: 1.0) == 2.0
    assert wait_after(TRANSIENT, 3, lambda: 0.5) == 3.0


def test_the_servers_own_time_is_kept_at_least() -> None:
    slow = Failure(TRANSIENT.error, transient=True, retry_after=30.0)
    hasty = Failure(TRANSIENT.error, transient=True, retry_after=0.0)
    assert wait_after(slow, 1, lambda: 0.0) == 30.0
    assert wait_after(hasty, 2, lambda: 0.0) == 2.0


def test_what_will_not_pass_is_not_tried_again() -> None:
    assert wait_after(Failure(TRANSIENT.error, transient=False), 1, lambda: 0.0) is None
