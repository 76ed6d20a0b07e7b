"""Every error a user can meet, and how it reads.

    TokenLedgerError
    ├── ConfigurationError          the installation is at fault: the command line exits 2
    │   ├── SecretKeyError          a key cannot be decrypted, or is not where it should be
    │   └── StoreError              the database cannot be opened, read or written
    │       └── NewerDatabaseError  written by a later version of this program
    ├── InputError                  what the user typed is at fault
    ├── AccessDeniedError           who asks is not let in, or not to this
    ├── SyncBusyError               another process syncs this data folder
    ├── SyncStoppedError            the user stopped the sync
    └── ApiError                    Anthropic, or the way to it, is at fault; carries the request id
        ├── InvalidRequestError     400
        ├── AuthenticationError     401
        ├── BillingError            402
        ├── PermissionDeniedError   403
        ├── NotFoundError           404
        ├── CursorExpiredError      410
        ├── RequestTooLargeError    413
        ├── RateLimitError          429
        ├── NotServedError          a report that this organization does not have: nobody's mistake
        ├── ServerError             5xx, 529
        │   └── AnswerTimeoutError      504
        ├── NetworkError            refused, reset, timed out
        ├── ClockError              this machine's clock is not Anthropic's
        ├── MalformedAnswerError    HTML, cut short, wrong shape
        │   └── OversizedAnswerError    larger than is read at once
        └── IncompleteAnswerError   paging that does not cover what was asked
            └── EndlessAnswerError  paging that does not end

A message is up to three sentences: what happened, what it means, what to do.
"""

from __future__ import annotations

from enum import StrEnum


class TokenLedgerError(Exception):
    """Base of all errors meant for a user's eyes.

    ``happened``, ``means`` and ``remedy`` are whole sentences without secrets.
    """

    def __init__(self, happened: str, *, means: str = "", remedy: str = "") -> None:
        super().__init__(happened)
        self.happened = happened
        self.means = means
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(part for part in (self.happened, self.means, self.remedy) if part)


class ConfigurationError(TokenLedgerError):
    """The installation is at fault."""


class SecretKeyError(ConfigurationError):
    """A stored API key cannot be decrypted with the present secret; one kept elsewhere is not there."""


class StoreError(ConfigurationError):
    """The database cannot be opened, read or written."""


class NewerDatabaseError(StoreError):
    """The database was written by a later version of this program."""


class InputError(TokenLedgerError):
    """What the user typed is at fault; ``field`` names the input."""

    def __init__(self, happened: str, *, field: str = "", means: str = "", remedy: str = "") -> None:
        super().__init__(happened, means=means, remedy=remedy)
        self.field = field


class AccessDeniedError(TokenLedgerError):
    """Who asks is not let in, or not to this. ``may_sign_in``: signing in, or in again, may change it."""

    def __init__(
        self, happened: str, *, means: str = "", remedy: str = "", may_sign_in: bool = False
    ) -> None:
        super().__init__(happened, means=means, remedy=remedy)
        self.may_sign_in = may_sign_in


class SyncBusyError(TokenLedgerError):
    """Another process is syncing this data folder."""


class SyncStoppedError(TokenLedgerError):
    """The user stopped the sync."""


class ApiError(TokenLedgerError):
    """Anthropic, or the way to it, is at fault.

    ``status`` is the HTTP status or None, ``request_id`` Anthropic's ``request-id`` header or None. ``said``
    is the message that came with a refusal, fit to be shown; ``code`` its ``details.error_code``, or empty.
    """

    def __init__(
        self,
        happened: str,
        *,
        means: str = "",
        remedy: str = "",
        status: int | None = None,
        request_id: str | None = None,
        said: str = "",
        code: str = "",
    ) -> None:
        super().__init__(happened, means=means, remedy=remedy)
        self.status = status
        self.request_id = request_id
        self.said = said
        self.code = code

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text} (Anthropic request id: {self.request_id})" if self.request_id else text


class InvalidRequestError(ApiError):
    """400."""


class AuthenticationError(ApiError):
    """401: a wrong, revoked or expired key."""


class BillingError(ApiError):
    """402."""


class PermissionDeniedError(ApiError):
    """403: the key lacks a scope, or belongs to the other API."""


class NotFoundError(ApiError):
    """404."""


class CursorExpiredError(ApiError):
    """410: the cursor outlived a data refresh; the sequence restarts from its first page."""


class RequestTooLargeError(ApiError):
    """413."""


class RateLimitError(ApiError):
    """429; without ``retry_after`` it is a spend cap, which waiting does not cure."""

    def __init__(
        self,
        happened: str,
        *,
        retry_after: float | None = None,
        means: str = "",
        remedy: str = "",
        status: int | None = 429,
        request_id: str | None = None,
    ) -> None:
        super().__init__(happened, means=means, remedy=remedy, status=status, request_id=request_id)
        self.retry_after = retry_after


class NotServed(StrEnum):
    """Why a report is not served to an organization."""

    HIPAA = "hipaa"
    NOT_IN_BETA = "not_in_beta"
    NOT_SUPPORTED = "not_supported"
    NOT_FOUND = "not_found"
    TOO_OLD = "too_old"
    REFUSED = "refused"


_NOT_SERVED = {
    NotServed.HIPAA: "Anthropic does not serve this report to an organization with HIPAA readiness.",
    NotServed.NOT_IN_BETA: "This organization is not in the beta of this report.",
    NotServed.NOT_SUPPORTED: "Anthropic does not serve this report to an organization of this kind.",
    NotServed.NOT_FOUND: "Anthropic does not know this report for this organization.",
    NotServed.TOO_OLD: "This report does not reach back to these days.",
    NotServed.REFUSED: "Anthropic refuses even the plainest question for this report.",
}


class NotServedError(ApiError):
    """A report that the organization does not have, for a ``reason``: the older reports are to be read."""

    def __init__(self, reason: NotServed, refusal: ApiError | None = None) -> None:
        super().__init__(
            _NOT_SERVED[reason],
            means="This is nobody's mistake: the older reports are read instead.",
            status=refusal.status if refusal else None,
            request_id=refusal.request_id if refusal else None,
            said=refusal.said if refusal else "",
            code=refusal.code if refusal else "",
        )
        self.reason = reason


class ServerError(ApiError):
    """5xx and 529."""


class AnswerTimeoutError(ServerError):
    """504: the answer took Anthropic too long; fewer days may be quicker."""


class NetworkError(ApiError):
    """No answer: refused, reset, timed out."""


class ClockError(ApiError):
    """This machine's clock is more than a day from Anthropic's: no day can be told rightly."""


class MalformedAnswerError(ApiError):
    """An answer that is not what the contract promises: HTML, cut short, a wrong type."""


class OversizedAnswerError(MalformedAnswerError):
    """One answer larger than is read at once; fewer days may fit."""


class IncompleteAnswerError(ApiError):
    """Pages that repeat, or do not cover the window asked for."""


class EndlessAnswerError(IncompleteAnswerError):
    """More pages than any real answer has."""
