"""One connection's service while it is walked through: the days that are asked about, and answers kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from core.api.client import NO_HEADERS
from core.api.report_params import bucket_params, day_params, grouped_by
from core.periods import ONE_DAY, Period
from core.probe.asking import Asker, Params, Told
from core.probe.bodies import Body, buckets_of, rows_of
from core.reach import MAX_DAYS

PAGE_SIZES = (MAX_DAYS, 7, 1)
"""Days a page: the most that is documented, then fewer."""
_MOST_PAGES = 3


@dataclass
class Service:
    """``today`` is a UTC day that is not finished."""

    asker: Asker
    today: date
    pages: dict[str, tuple[int, Told]] = field(default_factory=dict)

    @cached_property
    def day(self) -> Period:
        """A finished day: the one before yesterday, which late reports hold too."""
        return Period(self.today - 2 * ONE_DAY, self.today - ONE_DAY)

    def last_days(self, days: int) -> Period:
        """So many finished days."""
        return Period(self.today - days * ONE_DAY, self.today)

    def in_buckets(
        self,
        path: str,
        groups: Sequence[str] = (),
        more: Params = (),
        headers: Mapping[str, str] = NO_HEADERS,
        period: Period | None = None,
    ) -> Told:
        """A report in time buckets of the day, or of some period."""
        params = [*bucket_params(period or self.day), *grouped_by(groups), *more]
        return self.asker.ask(path, params, headers)

    def largest(
        self, path: str, groups: Sequence[str], headers: Mapping[str, str] = NO_HEADERS
    ) -> tuple[int, Told]:
        """The most days a page that a report grants, with its answer; 0 with the refusal of a single one."""
        if path not in self.pages:
            self.pages[path] = self._largest(path, groups, headers)
        return self.pages[path]

    def _largest(self, path: str, groups: Sequence[str], headers: Mapping[str, str]) -> tuple[int, Told]:
        for days in PAGE_SIZES:
            told = self.in_buckets(path, groups, headers=headers, period=self.last_days(days))
            if told.granted:
                return days, told
        return 0, told

    def in_rows(self, path: str, groups: Sequence[str]) -> tuple[Told, bool]:
        """A report in rows of the day, its pages together, and whether these are all."""
        return self.in_pages(path, [*day_params(self.day), ("limit", "1000"), *grouped_by(groups)])

    def in_pages(
        self, path: str, params: Params, headers: Mapping[str, str] = NO_HEADERS
    ) -> tuple[Told, bool]:
        """The pages of a report in rows together, and whether these are all."""
        told = self.asker.ask(path, params, headers)
        data, cursor = rows_of(told.body), _next(told.body)
        for _ in range(_MOST_PAGES - 1):
            if cursor is None:
                break
            page = self.asker.ask(path, [*params, ("page", cursor)], headers)
            data, cursor = [*data, *rows_of(page.body)], _next(page.body)
        return Told(told.status, {**told.body, "data": data}, told.said, told.code), cursor is None


def _next(body: Body) -> str | None:
    cursor = body.get("next_page")
    return cursor if isinstance(cursor, str) and cursor else None


def days_in(body: Body) -> list[date]:
    """The days that an answer has buckets of; what is no day is left out."""
    return sorted(day for bucket in buckets_of(body) if (day := _day(bucket.get("starting_at"))))


def _day(instant: object) -> date | None:
    try:
        return date.fromisoformat(str(instant)[:10])
    except ValueError:
        return None


def furthest(answers: Callable[[int], bool], start: int, most: int, steps: int) -> tuple[int, int | None]:
    """How many days back is answered, and how many are not (None: all that were tried are).

    By doubling from ``start`` up to ``most`` while answered, then by halving; ``steps`` tries at most.
    """
    good, bad, days = 0, None, start
    for _ in range(steps):
        if answers(days):
            good = days
        else:
            bad = days
        if bad is None and good >= most:
            break
        days = min(most, good * 2) if bad is None else (good + bad) // 2
        if bad is not None and bad - good <= MAX_DAYS:
            break
    return good, bad
