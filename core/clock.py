"""The clock as a value, so that tests can set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present instant, timezone-aware, in UTC."""


def utc_now() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """``2026-11-23T09:30:00Z``, as both APIs write instants."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_rfc3339(text: str) -> datetime:
    """Read an API instant.

    Raises:
        ValueError: not RFC 3339, or without a time zone.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"instant without a time zone: {text!r}")
    return instant.astimezone(UTC)
