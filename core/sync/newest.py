"""A newest report of one window: asked in parts, compared with its totals, stored only where it adds up.

Where a day's parts are not its total, though asked twice, the day is kept from the set *keys*: who used what
is told to the last digit, and of what a price depends on as much as the set *rates* leaves no doubt of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from core.api.client import Client
from core.api.newest import KEY_GROUPS, PRICE_GROUPS
from core.api.pages import FlatPage
from core.dimensions import NOT_TOLD
from core.periods import ONE_DAY, Period
from core.store.told_rates import Rate, Rates
from core.store.windows import Row, Staging
from core.sync.context import SetAsideError, WindowContext
from core.sync.grants import Grants
from core.sync.newest_questions import Answered, Fill, NewestQuestions, Role, cell_of, planned
from core.sync.newest_rows import DIMENSIONS, Kind, Value, newest_row
from core.sync.newest_sums import At, Sums, days_apart
from core.sync.parts import Cell
from core.sync.report import DoesNotAddUpError, Page, Settled

_MODEL, _PRODUCT = KEY_GROUPS.index("model"), KEY_GROUPS.index("product")


class NewestReport:
    """A window on its way (see :class:`core.sync.report.Report`)."""

    with_speed = False
    tries_all = False

    def __init__(self, client: Client, period: Period, grants: Grants, kind: Kind) -> None:
        self._client, self._grants, self._kind = client, grants, kind
        self._questions = NewestQuestions(client, period, grants, kind)
        self._answers: dict[int, Answered] = {}
        self._rates, self._keys, self._parts = Sums(), Sums(), Sums()
        self._open_keys, self._open_parts = Sums(), Sums()
        self._open: frozenset[str | None] | None = None
        self.pages: Iterator[Page] = self._plain(client.prefetch(self._questions.pages()))

    def _plain(self, answers: Iterator[Answered]) -> Iterator[Page]:
        for answered in answers:
            self._answers[answered.page.question] = answered
            yield answered.page

    def rows(self, page: Page, context: WindowContext) -> list[Row]:
        """Rows of the fact table; none for the wholes, which are compared."""
        answered = self._answers[page.question]
        if not isinstance(page, FlatPage):
            return []
        if answered.fill:
            return self._part_rows(page, answered.fill, context)
        if answered.role is Role.KEYS and self._open is None:
            self._open = self._questions.open_models()  # all rates have come before the first key
        for record in page.records:
            self._note_whole(answered.role, record, page, context)
        return []

    def settle(self, staging: Staging, context: WindowContext, growing: date, *, again: bool) -> Settled:
        """Compare with the wholes, and keep what no part could hold.

        Raises:
            DoesNotAddUpError: a day does not add up, and the window was asked for once.
        """
        if not self._rates:
            return Settled(frozenset(context.period if self._questions.is_reduced else ()))
        left = self._rates.beyond(self._parts, self._kind.compared)
        rest = self._open_keys.beyond(self._open_parts, self._kind.compared)
        odd = self._odd_days(left, rest) - {day for day, _ in context.aside}
        if odd and not (again or self._questions.is_reduced):
            raise DoesNotAddUpError
        fewer = self._keep_rest(staging, context, left, rest, odd)
        unsound = self._keep_keys(staging, context, _dates(odd), growing) if odd else frozenset[date]()
        return Settled(_dates(fewer | odd) - unsound, unsound, rates=self._told_rates())

    def _told_rates(self) -> Rates:
        """The set *rates*, which the ledger splits by and is compared with."""
        by_day: dict[date, list[Rate]] = {}
        for at, values in self._rates.items():
            price: tuple[Any, ...] = self._questions.as_came(PRICE_GROUPS, at.cell)
            told = by_day.setdefault(date.fromisoformat(at.day), [])
            told += [Rate(*price, *rated) for rated in self._kind.rated(values, at.splits)]
        return by_day

    def _note_whole(self, role: Role, record: Any, page: FlatPage[Any], context: WindowContext) -> None:
        try:
            values = self._kind.measured(record, context)
        except SetAsideError:
            return  # it comes again with the parts, where it is counted
        names = PRICE_GROUPS if role is Role.RATES else KEY_GROUPS
        at = At(self._day(record, page, context), cell_of(record, names), self._kind.splits(record))
        if role is Role.RATES:
            self._rates.add(at, values)
            return
        self._keys.add(At(at.day, (), ()), values)
        if self._is_open(at.cell):
            self._open_keys.add(at, values)

    def _part_rows(self, page: FlatPage[Any], fill: Fill, context: WindowContext) -> list[Row]:
        def row(record: Any) -> Row:
            day, dimensions = self._day(record, page, context), fill(record)
            tail = self._kind.received(record, context)
            made = newest_row(day, dimensions, tail, context, page.request_id)
            self._note_part(day, dimensions, record, context)
            return made

        return context.countable(page.records, row, lambda record: self._day(record, page, context))

    def _note_part(self, day: str, dimensions: Sequence[Value], record: Any, context: WindowContext) -> None:
        told = dict(zip(DIMENSIONS, dimensions, strict=True))
        price = tuple(planned(name, told[name]) for name in PRICE_GROUPS)
        key = tuple(planned(name, told[name]) for name in KEY_GROUPS)
        values, splits = self._kind.measured(record, context), self._kind.splits(record)
        self._parts.add(At(day, price, splits), values)
        if self._is_open(key):
            self._open_parts.add(At(day, key, splits), values)

    def _is_open(self, key: Cell) -> bool:
        """Whether some of a key's use may be left over by the parts."""
        return key[_MODEL] in (self._open or ()) or key[_PRODUCT] is None

    def _day(self, record: Any, page: FlatPage[Any], context: WindowContext) -> str:
        return context.day_of_row(record.starting_at, record.ending_at, page.request_id)

    def _odd_days(self, left: Sums, rest: Sums) -> set[str]:
        """The days whose parts and wholes differ by more than what no filter reaches."""
        compared = self._kind.compared
        unexplained = {at.day for at in left if at.cell not in self._questions.left}
        totals = days_apart(self._rates.by(_day_of, compared), self._keys.by(_day_of, compared))
        models = days_apart(left.by(_priced, compared), rest.by(_used, compared))
        return {*unexplained, *(str(day) for day in totals), *(at[0] for at in models)}  # type: ignore[index]

    def _keep_rest(
        self, staging: Staging, context: WindowContext, left: Sums, rest: Sums, odd: set[str]
    ) -> set[str]:
        """Keep what the parts leave of the keys. Returns the days of which not every dimension is told."""
        prices = _by_model(left)
        made = [
            (
                at.day,
                self._questions.dimensions(at.cell, prices[_used(at)]),
                self._kind.summed(values, at.splits),
            )
            for at, values in rest.items()
            if at.day not in odd
        ]
        staging.add([newest_row(*row, context, None) for row in made])
        return {day for day, dimensions, _ in made if NOT_TOLD in dimensions}

    def _keep_keys(
        self, staging: Staging, context: WindowContext, days: frozenset[date], growing: date
    ) -> frozenset[date]:
        """Put rows of days from the set *keys* in place of the parts'. Returns the days that stay odd."""
        span, prices, kept = Period(min(days), max(days) + ONE_DAY), _by_model(self._rates), Sums()
        staging.drop_days(days)
        limit = self._grants.rows(self._kind.stream)
        asked = self._kind.fetch(self._client, span, KEY_GROUPS, limit=limit)
        for page in self._client.prefetch(asked):
            for record in page.records:
                at = At(
                    self._day(record, page, context), cell_of(record, KEY_GROUPS), self._kind.splits(record)
                )
                if date.fromisoformat(at.day) in days:
                    self._questions.remember(record, KEY_GROUPS)
                    kept.add(at, self._kind.measured(record, context))
        staging.add([self._key_row(at, kept, prices.get(_used(at), set()), context) for at in kept])
        apart = days_apart(*(sums.by(_day_of, self._kind.compared) for sums in (kept, self._rates)))
        odd = {date.fromisoformat(str(day)) for day in apart}
        return frozenset(day for day in odd & days if day < growing)

    def _key_row(self, at: At, kept: Sums, prices: set[Cell], context: WindowContext) -> Row:
        dimensions = self._questions.dimensions(at.cell, prices)
        return newest_row(at.day, dimensions, self._kind.summed(kept[at], at.splits), context, None)


def _day_of(at: At) -> str:
    return at.day


def _priced(at: At) -> tuple[object, ...]:
    """Day, model and split of a price."""
    return (at.day, at.cell[0], at.splits)


def _used(at: At) -> tuple[object, ...]:
    """The same of a key."""
    return (at.day, at.cell[_MODEL], at.splits)


def _by_model(sums: Sums) -> dict[tuple[object, ...], set[Cell]]:
    cells_by_price: dict[tuple[object, ...], set[Cell]] = {}
    for at, values in sums.items():
        if any(values):
            cells_by_price.setdefault(_priced(at), set()).add(at.cell)
    return cells_by_price


def _dates(days: set[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, days))
