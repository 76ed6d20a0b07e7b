"""The Platform's usage of one window: asked in parts, compared with the whole, stored only where it adds up.

What the parts leave of the whole is kept as rows that know what a price depends on and not who used it. A day
on which they hold more than the whole is asked again, then kept from a question of fewer dimensions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from operator import ge

from core.api import platform
from core.api.client import Client
from core.api.pages import BucketPage
from core.periods import ONE_DAY, Period
from core.store.windows import Row, Staging
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.parts import Cell
from core.sync.platform_rows import usage_row
from core.sync.report import DoesNotAddUpError, Page, Settled
from core.sync.usage_questions import (
    DIMENSIONS,
    STREAM,
    Answered,
    Counts,
    Fill,
    UsageQuestions,
    counts_of,
    total,
)

_COUNTS = (
    "uncached_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "web_search_requests",
)

_NOTHING: Counts = (0,) * len(_COUNTS)

Differences = dict[str, dict[Cell, Counts]]
"""Day -> cell -> what the whole has beyond the parts."""


class UsageReport:
    """A window's usage on its way (see :class:`core.sync.report.Report`)."""

    def __init__(self, client: Client, period: Period, grants: Grants) -> None:
        self._client, self._period = client, period
        self._questions = UsageQuestions(client, period, grants)
        self._fills: dict[int, Fill | None] = {}
        self.pages: Iterator[Page] = self._plain(client.prefetch(self._questions.pages()))
        self.with_speed = grants.tells_speed(STREAM)
        self.tries_all = self._questions.at_once

    def _plain(self, answers: Iterator[Answered]) -> Iterator[Page]:
        for answered in answers:
            self._fills[answered.page.question] = answered.fill
            yield answered.page

    def rows(self, page: Page, context: WindowContext) -> list[Row]:
        """Rows of the fact table; none for the whole, which is compared."""
        fill = self._fills[page.question]
        if fill is None or not isinstance(page, BucketPage):
            return []
        return [
            usage_row(day, fill(record), counts_of(record), context, page.request_id)
            for day, bucket in context.days(page)
            for record in bucket.results
        ]

    def settle(self, staging: Staging, context: WindowContext, growing: date, *, again: bool) -> Settled:
        """Compare with the whole, and keep what is left of it.

        Days from ``growing`` on may grow between two questions. ``again``: the window was asked for twice
        already.

        Raises:
            DoesNotAddUpError: a finished day does not add up, and it was asked for once.
        """
        if not self._questions.census.whole:
            return Settled()
        off = self._differences(staging)
        still_open = {day for day in off if day >= growing.isoformat()}
        odd = {day for day in off.keys() - still_open if self._is_odd(off[day])}
        if odd and not again:
            raise DoesNotAddUpError
        if self._questions.is_reduced:
            return Settled(frozenset(self._period) - _dates(odd), _dates(odd))
        short = {day for day in odd if _falls_short(off[day])}
        if short:  # the filters are to blame, perhaps: what is too much of an open day is not mere growth
            short |= {day for day in still_open if _falls_short(off[day])}
        for day in off.keys() - short:
            staging.add([self._left(day, cell, counts, context) for cell, counts in _positive(off[day])])
        unsound = self._keep_coarse(staging, context, _dates(short), growing) if short else frozenset[date]()
        return Settled(_dates(short) - unsound, unsound)

    @property
    def _names(self) -> tuple[str, ...]:
        """The dimensions in which parts and whole can be compared; none where fewer were asked for."""
        return () if self._questions.is_reduced else self._questions.census.names

    def _is_odd(self, cells: dict[Cell, Counts]) -> bool:
        """Whether there is a difference that no empty value explains."""
        known = {cell[: len(self._names)] for cell in self._questions.left}
        return any(min(counts) < 0 or cell not in known for cell, counts in cells.items())

    def _differences(self, staging: Staging) -> Differences:
        """What the whole has that the parts have not, and the other way round."""
        width, parts = len(self._names), dict[tuple[str, Cell], Counts]()
        for sums in staging.sums(("day", *self._names), _COUNTS):
            cell = tuple(sums[name] for name in self._names)
            parts[sums["day"], cell] = tuple(sums[name] for name in _COUNTS)
        whole: defaultdict[tuple[str, Cell], list[Counts]] = defaultdict(list)
        for (day, told), known in self._questions.census.whole.items():
            whole[day, told[:width]].append(known)
        off: Differences = {}
        for at in parts.keys() | whole.keys():
            expected, held = total(_NOTHING, *whole[at]), parts.get(at, _NOTHING)
            if expected != held:
                less = tuple(a - b for a, b in zip(expected, held, strict=True))
                off.setdefault(at[0], {})[at[1]] = less
        return off

    def _left(self, day: str, cell: Cell, counts: Counts, context: WindowContext) -> Row:
        told = dict(zip(self._questions.census.names, cell, strict=True))
        full = {**self._questions.untold, **told}
        return usage_row(day, tuple(full[name] for name in DIMENSIONS), counts, context, None)

    def _keep_coarse(
        self, staging: Staging, context: WindowContext, days: frozenset[date], growing: date
    ) -> frozenset[date]:
        """Put rows of days from a question of fewer dimensions in place of those of the parts.

        Returns the days on which they do not add up either.
        """
        question, fill = self._questions.coarse()
        span = Period(min(days), max(days) + ONE_DAY)
        coarse: defaultdict[str, list[Counts]] = defaultdict(list)
        staging.drop_days(days)
        for page in self._client.prefetch(platform.fetch_usage(self._client, span, question.group_by)):
            for day, bucket in context.days(page):
                if date.fromisoformat(day) not in days:
                    continue
                counted = [(fill(record), counts_of(record)) for record in bucket.results]
                coarse[day] += [counts for _, counts in counted]
                staging.add(
                    [usage_row(day, names, counts, context, page.request_id) for names, counts in counted]
                )
        return frozenset(
            day for day in days if not self._adds_up(day, coarse[day.isoformat()], may_grow=day >= growing)
        )

    def _adds_up(self, day: date, counted: list[Counts], *, may_grow: bool) -> bool:
        whole = (counts for (at, _), counts in self._questions.census.whole.items() if at == day.isoformat())
        expected, sums = total(_NOTHING, *whole), total(_NOTHING, *counted)
        return sums == expected or (may_grow and all(map(ge, sums, expected)))


def _dates(days: Iterable[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, days))


def _falls_short(cells: dict[Cell, Counts]) -> bool:
    """Whether the parts hold more than the whole."""
    return any(min(counts) < 0 for counts in cells.values())


def _positive(cells: dict[Cell, Counts]) -> Iterator[tuple[Cell, Counts]]:
    return ((cell, counts) for cell, counts in cells.items() if min(counts) >= 0)
