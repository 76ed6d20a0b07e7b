"""The use that the newest reports know of, and its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from core.demo.activity import Activity, Use, scaled
from core.demo.behaviour import Behaviour
from core.demo.claude_ai_reports import watermark
from core.demo.spans import WIDTHS, Times, floor

_DAY = WIDTHS["1d"]


def known_upto(now: datetime, behaviour: Behaviour) -> datetime:
    """The instant up to which the reports are complete: their watermark."""
    return watermark(now - behaviour.newest_lag)


def newest_uses(activity: Activity, times: Times, behaviour: Behaviour) -> Iterator[tuple[datetime, Use]]:
    """Use in a span with the midnight its day began with."""
    percents = dict(behaviour.newest_percents)
    begin, end = times
    while begin < end:
        midnight = floor(begin, _DAY)
        upto = min(end, midnight + _DAY)
        uses = activity.between(begin, upto)
        percent = percents.get(midnight.date(), 100)
        yield from ((midnight, use) for use in (uses if percent == 100 else scaled(uses, percent)))
        begin = upto
