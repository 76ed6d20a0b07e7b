"""From what went wrong to the sentence a person reads.

Each function returns a :class:`core.api.retry.Failure` with one of the errors of :mod:`core.errors`. No text
holds the key, even where the server sends it back, and nothing refers to the request, which carries it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import msgspec

from core.api.decoding import FAILURES, decode
from core.api.exchange import Reply
from core.api.retry import LONGEST_RETRY_AFTER, TRIES, Failure, http_date, retry_after_seconds
from core.errors import (
    AnswerTimeoutError,
    ApiError,
    AuthenticationError,
    BillingError,
    ClockError,
    CursorExpiredError,
    InvalidRequestError,
    MalformedAnswerError,
    NetworkError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RequestTooLargeError,
    ServerError,
)
from core.secrecy import ANY_KEY, HIDDEN, without_keys

LONGEST_MESSAGE = 300

_SHORTEST_KEY = 8
_PREAMBLE = 256
"""Bytes within which a web page shows that it is one."""
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


class _Problem(NamedTuple):
    kind: type[ApiError]
    happened: str
    means: str
    remedy: str


_OUTDATED = "Look for a newer version of Token Ledger; if this is the newest, report it with the request id."
_LATER = "Try again in a few minutes."
_NOT_YOURS = "This is temporary and not your doing."

_PROBLEMS: dict[int, _Problem] = {
    400: _Problem(InvalidRequestError, "Anthropic did not accept the request", "", _OUTDATED),
    401: _Problem(
        AuthenticationError,
        "Anthropic does not accept this API key",
        "It is mistyped, revoked or expired.",
        "Make a new key and enter it on the settings page.",
    ),
    402: _Problem(
        BillingError,
        "Anthropic refuses because of the organization's billing",
        "",
        "Look at the billing settings of the organization.",
    ),
    403: _Problem(
        PermissionDeniedError,
        "This API key is not permitted to read what was asked for",
        "It is of the wrong kind, or lacks a permission.",
        "Use a key of the right kind, with the permissions named.",
    ),
    404: _Problem(
        NotFoundError,
        "Anthropic does not know what was asked for",
        "The organization may not have this report.",
        _OUTDATED,
    ),
    408: _Problem(NetworkError, "The request took too long to arrive", "", _LATER),
    410: _Problem(
        CursorExpiredError,
        "Anthropic refreshed the data while it was being read",
        "The pages read so far no longer fit the rest.",
        "Sync again: reading starts over at the first page.",
    ),
    413: _Problem(RequestTooLargeError, "Anthropic found the request too large", "", _OUTDATED),
    504: _Problem(AnswerTimeoutError, "Anthropic could not answer in time", _NOT_YOURS, _LATER),
}
_NO_SUCH_REPORT = (
    "The key is not to blame: Anthropic does not offer this report to the organization.",
    "If it should, ask Anthropic.",
)
_BY_CODE: dict[str, tuple[str, str]] = {
    "organization_on_hold": ("The key is not to blame: the organization is on hold.", "Ask Anthropic why."),
    "organization_type_not_supported": _NO_SUCH_REPORT,
    "organization_not_enrolled_in_beta": _NO_SUCH_REPORT,
}
"""What a refusal means and what to do, where Anthropic names a reason other than the key."""
_SERVER = _Problem(ServerError, "Anthropic could not answer", _NOT_YOURS, _LATER)
_OVERLOADED_STATUS = 529
_OVERLOADED = _SERVER._replace(happened="Anthropic is overloaded")
_REFUSED = _Problem(InvalidRequestError, "The request was refused", "", _OUTDATED)
_NO_ANSWER = _Problem(
    MalformedAnswerError,
    "The server gave no proper answer",
    "Something between here and Anthropic may have answered instead.",
    "Check ANTHROPIC_BASE_URL and this machine's proxy, then try again.",
)
_BY_A_PAGE = "The refusal came as a web page, so perhaps from a proxy on the way and not from Anthropic."
_CLOCK_TOLERANCE = timedelta(days=1)
_TRIES_OF_SLOW = 2
"""What was too slow twice is better asked for in smaller pieces."""
_TRANSIENT = (NetworkError, ServerError, MalformedAnswerError)


class _ErrorDetail(msgspec.Struct):
    message: str = ""
    details: Any = None

    @property
    def code(self) -> str:
        """Whatever form the details have, they must not lose the message."""
        code = self.details.get("error_code") if isinstance(self.details, dict) else None
        return code if isinstance(code, str) else ""


class _ErrorBody(msgspec.Struct):
    error: _ErrorDetail
    request_id: str | None = None


def refusal(reply: Reply, *, key: str, now: datetime) -> Failure:
    """An answer whose status is not 200."""
    body = _error_body(reply.body)
    message = quotable(body.error.message, key)
    request_id = identifier(reply.headers.get("request-id") or body.request_id, key)
    retry_after = retry_after_seconds(reply.headers.get("retry-after"), now)
    if reply.status == httpx.codes.TOO_MANY_REQUESTS:
        return _rate_limit(message, retry_after, request_id)
    kind, happened, means, remedy = _problem(reply.status)
    means, remedy = _BY_CODE.get(body.error.code, (means, remedy))
    error = kind(
        _sentence(happened if message else f"{happened} (status {reply.status})", message),
        means=_BY_A_PAGE if _is_page(reply) else means,
        remedy=remedy,
        status=reply.status,
        request_id=request_id,
        said=message,
        code=quotable(body.error.code, key),
    )
    tries = _TRIES_OF_SLOW if kind is AnswerTimeoutError else TRIES
    return Failure(error, issubclass(kind, _TRANSIENT) and _bearable(retry_after), retry_after, tries)


def wrong_clock(reply: Reply, *, key: str, now: datetime) -> Failure | None:
    """An answer sent on another day than this machine's clock says; None where they agree or none tells."""
    sent_at = _sent_at(reply.headers)
    if sent_at is None or abs(sent_at - now) <= _CLOCK_TOLERANCE:
        return None
    error = ClockError(
        f"This machine's clock says {now:%Y-%m-%d %H:%M} UTC, Anthropic's {sent_at:%Y-%m-%d %H:%M}.",
        means="Days would be taken for others, so nothing of the answer was used.",
        remedy="Set this machine's clock, then sync again.",
        request_id=identifier(reply.headers.get("request-id"), key),
    )
    return Failure(error, False)


def _sent_at(headers: Mapping[str, str]) -> datetime | None:
    """The ``Date`` of an answer that comes from the server itself, not from a cache on the way."""
    if "age" in headers:
        return None
    moment = http_date(headers.get("date", ""))
    return moment.astimezone(UTC) if moment else None


def garbled(reply: Reply, *, key: str) -> Failure:
    """An answer that is not JSON: a web page, or cut short."""
    if _is_page(reply):
        happened = "A web page came instead of an answer."
    else:
        happened = "The answer was cut short or damaged."
    return Failure(malformed(happened, identifier(reply.headers.get("request-id"), key)), True)


def misshapen(detail: str, *, key: str, request_id: str | None) -> Failure:
    """An answer that lacks what the contract promises: asking again would bring the same."""
    problem = MalformedAnswerError(
        f"Anthropic's answer is not of the form it promises: {quotable(detail, key)}.",
        means="To read it anyway could give wrong numbers, so none of it was used.",
        remedy=_OUTDATED,
        status=httpx.codes.OK,
        request_id=request_id,
        said=quotable(detail, key),
    )
    return Failure(problem, False)


def quotable(text: str, key: str) -> str:
    """Foreign text made fit for a sentence: on one line, without control characters or keys, not too long."""
    hidden = text.replace(key, HIDDEN) if _is_secret(key) else text
    line = " ".join(without_keys(hidden).split())
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return printable if len(printable) <= LONGEST_MESSAGE else printable[: LONGEST_MESSAGE - 1] + "…"


def identifier(text: str | None, key: str) -> str | None:
    """A request or organization id from a header; None for anything that does not look like one."""
    if not text or not _IDENTIFIER.fullmatch(text):
        return None
    if ANY_KEY.search(text) or (_is_secret(key) and key in text):
        return None
    return text


def _is_secret(key: str) -> bool:
    """Whether it is long enough to be told apart from a word."""
    return len(key) >= _SHORTEST_KEY


def _problem(status: int) -> _Problem:
    if status in _PROBLEMS:
        return _PROBLEMS[status]
    if status == _OVERLOADED_STATUS:
        return _OVERLOADED
    if 500 <= status <= 599:
        return _SERVER
    return _REFUSED if 400 <= status <= 499 else _NO_ANSWER


def _rate_limit(message: str, retry_after: float | None, request_id: str | None) -> Failure:
    if retry_after is None:
        happened, means = "Anthropic refuses because a spend limit is reached", "Waiting does not help."
        remedy = "Raise the limit in the organization's settings, or sync again when it is renewed."
    elif not _bearable(retry_after):
        happened = f"Anthropic asks to wait {_duration(retry_after)} before the next request"
        means, remedy = "That is too long to wait for.", "Sync again after that time."
    else:
        happened, means = "Anthropic asks for fewer requests", "The limit is shared by all keys."
        remedy = _LATER
    error = RateLimitError(
        _sentence(happened, message),
        retry_after=retry_after,
        means=means,
        remedy=remedy,
        request_id=request_id,
    )
    return Failure(error, retry_after is not None and _bearable(retry_after), retry_after)


def _bearable(retry_after: float | None) -> bool:
    return retry_after is None or retry_after <= LONGEST_RETRY_AFTER


def _duration(seconds: float) -> str:
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 1000 * 3600 else "more than a month"


def _sentence(happened: str, message: str) -> str:
    stop = "" if message.endswith((".", "!", "?")) else "."
    return f"{happened}: “{message}”{stop}" if message else f"{happened}."


def _error_body(body: bytes | bytearray) -> _ErrorBody:
    try:
        return decode(body, _ErrorBody)
    except FAILURES:
        return _ErrorBody(_ErrorDetail())


def _is_page(reply: Reply) -> bool:
    return reply.body[:_PREAMBLE].lstrip().startswith(b"<")


def malformed(
    happened: str, request_id: str | None, kind: type[MalformedAnswerError] = MalformedAnswerError
) -> MalformedAnswerError:
    """An answer that is none, as ``happened`` says."""
    return kind(happened, means=_NO_ANSWER.means, remedy=_NO_ANSWER.remedy, request_id=request_id)
