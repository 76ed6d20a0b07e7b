"""The hours in which nothing is sent: what comes then is sent when they end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlite_utils import Database

from core.errors import InputError
from core.store.alert_kinds import RuleKind
from core.store.meta import get_meta, set_meta

_META = "quiet_hours"
URGENT = (RuleKind.SYNC.value, RuleKind.KEY.value, RuleKind.LATE.value)
"""Kinds of alerts that may go out at any hour."""


@dataclass(frozen=True)
class QuietHours:
    """``start`` and ``end``: ``22:00``, by the clocks of ``zone``. ``lets_syncs_through``: what is told of
    syncs is sent at any hour.

    Raises:
        InputError: a time or a zone that there is not, or no time between the two.
    """

    start: str
    end: str
    zone: str
    lets_syncs_through: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", f"{_clock(self.start, 'start'):%H:%M}")
        object.__setattr__(self, "end", f"{_clock(self.end, 'end'):%H:%M}")
        if self.start == self.end:
            raise InputError("Quiet hours end when they begin.", field="end", remedy="Give another end.")
        _zone(self.zone)

    def include(self, instant: datetime) -> bool:
        """Whether it is quiet then."""
        now, start, end = f"{instant.astimezone(_zone(self.zone)):%H:%M}", self.start, self.end
        return start <= now < end if start < end else now >= start or now < end

    def over_at(self, instant: datetime) -> datetime:
        """When what comes at ``instant`` can go out: at once, or when the quiet is over."""
        if not self.include(instant):
            return instant
        zone = _zone(self.zone)
        today = instant.astimezone(zone).date()
        ends = (
            datetime.combine(today + timedelta(days=n), _clock(self.end, "end"), zone).astimezone(UTC)
            for n in (0, 1)
        )
        return next(end for end in ends if end > instant)

    @property
    def lets_through(self) -> tuple[str, ...]:
        """Kinds of alerts that are sent at any hour."""
        return URGENT if self.lets_syncs_through else ()


def quiet_hours(db: Database) -> QuietHours | None:
    """None: every hour is as good."""
    kept = get_meta(db, _META)
    return QuietHours(**json.loads(kept)) if kept else None


def set_quiet_hours(db: Database, hours: QuietHours | None) -> None:
    """Keep them; None: there are none."""
    set_meta(db, _META, json.dumps(asdict(hours)) if hours else "")


def _clock(text: str, field: str) -> time:
    try:
        hours, minutes = text.strip().split(":")
        return time(int(hours), int(minutes))
    except ValueError:
        raise InputError(
            f"{text[:40]!r} is no time of day.", field=field, remedy="Write it like 22:00."
        ) from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"There is no time zone {name[:60]!r}.",
            field="zone",
            remedy="Write it like Europe/Berlin or UTC.",
        ) from None
