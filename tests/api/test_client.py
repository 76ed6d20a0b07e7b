"""The client: what it sends, what it refuses, what it tries again."""

from __future__ import annotations

import traceback

import httpx
import pytest

from core import __version__
from core.api.client import Client
from core.api.records import Organization
from core.errors import (
    AnswerTimeoutError,
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
)
from tests.api.fakes import KEY, ME, URL, Script, Time, ask, client, failure, ok, refused

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
        api.get("/v1/organizations/me", params, Organization, headers={"anthropic-beta": "fast"})
    assert script.params() == params
    assert script.requests[0].headers["anthropic-beta"] == "fast"
    assert script.requests[0].headers["x-api-key"] == KEY


def test_version_and_betas_are_sent_as_chosen() -> None:
    script = Script(ok(ME))
    chosen = ("fast-mode-2027-01-15", "another-2027-01-01")
    with client(script, version="2026-10-21", betas=chosen) as api:
        sent = "fast-mode-2026-02-01, fast-mode-plus-2026-02-01"
        api.get("/v1/organizations/me", [], Organization, headers={"anthropic-beta": sent})
    assert script.requests[0].headers["anthropic-version"] == "2026-10-21"
    assert script.requests[0].headers["anthropic-beta"] == "fast-mode-2027-01-15,fast-mode-plus-2026-02-01"


def test_a_beta_that_is_not_asked_for_is_not_sent() -> None:
    script = Script(ok(ME))
    with client(script, betas=("fast-mode-2027-01-15",)) as api:
        api.get("/v1/organizations/me", [], Organization)
    assert "anthropic-beta" not in script.requests[0].headers


def test_every_answer_is_heard_as_it_came_refusals_too() -> None:
    heard: list[tuple[str, list[tuple[str, str]], int, bytes]] = []
    script = Script(refused(529), ok(ME))
    with client(
        script,
        hear=lambda path, params, reply: heard.append((path, [*params], reply.status, bytes(reply.body))),
    ) as api:
        api.get("/v1/organizations/me", [("limit", "1")], Organization)
    assert [(path, params, status) for path, params, status, _ in heard] == [
        ("/v1/organizations/me", [("limit", "1")], 529),
        ("/v1/organizations/me", [("limit", "1")], 200),
    ]
    assert b"Example" in heard[1][3]


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


def test_what_was_too_slow_twice_is_left_for_a_smaller_question() -> None:
    error, script = failure(*[refused(504)] * 5)
    assert type(error) is AnswerTimeoutError
    assert len(script.requests) == 2


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
