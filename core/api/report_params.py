"""The query parameters the reports share."""

from __future__ import annotations

from collections.abc import Iterable

from core.clock import rfc3339
from core.periods import Period
from core.reach import MAX_DAYS

Params = list[tuple[str, str]]


def day_params(period: Period) -> Params:
    """The period, in UTC days.

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    if not 1 <= period.days <= MAX_DAYS:
        raise ValueError(f"a report covers 1 to {MAX_DAYS} days, not {period.days}")
    return [
        ("starting_at", rfc3339(period.starting_at)),
        ("ending_at", rfc3339(period.ending_at)),
        ("bucket_width", "1d"),
    ]


def bucket_params(period: Period) -> Params:
    """The period with all its days on one page.

    Raises:
        ValueError: the period is empty, or longer than one question may ask for.
    """
    return [*day_params(period), ("limit", str(period.days))]


def grouped_by(names: Iterable[str]) -> Params:
    """``group_by[]``, once for each name."""
    return [("group_by[]", name) for name in names]
