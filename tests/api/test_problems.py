"""What a person reads when something went wrong."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api.exchange import Reply
from core.api.problems import LONGEST_MESSAGE, identifier, quotable, refusal
from core.api.silence import silence
from core.errors import ApiError
from tests.api.fakes import KEY, NOW


def problem(status: int, body: bytes = b"", **headers: str) -> ApiError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(Reply(status, named, body), key=KEY, now=NOW).error


def message(text: str) -> bytes:
    return httpx.Response(400, json={"error": {"type": "t", "message": text}}).content


@pytest.mark.parametrize(("said", "told"), [("Slow down.", "“Slow down.”"), ("No", "“No”.")])
def test_a_quoted_sentence_ends_once(said: str, told: str) -> None:
    assert problem(403, message(said)).happened.endswith(f": {told}")


@pytest.mark.parametrize(
    "status", [302, 400, 401, 402, 403, 404, 408, 410, 413, 418, 429, 500, 504, 529, 600]
)
def test_every_refusal_says_what_happened_and_what_to_do(status: int) -> None:
    error = problem(status, message("Anthropic's own words"))
    assert "“Anthropic's own words”." in error.happened
    assert error.remedy.endswith(".")
    assert error.status == status
    for sentence in (error.happened, error.means, error.remedy):
        assert not sentence or (sentence[0].isupper() and sentence.endswith("."))
        assert ".." not in sentence


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"error": "text"}', b'{"error": {"message": 5}}', b"\xff\xfe", b'{"err']
)
def test_a_refusal_without_a_readable_message_names_the_status(body: bytes) -> None:
    assert "(status 403)" in problem(403, body).happened


def test_a_refusal_by_a_web_page_points_to_a_proxy() -> None:
    assert "proxy" in problem(403, b"\n<!doctype html>Blocked").means


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "organization_on_hold"),
        (403, "organization_not_enrolled_in_beta"),
        (400, "organization_type_not_supported"),
    ],
)
def test_a_refusal_for_the_organizations_sake_does_not_blame_the_key(status: int, code: str) -> None:
    said = {"error": {"type": "t", "message": "No.", "details": {"error_code": code}}}
    error = problem(status, httpx.Response(400, json=said).content)
    assert "not to blame" in error.means and "key" not in error.remedy and error.remedy.endswith(".")


@pytest.mark.parametrize("details", [None, "text", [1], {}, {"error_code": 5}, {"error_code": None}])
def test_details_of_any_form_do_not_lose_the_message(details: object) -> None:
    said = {"error": {"type": "t", "message": "No.", "details": details}}
    error = problem(403, httpx.Response(400, json=said).content)
    assert "“No.”" in error.happened and "wrong kind" in error.means


def test_the_request_id_comes_from_the_header_else_from_the_body() -> None:
    body = b'{"error": {"message": "x"}, "request_id": "req_body"}'
    assert problem(400, body, request_id="req_header").request_id == "req_header"
    assert problem(400, body).request_id == "req_body"
    assert "req_body" in str(problem(400, body))


def test_a_long_message_is_cut_after_its_keys_are_hidden() -> None:
    text = quotable("x" * (LONGEST_MESSAGE - 10) + KEY + "y" * 500, KEY)
    assert len(text) == LONGEST_MESSAGE
    assert text.endswith("…")
    assert "sk-ant" not in text


def test_control_characters_do_not_reach_a_terminal() -> None:
    text = quotable("a\x1b[31mred\x07\r\n\u202eb", KEY)
    assert text.isprintable()
    assert "red" in text


@given(st.text(max_size=600), st.text(max_size=600))
def test_no_text_around_a_key_lets_it_through(before: str, after: str) -> None:
    text = quotable(before + KEY + after, KEY)
    assert KEY not in text
    assert len(text) <= LONGEST_MESSAGE
    assert text.isprintable()


def test_a_key_that_is_a_word_does_not_blank_the_sentence() -> None:
    assert quotable("a workspace is missing", "a") == "a workspace is missing"
    assert identifier("req_a", "a") == "req_a"


@pytest.mark.parametrize("text", [None, "", "a b", "<b>", "x" * 129, "req\n1", KEY, f"req_{KEY}"])
def test_what_is_not_an_identifier_is_none(text: str | None) -> None:
    assert identifier(text, KEY) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpx.ConnectError("x"), "api.test could not be reached."),
        (httpx.ConnectTimeout("x"), "api.test could not be reached."),
        (httpx.ReadTimeout("x"), "api.test took too long to answer."),
        (httpx.ReadError("x"), "api.test closed the connection before it answered."),
        (httpx.ProxyError("x"), "The proxy on the way to api.test refused."),
    ],
)
def test_silence_names_the_server_and_what_it_did(error: Exception, words: str) -> None:
    assert silence(error, host="api.test").error.happened == words
