"""The questions that bring the newest reports at full grain, asked one after the other.

The first two are sets that each hold the whole: *rates*, by all that a price depends on, and *keys*, by who
used what. From the values that they show a plan is made (:mod:`core.sync.parts`): filtered parts that add up
to the whole at full grain. What no filter reaches is left to be told from the two sets. Everything here runs
in the thread that fetches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from core.api.client import Client
from core.api.newest import KEY_GROUPS, MOST_GROUPS, PRICE_GROUPS
from core.api.pages import FlatPage
from core.dimensions import NOT_TOLD
from core.errors import InvalidRequestError
from core.periods import Period
from core.sync.grants import Grants
from core.sync.newest_rows import DIMENSIONS, Kind, Value, actor_key
from core.sync.parts import Cell, Cells, Part, Plan, Question, completion, determining, joined, plan
from core.sync.usage_questions import FiltersRefusedError, can_be_asked

WHO = ("api_key_id", "actor", "workspace_id", "product")
"""Who used it and through what, the first ones kept where a question has no room for all."""
_NO_GEO = "not_available"
"""What a filter calls a geo that is null."""

Fill = Callable[[Any], tuple[Value, ...]]
Page = FlatPage[Any]


class Role(Enum):
    """What an answer is for: the two wholes are compared, parts are stored."""

    RATES = "rates"
    KEYS = "keys"
    PART = "part"


@dataclass(frozen=True)
class Answered:
    """A page of an answer. ``fill`` completes a part's rows, as ``DIMENSIONS``; rows of wholes have none."""

    page: Page
    role: Role
    fill: Fill | None = None


class NewestQuestions:
    """Asks for one window. All but ``pages`` is complete once the pages have come.

    ``left``: price cells that no filter reaches. ``is_reduced``: no part was asked for, or one of fewer
    dimensions.
    """

    def __init__(self, client: Client, period: Period, grants: Grants, kind: Kind) -> None:
        self._client, self._period, self._grants, self._kind = client, period, grants, kind
        self._cap = min(grants.cap(kind.stream) or MOST_GROUPS, MOST_GROUPS)
        self._price = set[Cell]()
        self._keys = set[Cell]()
        self._came_as = dict[tuple[str, str | None], Value]()
        self.left: Cells = frozenset()
        self.is_reduced = self._cap < MOST_GROUPS

    def pages(self) -> Iterator[Answered]:
        """Every page of every question."""
        if self.is_reduced:
            yield from self._part(Part(self.coarse(), frozenset()), 0)
            return
        yield from self._whole(PRICE_GROUPS, Role.RATES, self._price, 0)
        if not self._price:
            return
        yield from self._whole(KEY_GROUPS, Role.KEYS, self._keys, 1)
        parts = self._parts()
        for number, part in enumerate(parts, 2):
            for answered in self._part(part, number):
                more = answered.page.more or number < len(parts) + 1
                yield replace(answered, page=replace(answered.page, more=more))

    def open_models(self) -> frozenset[str | None]:
        """Models with a price that no filter may reach: one of its names is empty where another's is not."""
        varying = [place for place in range(len(PRICE_GROUPS)) if len({c[place] for c in self._price}) > 1]
        return frozenset(cell[0] for cell in self._price if any(cell[place] is None for place in varying))

    def coarse(self) -> Question:
        """Who used which model: as many dimensions as one question has room for."""
        return Question(("api_key_id", "actor", "model", "workspace_id", "product")[: self._cap])

    def dimensions(self, key: Cell, prices: Collection[Cell]) -> tuple[Value, ...]:
        """A key's dimensions, as ``DIMENSIONS``; of the price what all the ``prices`` agree in."""
        told = dict(zip(KEY_GROUPS, key, strict=True))
        for place, name in enumerate(PRICE_GROUPS):
            values = {cell[place] for cell in prices}
            told.setdefault(name, next(iter(values)) if len(values) == 1 else NOT_TOLD)
        return self.as_came(DIMENSIONS, tuple(told[name] for name in DIMENSIONS))

    def as_came(self, names: Sequence[str], cell: Cell) -> tuple[Value, ...]:
        """A cell's values as the reports spell them."""
        return tuple(self._came_as.get((name, value), value) for name, value in zip(names, cell, strict=True))

    def filling(self, question: Question, cells: Cells = frozenset()) -> Fill:
        """Completes rows of a question from what the wholes tell; ``cells``: prices it should hold."""
        price = completion((*PRICE_GROUPS, "product"), cells, question.group_by) if cells else _nothing
        who = completion(KEY_GROUPS, self._keys, question.group_by)
        fixed = {name: values[0] for name, values in question.filters if len(values) == 1}
        known: dict[tuple[Value, ...], tuple[Value, ...]] = {}

        def fill(record: Any) -> tuple[Value, ...]:
            key = tuple(getattr(record.group, name) for name in question.group_by)
            if key not in known:
                known[key] = self._completed(
                    dict(zip(question.group_by, key, strict=True)), who, price, fixed
                )
            return known[key]

        return fill

    def _completed(
        self,
        told: Mapping[str, Value],
        who: Callable[[Mapping[str, object]], Mapping[str, str | None]],
        price: Callable[[Mapping[str, object]], Mapping[str, str | None]],
        fixed: Mapping[str, str],
    ) -> tuple[Value, ...]:
        plain = {name: planned(name, value) for name, value in told.items()}
        followed = {**who(plain), **price(plain), **fixed}
        sent = {name: self._came_as.get((name, value), value) for name, value in followed.items()}
        full = {**dict.fromkeys(DIMENSIONS, NOT_TOLD), **sent, **told}
        return tuple(full[name] for name in DIMENSIONS)

    def _whole(self, names: Sequence[str], role: Role, cells: set[Cell], number: int) -> Iterator[Answered]:
        for page in self._ask(Question(tuple(names)), number):
            for record in page.records:
                cells.add(cell_of(record, names))
                self.remember(record, names)
            # Rows that cannot be read come again with the parts, where they are counted.
            yield Answered(replace(page, more=True, odd=()), role)

    def remember(self, record: Any, names: Sequence[str]) -> None:
        """How what a plan spells otherwise came: an actor with all its names, an empty geo."""
        for name in names:
            if name in ("actor", "inference_geo"):
                value = getattr(record.group, name)
                self._came_as[name, planned(name, value)] = value

    def _parts(self) -> tuple[Part, ...]:
        shortest = min(self._plans(), key=lambda plan: (len(plan.left), len(plan.parts)))
        if not can_be_asked(shortest.parts, self._grants, self._kind.stream):
            self.is_reduced = True
            return ()
        self.left = frozenset(cell[: len(PRICE_GROUPS)] for cell in shortest.left)
        return shortest.parts

    def _plans(self) -> Iterator[Plan]:
        """Who is told by grouping; a product also by filters, beside the prices."""
        prices, beside = frozenset(self._price), determining(WHO, _projected(self._keys, WHO))
        products = ("model", "product"), frozenset(_projected(self._keys, ("model", "product")))
        cells = joined((PRICE_GROUPS, prices), products)
        narrow = plan(PRICE_GROUPS, prices, beside, self._cap)
        yield Plan(tuple(_with_products(part, cells) for part in narrow.parts), narrow.left)
        if "product" in beside:
            others = [name for name in beside if name != "product"]
            yield plan((*PRICE_GROUPS, "product"), cells, others, self._cap)

    def _part(self, part: Part, number: int) -> Iterator[Answered]:
        """A part's pages. It is for its filters that a single day is refused whose whole was answered."""
        try:
            fill = self.filling(part.question, part.cells)
            for page in self._ask(part.question, number):
                yield Answered(page, Role.PART, fill)
        except InvalidRequestError:
            if self._period.days > 1 or not part.question.filters:
                raise
            raise FiltersRefusedError from None

    def _ask(self, question: Question, number: int) -> Iterator[Page]:
        """How many questions there are does not grow with the days, so their first pages are not counted."""
        limit = self._grants.rows(self._kind.stream)
        asked = self._kind.fetch(self._client, self._period, question.group_by, question.filters, limit=limit)
        for place, page in enumerate(asked):
            yield replace(page, question=number, pages=0 if number and not place else 1)


def cell_of(record: Any, names: Sequence[str]) -> Cell:
    """A record's values of some dimensions, as plans know them."""
    return tuple(planned(name, getattr(record.group, name)) for name in names)


def planned(name: str, value: Value) -> str | None:
    """A value as plans and filters know it."""
    if name == "actor":
        return actor_key(value)
    if name == "inference_geo" and value is None:
        return _NO_GEO
    return value if isinstance(value, str) else None


def _projected(keys: set[Cell], names: Sequence[str]) -> Iterator[Cell]:
    places = [KEY_GROUPS.index(name) for name in names]
    return (tuple(cell[place] for place in places) for cell in keys)


def _with_products(part: Part, cells: Cells) -> Part:
    """The same part, its cells with the products that occur with them."""
    width = len(PRICE_GROUPS)
    return Part(part.question, frozenset(cell for cell in cells if cell[:width] in part.cells))


def _nothing(_: Mapping[str, object]) -> Mapping[str, str | None]:
    return {}
