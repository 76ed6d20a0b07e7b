"""Redraws amounts and counts, so that a recording shows no true one and its parts still add up to its totals.

The finest rows of a report are its atoms: each is multiplied by a secret factor and by chance. Coarser rows
of the same report become the sum of the atoms they hold. Any difference is kept:
parts that did not add up still do not. Where it is unknown which atoms a row holds, the whole report is
multiplied by one whole number instead.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.api import newest, paths
from core.api.platform import USAGE_FILTERS
from core.probe.bodies import TOKENS, amount_of, at, rows_of
from core.sync.parts import completion

FAMILIES = {
    paths.USAGE: "usage",
    paths.COST: "bill",
    paths.USER_COST: "cost",
    paths.CLAUDE_AI_COST: "cost",
    paths.USER_USAGE: "use",
    paths.CLAUDE_AI_USAGE: "use",
    newest.COST: "newest cost",
    newest.USAGE: "newest usage",
}
"""Reports whose rows add up to each other's."""
AMOUNTS = frozenset(
    {"amount", "list_amount", "period_to_date_spend", "attributed_list_price", "estimated_overage_spend"}
)
"""Fields that hold an amount as text."""
DIMENSION_OF = {
    parameter: name for filters in (USAGE_FILTERS, newest.FILTERS) for name, parameter in filters.items()
}
"""Filter of a report -> the field it is for."""

_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_TOTAL = "total_tokens"
_NESTED = ("cost", "usage")
"""Fields of the newest reports' rows below which their numbers are."""
_SPREAD = 0.2
_MICROCENT = Decimal("0.000001")

Dims = dict[str, Any]
Json = dict[str, Any]


@dataclass
class Exchange:
    """One question and its answer; ``body`` is None where it was no JSON."""

    path: str
    params: list[tuple[str, str]]
    status: int
    body: Any


@dataclass(eq=False)
class _Row:
    """``of``: where a row says what it is of; ``numbers``: where its counts and amounts are. Often one."""

    of: Json
    numbers: Json

    @classmethod
    def read(cls, row: Json) -> _Row:
        nested = [row[name] for name in _NESTED if isinstance(row.get(name), dict)]
        of = row.get("group")
        return cls(of, nested[0]) if nested and isinstance(of, dict) else cls(row, row)


@dataclass(eq=False)
class _Answer:
    """All pages of one question: how it was grouped and filtered, and its rows."""

    groups: tuple[str, ...]
    filters: dict[str, tuple[str, ...]]
    rows: list[_Row]

    def dims(self, row: _Row) -> Dims:
        """What a row tells of what it stands for."""
        fixed = {name: values[0] for name, values in self.filters.items() if len(values) == 1}
        unasked = row.of is row.numbers and "actor" in row.of  # rows by user have it always
        told = {name: row.of.get(name) for name in (*self.groups, *(["actor"] if unasked else []))}
        return {**fixed, **{name: str(v) if isinstance(v, dict) else v for name, v in told.items()}}

    @property
    def names(self) -> set[str]:
        return set(self.dims(self.rows[0])) if self.rows else set()


@dataclass
class Redrawn:
    """``linear``: the reports that were multiplied by one number."""

    linear: list[str] = field(default_factory=list)


def redraw(exchanges: Sequence[Exchange], chance: random.Random) -> Redrawn:
    """Redraw every number of the answers, in place."""
    factor = 2 ** chance.uniform(-2.5, 2.5)
    redrawn = Redrawn()
    done: set[int] = set()
    for family in dict.fromkeys(FAMILIES.values()):
        answers = _answers([e for e in exchanges if FAMILIES.get(e.path) == family and e.status == 200])
        if not _redraw_family(answers, factor, chance):
            redrawn.linear.append(family)
        done |= {id(row.numbers) for answer in answers for row in answer.rows}
    for exchange in exchanges:
        _redraw_alone(exchange.body, lambda: factor * _luck(chance), done)
    return redrawn


def _answers(exchanges: Iterable[Exchange]) -> list[_Answer]:
    answers: dict[tuple[object, ...], _Answer] = {}
    for exchange in exchanges:
        groups = tuple(value for name, value in exchange.params if name == "group_by[]")
        filters: dict[str, tuple[str, ...]] = {}
        for name, value in exchange.params:
            if name in DIMENSION_OF:
                filters[DIMENSION_OF[name]] = (*filters.get(DIMENSION_OF[name], ()), value)
        key = (exchange.path, groups, *filters.items())
        answers.setdefault(key, _Answer(groups, filters, [])).rows += _rows(exchange.body)
    return list(answers.values())


def _rows(body: Any) -> list[_Row]:
    rows = rows_of(body) if isinstance(body, dict) else []
    return [_Row.read(row) for row in rows if isinstance(row, dict)]


def _redraw_family(answers: list[_Answer], factor: float, chance: random.Random) -> bool:
    """False: by one number, because it could not be told which rows hold which."""
    finest = _finest(answers)
    atoms = [
        (told(row), row) for answer in finest for told in [_teller(answer, answers)] for row in answer.rows
    ]
    coarse = [answer for answer in answers if answer not in finest]
    if not all(answer.names <= set(dims) for answer in coarse for dims, _ in atoms):
        number = chance.randint(2, 9)
        for answer in answers:
            for row in answer.rows:
                _put(row, {path: value * number for path, value in _measures(row.numbers).items()}, number)
        return False
    drawn = [_drawn(dims, row, factor * _luck(chance)) for dims, row in atoms]
    for answer in coarse:
        _resum(answer, drawn, factor)
    for (_, row), atom in zip(atoms, drawn, strict=True):
        _put(row, atom.after, factor)
    return True


def _finest(answers: list[_Answer]) -> list[_Answer]:
    """The answers whose rows are the atoms: the parts of a question, else the one of most dimensions."""
    parts = [answer for answer in answers if answer.filters and answer.rows]
    if parts:
        return parts
    known = [answer for answer in answers if answer.rows]
    return (
        [max(known, key=lambda a: ("actor" in a.names, "api_key_id" in a.names, len(a.names)))]
        if known
        else []
    )


def _teller(answer: _Answer, answers: list[_Answer]) -> Callable[[_Row], Dims]:
    """All that can be told of a row; what its own answer does not tell follows from the others' rows."""
    names, steps = answer.names, []
    for other in answers:
        if other.filters or not set(other.groups) - names:
            continue
        cells = [
            tuple(told[name] for name in other.groups)
            for told in map(other.dims, other.rows)
            if _selects(answer.filters, told)
        ]
        steps.append(completion(other.groups, cells, [name for name in other.groups if name in names]))

    def tell(row: _Row) -> Dims:
        told = answer.dims(row)
        for step in steps:
            told = {**step(told), **told}
        return told

    return tell


def _selects(filters: dict[str, tuple[str, ...]], dims: Dims) -> bool:
    return all(dims[name] in values for name, values in filters.items() if name in dims)


@dataclass(frozen=True)
class _Atom:
    dims: Dims
    before: dict[str, Decimal]
    after: dict[str, Decimal]


def _drawn(dims: Dims, row: _Row, factor: float) -> _Atom:
    before = _measures(row.numbers)
    return _Atom(dims, before, {path: _scaled(value, factor, path) for path, value in before.items()})


def _resum(answer: _Answer, atoms: list[_Atom], factor: float) -> None:
    """Put the sum of the new atoms into each row, and what it differed from the old ones."""
    names = sorted(answer.names)
    held: dict[tuple[Any, ...], list[_Atom]] = {}
    for atom in atoms:
        if _selects(answer.filters, atom.dims):
            held.setdefault(tuple(atom.dims[name] for name in names), []).append(atom)
    for row in answer.rows:
        dims, after = answer.dims(row), {}
        of_row = held.get(tuple(dims[name] for name in names), [])
        for path, value in _measures(row.numbers).items():
            rest = value - sum(atom.before.get(path, Decimal(0)) for atom in of_row)
            new = sum((atom.after.get(path, Decimal(0)) for atom in of_row), _scaled(rest, factor, path))
            after[path] = _scaled(value, factor, path) if value >= 0 > new else new
        _put(row, after, factor)


def _measures(row: Json) -> dict[str, Decimal]:
    """Every count and amount of a row but the total of its own counts, nested ones with a dot."""
    return {path: value for path, value in _numbers(row, "") if path != _TOTAL}


def _numbers(row: Json, before: str) -> Iterator[tuple[str, Decimal]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _numbers(value, f"{before}{name}.")
        elif _is_number(name, value) and (number := amount_of(value)) is not None:
            yield before + name, number


def _is_number(name: str, value: object) -> bool:
    if isinstance(value, str):
        return name in AMOUNTS and bool(_DECIMAL.fullmatch(value))
    return isinstance(value, int) and not isinstance(value, bool)


def _scaled(value: Decimal, factor: float, path: str) -> Decimal:
    """Something stays something, and nothing nothing."""
    if not value:
        return Decimal(0)
    unit = _MICROCENT if path.rpartition(".")[2] in AMOUNTS else Decimal(1)
    new = (abs(value) * Decimal(factor)).quantize(unit)
    return max(new, unit).copy_sign(value)


def _put(of: _Row, numbers: dict[str, Decimal], factor: float) -> None:
    """Write numbers into a row, each in the form it had."""
    row = of.numbers
    counted = sum(amount_of(at(row, path)) or 0 for path in TOKENS)
    for path, number in numbers.items():
        *parents, last = path.split(".")
        owner: Any = at(row, ".".join(parents)) if parents else row
        owner[last] = f"{number:f}" if isinstance(owner[last], str) else int(number)
    if isinstance(row.get(_TOTAL), int):
        beyond = _scaled(Decimal(row[_TOTAL] - int(counted)), factor, _TOTAL)
        row[_TOTAL] = int(sum(amount_of(at(row, path)) or 0 for path in TOKENS) + beyond)


def _redraw_alone(value: Any, factor: Callable[[], float], done: set[int]) -> None:
    """Numbers that add up to nothing else, each for itself."""
    if id(value) in done or not isinstance(value, dict | list):
        return
    for name, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(item, float):
            value[name] = round(item * factor(), 2)
        elif _is_number(str(name), item):
            number = _scaled(Decimal(item), factor(), str(name))
            value[name] = f"{number:f}" if isinstance(item, str) else int(number)
        else:
            _redraw_alone(item, factor, done)


def _luck(chance: random.Random) -> float:
    return chance.uniform(1 - _SPREAD, 1 + _SPREAD)
