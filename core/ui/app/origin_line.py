"""The quiet line under every view: basis, coverage, provisional days, freshness, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import streamlit as st

from core.bidi import isolated
from core.dimensions import MEASURES
from core.explore.control_differences import ControlDifference
from core.explore.provenance import ConnectionCoverage, Provenance
from core.figures import shares
from core.formats import count_of, day_label, exact, period_label, share, short
from core.ledger.meanings import meaning_of
from core.streams import STREAMS
from core.ui.app import html, times
from core.ui.app.bases import BASIS_WORDS, without_cost
from core.ui.app.bill_words import change_sentence
from core.ui.app.text import markdown_text

_COST = MEASURES["cost"]
_TOKENS = MEASURES["tokens"]
_REPORTS = {stream.name: stream.label for stream in STREAMS.values()}

NAMED_GAPS = 4
"""Of a connection; the Sync page has all."""

NEVER_REPORTED = (
    "Flat seat fees, taxes, credits and their balance, Priority-tier commitments, Claude Code Review and "
    "Claude Security as billed at the organization level, and use through Bedrock, Google Cloud or Foundry "
    "are in no report that can be pulled. Your invoice has them."
)


def show(provenance: Provenance) -> None:
    """One line and its popover; faults between ledger and bill stand above it as an error."""
    differences(provenance.differences)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="origin-line"):
        html.show(html.div(map(html.span, parts(provenance)), cls="tl-line"), width="content")
        with st.popover("What is not in this number", type="tertiary", icon=":material/info:"):
            _left_out(provenance)


def parts(provenance: Provenance) -> list[str]:
    """What the line says: ``Cost basis: billed 81%``, ``Coverage: all 30 days of 2 connections``, …"""
    said = [_basis(provenance), _coverage(provenance), _bills(provenance)]
    if days := provenance.provisional_days:
        said.append(f"{count_of(len(days), 'provisional day')} since {day_label(days[0])}")
    if provenance.awaited_days:
        said.append(_awaited(provenance))
    as_of = provenance.data_as_of
    said.append(f"Data as of {times.instant_label(as_of)} UTC" if as_of else "Not all data pulled yet")
    if months := len({month.month for month in provenance.unbuilt}):
        said.append(f"{count_of(months, 'month')} pulled but not yet built")
    if months := len({month.month for month in provenance.lacking}):
        said.append(f"{count_of(months, 'month')} built by an earlier version")
    if any(c.demo for c in provenance.coverage):
        said.append("Demo data")
    return [part for part in said if part]


def _basis(provenance: Provenance) -> str:
    costs = sorted(((b.basis, b.cost) for b in provenance.basis if b.basis and b.cost), key=lambda c: -c[1])
    amounts = [cost for _, cost in costs]
    parts = zip(costs, shares(amounts, sum(amounts)), strict=True)
    words = [f"{basis.value} {part}" for (basis, _), part in parts]
    return f"Cost basis: {', '.join(words)}" if words else ""


def _coverage(provenance: Provenance) -> str:
    asked = sum(c.asked_days for c in provenance.coverage)
    covered = sum(c.covered_days for c in provenance.coverage)
    if not asked:
        return ""
    if asked == covered:
        days = max((c.asked_days for c in provenance.coverage), default=0)
        return f"Coverage: all {count_of(days, 'day')} of {count_of(len(provenance.coverage), 'connection')}"
    return (
        f"Coverage: {share(covered, asked)} of the days of {count_of(len(provenance.coverage), 'connection')}"
    )


def _bills(provenance: Provenance) -> str:
    """A change of bill inside the period: the days on both sides of it rest on different reports."""
    days = sorted({change.day for where in provenance.coverage for change in where.bills[1:]})
    more = " and later" if days[1:] else ""
    return f"Other reports from {day_label(days[0])} on{more}" if days else ""


def _awaited(provenance: Provenance) -> str:
    """Whose cost of today is still to come, where others' is there."""
    if all(connection.awaited for connection in provenance.coverage):
        return "Today's cost is not reported yet"
    origins = sorted({connection.origin.value for connection in provenance.coverage if connection.awaited})
    return f"Today's cost of {' and '.join(origins)} is not reported yet"


def _left_out(provenance: Provenance) -> None:
    lines = [f"- {markdown_text(line)}" for line in left_out(provenance)]
    lines += ["", "**How the cost is known**", ""]
    for basis in provenance.basis:
        if basis.basis:
            amount = short(_COST, basis.cost).replace("$", r"\$")
            tokens = short(_TOKENS, basis.tokens)
            word = BASIS_WORDS[basis.basis]
            lines.append(f"- {basis.basis.value.capitalize()}: {amount}, {tokens} tokens. {word}")
    st.markdown("\n".join(lines))


def left_out(provenance: Provenance) -> Iterator[str]:
    """What is not in the number, a sentence or two for each reason. Plain text."""
    yield NEVER_REPORTED
    yield from without_cost(provenance)
    for where in provenance.coverage:
        yield from _unknown(where)
    yield from (*_unbuilt(provenance), *_lacking(provenance), *_controls(provenance))
    for where in provenance.coverage:
        yield from _changes(where)
    for problem in provenance.problems:
        yield f"{isolated(problem.cost_center)}, {report_word(problem.stream)}: {problem.message}"


def _unbuilt(provenance: Provenance) -> Iterator[str]:
    """Months whose number here is of before they were pulled again."""
    names = {connection.connection_id: isolated(connection.cost_center) for connection in provenance.coverage}
    for month in provenance.unbuilt:
        yield (
            f"{names.get(month.connection_id, '')}: {month.month:%B %Y} was pulled but is not yet built; "
            "what is shown of it is of before. Sync again."
        )


def _lacking(provenance: Provenance) -> Iterator[str]:
    """Months that an earlier version built, and what they do not know."""
    names = {connection.connection_id: isolated(connection.cost_center) for connection in provenance.coverage}
    for month in provenance.lacking:
        yield (
            f"{names.get(month.connection_id, '')}: {month.month:%B %Y} was built by an earlier version, "
            f"without {', '.join(month.labels)}: unknown there until the next sync."
        )


def _unknown(where: ConnectionCoverage) -> Iterator[str]:
    """Which days of a connection are not in the number, and why."""
    if where.missing:
        spans = [f"{period_label(gap.period)} ({gap.kind.value})" for gap in where.missing[:NAMED_GAPS]]
        more = " and more" if where.missing[NAMED_GAPS:] else ""
        yield f"{isolated(where.cost_center)}: {', '.join(spans)}{more}. Unknown, not zero."
    if where.set_aside:
        rows, days = where.set_aside_words, count_of(len(where.set_aside), "day")
        yield f"{isolated(where.cost_center)}: {rows} of {days} could not be counted. The Sync page says why."
    if where.reduced:
        days = count_of(len(where.reduced), "day")
        yield f"{isolated(where.cost_center)}: {days} without every dimension; their sums are whole."
    if where.awaited:
        name = isolated(where.cost_center)
        yield f"{name}: today's cost, which is reported when the day is over; its use is there."
    if where.outside:
        yield f"{isolated(where.cost_center)}: its history begins after {day_label(where.outside[-1])}."


def _changes(where: ConnectionCoverage) -> Iterator[str]:
    """From which day on the days rest on which bill."""
    for change in where.bills[1:]:
        yield f"{isolated(where.cost_center)}: {change_sentence(change)}. No day is counted twice."


def report_word(stream: str) -> str:
    """A report or list as people call it: "usage report", "API keys"."""
    return _REPORTS.get(stream) or stream.replace("api", "API").replace("_", " ")


def differences(all_differences: tuple[ControlDifference, ...]) -> None:
    """Where the ledger and Anthropic's own sums differ by a fault, as an error for each kind."""
    for alike in _by_kind(all_differences, is_fault=True):
        st.error(_fault(alike), icon=":material/error:")


def _by_kind(
    differences: Iterable[ControlDifference], *, is_fault: bool
) -> Iterator[list[ControlDifference]]:
    kinds = dict.fromkeys(
        difference.measure
        for difference in differences
        if meaning_of(difference.measure).is_fault is is_fault
    )
    return ([difference for difference in differences if difference.measure == kind] for kind in kinds)


def _fault(alike: list[ControlDifference]) -> str:
    first, meaning = alike[0], meaning_of(alike[0].measure)
    there, expected = (exact(meaning.measure, value) for value in (first.actual, first.expected))
    says = (
        f"First: {isolated(first.cost_center)}, {day_label(first.day)}: "
        f"ledger {there}, Anthropic {expected}. "
        f"{meaning.means} {meaning.do} Touched: {meaning.touches}."
    )
    head = f"**The ledger and Anthropic's own sums differ in {meaning.compared} on {_days(alike)}.**"
    return f"{head} {markdown_text(says)}"


def _days(alike: list[ControlDifference]) -> str:
    return count_of(len({(difference.connection_id, difference.day) for difference in alike}), "day")


def _controls(provenance: Provenance) -> Iterator[str]:
    """What differs and is no fault, and what could not be compared."""
    for alike in _by_kind(provenance.differences, is_fault=False):
        meaning = meaning_of(alike[0].measure)
        off = exact(
            meaning.measure,
            abs(sum((difference.actual or 0) - (difference.expected or 0) for difference in alike)),
        )
        head = f"{meaning.compared.capitalize()}, {off} on {_days(alike)}"
        yield f"{head}: {meaning.means} {meaning.do} Touched: {meaning.touches}."
    for where in provenance.uncompared:
        yield (
            f"{isolated(where.cost_center)}: {count_of(where.days, 'day')} not compared with the "
            "organization's total, which Anthropic made at another time than the rows by user. "
            "The next sync pulls both."
        )
