"""Values as columns store them: instants as RFC 3339 in UTC, windows as two days, null for None."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache

from core.clock import parse_rfc3339, rfc3339
from core.periods import Period


@lru_cache(maxsize=4096)
def stored_instant(text: str) -> datetime:
    """A column's instant. Neighbouring rows share theirs: days of a window, connections of a run."""
    return parse_rfc3339(text)


def stored_instant_or_none(text: str | None) -> datetime | None:
    """The same, of a column that may be null."""
    return stored_instant(text) if text else None


def instant_text(instant: datetime | None) -> str | None:
    """An instant as a column that may be null."""
    return rfc3339(instant) if instant else None


@lru_cache(maxsize=4096)
def stored_period(start_day: str | None, end_day: str | None) -> Period | None:
    """What these two columns tell; None where they are null."""
    if not (start_day and end_day):
        return None
    return Period(date.fromisoformat(start_day), date.fromisoformat(end_day))


def period_columns(period: Period | None) -> dict[str, str | None]:
    """A period as the columns ``start_day`` and ``end_day``."""
    return {
        "start_day": period.start.isoformat() if period else None,
        "end_day": period.end.isoformat() if period else None,
    }
