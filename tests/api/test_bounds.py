"""Bounds: no answer takes for ever, fills the memory or counts when it is half."""

from __future__ import annotations

import gzip

import httpx
import pytest

from core.api.client import Limits
from core.api.records import Organization
from core.errors import (
    AuthenticationError,
    MalformedAnswerError,
    NetworkError,
    PermissionDeniedError,
)
from tests.api.fakes import ME, Body, Script, Time, ask, client, failure, ok, refused


def test_a_body_that_drips_is_cut_off() -> None:
    time = Time(step=1.0)
    body = Body(b" " for _ in range(20_000))
    error, script = failure(httpx.Response(200, stream=body), time=time, limits=Limits(whole=30.0))
    assert isinstance(error, NetworkError)
    assert "too long" in str(error)
    assert len(script.requests) == 1
    assert time.passed < 40
    assert body.closed


def test_all_tries_together_keep_to_the_whole_time() -> None:
    time = Time()

    def slow(request: httpx.Request) -> httpx.Response:
        time.passed += 55.0
        raise httpx.ReadTimeout("slow")

    with client(slow, time=time, limits=Limits(whole=100.0)) as api, pytest.raises(NetworkError):
        api.get("/v1/organizations/me", [], Organization)
    assert time.passed == pytest.approx(55 + 1 + 55)


def test_a_pause_the_server_asks_for_does_not_use_up_the_time() -> None:
    replies = [refused(429, retry_after="500")] * 3
    assert ask(Script(*replies, ok(ME)), limits=Limits(whole=10.0)).id == "org_1"


def test_each_try_gets_no_more_than_the_time_left() -> None:
    time = Time()
    seen = []

    def slow(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        time.passed += 70.0
        raise httpx.ReadTimeout("slow")

    limits = Limits(connect=10.0, read=60.0, whole=145.0)
    with client(slow, time=time, limits=limits) as api, pytest.raises(NetworkError):
        api.get("/v1/organizations/me", [], Organization)
    assert [timeout["read"] for timeout in seen] == [60.0, 60.0, 5.0]
    assert [timeout["connect"] for timeout in seen] == [10.0, 10.0, 5.0]


def test_a_body_without_end_is_not_held() -> None:
    body = Body(b"x" * 1000 for _ in range(20_000))
    error, script = failure(httpx.Response(200, stream=body), limits=Limits(body=5000))
    assert isinstance(error, MalformedAnswerError)
    assert len(script.requests) == 1
    assert body.closed


def test_a_small_body_that_unpacks_to_a_large_one_is_not_held() -> None:
    bomb = gzip.compress(b" " * 10_000_000)
    reply = httpx.Response(200, content=bomb, headers={"content-encoding": "gzip"})
    error, _ = failure(reply, limits=Limits(body=1_000_000))
    assert "larger than any report" in str(error)


def test_a_compressed_body_is_read() -> None:
    packed = gzip.compress(b'{"id": "org_1", "name": "Example"}')
    assert (
        ask(Script(httpx.Response(200, content=packed, headers={"content-encoding": "gzip"}))).id == "org_1"
    )


def test_a_damaged_compressed_body_is_tried_again() -> None:
    damaged = [
        httpx.Response(200, stream=Body([b"not gzip"]), headers={"content-encoding": "gzip"})
        for _ in range(5)
    ]
    error, script = failure(*damaged)
    assert isinstance(error, MalformedAnswerError)
    assert len(script.requests) == 5


def test_a_body_that_breaks_off_is_never_half_an_answer() -> None:
    whole = b'{"id": "org_1", "name": "Example"}'
    broken = httpx.RemoteProtocolError("peer closed connection without sending complete message body")
    replies = [httpx.Response(200, stream=Body([whole], broken)) for _ in range(5)]
    error, script = failure(*replies)
    assert isinstance(error, MalformedAnswerError)
    assert "cut short" in str(error)
    assert len(script.requests) == 5


def test_a_refusal_whose_body_breaks_off_is_still_that_refusal() -> None:
    error, _ = failure(httpx.Response(401, stream=Body([b'{"ty'], httpx.ReadError("reset"))))
    assert isinstance(error, AuthenticationError)


def test_a_refusal_with_a_body_without_end_is_still_that_refusal() -> None:
    error, _ = failure(httpx.Response(403, stream=Body(b"x" * 1000 for _ in range(20_000))))
    assert isinstance(error, PermissionDeniedError)


def test_a_transport_is_used_after_failures_as_before() -> None:
    with client(Script(refused(403), ok(ME))) as api:
        with pytest.raises(PermissionDeniedError):
            api.get("/v1/organizations/me", [], Organization)
        assert api.get("/v1/organizations/me", [], Organization).value.id == "org_1"


def test_an_untrusted_certificate_is_named_and_not_tried_again() -> None:
    error, script = failure(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    assert "SSL_CERT_FILE" in str(error)
    assert len(script.requests) == 1
