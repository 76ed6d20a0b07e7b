"""The quiet line under every view: basis, coverage, provisional days, freshness, and what is left out."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from core.dimensions import MEASURES, Measure
from core.explore.provenance import ConnectionCoverage, ControlDifference, Provenance
from core.formats import day_label, exact, period_label, share, short
from core.streams import STREAMS
from core.ui.app import times
from core.ui.app.bases import BASIS_WORDS, without_cost
from core.ui.app.bill_words import change_sentence
from core.ui.app.text import count_of, html_text, markdown_text

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
    """One line and its popover; differences between ledger and bill stand above it as an error."""
    differences(found.differences)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="origin-line"):
        parts = "".join(f"<span>{html_text(part)}</span>" for part in _parts(found))
        st.html(f'<div class="tl-line">{parts}</div>', width="content")
        with st.popover("What is not in this number", type="tertiary", icon=":material/info:"):
            _left_out(found)


def _parts(found: Provenance) -> list[str]:
    parts = [_basis(found), _coverage(found), _bills(found)]
    if days := found.provisional_days:
        parts.append(f"{count_of(len(days), 'provisional day')} since {day_label(days[0])}")
    if found.awaited_days:
        parts.append(_awaited(found))
    as_of = found.data_as_of
    parts.append(f"Data as of {times.instant_label(as_of)} UTC" if as_of else "Not all data pulled yet")
    if months := len({one.month for one in found.unbuilt}):
        parts.append(f"{count_of(months, 'month')} pulled but not yet built")
    if months := len({one.month for one in found.lacking}):
        parts.append(f"{count_of(months, 'month')} built by an earlier version")
    if any(c.demo for c in found.coverage):
        parts.append("Demo data")
    return [part for part in parts if part]


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


def _bills(found: Provenance) -> str:
    """A change of bill inside the period: the days on both sides of it rest on different reports."""
    days = sorted({change.day for one in found.coverage for change in one.bills[1:]})
    more = " and later" if days[1:] else ""
    return f"Other reports from {day_label(days[0])} on{more}" if days else ""


def _awaited(found: Provenance) -> str:
    """Whose cost of today is still to come, where others' is there."""
    if all(one.awaited for one in found.coverage):
        return "Today's cost is not reported yet"
    origins = sorted({one.origin.value for one in found.coverage if one.awaited})
    return f"Today's cost of {' and '.join(origins)} is not reported yet"


def _left_out(found: Provenance) -> None:
    lines = [f"- {NEVER_REPORTED}"]
    lines += [f"- {markdown_text(line)}" for line in without_cost(found)]
    lines += [f"- {markdown_text(line)}" for one in found.coverage for line in _unknown(one)]
    lines += [f"- {markdown_text(line)}" for line in (*_unbuilt(found), *_lacking(found))]
    lines += [f"- {markdown_text(line)}" for one in found.coverage for line in _changes(one)]
    for problem in found.problems:
        lines.append(
            f"- {markdown_text(problem.cost_center)}, {report_word(problem.stream)}: "
            f"{markdown_text(problem.message)}"
        )
    lines += ["", "**How the cost is known**", ""]
    for basis in found.basis:
        if basis.basis:
            amount = short(_COST, basis.cost).replace("$", r"\$")
            tokens = short(_TOKENS, basis.tokens)
            word = BASIS_WORDS[basis.basis]
            lines.append(f"- {basis.basis.value.capitalize()}: {amount}, {tokens} tokens. {word}")
    st.markdown("\n".join(lines))


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


_COMPARED = ("user", "analytics", "legacy")
"""What stands before the measure of some sums: the reports that they are of."""


def _changes(one: ConnectionCoverage) -> Iterator[str]:
    """From which day on the days rest on which bill."""
    for change in one.bills[1:]:
        yield f"{one.cost_center}: {change_sentence(change)}. No day is counted twice."


_COMPARED = ("user", "analytics", "legacy")
"""What stands before the measure of some sums: the reports that they are of."""


def measure_of(difference: ControlDifference) -> Measure:
    """What was compared; "user_cost" is the cost of the users alone."""
    of, _, name = difference.measure.partition("_")
    return MEASURES[name if of in _COMPARED else difference.measure]


def report_word(stream: str) -> str:
    """A report or list as people call it: "usage report", "API keys"."""
    return _REPORTS.get(stream) or stream.replace("api", "API").replace("_", " ")


def differences(found: tuple[ControlDifference, ...]) -> None:
    """Where the ledger and Anthropic's own totals differ, as an error; nothing where they agree."""
    if not found:
        return
    first = found[0]
    measure = measure_of(first)
    how_many = count_of(len(found), "place")
    st.error(
        f"**The ledger and Anthropic's own totals differ in {how_many}.** "
        + markdown_text(
            f"First: {first.cost_center}, {day_label(first.day)}, {measure.label.lower()}: ledger "
            f"{exact(measure, first.actual)}, Anthropic {exact(measure, first.expected)}. "
            "Trust Anthropic's number, and report this as a bug."
        ),
        icon=":material/error:",
    )
