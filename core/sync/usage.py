"""The Platform's usage of one window: asked in parts, compared with the whole, stored only where it adds up.

What the parts leave of the whole is kept as rows that know what a price depends on and not who used it. A day
on which they hold more than the whole is asked again, then kept from a question of fewer dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from core.api import platform
from core.api.client import Client
from core.api.pages import BucketPage
from core.dimensions import NOT_TOLD
from core.periods import ONE_DAY, Period
from core.store.windows import Row, Staging
from core.sync.context import WindowContext
from core.sync.grants import Grants
from core.sync.parts import Cell
from core.sync.platform_rows import usage_row
from core.sync.report import Page
from core.sync.usage_questions import DIMENSIONS, STREAM, Answered, Counts, Fill, UsageQuestions, counts_of

_COUNTS = (
    "uncached_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "web_search_requests",
)

Differences = dict[str, dict[Cell, Counts]]
"""Day -> cell -> what the whole has beyond the parts."""


class DoesNotAddUpError(Exception):
    """The parts are not the whole: one of them may have been asked while the data changed."""


class UsageReport:
    """A window's usage on its way (see :class:`core.sync.report.Report`)."""

    def __init__(self, client: Client, period: Period, grants: Grants) -> None:
        self._client, self._period = client, period
        self._questions = UsageQuestions(client, period, grants)
        self._fills: dict[int, Fill | None] = {}
        self.pages: Iterator[Page] = self._plain(client.ahead(self._questions.pages()))
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

    def settle(
        self, staging: Staging, context: WindowContext, today: date, *, again: bool
    ) -> frozenset[date]:
        """Compare with the whole, and keep what is left of it. Returns the days kept with fewer dimensions.

        ``again``: the window was asked for twice already.

        Raises:
            DoesNotAddUpError: a finished day does not add up, and it was asked for once.
            IncompleteAnswerError: not even fewer dimensions add up.
        """
        census = self._questions.census
        if not census.whole or self._questions.is_reduced:
            return frozenset(self._period if self._questions.is_reduced else ())
        off = self._differences(staging)
        odd = {day for day, cells in off.items() if day < today.isoformat() and self._is_odd(cells)}
        if odd and not again:
            raise DoesNotAddUpError
        short = {day for day in odd if any(min(counts) < 0 for counts in off[day].values())}
        for day in off.keys() - short:
            staging.add([self._left(day, cell, counts, context) for cell, counts in _positive(off[day])])
        return frozenset(self._coarse(staging, context, date.fromisoformat(day)) for day in short)

    def _is_odd(self, cells: dict[Cell, Counts]) -> bool:
        """Whether there is a difference that no empty value explains."""
        names, left = self._questions.census.names, self._questions.left
        known = {tuple(cell[: len(names)]) for cell in left}
        return any(min(counts) < 0 or cell not in known for cell, counts in cells.items())

    def _differences(self, staging: Staging) -> Differences:
        """What the whole has that the parts have not, and the other way round."""
        census = self._questions.census
        found: dict[tuple[str, Cell], Counts] = {}
        for day, *rest in staging.sums(("day", *census.names), _COUNTS):
            cell: Any = tuple(rest[: len(census.names)])
            counts: Any = tuple(rest[len(census.names) :])
            found[str(day), cell] = counts
        nothing: Counts = (0,) * len(_COUNTS)
        off: Differences = {}
        for at in found.keys() | census.whole.keys():
            whole, parts = census.whole.get(at, nothing), found.get(at, nothing)
            if whole != parts:
                less = tuple(a - b for a, b in zip(whole, parts, strict=True))
                off.setdefault(at[0], {})[at[1]] = less
        return off

    def _left(self, day: str, cell: Cell, counts: Counts, context: WindowContext) -> Row:
        told = dict(zip(self._questions.census.names, cell, strict=True))
        speed = {"speed": None} if not self.with_speed else {}
        full = {**dict.fromkeys(DIMENSIONS, NOT_TOLD), **speed, **told}
        return usage_row(day, tuple(full[name] for name in DIMENSIONS), counts, context, None)

    def _coarse(self, staging: Staging, context: WindowContext, day: date) -> date:
        """Put a day's rows from a question of fewer dimensions in place of those of the parts."""
        question, fill = self._questions.coarse()
        asked = platform.fetch_usage(self._client, Period(day, day + ONE_DAY), question.group_by)
        rows = [
            (page, record)
            for page in self._client.ahead(asked)
            for bucket in page.buckets
            for record in bucket.results
        ]
        whole = [counts for (at, _), counts in self._questions.census.whole.items() if at == day.isoformat()]
        if _total(counts_of(record) for _, record in rows) != _total(whole):
            raise context.incomplete(f"does not add up for {day}, asked in two ways")
        staging.drop_days([day])
        staging.add(
            [
                usage_row(day.isoformat(), fill(record), counts_of(record), context, page.request_id)
                for page, record in rows
            ]
        )
        return day


def _positive(cells: dict[Cell, Counts]) -> Iterator[tuple[Cell, Counts]]:
    return ((cell, counts) for cell, counts in cells.items() if min(counts) >= 0)


def _total(counts: Iterator[Counts] | list[Counts]) -> list[int]:
    return [sum(column) for column in zip(*counts, strict=True)]
