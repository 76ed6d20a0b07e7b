"""What an answer is, in words: for a workbook's second sheet, a picture and a print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core import __version__
from core.dimensions import MEASURES
from core.explore.filter_words import joined_words
from core.explore.view_words import view_title
from core.explore.workbook import About
from core.formats import exact, period_label
from core.ui.app import explorer_state, extent, origin_line, plan_lines, times
from core.ui.app.answers import Answer
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.marks import marks_of
from core.ui.app.state_words import range_words


def about(answer: Answer, *, totals: Iterable[str] = ()) -> About:
    """Range, filters, basis, coverage and totals of ``answer``, and what is in no number here."""
    return [
        ("What", view_title(answer.state.query, answer.state.display)),
        *asked(answer.state),
        ("Days of the totals", _days(answer)),
        *((f"Total: {MEASURES[name].label}", exact(MEASURES[name], answer.totals[name])) for name in totals),
        *((f"How {MEASURES[name].label} is computed", MEASURES[name].help) for name in totals),
        *_rests_on(answer),
        *((mark.kind, f"{period_label(mark.period)}: {mark.words}") for mark in marks_of(answer)),
        *_plan(answer),
        ("Compared", answer.versus.sentence() if answer.versus else "With nothing"),
        *made(),
    ]


def asked(state: ExplorerState) -> About:
    """Range and filters, each with all of its values."""
    filters = joined_words(state.query.filters, all_values=True)
    return [("Range (UTC days)", range_words(state)), ("Filters", filters or "None")]


def _plan(answer: Answer) -> Iterator[tuple[str, str]]:
    if plan := plan_lines.plan_on_chart(answer):
        yield "Plan on the chart", plan.words


def made() -> About:
    """Where it was made, and when."""
    return [("Link", explorer_state.ADDRESS.link()), written()]


def written() -> tuple[str, str]:
    """When, and by which version."""
    return "Written", f"{times.instant_label(times.now())} UTC by Token Ledger {__version__}"


def _rests_on(answer: Answer) -> Iterator[tuple[str, str]]:
    for part in origin_line.parts(answer.provenance):
        word, colon, says = part.partition(": ")
        yield (word, says) if colon else ("Note", part)
    for line in origin_line.left_out(answer.provenance):
        yield "Not in these numbers", line


def _days(answer: Answer) -> str:
    return f"{period_label(answer.counted)}: {extent.words(answer, answer.state.measure)}"
