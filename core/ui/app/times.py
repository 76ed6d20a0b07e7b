"""Instants and spans of time as people read them. All in UTC."""

from __future__ import annotations

from datetime import date, datetime

from core.clock import utc_now
from core.formats import day_label
from core.periods import day_of


def now() -> datetime:
    """The present instant. Tests set the clock by replacing ``utc_now`` here."""
    return utc_now()


def today() -> date:
    return day_of(now())


def ago(instant: datetime | None) -> str:
    """``just now``, ``12 min ago``, ``5 h ago``, ``3 days ago``; ``never`` for None."""
    if instant is None:
        return "never"
    minutes = int((now() - instant).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"


def instant_label(instant: datetime) -> str:
    """``Nov 23, 2026, 09:14``."""
    return f"{day_label(day_of(instant))}, {instant:%H:%M}"


def duration(seconds: float | None) -> str:
    """``about 40 s left``, ``about 3 min left``; says so when it cannot tell."""
    if seconds is None:
        return "estimating the time left"
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s left"
    return f"about {round(seconds / 60)} min left"


def span(seconds: float) -> str:
    """``42 s``, ``3 min 20 s``, ``2 h 05 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
