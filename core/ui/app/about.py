"""What an answer is, in words: for a workbook's second sheet, a picture and a print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core import __version__
from core.dimensions import DIMENSIONS, MEASURES
from core.explore.labels import value_label
from core.explore.query import Filter
from core.explore.workbook import About
from core.formats import exact, period_label
from core.periods import PRESETS
from core.ui.app import library, origin_line, times, view
from core.ui.app.answers import Answer
from core.ui.app.view import View


def range_words(shown: View) -> str:
    """``Last 30 days · Oct 25 – Nov 23, 2026``."""
    days, name = period_label(shown.period), shown.display.preset
    return f"{PRESETS[name]} · {days}" if name and PRESETS[name] != days else days


def filters_words(filters: Iterable[Filter]) -> str:
    """All values of all filters; says so where there is none."""
    return "; ".join(map(_all_values, filters)) or "None"


def _all_values(one: Filter) -> str:
    dimension = DIMENSIONS[one.dimension]
    values = " or ".join(value_label(dimension, value) for value in one.values)
    return f"{dimension.label} is {'not ' if one.exclude else ''}{values}"


def about(answer: Answer, *, totals: Iterable[str] = ()) -> About:
    """Range, filters, basis, coverage and totals of ``answer``, and what is in no number here."""
    return [
        ("What", library.title(answer.view)),
        ("Range (UTC days)", range_words(answer.view)),
        ("Filters", filters_words(answer.view.query.filters)),
        *((f"Total: {MEASURES[name].label}", exact(MEASURES[name], answer.totals[name])) for name in totals),
        *((f"How {MEASURES[name].label} is computed", MEASURES[name].help) for name in totals),
        *_rests_on(answer),
        ("Compared", answer.versus.sentence() if answer.versus else "With nothing"),
        ("Link", view.ADDRESS.link()),
        ("Written", f"{times.instant_label(times.now())} UTC by Token Ledger {__version__}"),
    ]


def _rests_on(answer: Answer) -> Iterator[tuple[str, str]]:
    for part in origin_line.parts(answer.provenance):
        word, colon, says = part.partition(": ")
        yield (word, says) if colon else ("Note", part)
    for line in origin_line.left_out(answer.provenance):
        yield "Not in these numbers", line
