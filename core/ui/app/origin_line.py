"""The quiet line under every view: basis, coverage, provisional days, freshness, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import streamlit as st

from core.dimensions import MEASURES
from core.explore.controls import ControlDifference
from core.explore.provenance import ConnectionCoverage, Provenance
from core.formats import day_label, exact, period_label, share, short
from core.ledger.meanings import meaning_of
from core.streams import STREAMS
from core.ui.app import html, times
from core.ui.app.bases import BASIS_WORDS, without_cost
from core.ui.app.text import count_of, markdown_text

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


def show(found: Provenance) -> None:
    """One line and its popover; faults between ledger and bill stand above it as an error."""
    differences(found.differences)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="origin-line"):
        html.show(html.div(map(html.span, parts(found)), cls="tl-line"), width="content")
        with st.popover("What is not in this number", type="tertiary", icon=":material/info:"):
            _left_out(found)


def parts(found: Provenance) -> list[str]:
    """What the line says: ``Cost basis: billed 81%``, ``Coverage: all 30 days of 2 connections``, …"""
    said = [_basis(found), _coverage(found)]
    if days := found.provisional_days:
        said.append(f"{count_of(len(days), 'provisional day')} since {day_label(days[0])}")
    if found.awaited_days:
        said.append(_awaited(found))
    as_of = found.data_as_of
    said.append(f"Data as of {times.instant_label(as_of)} UTC" if as_of else "Not all data pulled yet")
    if months := len({one.month for one in found.unbuilt}):
        said.append(f"{count_of(months, 'month')} pulled but not yet built")
    if months := len({one.month for one in found.lacking}):
        said.append(f"{count_of(months, 'month')} built by an earlier version")
    if any(c.demo for c in found.coverage):
        said.append("Demo data")
    return [part for part in said if part]


def _basis(found: Provenance) -> str:
    costs = {b.basis: b.cost for b in found.basis if b.basis and b.cost}
    whole = sum(costs.values())
    words = [
        f"{basis.value} {share(cost, whole)}" for basis, cost in sorted(costs.items(), key=lambda c: -c[1])
    ]
    return f"Cost basis: {', '.join(words)}" if words else ""


def _coverage(found: Provenance) -> str:
    asked = sum(c.asked_days for c in found.coverage)
    covered = sum(c.covered_days for c in found.coverage)
    if asked == covered:
        days = max((c.asked_days for c in found.coverage), default=0)
        return f"Coverage: all {count_of(days, 'day')} of {count_of(len(found.coverage), 'connection')}"
    return f"Coverage: {share(covered, asked)} of the days of {count_of(len(found.coverage), 'connection')}"


def _awaited(found: Provenance) -> str:
    """Whose cost of today is still to come, where others' is there."""
    if all(one.awaited for one in found.coverage):
        return "Today's cost is not reported yet"
    origins = sorted({one.origin.value for one in found.coverage if one.awaited})
    return f"Today's cost of {' and '.join(origins)} is not reported yet"


def _left_out(found: Provenance) -> None:
    lines = [f"- {markdown_text(line)}" for line in left_out(found)]
    lines += ["", "**How the cost is known**", ""]
    for basis in found.basis:
        if basis.basis:
            amount = short(_COST, basis.cost).replace("$", r"\$")
            tokens = short(_TOKENS, basis.tokens)
            word = BASIS_WORDS[basis.basis]
            lines.append(f"- {basis.basis.value.capitalize()}: {amount}, {tokens} tokens. {word}")
    st.markdown("\n".join(lines))


def left_out(found: Provenance) -> Iterator[str]:
    """What is not in the number, a sentence or two for each reason. Plain text."""
    yield NEVER_REPORTED
    yield from without_cost(found)
    for one in found.coverage:
        yield from _unknown(one)
    yield from (*_unbuilt(found), *_lacking(found), *_controls(found))
    for problem in found.problems:
        yield f"{problem.cost_center}, {report_word(problem.stream)}: {problem.message}"


def _unbuilt(found: Provenance) -> Iterator[str]:
    """Months whose number here is of before they were pulled again."""
    names = {one.connection_id: one.cost_center for one in found.coverage}
    for one in found.unbuilt:
        yield (
            f"{names.get(one.connection_id, '')}: {one.month:%B %Y} was pulled but is not yet built; what is "
            "shown of it is of before. Sync again."
        )


def _lacking(found: Provenance) -> Iterator[str]:
    """Months that an earlier version built, and what they do not know."""
    names = {one.connection_id: one.cost_center for one in found.coverage}
    for one in found.lacking:
        yield (
            f"{names.get(one.connection_id, '')}: {one.month:%B %Y} was built by an earlier version, without "
            f"{', '.join(one.labels)}: unknown there until the next sync."
        )


def _unknown(one: ConnectionCoverage) -> Iterator[str]:
    """Which days of a connection are not in the number, and why."""
    if one.missing:
        spans = [f"{period_label(gap.period)} ({gap.kind.value})" for gap in one.missing[:NAMED_GAPS]]
        more = " and more" if one.missing[NAMED_GAPS:] else ""
        yield f"{one.cost_center}: {', '.join(spans)}{more}. Unknown, not zero."
    if one.set_aside:
        rows, days = count_of(one.rows_set_aside, "row"), count_of(len(one.set_aside), "day")
        yield f"{one.cost_center}: {rows} of {days} could not be counted. The Sync page says why."
    if one.reduced:
        days = count_of(len(one.reduced), "day")
        yield f"{one.cost_center}: {days} without every dimension; their sums are whole."
    if one.awaited:
        yield f"{one.cost_center}: today's cost, which is reported when the day is over; its use is there."
    if one.outside:
        yield f"{one.cost_center}: its history begins after {day_label(one.outside[-1])}."


def report_word(stream: str) -> str:
    """A report or list as people call it: "usage report", "API keys"."""
    return _REPORTS.get(stream) or stream.replace("api", "API").replace("_", " ")


def differences(found: tuple[ControlDifference, ...]) -> None:
    """Where the ledger and Anthropic's own sums differ by a fault, as an error for each kind."""
    for alike in _by_kind(found, is_fault=True):
        st.error(_fault(alike), icon=":material/error:")


def _by_kind(found: Iterable[ControlDifference], *, is_fault: bool) -> Iterator[list[ControlDifference]]:
    kinds = dict.fromkeys(one.measure for one in found if meaning_of(one.measure).is_fault is is_fault)
    return ([one for one in found if one.measure == kind] for kind in kinds)


def _fault(alike: list[ControlDifference]) -> str:
    first, meaning = alike[0], meaning_of(alike[0].measure)
    there, expected = (exact(meaning.measure, value) for value in (first.actual, first.expected))
    says = (
        f"First: {first.cost_center}, {day_label(first.day)}: ledger {there}, Anthropic {expected}. "
        f"{meaning.means} {meaning.do} Touched: {meaning.touches}."
    )
    head = f"**The ledger and Anthropic's own sums differ in {meaning.compared} on {_days(alike)}.**"
    return f"{head} {markdown_text(says)}"


def _days(alike: list[ControlDifference]) -> str:
    return count_of(len({(one.connection_id, one.day) for one in alike}), "day")


def _controls(found: Provenance) -> Iterator[str]:
    """What differs and is no fault, and what could not be compared."""
    for alike in _by_kind(found.differences, is_fault=False):
        meaning = meaning_of(alike[0].measure)
        off = exact(meaning.measure, abs(sum((one.actual or 0) - (one.expected or 0) for one in alike)))
        head = f"{meaning.compared.capitalize()}, {off} on {_days(alike)}"
        yield f"{head}: {meaning.means} {meaning.do} Touched: {meaning.touches}."
    for one in found.uncompared:
        yield (
            f"{one.cost_center}: {count_of(one.days, 'day')} not compared with the organization's total, "
            "which Anthropic made at another time than the rows by user. The next sync pulls both."
        )
