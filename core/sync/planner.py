"""Decides which days to pull, and in windows of which size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.dimensions import Origin
from core.periods import ONE_DAY, Period, runs_of
from core.reach import MAX_DAYS, first_day
from core.store.coverage import Coverage, is_final
from core.store.windows import WindowSize

WINDOW_PAGES = 60
"""Requests a window should need at most: a minute's, at claude.ai's rate limit. A kill loses no more."""
WINDOW_ROWS = 250_000
"""Rows a window should hold at most: what is staged on disk, and for bucket reports what one answer holds."""
PROBE_PAGES = 5
"""Pages after which a window of a stream of unknown size is given up for a short one, which tells it."""

_SAMPLE_DAYS = 7
"""Days whose size tells that of others: a week, because weekends are quiet."""
_GROWTH = 3
"""While less than a week is known, a window has so many times its days at most."""
_LADDER = (7, 1)
"""Days of the windows that are tried, one after the other, where a longer one was refused."""
_PATIENCE = 3
"""Single days that may be refused, before the rest of the refused window waits for the next sync."""
_SHORT_DAYS = 2
"""A window given up is followed by one of so many days: today may have just begun."""


def due_days(
    origin: Origin,
    since: date,
    today: date,
    held: Mapping[date, Coverage],
    *,
    finished_only: bool = False,
    reached: int | None = None,
    full: bool = False,
    period: Period | None = None,
) -> list[date]:
    """Every day in reach that is not final.

    Days that were never pulled, gaps, provisional days and today are all "not final", so one rule pulls
    history, heals failures and re-pulls the days that are revised. A report that is ``finished_only`` is not
    asked for today. ``reached`` is how many days back the service was seen to answer (None: not known), where
    history ends. ``full`` pulls all that is in reach again, ``period`` its days as far as they are in reach.
    """
    end = today if finished_only else today + ONE_DAY
    start = min(first_day(origin, since, today, reached), end)
    in_reach = Period(start, end)
    again = in_reach if full else period or Period(start, start)
    return [day for day in in_reach if day in again or day not in held or not is_final(held[day], day, today)]


@dataclass
class StreamPlan:
    """The days of a stream still to pull, cut into windows one at a time, latest first.

    A window has up to :data:`MAX_DAYS` days, as many as are expected to need :data:`WINDOW_PAGES` pages and
    hold :data:`WINDOW_ROWS` rows, going by the windows pulled before them; ``sizes`` are those, the most
    telling first. While nothing is known, those of ``like`` tell, or else it is tried with all of them.
    ``granted``: the most days that the service was seen to answer at once; ``by_rows``: pages grow with
    the days.
    """

    days: set[date]
    sizes: Sequence[WindowSize] = ()
    like: StreamPlan | None = None
    granted: int = MAX_DAYS
    by_rows: bool = True
    refused: Period | None = field(default=None, init=False)
    """The window that was refused as a whole, while its days are tried in smaller ones."""
    longest: int = field(default=MAX_DAYS, init=False)
    _granted_before: int = field(default=MAX_DAYS, init=False)
    _lost: int = field(default=0, init=False)

    def take(self) -> Period | None:
        """The next window, its days no longer left; None when no day is left."""
        if not self.days:
            return None
        window = self._windows()[0]
        self.days.difference_update(window)
        return window

    @property
    def windows_left(self) -> int:
        """How many windows the days left make; an estimate until sizes are known."""
        return len(self._windows())

    @property
    def pages_left(self) -> int:
        """How many requests the days left need; an estimate until sizes are known."""
        return sum(self.pages_of(window) for window in self._windows())

    def pages_of(self, window: Period) -> int:
        """How many requests a window needs; one, while nothing is known."""
        known = self._known()
        if known is None:
            return 1
        return max(1, round(known.pages * window.days / known.days)) if self.by_rows else known.pages

    def most_pages(self, window: Period) -> int | None:
        """Pages after which to give the window up; a single day has no such end."""
        if window.days == 1 or not self.by_rows:
            return None
        return 2 * WINDOW_PAGES if self._known() or window.days <= _SHORT_DAYS else PROBE_PAGES

    @property
    def is_measured(self) -> bool:
        """Whether windows pulled before tell how large the next may be."""
        return self._known() is not None

    def measured(self, size: WindowSize) -> int | None:
        """A window was pulled. Returns how many days are granted at once, where that was just found out."""
        self.sizes = (size, *self.sizes)
        if self.refused is None or not self.days.isdisjoint(self.refused):
            return None
        if self._lost:
            self.restore()
            return None
        self.refused = None
        return self.granted

    def cut(self, window: Period) -> None:
        """A window was given up as too large: its days come again, in windows of fewer days."""
        self.days.update(window)
        self.sizes, self.like = (), None
        self.longest = _SHORT_DAYS if window.days > _SHORT_DAYS else 1

    def ask_for_less(self, window: Period) -> bool:
        """A window was refused: its days come again, a week at a time, then one by one.

        False where it has but one day.
        """
        fewer = next((days for days in _LADDER if days < window.days), None)
        if fewer is None:
            return False
        if self.refused is None:
            self.refused, self._granted_before, self._lost = window, self.granted, 0
        self.days.update(window)
        self.granted = fewer
        return True

    def restore(self) -> None:
        """The days were not to blame for the refusal: windows are as long as before."""
        if self.refused is not None:
            self.refused, self.granted = None, self._granted_before

    def lose(self, day: Period) -> Period:
        """A single day was refused for good: it is lost, and after a few such the rest of the refused window.

        Returns the days that are lost.
        """
        self._lost += 1
        if self.refused is None or self._lost < _PATIENCE:
            return day
        lost = Period(self.refused.start, day.end)
        self.days.difference_update(lost)
        self.restore()
        return lost

    def _windows(self) -> list[Period]:
        return runs_of(self.days, at_most=min(self._fitting_days(), self.granted))

    def _fitting_days(self) -> int:
        known = self._known()
        if known is None:
            return self.longest
        by_pages = WINDOW_PAGES * known.days // max(1, known.pages) if self.by_rows else MAX_DAYS
        by_rows = WINDOW_ROWS * known.days // max(1, known.rows)
        by_knowledge = MAX_DAYS if known.days >= _SAMPLE_DAYS else _GROWTH * known.days
        return max(1, min(by_pages, by_rows, by_knowledge, MAX_DAYS))

    def _known(self) -> WindowSize | None:
        return _sample(self.sizes, self.by_rows) or (self.like._known() if self.like else None)


def _sample(sizes: Iterable[WindowSize], by_rows: bool) -> WindowSize | None:
    """The first windows that together hold a week, as one; pages of one window where days do not matter."""
    days = pages = rows = 0
    for size in sizes:
        days, rows = days + size.days, rows + size.rows
        pages = pages + size.pages if by_rows else max(pages, size.pages)
        if days >= _SAMPLE_DAYS:
            break
    return WindowSize(days, pages, rows) if days else None
