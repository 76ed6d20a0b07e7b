"""The client: what it sends, what it tries again, and what it never says."""

from __future__ import annotations

import gzip
import re
import traceback
from datetime import timedelta

import httpx
import pytest

from core import __version__
from core.api.client import Client, Limits
from core.api.pace import Pace
from core.api.records import Organization
from core.errors import (
    ApiError,
    AuthenticationError,
    BillingError,
    ConfigurationError,
    CursorExpiredError,
    InputError,
    InvalidRequestError,
    MalformedAnswerError,
    NetworkError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    ServerError,
    SyncStoppedError,
)
from tests.api.fakes import KEY, NOW, URL, Body, Script, Time, Witness, client, ok, refused

ME = {"id": "org_1", "name": "Example", "type": "organization"}


def ask(script: Script, **settings: object) -> Organization:
    with client(script, **settings) as api:
        return api.get("/v1/organizations/me", [], Organization).value


def failure(*replies: httpx.Response | Exception, **settings: object) -> tuple[ApiError, Script]:
    script = Script(*replies)
    with pytest.raises(ApiError) as caught:
        ask(script, **settings)
    return caught.value, script


# What is sent


def test_a_request_carries_key_version_and_program() -> None:
    script = Script(ok(ME))
    ask(script)
    headers = script.requests[0].headers
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"] == "2023-06-01"
    assert headers["user-agent"] == f"token-ledger/{__version__}"
    assert "authorization" not in headers


def test_list_parameters_repeat_in_order_and_extra_headers_are_sent() -> None:
    script = Script(ok(ME))
    params = [("group_by[]", "model"), ("group_by[]", "speed"), ("page", "a+b/c= &")]
    with client(script) as api:
        api.get("/v1/x", params, Organization, headers={"anthropic-beta": "fast"})
    assert script.params() == params
    assert script.requests[0].headers["anthropic-beta"] == "fast"
    assert script.requests[0].headers["x-api-key"] == KEY


def test_a_base_url_with_a_path_keeps_it() -> None:
    script = Script(ok(ME))
    ask(script, base_url="http://127.0.0.1:9/gateway")
    assert str(script.requests[0].url) == "http://127.0.0.1:9/gateway/v1/organizations/me"


def test_the_answer_comes_with_both_ids() -> None:
    script = Script(ok(ME, anthropic_organization_id="org_77"))
    with client(script) as api:
        answer = api.get("/v1/organizations/me", [], Organization)
    assert answer.value.name == "Example"
    assert (answer.request_id, answer.organization_id) == ("req_1", "org_77")


def test_headers_that_are_absent_or_rubbish_are_none() -> None:
    script = Script(httpx.Response(200, json=ME, headers={"request-id": "<script>"}))
    with client(script) as api:
        answer = api.get("/v1/organizations/me", [], Organization)
    assert (answer.request_id, answer.organization_id) == (None, None)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    elsewhere = httpx.Response(302, headers={"location": "https://evil.test/"})
    error, script = failure(*[elsewhere] * 5)
    assert isinstance(error, MalformedAnswerError)
    assert {request.url.host for request in script.requests} == {"api.anthropic.test"}


@pytest.mark.parametrize("key", ["", "sk-ant-a b", "sk-ant-…f3Kq", "sk-ant-x\nInjected: yes", "ключ-ключ"])
def test_a_key_that_no_header_can_carry_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(InputError) as caught:
        client(Script(), api_key=key)
    assert caught.value.field == "api_key"
    assert not key or key not in str(caught.value)


def test_a_proxy_that_cannot_be_used_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "gopher://user:pass@127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY") as caught:
        Client(base_url=URL, api_key=KEY)
    assert "pass@" not in "".join(traceback.format_exception(caught.value))


# What is tried again

RETRIED: list[tuple[httpx.Response | Exception, type[ApiError]]] = [
    (refused(500), ServerError),
    (refused(502), ServerError),
    (refused(504), ServerError),
    (refused(529), ServerError),
    (refused(503, retry_after="1"), ServerError),
    (refused(408), NetworkError),
    (refused(429, retry_after="1"), RateLimitError),
    (refused(429, retry_after="nonsense"), RateLimitError),
    (httpx.Response(503, html="<h1>Bad gateway</h1>"), ServerError),
    (httpx.Response(200, html="<h1>Sign in to the guest network</h1>"), MalformedAnswerError),
    (httpx.Response(200, content=b'{"id": "org_1", "na'), MalformedAnswerError),
    (httpx.Response(200, content=b""), MalformedAnswerError),
    (httpx.Response(200, content=b'{"id":"\xff"}'), MalformedAnswerError),
    (httpx.Response(200, content=b'{"x":' + b"[" * 100_000), MalformedAnswerError),
    (httpx.Response(204), MalformedAnswerError),
    (httpx.Response(206, json=ME), MalformedAnswerError),
    (httpx.ConnectError("refused"), NetworkError),
    (httpx.ConnectTimeout("slow"), NetworkError),
    (httpx.ReadTimeout("slow"), NetworkError),
    (httpx.ReadError("reset"), NetworkError),
    (httpx.RemoteProtocolError("Server disconnected without sending a response."), NetworkError),
    (httpx.ProxyError("403"), NetworkError),
]


@pytest.mark.parametrize(("reply", "kind"), RETRIED, ids=lambda value: str(value)[:40])
def test_what_may_pass_is_tried_five_times(reply: httpx.Response | Exception, kind: type[ApiError]) -> None:
    error, script = failure(*[reply] * 5)
    assert type(error) is kind
    assert len(script.requests) == 5


@pytest.mark.parametrize(("reply", "kind"), RETRIED, ids=lambda value: str(value)[:40])
def test_what_may_pass_and_does_is_no_error(reply: httpx.Response | Exception, kind: type[ApiError]) -> None:
    time = Time()
    assert ask(Script(reply, reply, ok(ME)), time=time).id == "org_1"
    assert sum(time.sleeps) == 3.0


NEVER_RETRIED: list[tuple[httpx.Response, type[ApiError]]] = [
    (refused(400), InvalidRequestError),
    (refused(401), AuthenticationError),
    (refused(402), BillingError),
    (refused(403), PermissionDeniedError),
    (refused(404), NotFoundError),
    (refused(405), InvalidRequestError),
    (refused(410), CursorExpiredError),
    (refused(413), RequestTooLargeError),
    (refused(429), RateLimitError),
    (refused(429, retry_after="601"), RateLimitError),
    (refused(529, retry_after="99999"), ServerError),
    (httpx.Response(403, html="<h1>Blocked by policy</h1>"), PermissionDeniedError),
    (httpx.Response(401, content=b""), AuthenticationError),
    (httpx.Response(200, json={"id": "org_1", "name": 5}), MalformedAnswerError),
    (httpx.Response(200, content=b"null"), MalformedAnswerError),
    (httpx.Response(200, json=[]), MalformedAnswerError),
]


@pytest.mark.parametrize(("reply", "kind"), NEVER_RETRIED, ids=lambda value: str(value)[:40])
def test_what_will_not_pass_is_asked_once(reply: httpx.Response, kind: type[ApiError]) -> None:
    error, script = failure(reply, ok(ME))
    assert type(error) is kind
    assert len(script.requests) == 1


def test_retry_after_is_obeyed_in_seconds_and_as_a_date() -> None:
    time = Time()
    date = "Mon, 23 Nov 2026 09:31:10 GMT"
    ask(Script(refused(429, retry_after="40"), refused(429, retry_after=date), ok(ME)), time=time)
    assert sum(time.sleeps) == pytest.approx(40 + 30)


def test_a_spend_limit_is_told_from_too_many_requests() -> None:
    error, _ = failure(refused(429, "You have reached your spend limit."))
    assert isinstance(error, RateLimitError)
    assert error.retry_after is None
    assert "spend limit" in str(error)
    assert "Waiting does not help" in str(error)


@pytest.mark.parametrize(
    ("header", "words"),
    [("1800", "30 minutes"), ("7200", "2 hours"), ("9" * 400, "more than a month")],
)
def test_an_absurd_wait_is_refused_in_a_sentence(header: str, words: str) -> None:
    time = Time()
    error, _ = failure(refused(429, retry_after=header), time=time)
    assert words in str(error)
    assert time.sleeps == []


# Bounds


def test_a_body_that_drips_is_cut_off() -> None:
    time = Time(step=1.0)
    body = Body(b" " for _ in range(10**9))
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
    body = Body(b"x" * 1000 for _ in range(10**9))
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
    error, _ = failure(httpx.Response(403, stream=Body(b"x" * 1000 for _ in range(10**9))))
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


# The observer and the pace


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
    pace = Pace(1, 60.0, monotonic=time.monotonic)
    ask(Script(refused(529), ok(ME)), time=time, pace=pace, observer=witness)
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


# The key stays unsaid


def spoken(error: BaseException | None) -> str:
    """All the text an error and everything it leads to could print."""
    if error is None:
        return ""
    own = f"{error!s} {error!r} {error.__dict__} {''.join(traceback.format_exception(error))}"
    return own + spoken(error.__cause__) + spoken(error.__context__)


@pytest.mark.parametrize(
    "reply",
    [
        refused(401, f"invalid x-api-key: {KEY}"),
        refused(403, f"{'x' * 290} {KEY} is not for this"),
        refused(400, "unexpected sk-ant-api03-other_key-123"),
        refused(429, f"slow down, {KEY}"),
        httpx.Response(401, json={"error": {"message": "no"}, "request_id": KEY}),
        httpx.Response(200, json={"id": "a", "name": "b"} | {"type": [KEY]}, headers={"request-id": KEY}),
        httpx.ReadError(f"while sending {KEY}"),
        httpx.LocalProtocolError(f"Illegal header value {KEY}"),
        httpx.Response(200, content=KEY.encode()),
    ],
    ids=str,
)
def test_the_key_is_in_no_error_even_when_echoed(reply: httpx.Response | Exception) -> None:
    error, _ = failure(*[reply] * 5)
    text = spoken(error)
    assert KEY not in text
    assert not re.search(r"sk-ant-\w", text)


def test_an_error_leads_to_no_other_that_carries_the_request() -> None:
    error, _ = failure(*[httpx.ReadTimeout("slow")] * 5)
    assert error.__cause__ is None
    assert error.__context__ is None


def test_the_key_is_not_in_what_a_client_says_of_itself() -> None:
    with client(Script()) as api:
        assert KEY not in repr(api)
        assert KEY not in str(api)
        assert URL in repr(api)


def test_nothing_is_logged_by_this_program(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ask(Script(refused(529), ok(ME)))
    assert {record.name.split(".")[0] for record in caplog.records} <= {"httpx", "httpcore"}
    assert KEY not in caplog.text
