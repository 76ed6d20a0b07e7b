"""What is worth a look beside anomalies: keys, gaps, differences to Anthropic's totals.

Pure: it is given what is known and tells each finding in a sentence, with its dollars and the question whose
answer shows it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from core.bidi import isolated, isolated_list
from core.dimensions import MEASURES
from core.explore.control_differences import ControlDifference
from core.explore.idle import IDLE_DAYS, Idle, Suspect
from core.explore.query import Filter, Query
from core.figures import table_scale
from core.formats import exact, period_label
from core.ledger.meanings import meaning_of
from core.periods import ONE_DAY, Period
from core.store.days import Gap

WEEKS = 8
"""What a day usually costs is that of its weekday in so many weeks before."""
FEWEST = 4
"""Of fewer same weekdays nothing is usual."""
_SCALE = table_scale(MEASURES["cost"])


class Kind(Enum):
    """What a finding is about, as people read it."""

    UNUSUAL = "Unusual"
    NEW = "New"
    STOPPED = "Stopped"
    LEVEL = "New level"
    KEY = "API key"
    IDLE = "Idle keys"
    GAP = "Gap"
    DIFFERENCE = "Difference"


@dataclass(frozen=True)
class Finding:
    """``dollars``: in micro-cents, what it is sorted by; None where it has none.

    ``difference``: how its words print them, where they are more or less than was expected. ``page`` and
    ``query``: what shows it; without a query the page itself. ``cost``: what is shown there. ``since``: its
    first day; None for what is so now.
    """

    kind: Kind
    words: str
    dollars: int | None
    page: str
    query: Query | None = None
    cost: int | None = None
    difference: str = ""
    since: date | None = None


Days = Mapping[date, int]
Course = Mapping[str, Days]
"""The cost of each connection by day, where there are rows."""
Known = Mapping[str, frozenset[date]]
"""The days that each connection knows and that are over."""


def latest_first(findings: Iterable[Finding], month: date, start: date) -> list[Finding]:
    """What began in this month, then what is so now or began since ``start``, then what is older.

    Of each the dearest first.
    """
    return sorted(findings, key=lambda finding: (_age(finding, month, start), *_weight(finding)))


def _age(finding: Finding, month: date, start: date) -> int:
    return 1 if finding.since is None else (finding.since < month) + (finding.since < start)


def _weight(finding: Finding) -> tuple[bool, int, str]:
    """Most dollars first, up or down; those without any last."""
    return finding.dollars is None, -abs(finding.dollars or 0), finding.words


def usual(day: date, costs: Days, known: frozenset[date]) -> list[int]:
    """What its weekday cost in the weeks before, on known days since the first with any cost."""
    first = min(costs, default=day)
    weekdays = (day - timedelta(weeks=n) for n in range(1, WEEKS + 1))
    return [costs.get(weekday, 0) for weekday in weekdays if weekday in known and weekday >= first]


def _median(amounts: Sequence[int]) -> int:
    """Of two in the middle, half way."""
    ordered = sorted(amounts)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2


_NAMED = 2


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return isolated_list(names[:_NAMED], ", " if more else " and ") + more


def _on(period: Period) -> str:
    return f"on {period_label(period)}" if period.days == 1 else f"in {period_label(period)}"


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
    names = [key.label for key in idle if key.known]
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
            costs, over = course.get(connection, {}), known.get(connection, frozenset())
            about = sum(_about(day, costs, over) for day in period)
            usually = f" Such days usually cost {_SCALE.write(about)}." if about else ""
            words = (
                f"{period_label(period)} of {isolated(connection)} is not known: {gap.kind.value}.{usually}"
            )
            yield Finding(Kind.GAP, words, about or None, "sync", since=period.start)


def _about(day: date, costs: Days, known: frozenset[date]) -> int:
    before = usual(day, costs, known)
    return _median(before) if len(before) >= FEWEST else 0


def differences_found(differences: Iterable[ControlDifference], days: Period) -> Iterator[Finding]:
    """Days on which the ledger is not what Anthropic's own totals say, where that is a fault."""
    kinds: dict[tuple[str, str], list[ControlDifference]] = defaultdict(list)
    for difference in differences:
        if meaning_of(difference.measure).is_fault and difference.day in days:
            kinds[difference.cost_center, difference.measure].append(difference)
    return (_difference(*kind, alike) for kind, alike in kinds.items())


def _difference(connection: str, measure: str, alike: Sequence[ControlDifference]) -> Finding:
    meaning = meaning_of(measure)
    off = sum(abs((difference.actual or 0) - (difference.expected or 0)) for difference in alike)
    period = Period(
        min(difference.day for difference in alike), max(difference.day for difference in alike) + ONE_DAY
    )
    is_cost = meaning.measure.unit is MEASURES["cost"].unit
    words = (
        f"{isolated(connection)}, {period_label(period)}: the ledger and Anthropic's own totals differ in "
        f"{meaning.compared}, by {exact(meaning.measure, off)}."
    )
    only = (Filter("cost_center", (connection,)),)
    query = Query((meaning.measure.name,), period, ("model",), only)
    page = "cost" if is_cost else "usage"
    return Finding(Kind.DIFFERENCE, words, off if is_cost else None, page, query, since=period.start)
