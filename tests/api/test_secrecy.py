"""The key stays unsaid: in errors and all they lead to, in reprs, in logs."""

from __future__ import annotations

import re
import traceback

import httpx
import pytest

from tests.api.fakes import KEY, ME, URL, Script, ask, client, failure, ok, refused


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


def test_nothing_is_logged_by_libraries_either(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    ask(Script(refused(529), ok(ME)))
    assert caplog.records == []
