"""What is marked on the days of a view: findings and annotations whose scope fits its filters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from core.charts.marks import Mark
from core.errors import InputError
from core.explore.filter_words import scope_words
from core.explore.plan_figures import scope_of
from core.explore.query import Filter, Query
from core.explore.scopes import joined
from core.periods import ONE_DAY, Period
from core.store.annotations import Annotation, list_annotations
from core.store.findings import Finding, FindingState, days_of, list_findings
from core.ui.app import data
from core.ui.app.answers import Answer
from core.watch import words
from core.watch.evaluate import filters_of

ANOMALY, ANNOTATION = "Anomaly", "Annotation"
_BEFORE = timedelta(days=28)
"""What stopped has nothing on its days: so long before it something is there."""


def marks_of(answer: Answer) -> tuple[Mark, ...]:
    """All of them, the latest first; to whom all is shown: their words tell of the whole ledger."""
    if answer.ledger.restriction:
        return ()
    with data.store() as db:
        findings, notes = list_findings(db), list_annotations(db)
    told = [finding for finding in findings if _is_told(finding)]
    marked = [
        *((_of_finding(finding), filters_of(finding.now.key)) for finding in told),
        *((_of_note(note), scope) for note, scope in _scoped(notes) if not _is_said(note, told)),
    ]
    fitting = (mark for mark, scope in marked if _fits(answer, mark.period, scope))
    return tuple(sorted(fitting, key=lambda mark: mark.period.start, reverse=True))


def _is_told(finding: Finding) -> bool:
    """Open or expected: what is acknowledged, muted or withdrawn is left in peace."""
    return finding.is_open or finding.state is FindingState.EXPECTED


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
    return Mark(Period(note.first, note.last + ONE_DAY), ANNOTATION, note.text + of)


def _scoped(notes: list[Annotation]) -> Iterator[tuple[Annotation, tuple[Filter, ...]]]:
    """Without those whose scope can no longer be read: nobody knows where they belong."""
    for note in notes:
        try:
            yield note, scope_of(note.scope)
        except InputError:
            continue


def _fits(answer: Answer, period: Period, scope: tuple[Filter, ...]) -> bool:
    """Whether the view has anything of the scope, in its days that are marked or shortly before."""
    days = period.clipped(answer.shown_period)
    asked = answer.state.query.filters
    if not days.days or not scope or not asked:
        return bool(days.days)
    both = joined(asked, scope)
    if both is None:
        return False
    query = Query(("cost",), Period(days.start - _BEFORE, days.end), ("cost_center",), both)
    return not data.rows(answer.ledger, query).is_empty()
