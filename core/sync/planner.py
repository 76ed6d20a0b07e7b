"""Which windows to pull: every day in reach that is not final yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from core.dimensions import Origin
from core.periods import ONE_DAY, Period, runs_of
from core.store.coverage import CLAUDE_AI_FIRST_DAY, Coverage, is_final, reach_start

MAX_WINDOW_DAYS = 31


def first_day(origin: Origin, since: date, today: date) -> date:
    """The earliest day that is wanted and that the API still reaches."""
    earliest = max(since, reach_start(today))
    return max(earliest, CLAUDE_AI_FIRST_DAY) if origin is Origin.CLAUDE_AI else earliest


def plan_windows(
    origin: Origin,
    since: date,
    today: date,
    held: Mapping[date, Coverage],
    *,
    full: bool = False,
    period: Period | None = None,
) -> list[Period]:
    """Windows of up to 31 days, latest first, that together hold every day not final.

    Days that were never pulled, gaps, provisional days and today are all "not final", so one rule pulls
    history, heals failures and re-pulls the last 30 days. ``full`` pulls all that is in reach again,
    ``period`` its days as far as they are in reach.
    """
    start = first_day(origin, since, today)
    wanted = (start + timedelta(days=n) for n in range((today - start).days + 1))
    again = Period(start, today + ONE_DAY) if full else period or Period(start, start)
    needed = [day for day in wanted if day in again or day not in held or not is_final(held[day], day)]
    return runs_of(needed, at_most=MAX_WINDOW_DAYS)
