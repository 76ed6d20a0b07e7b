"""Asks the questions that return the Platform's usage at full grain, one after the other.

The first returns the values in use, by everything that a price depends on: it is the whole. The others (see
:mod:`core.sync.parts`) add up to it. Everything here runs in the thread that fetches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from core.api import platform
from core.api.client import Client
from core.api.pages import BucketPage
from core.api.records import Grouped, UsageRecord
from core.dimensions import NOT_TOLD
from core.errors import InvalidRequestError
from core.periods import Period
from core.store import learned
from core.sync.grants import Grants
from core.sync.parts import Cell, Cells, Part, Plan, Question, Value, completion, determining, joined, plan

STREAM = "platform_usage"
PRICE = ("model", "service_tier", "context_window", "inference_geo", "speed")
"""All that a price depends on."""
WHO = ("api_key_id", "account_id", "workspace_id", "service_account_id")
"""Who used it. Where a question has no room for all, the last are left out."""
DIMENSIONS = ("workspace_id", "api_key_id", "account_id", "service_account_id", *PRICE)
"""In the order of the fact table's columns."""
MOST_PARTS = 40
"""A window that needs more questions is kept with fewer dimensions."""

_DIRECT = 2
"""Up to so many parts are asked at once; before more, it is asked who is there, for that may save some."""

Page = BucketPage[UsageRecord]
Fill = Callable[[UsageRecord], tuple[Grouped, ...]]
Counts = tuple[int, ...]


@dataclass(frozen=True)
class Answered:
    """A page of an answer. ``fill`` completes a row's dimensions, as :data:`DIMENSIONS`.

    Without ``fill`` its rows are of the whole, which is compared and not stored.
    """

    page: Page
    fill: Fill | None


class FiltersRefusedError(Exception):
    """One day's question was refused for its filters: the service grants none."""


@dataclass
class Census:
    """What the first questions tell. ``whole``: day and cell -> counts, in the dimensions ``names``."""

    names: tuple[str, ...] = ()
    whole: dict[tuple[str, Cell], Counts] = field(default_factory=dict)
    price: tuple[tuple[str, ...], Cells] = ((), frozenset())
    who: Cells | None = None


class UsageQuestions:
    """Asks for one window. ``census``, ``left`` and ``is_reduced`` are complete once the pages have come.

    ``left``: cells that no filter reaches. ``is_reduced``: asked with fewer dimensions.
    """

    def __init__(self, client: Client, period: Period, grants: Grants) -> None:
        self._client, self._period, self._grants = client, period, grants
        self._speed = grants.tells_speed(STREAM)
        self._price = PRICE if self._speed else PRICE[:-1]
        self._cap = grants.cap(STREAM) or len(DIMENSIONS)
        self.census = Census()
        self.left: Cells = frozenset()
        self.is_reduced = False

    @property
    def at_once(self) -> bool:
        """Whether one question asks for all dimensions."""
        return self._cap >= len(self._price) + len(WHO)

    @property
    def untold(self) -> dict[str, Value]:
        """The dimensions of a row about which nothing is known. Speed is null if it was not asked for."""
        return {**dict.fromkeys(DIMENSIONS, NOT_TOLD), **({} if self._speed else {"speed": None})}

    def pages(self) -> Iterator[Answered]:
        """Every page of every question. One without rows of its own may be among them."""
        if self.at_once:
            question = Question((*WHO, *self._price))
            yield from self._ask(question, self._filling(question), 0)
            self._grants.granted(STREAM, learned.CAP)
            return
        yield from self._take_census()
        parts = self._parts()
        for number, part in enumerate(parts, 1):
            for answered in self._refusable(part, number):
                more = answered.page.more or number < len(parts)
                yield replace(answered, page=replace(answered.page, more=more))

    def coarse(self) -> tuple[Question, Fill]:
        """The question of fewer dimensions: who, and the model."""
        question = Question((*WHO, "model")[: self._cap])
        return question, self._filling(question)

    def _take_census(self) -> Iterator[Answered]:
        """Ask for the whole; prices that it has no room for are asked for beside."""
        names = self.census.names = self._price[: self._cap]
        for answered in self._ask(Question(names), None, 0):
            self._add_up(answered.page)
            # Rows that cannot be read come again with the parts, where they are counted.
            yield replace(answered, page=replace(answered.page, more=True, odd=()))
        known: tuple[tuple[str, ...], Cells] = names, frozenset(cell for _, cell in self.census.whole)
        for more in _beside(names, self._price[self._cap :], self._cap):
            added = tuple(name for name in more if name not in known[0])
            known = (*known[0], *added), joined(known, (more, self._values(more)))
        self.census.price = known

    def _add_up(self, page: Page) -> None:
        read = _reader(self.census.names)
        for bucket in page.buckets:
            day = bucket.starting_at.date().isoformat()
            for record in bucket.results:
                cell = _cell(read(record))
                before = self.census.whole.get((day, cell))
                counts = counts_of(record)
                self.census.whole[day, cell] = total(before, counts) if before else counts

    def _parts(self) -> tuple[Part, ...]:
        names, cells = self.census.price
        if not cells:
            return ()
        chosen = plan(names, cells, WHO, self._cap)
        if len(chosen.parts) > _DIRECT and self._cap >= len(WHO):
            self.census.who = self._values(WHO)
            chosen = plan(names, cells, determining(WHO, self.census.who), self._cap)
        if not can_be_asked(chosen.parts, self._grants, STREAM):
            chosen = Plan((Part(self.coarse()[0], cells),))
            self.is_reduced = True
        self.left = chosen.left
        return chosen.parts

    def _refusable(self, part: Part, number: int) -> Iterator[Answered]:
        """A part's pages. It is for its filters that a single day is refused whose whole was answered."""
        try:
            yield from self._ask(part.question, self._filling(part.question, part.cells), number)
        except InvalidRequestError:
            if self._period.days > 1 or not part.question.filters:
                raise
            raise FiltersRefusedError from None

    def _ask(self, question: Question, fill: Fill | None, number: int) -> Iterator[Answered]:
        pages = platform.fetch_usage(self._client, self._period, question.group_by, question.filters)
        return (Answered(replace(page, question=number), fill) for page in pages)

    def _values(self, names: Sequence[str]) -> Cells:
        """The combinations of some dimensions in use."""
        read = _reader(names)
        pages = platform.fetch_usage(self._client, self._period, names)
        records = (record for page in pages for bucket in page.buckets for record in bucket.results)
        return frozenset(_cell(read(record)) for record in records)

    def _filling(self, question: Question, cells: Cells | None = None) -> Fill:
        """Completes rows of a question whose answer should hold these cells (all, by default)."""
        names, all_cells = self.census.price
        price = completion(names, all_cells if cells is None else cells, question.group_by)
        who = completion(WHO, self.census.who or (), question.group_by)
        fixed = {name: values[0] for name, values in question.filters if len(values) == 1}
        unknown = self.untold
        read, known = _reader(question.group_by), dict[tuple[Grouped, ...], tuple[Grouped, ...]]()

        def fill(record: UsageRecord) -> tuple[Grouped, ...]:
            key = read(record)
            if key not in known:
                told = dict(zip(question.group_by, key, strict=True))
                full = {**unknown, **who(told), **price(told), **fixed, **told}
                known[key] = tuple(full[name] for name in DIMENSIONS)
            return known[key]

        return fill


def can_be_asked(parts: Sequence[Part], grants: Grants, stream: str) -> bool:
    """Whether the parts are few enough, and their filters not known to be refused."""
    unfiltered = grants.whole(stream, learned.FILTERS) == 0
    return len(parts) <= MOST_PARTS and not (unfiltered and any(part.question.filters for part in parts))


def _beside(names: Sequence[str], rest: Sequence[str], cap: int) -> Iterator[tuple[str, ...]]:
    """The rest in questions that fit; the first of the names goes along, to join what they tell."""
    joint = tuple(names[:1]) if cap > 1 else ()
    room = cap - len(joint)
    return ((*joint, *rest[start : start + room]) for start in range(0, len(rest), room))


def counts_of(record: UsageRecord) -> Counts:
    """What is counted of a row: the five token types, then web searches."""
    written = record.cache_creation
    return (
        record.uncached_input_tokens,
        written.ephemeral_5m_input_tokens,
        written.ephemeral_1h_input_tokens,
        record.cache_read_input_tokens,
        record.output_tokens,
        record.web_searches,
    )


def total(*counts: Counts) -> Counts:
    """Counts added up, kind by kind; empty where there are none."""
    return tuple(map(sum, zip(*counts, strict=True)))


def _cell(values: tuple[Grouped, ...]) -> Cell:
    """What a row says of some dimensions; one that it leaves out is null."""
    return tuple(value if isinstance(value, str) else None for value in values)


def _reader(names: Sequence[str]) -> Callable[[UsageRecord], tuple[Grouped, ...]]:
    if len(names) == 1:
        value_of = attrgetter(names[0])
        return lambda record: (value_of(record),)
    read: Callable[[UsageRecord], tuple[Grouped, ...]] = attrgetter(*names)
    return read
