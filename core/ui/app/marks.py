"""What is marked on the days of a view: findings and annotations whose scope fits its filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial

from core.charts.marks import Mark
from core.errors import InputError
from core.explore.filter_words import scope_words
from core.explore.plan_figures import scope_of
from core.explore.presence import Place, present
from core.explore.query import Filter
from core.periods import ONE_DAY, Period
from core.store.annotations import Annotation, list_annotations
from core.store.findings import Finding, days_of, told_findings
from core.ui.app import data
from core.ui.app.answers import Answer
from core.watch import words
from core.watch.evaluate import filters_of

ANOMALY, ANNOTATION = "Anomaly", "Annotation"
_Mark = Callable[[], Mark]
_Marked = tuple[Period, tuple[Filter, ...], _Mark]
"""The days of a mark, what it is of, and what makes it."""
_BEFORE = timedelta(days=28)
"""What stopped has nothing on its days: so long before it something is there."""


def marks_of(answer: Answer) -> tuple[Mark, ...]:
    """All of them, the latest first; to whom all is shown: their words tell of the whole ledger."""
    if answer.ledger.restriction:
        return ()
    with data.store() as db:
        told, notes = told_findings(db, answer.shown_period), list_annotations(db)
    marked = [
        *((days_of(finding), filters_of(finding.now.key), partial(_of_finding, finding)) for finding in told),
        *(
            (_days_of(note), scope, partial(_of_note, note))
            for note, scope in _scoped(notes)
            if not _is_said(note, told)
        ),
    ]
    marks = [mark() for mark in _fitting(answer, marked)]
    return tuple(sorted(marks, key=lambda mark: mark.period.start, reverse=True))


def _is_said(note: Annotation, told: list[Finding]) -> bool:
    """Whether the mark of a finding says it already."""
    return any((note.first, note.last, note.text) == (f.now.first, f.now.last, f.note) for f in told)


def _of_finding(finding: Finding) -> Mark:
    now = finding.now
    says = f"{words.title(now)}, {words.amounts(now)['Difference']}"
    why = f". Expected: {finding.note}" if finding.note else ""
    return Mark(days_of(finding), ANOMALY, says + why, words.difference_usd(now) or 0)


def _of_note(note: Annotation) -> Mark:
    of = f" ({scope_words(note.scope, all_values=True)})" if note.scope else ""
    return Mark(_days_of(note), ANNOTATION, note.text + of)


def _days_of(note: Annotation) -> Period:
    return Period(note.first, note.last + ONE_DAY)


def _scoped(notes: list[Annotation]) -> Iterator[tuple[Annotation, tuple[Filter, ...]]]:
    """Without those whose scope can no longer be read: nobody knows where they belong."""
    for note in notes:
        try:
            yield note, scope_of(note.scope)
        except InputError:
            continue


def _fitting(answer: Answer, marked: Iterable[_Marked]) -> list[_Mark]:
    """Those of whose scope the view has anything, in the days that are marked or shortly before."""
    ledger, asked = answer.ledger, answer.state.query.filters
    shown = [(period.clipped(answer.shown_period), scope, mark) for period, scope, mark in marked]
    inside = [(days, scope, mark) for days, scope, mark in shown if days.days]
    everywhere = [not scope or not asked for _, scope, _ in inside]
    places = [
        Place(Period(days.start - _BEFORE, days.end), scope)
        for (days, scope, _), fits in zip(inside, everywhere, strict=True)
        if not fits
    ]
    have = iter(present(ledger, asked, places, partial(data.rows, ledger)))
    return [mark for (_, _, mark), fits in zip(inside, everywhere, strict=True) if fits or next(have)]
