"""The observer hears what happens and is heard when it stops; the rate limit is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.api.rate_limit import RateLimit
from core.errors import (
    SyncStoppedError,
)
from tests.api.fakes import ME, NOW, Script, Time, Witness, ask, ok, refused


def test_the_observer_hears_requests_and_retries() -> None:
    witness = Witness()
    ask(Script(refused(529), ok(ME)), observer=witness)
    first, (word, reason, until), last = witness.heard
    assert (first, word, last) == ("requested", "retried", "requested")
    assert reason.startswith("Anthropic is overloaded")
    assert until == NOW + timedelta(seconds=1)


def test_every_request_keeps_to_the_pace_retries_too() -> None:
    time = Time()
    witness = Witness()
    rate_limit = RateLimit(1, 60.0, monotonic=time.monotonic)
    ask(Script(refused(529), ok(ME)), time=time, rate_limit=rate_limit, observer=witness)
    assert time.passed == pytest.approx(60)
    assert ("waiting", NOW + timedelta(seconds=60)) in witness.heard


def test_a_stop_before_the_first_request_sends_none() -> None:
    script = Script(ok(ME))
    with pytest.raises(SyncStoppedError):
        ask(script, observer=Witness(stop_at=1, error=SyncStoppedError("Stopped.")))
    assert script.requests == []


def test_a_stop_is_heard_within_half_a_second_of_a_long_wait() -> None:
    time = Time()
    witness = Witness(stop_at=4, error=SyncStoppedError("Stopped."))
    script = Script(refused(429, retry_after="500"), ok(ME))
    with pytest.raises(SyncStoppedError):
        ask(script, time=time, observer=witness)
    assert max(time.sleeps) <= 0.5
    assert time.passed == pytest.approx(1.5)
    assert len(script.requests) == 1
