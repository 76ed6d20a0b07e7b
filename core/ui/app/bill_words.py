"""Words for the bill that a connection's days rest on."""

from __future__ import annotations

from datetime import date

from core.bidi import isolated_list
from core.cost_basis import Bill
from core.dimensions import Origin
from core.errors import NotServed
from core.explore.provenance import ConnectionCoverage, Provenance
from core.formats import day_label
from core.periods import Period
from core.store.bills import Change, InUse
from core.store.learned import SERVED_YES

_WHY = {
    NotServed.HIPAA: "HIPAA readiness",
    NotServed.NOT_IN_BETA: "not in the beta",
    NotServed.NOT_SUPPORTED: "not for organizations of this kind",
    NotServed.NOT_FOUND: "not known for this organization",
}
_REPORTS = {Bill.ANALYTICS: "Analytics reports", Bill.LEGACY: "Legacy reports"}


def bill_label(in_use: InUse) -> str:
    """``Analytics reports since 2026-01-01``."""
    return _REPORTS[in_use.bill] + (f" since {day_label(in_use.since)}" if in_use.since else "")


def bill_sentence(in_use: InUse) -> str:
    """The same, with what it means."""
    why = ""
    if in_use.bill is Bill.LEGACY and in_use.served not in (None, SERVED_YES):
        why = f" The analytics reports are not served here: {why_not(in_use.served)}."
    return f"Bill: {bill_label(in_use)}.{why}"


def change_sentence(change: Change) -> str:
    """From which day on the days rest on which bill."""
    return f"days from {day_label(change.day)} on rest on Anthropic's {_REPORTS[change.bill].lower()}"


def bill_turns(provenance: Provenance, period: Period) -> tuple[tuple[date, str], ...]:
    """The days inside a period at which a connection's bill changes, each with all that changes then."""
    words: dict[date, list[str]] = {}
    for where in provenance.coverage:
        for change in where.bills[1:]:
            if period.start < change.day < period.end:
                words.setdefault(change.day, []).append(f"{where.cost_center}: {change_sentence(change)}")
    return tuple((day, "; ".join(words[day])) for day in sorted(words))


def without_list_cost(provenance: Provenance) -> str:
    """Whose list cost no report tells, of the days shown: ``A, B before Jan 1, 2026``. Empty: of nobody."""
    return isolated_list(filter(None, map(_without_list_cost, provenance.coverage)))


def _without_list_cost(where: ConnectionCoverage) -> str:
    bills = [change.bill for change in where.bills]
    if where.origin is Origin.CLAUDE_AI or Bill.LEGACY not in bills:
        return ""
    if Bill.ANALYTICS not in bills:
        return where.cost_center
    told_later = bills == [Bill.LEGACY, Bill.ANALYTICS]
    return f"{where.cost_center} {f'before {day_label(where.bills[1].day)}' if told_later else 'in part'}"


def why_not(served: str | None) -> str:
    """Why the newest reports are not served, in a few words."""
    return _WHY.get(served, "refused") if served in set(NotServed) else "refused"  # type: ignore[call-overload]
