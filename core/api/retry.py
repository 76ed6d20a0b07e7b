"""Decides what is tried again, and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core.errors import ApiError

TRIES = 5
LONGEST_RETRY_AFTER = 600.0
"""A server that asks for more seconds than this is not waited for."""

_FIRST_BACK_OFF = 1.0
_SECONDS = re.compile(r"\d+(\.\d*)?", re.ASCII)


@dataclass(frozen=True)
class Failure:
    """A try that failed: with what error, whether another may succeed, and when the server wants it.

    ``retry_after`` in seconds; None where the server names no time. ``tries`` at the most, this one included.
    """

    error: ApiError
    transient: bool
    retry_after: float | None = None
    tries: int = TRIES


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Read a ``retry-after`` header: seconds, or an HTTP date.

    None without a header. Zero for a time that has passed or cannot be read: the server wants another try and
    leaves the moment to us.
    """
    if header is None:
        return None
    text = header.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    moment = http_date(text)
    return max(0.0, (moment - now).total_seconds()) if moment else 0.0


def http_date(text: str) -> datetime | None:
    """The instant of an HTTP date, in UTC where it names no zone; None for what is no date."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def wait_after(failure: Failure, tries: int, jitter: Callable[[], float]) -> float | None:
    """Seconds to wait after so many tries; None to give up.

    The back-off doubles from one second and is shortened by up to a half, so that clients who failed
    together do not return together. A server's own time is kept at least.
    """
    if not failure.transient or tries >= failure.tries:
        return None
    back_off = _FIRST_BACK_OFF * (1 << (tries - 1))
    return max(failure.retry_after or 0.0, back_off * (1.0 - jitter() / 2))
