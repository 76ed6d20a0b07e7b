"""Separates refusals of the newest reports that are nobody's mistake from those that somebody has to fix.

An organization with HIPAA readiness, one that is not in the beta, one of a kind that has no such report, and
days before the reports begin: in each case the older reports are to be read. A bad key, a missing scope, an
organization on hold and a rate limit stay the errors they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

from core.errors import (
    ApiError,
    InvalidRequestError,
    NotFoundError,
    NotServed,
    NotServedError,
    PermissionDeniedError,
)
from core.periods import Period
from core.reach import NEWEST_FIRST_DAY

T = TypeVar("T")

_BY_CODE = {
    "organization_not_enrolled_in_beta": NotServed.NOT_IN_BETA,
    "organization_type_not_supported": NotServed.NOT_SUPPORTED,
}
_SOMEBODYS_CODES = frozenset(
    {
        "api_key_scope_missing",
        "organization_level_scoped_api_key_required",
        "parent_organization_required",
        "organization_on_hold",
    }
)
_SOMEBODYS = re.compile(r"\bscopes?\b|\bon[ _]hold\b", re.IGNORECASE)
_BY_WORDS: tuple[tuple[NotServed, re.Pattern[str]], ...] = (
    (NotServed.HIPAA, re.compile(r"\bhipaa\b", re.IGNORECASE)),
    (NotServed.TOO_OLD, re.compile(r"starting_at\b.*(2026-01-01|\bwithin\b|\bavailable from\b)")),
    (NotServed.NOT_IN_BETA, re.compile(r"\bbeta\b|\benrolled\b|not_enrolled", re.IGNORECASE)),
    (NotServed.NOT_SUPPORTED, re.compile(r"not (available|supported|enabled)\b.*\borganization", re.I)),
    (NotServed.NOT_SUPPORTED, re.compile(r"\borganization\b.*\bnot (available|supported|enabled)\b", re.I)),
)
"""What a message says where it comes without a code, as all did before November 2026."""
_REFUSALS = (InvalidRequestError, NotFoundError, PermissionDeniedError)


def unless_served(pages: Iterator[T], period: Period) -> Iterator[T]:
    """The pages of a newest report.

    Raises:
        NotServedError: the report is not served, which is nobody's mistake.
        ApiError: any other failure, as it came.
    """
    if period.start < NEWEST_FIRST_DAY:
        raise NotServedError(NotServed.TOO_OLD)
    try:
        yield from pages
    except ApiError as error:
        if reason := reason_of(error):
            raise NotServedError(reason, error) from error
        raise


def reason_of(error: ApiError) -> NotServed | None:
    """Why the report is not served; None where the refusal is of another kind, or does not tell."""
    if not isinstance(error, _REFUSALS) or error.code in _SOMEBODYS_CODES:
        return None
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if _SOMEBODYS.search(error.said):
        return None
    told = (reason for reason, words in _BY_WORDS if words.search(error.said))
    return next(told, _unknown(error))


def _unknown(error: ApiError) -> NotServed | None:
    """A 404 by Anthropic: it comes with a message, which a web page on the way does not."""
    return NotServed.NOT_FOUND if isinstance(error, NotFoundError) and error.said else None
