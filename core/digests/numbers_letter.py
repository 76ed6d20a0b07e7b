"""A digest of numbers as a letter: what it cost, what moved it, plans, anomalies, a picture."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from urllib.parse import urlencode

from core.alerts.message import plain
from core.charts.palette import LIGHT
from core.digests.letter import Figure, Letter, Row, Section
from core.digests.numbers import CHART_DAYS, Numbers
from core.digests.picture import hues_of, picture_of
from core.dimensions import DIMENSIONS, MEASURES
from core.errors import InputError
from core.explore.explorers import COST, View
from core.explore.links import Display, short_params
from core.explore.mover_words import compared, why
from core.explore.plan_figures import PlanFigures, figures, plan_query
from core.explore.projection import known_for
from core.explore.query import Empty, Query
from core.explore.stored_reads import StoredView
from core.figures import row_scale
from core.formats import UNKNOWN, count_of, day_label, period_label, short
from core.periods import Period, calendar_label
from core.store.findings import Finding, list_findings
from core.store.owners import Kind, private
from core.store.plans import list_plans
from core.watch import words

_MOVED_BY = ("model", "workspace", "user")
_MOST_MOVERS, _MOST_MODELS, _MOST_ANOMALIES, _MOST_PLANS = 3, 6, 5, 8
_COST = MEASURES["cost"]


def numbers_letter(name: str, numbers: Numbers) -> Letter:
    """All of it; ``name`` of the digest.

    Raises:
        InputError: a sum beyond 64 bits.
    """
    days, view = period_label(numbers.period), _charted(numbers)
    return Letter(
        f"{plain(name)}: {_headline(numbers)}",
        plain(name),
        f"{_demo(numbers)}{days}, complete days in UTC. {_against(numbers)}",
        _page(numbers),
        f"Look at it in Token Ledger on the Cost page, {days}.",
        tuple(_figures(numbers)),
        picture_of(view, f"Cost by day and model, {period_label(view.period)}"),
        tuple(section for section in _sections(numbers, view) if section.rows or section.note),
    )


def _headline(numbers: Numbers) -> str:
    cost = numbers.compared("cost")
    if cost.now is None:
        return f"nothing is known yet of {period_label(numbers.period)}"
    change = f", {cost.change_text}" if cost.change_text else ""
    change += ", not all of it known" if numbers.unknown else ""
    day_or_days = "on" if numbers.period.days == 1 else "in"
    return f"{cost.now_text} {day_or_days} {period_label(numbers.period)}{change}"


def _demo(numbers: Numbers) -> str:
    return "Demo data. " if any(connection.demo for connection in numbers.coverage) else ""


def _against(numbers: Numbers) -> str:
    if numbers.is_compared:
        return f"Compared with {period_label(numbers.earlier)}."
    earlier = period_label(numbers.earlier)
    return (
        f"The sums are not compared: not every day of {earlier} and these is known. What moved is of the "
        "days that are known on both sides."
    )


def _page(numbers: Numbers) -> str:
    query = Query(("cost",), numbers.period, ("model",))
    return f"cost?{urlencode(short_params(query, Display(preset=None)), doseq=True)}"


def _figures(numbers: Numbers) -> Iterator[Figure]:
    for name, label in (("cost", "Cost"), ("tokens", "Tokens")):
        number = numbers.compared(name)
        yield Figure(label, number.now_text, number.change_text or "")
    month = numbers.month
    known, days = len(month.known_days), month.period.days
    so_far = short(_COST, month.actual if known else None)
    yield Figure(f"{month.period.start:%B} so far", so_far, f"{known} of {days} days")
    if known < days and month.expected:
        low, point, high = (
            short(_COST, n) for n in (month.expected.low, month.expected.point, month.expected.high)
        )
        yield Figure("Forecast to month end", point, f"four in five from {low} to {high}")
    elif known < days and month.young:
        yield Figure("Forecast to month end", UNKNOWN, month.too_little)


def _sections(numbers: Numbers, view: StoredView) -> Iterator[Section]:
    yield _lacking(numbers)
    yield _models(numbers, view)
    for dimension in _MOVED_BY:
        yield _moved(numbers, dimension)
    yield _plans(numbers)
    yield _anomalies(numbers)


def _lacking(numbers: Numbers) -> Section:
    """What is not in the numbers, and what such days have already."""
    unknown = numbers.unknown
    rows = tuple(
        Row(plain(name), ", ".join(map(period_label, reversed(runs)))) for name, runs in unknown.items()
    )
    outside = numbers.compared("cost").outside_text
    note = f"Outside of all numbers: {outside} that these days have so far." if outside and rows else ""
    return Section("Not known yet, or not complete", rows, note)


def _models(numbers: Numbers, view: StoredView) -> Section:
    """As printed the parts add up to the cost."""
    costs = numbers.by_model()
    named, rest = costs[:_MOST_MODELS], costs[_MOST_MODELS:]
    listed = [*named, (f"Other, {count_of(len(rest), 'model')}", sum(cost for _, cost in rest))][: len(costs)]
    cost = numbers.compared("cost")
    steps = cost.scale.apportioned([part for _, part in listed], cost.now)
    hues = hues_of(view)
    rows = (
        Row(plain(name), cost.scale.text(step), color=hues.get(name, LIGHT.greys[0] if hues else ""))
        for (name, _), step in zip(listed, steps, strict=True)
    )
    return Section("Cost by model", tuple(rows))


def _moved(numbers: Numbers, dimension: str) -> Section:
    named = (mover for mover in numbers.movers(dimension) if not isinstance(mover.value, Empty))
    moved = list(islice(named, _MOST_MOVERS))
    rows = []
    for mover in moved:
        number = compared(mover, moved)
        rows.append(Row(plain(mover.label), number.scale.signed(number.change), why(mover, number)))
    return Section(f"What moved, by {DIMENSIONS[dimension].inline}", tuple(rows))


def _plans(numbers: Numbers) -> Section:
    planned = [plan for plan in _figures_of_plans(numbers) if plan.current]
    planned.sort(key=lambda plan: (not plan.is_over, not plan.breaks_on, plan.plan.name.casefold()))
    more = len(planned) - _MOST_PLANS
    note = f"{count_of(more, 'more plan')} on the Plans page." if more > 0 else ""
    return Section("Plans", tuple(map(_plan, planned[:_MOST_PLANS])), note)


def _figures_of_plans(numbers: Numbers) -> Iterator[PlanFigures]:
    """Of every plan that is shared; one whose scope cannot be read is left out."""
    ledger, db, today = numbers.ledger, numbers.db, numbers.today
    kept_back = private(db, Kind.PLAN)
    for plan in (plan for plan in list_plans(db) if plan.id not in kept_back):
        with suppress(InputError):
            yield figures(ledger, plan, known_for(db, ledger, plan_query(plan, today), today), today)


def _plan(planned: PlanFigures) -> Row:
    current, content = planned.current, planned.plan.content
    assert current  # noqa: S101 - only those are listed
    measure = MEASURES[content.measure]
    scale = row_scale(measure, (current.actual, current.budget))
    spent = f"{scale.write(current.actual)} of {scale.write(current.budget)}"
    notes = [f"{scale.write(current.expected.point)} expected at the end"] if current.expected else []
    if planned.breaks_on:
        used_up = "was used up" if planned.is_over else "is expected to be used up"
        notes.append(f"the budget {used_up} on {day_label(planned.breaks_on)}")
    name = f"{plain(planned.plan.name)}, {calendar_label(content.period, current.period.start)}"
    return Row(name, spent, "; ".join(notes))


def _anomalies(numbers: Numbers) -> Section:
    unanswered = [finding for finding in list_findings(numbers.db) if finding.is_open]
    largest = sorted(unanswered, key=lambda finding: -abs(words.difference_usd(finding.now) or 0))
    more = len(largest) - _MOST_ANOMALIES
    note = f"{more:,} more on the Anomalies page." if more > 0 else ""
    return Section("Open anomalies", tuple(map(_anomaly, largest[:_MOST_ANOMALIES])), note)


def _anomaly(finding: Finding) -> Row:
    amounts = words.amounts(finding.now)
    days = words.days(finding.now)
    says = f"{days[:1].upper()}{days[1:]}: {amounts['Actual']} instead of {amounts['Expected']}"
    return Row(plain(words.title(finding.now)), amounts["Difference"], says)


def _charted(numbers: Numbers) -> StoredView:
    """The four weeks that end with the days told."""
    end = numbers.period.end
    query = Query(("cost",), Period(end - timedelta(days=CHART_DAYS), end), ("model",))
    return StoredView(
        COST, View(query, Display(preset=None, top=_MOST_MODELS)), numbers.ledger, numbers.today, numbers.db
    )
