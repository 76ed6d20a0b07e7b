"""What a stream is: one report of one origin, as rows of one table. :mod:`core.streams` declares them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum

from core.dimensions import Origin


class StreamUnit(StrEnum):
    """What a stream's magnitude counts; US dollars are stored as micro-cents."""

    USD = "USD"
    TOKENS = "tokens"
    COUNT = "count"


class Kind(Enum):
    """What a column holds."""

    TEXT = "TEXT"
    WHOLE = "INTEGER"


class Listing(StrEnum):
    """A list of names, by its table."""

    WORKSPACES = "workspaces"
    API_KEYS = "api_keys"
    USERS = "users"


@dataclass(frozen=True)
class Column:
    """``names``: it keeps the name of the id in that column, as a list told it when the row was pulled.

    ``in_ledger``: the ledger reads it. Others are kept as received.
    """

    name: str
    kind: Kind = Kind.TEXT
    nullable: bool = True
    in_ledger: bool = True
    names: tuple[Listing, str] | None = None


@dataclass(frozen=True)
class Stream:
    """One report. ``columns`` come after ``connection_id`` and ``day``, in this order.

    ``magnitude``: the columns whose sum tells whether a day changed, in ``unit``. ``controls``: what the
    ledger must hold of it, by measure: the columns whose sum it is. ``is_total``: it holds a whole
    organization; ``control_of`` is the stream whose rows by user repeat a part of it. ``finished_only``: it
    is never asked for today. ``fallback``: what it is kept with where the service grants less, in words.
    ``adds_up_by``: the columns beside the day by which Anthropic tells the total of its amounts; within one,
    they are rounded together. ``optional``: an organization is whole without it. ``apart``: the grouping
    of its own that it is in, never added to the ledger.
    """

    name: str
    label: str
    origin: Origin
    unit: StreamUnit
    columns: tuple[Column, ...]
    magnitude: tuple[str, ...]
    controls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_total: bool = False
    control_of: str | None = None
    finished_only: bool = False
    fallback: str | None = None
    adds_up_by: tuple[str, ...] | None = None
    optional: bool = False
    apart: str | None = None

    def __post_init__(self) -> None:
        names = {column.name for column in self.columns}
        summed = {*self.magnitude, *(name for columns in self.controls.values() for name in columns)}
        if not summed <= names:
            raise ValueError(f"{self.name} sums columns it does not have: {sorted(summed - names)}")

    @property
    def limits(self) -> Origin:
        """Whose first day and reach it has: the newest reports have claude.ai's, whatever they tell of."""
        return Origin.CLAUDE_AI if self.optional else self.origin

    @property
    def ledger_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.in_ledger)
