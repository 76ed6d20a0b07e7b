"""Words for the bill that a connection's days rest on."""

from __future__ import annotations

from core.errors import NotServed
from core.formats import day_label
from core.store.bills import Bill, Change, InUse
from core.store.learned import SERVED_YES

_WHY = {
    NotServed.HIPAA: "HIPAA readiness",
    NotServed.NOT_IN_BETA: "not in the beta",
    NotServed.NOT_SUPPORTED: "not for organizations of this kind",
    NotServed.NOT_FOUND: "not known for this organization",
}
_REPORTS = {Bill.ANALYTICS: "Analytics reports", Bill.LEGACY: "Legacy reports"}


def bill_label(found: InUse) -> str:
    """``Analytics reports since 2026-01-01``."""
    return _REPORTS[found.bill] + (f" since {day_label(found.since)}" if found.since else "")


def bill_sentence(found: InUse) -> str:
    """The same, with what it means."""
    why = ""
    if found.bill is Bill.LEGACY and found.served not in (None, SERVED_YES):
        why = f" The analytics reports are not served here: {why_not(found.served)}."
    return f"Bill: {bill_label(found)}.{why}"


def change_sentence(change: Change) -> str:
    """From which day on the days rest on which bill."""
    return f"days from {day_label(change.day)} on rest on Anthropic's {_REPORTS[change.bill].lower()}"


def why_not(served: str | None) -> str:
    """Why the newest reports are not served, in a few words."""
    return _WHY.get(served, "refused") if served in set(NotServed) else "refused"  # type: ignore[call-overload]
