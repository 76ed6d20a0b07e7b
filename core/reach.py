"""How far back Anthropic's reports go, how long it revises their days, and how late they come.

Everything about days that is documented or was read from the live service, declared once.
"""

from __future__ import annotations

from datetime import date, timedelta

from core.dimensions import Origin
from core.periods import next_month

MAX_DAYS = 31
"""The longest span one question may ask for, and the most daily buckets one page may hold."""

REVISION_DAYS = 30
"""How many days after a day Anthropic may revise it."""
MONTH_END_DAYS = 8
"""And how many days after its calendar month ended. On the last of them the revision arrives."""

LATE_DAYS = 3
"""The number of finished days that may be missing at the end of a report: they are late, not lost."""

STILL_COMES = timedelta(hours=1)
"""How long after midnight a day's usage may still grow. It is reported minutes after it happened."""

CLAUDE_AI_REACH_DAYS = 365
"""How many days claude.ai's reports go back, today included. Anthropic does not state it for the Platform."""
CLAUDE_AI_FIRST_DAY = date(2026, 1, 1)
"""claude.ai's reports begin here."""
NEWEST_FIRST_DAY = date(2026, 1, 1)
"""The newest reports begin here, for both origins."""
NEWEST_REACH_DAYS = 365
"""And go back this many days, today included."""

HISTORY_DAYS = 365
"""How many days, today included, are pulled by default."""


def settled_on(day: date) -> date:
    """The first day on which a day's values are final: a pull then, or later, is its last."""
    after_month = next_month(day) + timedelta(days=MONTH_END_DAYS)
    return max(day + timedelta(days=REVISION_DAYS), after_month)


def reach_start(origin: Origin, today: date, reached: int | None = None) -> date:
    """The earliest day that is still answered; ``date.min`` where no end is known.

    ``reached``: how many days back, today included, this very service was seen to answer. None: not known.
    """
    documented = CLAUDE_AI_REACH_DAYS if origin is Origin.CLAUDE_AI else None
    known = [days for days in (documented, reached) if days is not None]
    return today - timedelta(days=max(1, min(known)) - 1) if known else date.min


def first_day(origin: Origin, since: date, today: date, reached: int | None = None) -> date:
    """The earliest day that is wanted and that Anthropic still tells about."""
    return max(first_wanted(origin, since), reach_start(origin, today, reached))


def first_wanted(origin: Origin, since: date) -> date:
    """Where history begins: as wanted, but never before there were reports."""
    return max(since, CLAUDE_AI_FIRST_DAY) if origin is Origin.CLAUDE_AI else since


def default_since(today: date) -> date:
    """Since when history is pulled unless somebody says so: a year."""
    return today - timedelta(days=HISTORY_DAYS - 1)
