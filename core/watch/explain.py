"""Tells what belongs together once: at the level that explains most, with what carries it.

The change behind a run is looked at in the ledger's finest rows: each day of the run less the same weekdays
before it, four weeks of them. Two runs are of one cause as far as the same rows moved both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from core.explore.engine import rows
from core.explore.query import Query
from core.periods import ONE_DAY, Period
from core.watch.runs import Kind
from core.watch.series import LEVELS, TOTAL, Scope

if TYPE_CHECKING:
    from core.ledger.snapshot import Snapshot

_WEEKS = 4
_EXPLAINS = 0.7
"""A narrower value is told in place of a wider one if it moved at least so much of it."""
_EXPLAINED = 0.5
"""A run is told along with another that moved at least so much of it."""
_SHARES = 0.2
"""One of several causes moved at least so much."""
_NARROW = ("workspace", "api_key", "user")
_CARRIERS = 3
_CARRIES = 0.1
"""A value is named if it moved at least so much of the difference."""

MOVED_BY = {
    Kind.RATE: "cost",
    Kind.CACHE: "_cache_read_tokens",
}
"""The sum whose rows tell whether two runs are of one cause; else the run's own column."""


@dataclass(frozen=True)
class Candidate:
    """A run of one series: ``column`` is the sum it was found in, amounts in its unit over the whole run."""

    scope: Scope
    kind: Kind
    column: str
    sign: int
    first: date
    last: date
    found_on: date
    expected: float
    actual: float

    @property
    def difference(self) -> float:
        return self.actual - self.expected

    @property
    def moved_by(self) -> str:
        return MOVED_BY.get(self.kind, self.column)

    def overlaps(self, other: Candidate) -> bool:
        """Whether they have days in common, or follow each other."""
        return self.first <= other.last + ONE_DAY and other.first <= self.last + ONE_DAY


@dataclass(frozen=True)
class Carrier:
    """A value of another dimension, and the part of the difference that it moved."""

    scope: Scope
    share: float


@dataclass(frozen=True)
class Told:
    """What is told once: a candidate, those told along with it, and what carries the difference."""

    candidate: Candidate
    along: tuple[Candidate, ...]
    carriers: tuple[Carrier, ...]


def told_once(ledger: Snapshot, candidates: Sequence[Candidate]) -> list[Told]:
    """Every candidate is in exactly one of the results: largest differences first within each measure."""
    left = sorted(candidates, key=_importance)
    told: list[Told] = []
    while left:
        top = left[0]
        near = [c for c in left if c.overlaps(top) and _one_way(c, top)]
        cause = _cause(_Moves(ledger, top), top, near)
        told.append(cause)
        done = {id(cause.candidate), *(id(c) for c in cause.along)}
        left = [c for c in left if id(c) not in done]
    return told


_FAMILIES = ("cost", "_rate", "tokens", "_cache")


def _importance(candidate: Candidate) -> tuple[int, float, int, str]:
    place = _FAMILIES.index(candidate.column)
    return place, -abs(candidate.difference), _width(candidate.scope), candidate.scope.label


def _width(scope: Scope) -> int:
    """How wide a level is: 0 for all, more for narrower ones."""
    return (TOTAL, *LEVELS).index(scope.dimension)


def _one_way(candidate: Candidate, top: Candidate) -> bool:
    """Whether both may be seen of the same event: fewer cache reads cost more."""
    ways = {c.sign if c.kind is not Kind.CACHE else -c.sign for c in (candidate, top)}
    return len(ways) == 1


def _cause(moves: _Moves, top: Candidate, near: Sequence[Candidate]) -> Told:
    """The narrowest value that moved most of it; else the largest of several that did so together."""
    whole = moves.of([top.scope])
    alike = [c for c in near if c.column == top.column]
    shares = {c: _part(moves.joint([c.scope], top.scope), whole) for c in alike}
    fitting = [c for c in alike if shares[c] >= _EXPLAINS]
    chosen = max([top, *fitting], key=lambda c: (_width(c.scope), shares.get(c, 1.0)))
    several = [] if _is_narrow(chosen) else _several(moves, top, shares, whole)
    chosen = max(several, key=lambda c: (_width(c.scope), shares[c])) if several else chosen
    along = [c for c in near if c != chosen and _belongs(moves, c, chosen, several)]
    if top not in (chosen, *along):
        along.append(top)
    return Told(chosen, tuple(along), tuple(moves.carriers(chosen.scope)))


def _several(
    moves: _Moves, top: Candidate, shares: Mapping[Candidate, float], whole: float
) -> list[Candidate]:
    """Narrow candidates that moved most of it together, each a part of its own; none if they did not."""
    narrow = [c for c, share in shares.items() if _is_narrow(c) and share >= _SHARES]
    together = _part(moves.joint([c.scope for c in narrow], top.scope), whole) if narrow else 0.0
    return narrow if together >= _EXPLAINS else []


def _is_narrow(candidate: Candidate) -> bool:
    return candidate.scope.dimension in _NARROW


def _belongs(moves: _Moves, candidate: Candidate, chosen: Candidate, several: Sequence[Candidate]) -> bool:
    """Whether it is explained by what is told; of several causes each is told by itself."""
    if candidate.scope == chosen.scope:
        return True
    causes = [chosen] if candidate in several or not several else several
    own = moves.of([candidate.scope])
    return _part(moves.joint([c.scope for c in causes], candidate.scope), own) >= _EXPLAINED


def _part(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


class _Moves:
    """By how much each of the finest rows moved, in the days of a candidate."""

    def __init__(self, ledger: Snapshot, candidate: Candidate) -> None:
        weights = _weights(candidate.first, candidate.last)
        period = Period(weights["day"].min(), weights["day"].max() + ONE_DAY)  # type: ignore[arg-type, operator]
        measure = "cache_hit_rate" if candidate.moved_by.startswith("_cache") else candidate.moved_by
        measure = "cost" if measure == "_rate" else measure
        column = "_cache_read_tokens" if measure == "cache_hit_rate" else measure
        counted = rows(ledger, Query((measure,), period, ("day", *LEVELS)))
        self.rows = (
            counted.join(weights, on="day")
            .with_columns(moved=pl.col(column).cast(pl.Float64) * pl.col("weight"))
            .group_by(
                [
                    name
                    for level in LEVELS
                    for name in (level, f"{level}_value", f"{level}_empty")
                    if name in counted.columns
                ]
            )
            .agg(pl.col("moved").sum())
        )

    def of(self, scopes: Sequence[Scope]) -> float:
        """What moved in rows that are in any of these."""
        return self.joint(scopes, Scope())

    def joint(self, scopes: Sequence[Scope], other: Scope) -> float:
        """What moved in rows that are in any of ``scopes``, and in ``other``."""
        within = pl.any_horizontal(*map(_within, scopes)) & _within(other)
        return float(self.rows.filter(within)["moved"].sum())

    def carriers(self, scope: Scope) -> list[Carrier]:
        """Of each other dimension, the values that moved most of the difference."""
        inside = self.rows.filter(_within(scope))
        whole = float(inside["moved"].sum())
        return [
            carrier for name in LEVELS if name != scope.dimension for carrier in _largest(inside, name, whole)
        ]


def _largest(inside: pl.DataFrame, name: str, whole: float) -> list[Carrier]:
    """Nothing where the dimension has one value only that means nothing, or none stands out."""
    empty = f"{name}_empty"
    named = inside if empty not in inside.columns else inside.filter(pl.col(empty).is_null())
    sums = named.group_by(name, f"{name}_value").agg(pl.col("moved").sum())
    ordered = sums.sort(pl.col("moved") * (1 if whole > 0 else -1), name, descending=[True, False])
    return [
        Carrier(Scope(name, value, label), _part(moved, whole))
        for label, value, moved in ordered.head(_CARRIERS).iter_rows()
        if _part(moved, whole) >= _CARRIES
    ]


def _within(scope: Scope) -> pl.Expr:
    if scope.dimension == TOTAL:
        return pl.lit(True)
    if isinstance(scope.value, str):
        return (pl.col(f"{scope.dimension}_value") == scope.value).fill_null(False)
    kind = scope.value.value if scope.value else None
    return (pl.col(f"{scope.dimension}_empty") == kind).fill_null(False)


def _weights(first: date, last: date) -> pl.DataFrame:
    """Each day of a run counts one; the same weekday of four weeks before the run minus a quarter each."""
    width = (last - first).days + 1
    weeks = -(-width // 7)
    weights: dict[date, float] = {}
    for place in range(width):
        day = first + timedelta(days=place)
        weights[day] = weights.get(day, 0) + 1
        for week in range(_WEEKS):
            before = day - timedelta(days=7 * (weeks + week))
            weights[before] = weights.get(before, 0) - 1 / _WEEKS
    return pl.DataFrame(
        {"day": list(weights), "weight": list(weights.values())},
        schema={"day": pl.Date, "weight": pl.Float64},
    )
