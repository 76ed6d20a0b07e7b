"""Finds what is worth a look: days far off their weekday, new models, keys, gaps, differences.

Pure: it is given what is known and tells each finding in a sentence, with its dollars and the question whose
answer shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import NamedTuple

from core.bidi import isolated, isolated_list
from core.dimensions import MEASURES
from core.explore.control_differences import ControlDifference
from core.explore.idle import IDLE_DAYS, Idle, Suspect
from core.explore.query import Empty, Filter, Query, Value
from core.figures import table_scale
from core.formats import exact, period_label
from core.ledger.meanings import meaning_of
from core.money import MICROCENTS_PER_USD
from core.periods import ONE_DAY, Period
from core.store.days import Gap

WEEKS = 8
"""A day is compared with its weekday in so many weeks before."""
FEWEST = 4
"""Of fewer same weekdays nothing is usual."""
FROM_DOLLARS = 25 * MICROCENTS_PER_USD
FROM_PERCENT = 30
DEVIATIONS = 5
"""So many median deviations, scaled as of a normal distribution, lie between far off and usual."""
_TO_NORMAL = 1.4826
_SETTLED = 2 * ONE_DAY
"""So much of the newest days may still come: they are not called low."""
_BETWEEN = 2
"""Days apart by so few that are not far off are one stretch."""
_KNOWN_BEFORE = 28 * ONE_DAY
"""In a history shorter than this, any model would be a new one."""
_SCALE = table_scale(MEASURES["cost"])


class Kind(Enum):
    """What a finding is about, as people read it."""

    DAY = "Unusual day"
    MODEL = "New model"
    KEY = "API key"
    IDLE = "Idle keys"
    GAP = "Gap"
    DIFFERENCE = "Difference"


@dataclass(frozen=True)
class Finding:
    """``dollars``: in micro-cents, what it is sorted by; None where it has none.

    ``page`` and ``query``: what shows it; without a query the page itself. ``cost``: what is shown there.
    """

    kind: Kind
    words: str
    dollars: int | None
    page: str
    query: Query | None = None
    cost: int | None = None


class Group(NamedTuple):
    """A connection's part with a course of its own: a workspace; all of it, where there are none."""

    connection: str
    workspace: Value
    label: str

    @property
    def name(self) -> str:
        return self.connection if self.workspace is Empty.NOT_APPLICABLE else self.label


Days = Mapping[date, int]
Course = Mapping[Group, Days]
"""Cost by day, where there are rows."""
Known = Mapping[str, frozenset[date]]
"""The days that each connection knows and that are over."""


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """Most dollars first, up or down; those without any last."""
    return sorted(findings, key=lambda one: (one.dollars is None, -abs(one.dollars or 0), one.words))


def unusual_days(course: Course, known: Known, days: Period) -> Iterator[Finding]:
    """Stretches of ``days`` far off their weekday; those of one connection and the same days as one."""
    alike: dict[tuple[str, Period, bool], list[_Stretch]] = defaultdict(list)
    for group, costs in course.items():
        for stretch in _stretches(group, costs, known.get(group.connection, frozenset()), days):
            alike[group.connection, stretch.period, stretch.off > 0].append(stretch)
    return (_unusual(stretches) for stretches in alike.values())


class _Stretch(NamedTuple):
    """Days far off in one direction: what they cost, and how much that is beyond their usual."""

    group: Group
    period: Period
    cost: int
    off: int


def usual(day: date, costs: Days, known: frozenset[date]) -> list[int]:
    """What its weekday cost in the weeks before, on known days since the first with any cost."""
    first = min(costs, default=day)
    weekdays = (day - timedelta(weeks=n) for n in range(1, WEEKS + 1))
    return [costs.get(one, 0) for one in weekdays if one in known and one >= first]


def is_far_off(cost: int, before: Sequence[int]) -> bool:
    """Beyond the usual spread, by enough dollars, and by enough per cent."""
    if len(before) < FEWEST:
        return False
    middle = _median(before)
    spread = _median([abs(one - middle) for one in before]) * _TO_NORMAL * DEVIATIONS
    off = abs(cost - middle)
    return off > spread and off >= FROM_DOLLARS and off * 100 >= FROM_PERCENT * abs(middle)


def _median(amounts: Sequence[int]) -> int:
    """Of two in the middle, half way."""
    ordered = sorted(amounts)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2


def _stretches(group: Group, costs: Days, known: frozenset[date], days: Period) -> Iterator[_Stretch]:
    settled = max(known, default=days.start) - _SETTLED
    for rises in (True, False):
        far = [day for day in days if day in known and _is_far(day, costs, known, rises=rises)]
        for run in _runs([day for day in far if rises or day <= settled]):
            inside = [day for day in run if day in known]
            off = sum(costs.get(day, 0) - _middle(day, costs, known) for day in inside)
            yield _Stretch(group, run, sum(costs.get(day, 0) for day in run), off)


def _is_far(day: date, costs: Days, known: frozenset[date], *, rises: bool) -> bool:
    before, cost = usual(day, costs, known), costs.get(day, 0)
    return is_far_off(cost, before) and (cost > _median(before)) is rises


def _middle(day: date, costs: Days, known: frozenset[date]) -> int:
    return _median(usual(day, costs, known) or [costs.get(day, 0)])


def _runs(days: Sequence[date]) -> Iterator[Period]:
    """Days near each other as one."""
    start = end = None
    for day in days:
        if end and (day - end).days <= _BETWEEN + 1:
            end = day
            continue
        if start and end:
            yield Period(start, end + ONE_DAY)
        start = end = day
    if start and end:
        yield Period(start, end + ONE_DAY)


def _unusual(stretches: Sequence[_Stretch]) -> Finding:
    """``Checkout cost $3,580.10 on Oct 13, 2026: $1,330.02 more than Tuesdays before.``"""
    first = max(stretches, key=lambda one: abs(one.off))
    cost, off = (sum(getattr(one, name) for one in stretches) for name in ("cost", "off"))
    names = [first.group.name, *(one.group.name for one in stretches if one is not first)]
    when = f"{first.period.start:%A}s" if first.period.days == 1 else "the same weekdays"
    words = (
        f"{_listed(names)} cost {_SCALE.write(cost)} {_on(first.period)}: "
        f"{_SCALE.write(abs(off))} {'more' if off > 0 else 'less'} than {when} before."
    )
    filters = [Filter("cost_center", (first.group.connection,))]
    if any(one.group.workspace is not Empty.NOT_APPLICABLE for one in stretches):
        filters.append(Filter("workspace", tuple(one.group.workspace for one in stretches)))
    query = Query(("cost",), first.period, ("model",), tuple(filters))
    return Finding(Kind.DAY, words, off, "cost", query, cost)


_NAMED = 2


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return isolated_list(names[:_NAMED], ", " if more else " and ") + more


def _on(period: Period) -> str:
    return f"on {period_label(period)}" if period.days == 1 else f"in {period_label(period)}"


def new_models(course: Mapping[str, Days], days: Period, since: date) -> Iterator[Finding]:
    """Models first used within ``days``, in a history that began well before, ``since``."""
    for model, costs in course.items():
        first = min(costs)
        if first in days and first - since >= _KNOWN_BEFORE:
            cost = sum(cost for day, cost in costs.items() if day in days)
            words = f"{isolated(model)} was never used before {period_label(Period(first, first + ONE_DAY))}"
            query = Query(("cost",), Period(first, days.end), ("workspace",), (Filter("model", (model,)),))
            yield Finding(
                Kind.MODEL, f"{words}; since then it cost {_SCALE.write(cost)}.", cost, "cost", query, cost
            )


def watched_keys(suspects: Iterable[Suspect], costs: Mapping[str, int], days: Period) -> Iterator[Finding]:
    """Keys that go on spending though somebody should look at them; ``costs`` by id, of ``days``."""
    for suspect in suspects:
        cost = costs.get(suspect.id, 0)
        query = Query(("cost",), days, ("model",), (Filter("api_key_id", (suspect.id,)),))
        words = (
            f"{isolated(suspect.name)}: {' '.join(suspect.reasons)} It cost {_SCALE.write(cost)} {_on(days)}."
        )
        yield Finding(Kind.KEY, words, cost, "cost", query, cost)


def idle_keys(idle: Sequence[Idle]) -> Iterator[Finding]:
    """One for all of them: they cost nothing."""
    names = [one.label for one in idle if one.known]
    if names:
        has = "is an active key" if len(names) == 1 else "are active keys"
        words = f"{_listed(names)} {has} without use in {IDLE_DAYS} days."
        yield Finding(Kind.IDLE, words, 0, "keys")


def gaps_found(
    gaps: Iterable[tuple[str, Gap]], course: Course, known: Known, days: Period
) -> Iterator[Finding]:
    """Days that a connection lacks, with what such days usually cost."""
    for connection, gap in gaps:
        period = gap.period.clipped(days)
        if period.days:
            about = sum(
                _about(day, costs, known.get(connection, frozenset()))
                for group, costs in course.items()
                if group.connection == connection
                for day in period
            )
            usually = f" Such days usually cost {_SCALE.write(about)}." if about else ""
            words = (
                f"{period_label(period)} of {isolated(connection)} is not known: {gap.kind.value}.{usually}"
            )
            yield Finding(Kind.GAP, words, about or None, "sync")


def _about(day: date, costs: Days, known: frozenset[date]) -> int:
    before = usual(day, costs, known)
    return _median(before) if len(before) >= FEWEST else 0


def differences_found(differences: Iterable[ControlDifference], days: Period) -> Iterator[Finding]:
    """Days on which the ledger is not what Anthropic's own totals say, where that is a fault."""
    kinds: dict[tuple[str, str], list[ControlDifference]] = defaultdict(list)
    for one in differences:
        if meaning_of(one.measure).is_fault and one.day in days:
            kinds[one.cost_center, one.measure].append(one)
    return (_difference(*kind, alike) for kind, alike in kinds.items())


def _difference(connection: str, measure: str, alike: Sequence[ControlDifference]) -> Finding:
    meaning = meaning_of(measure)
    off = sum(abs((one.actual or 0) - (one.expected or 0)) for one in alike)
    period = Period(min(one.day for one in alike), max(one.day for one in alike) + ONE_DAY)
    is_cost = meaning.measure.unit is MEASURES["cost"].unit
    words = (
        f"{isolated(connection)}, {period_label(period)}: the ledger and Anthropic's own totals differ in "
        f"{meaning.compared}, by {exact(meaning.measure, off)}."
    )
    only = (Filter("cost_center", (connection,)),)
    query = Query((meaning.measure.name,), period, ("model",), only)
    return Finding(Kind.DIFFERENCE, words, off if is_cost else None, "cost" if is_cost else "usage", query)
