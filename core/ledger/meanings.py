"""What a difference between the ledger and Anthropic's own sums means, what to do, and which views it
affects.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.dimensions import DIMENSIONS, MEASURES, Measure
from core.ledger.control import BELOW_USERS, BILL_TOTAL, BY_PRICE, COST_BY, LEGACY
from core.ledger.placed import NAMES


@dataclass(frozen=True)
class Meaning:
    """``compared``: what the two numbers are of. ``touches``: whose numbers are not to be relied on.

    ``is_fault`` is False where both numbers are right and only stand under other names.
    """

    measure: Measure
    compared: str
    means: str
    touches: str
    do: str
    is_fault: bool = True


_LEDGER = "The ledger does not hold what Anthropic's report holds: a fault of this program."
_REPORT = "Trust Anthropic's number, and report this as a bug. Syncing again does not help."
_TYPES = (
    "Anthropic's own total of the tokens is not the sum of the five token types: there may be a type that "
    "this version does not know."
)


def _of_ledger(measure: Measure) -> Meaning:
    label = measure.label.lower()
    return Meaning(measure, label, _LEDGER, f"every view of {label} on these days", _REPORT)


def _of_other_bill(measure: Measure) -> Meaning:
    label = measure.label.lower()
    return Meaning(
        measure,
        f"{label} on the legacy bill",
        "Anthropic's legacy reports tell another total than its newest ones, on which these days rest.",
        f"every view of {label} on these days",
        "Re-run history for these days on the Sync page. If it stays, ask Anthropic: both numbers are its.",
    )


def _of_tokens(compared: str) -> Meaning:
    return Meaning(
        MEASURES["tokens"],
        compared,
        _TYPES,
        "every view of tokens, effective rate and cache hit rate on these days",
        "Look for a newer version. Syncing again does not help.",
    )


def _of_name(name: str) -> Meaning:
    label = DIMENSIONS[name].label.lower()
    return Meaning(
        MEASURES["cost"],
        f"cost by {label}",
        f"The bill names another {label} than the usage that it covers: the cost stands under the usage's.",
        f"views by {label}; totals are right",
        "Nothing is to be done: the two reports differ, and such cost is marked as estimated or not matched.",
        is_fault=False,
    )


_MEANINGS = {
    BILL_TOTAL: Meaning(
        MEASURES["cost"],
        "total cost",
        "Anthropic's bill by workspace and description does not add up to Anthropic's own total of the day.",
        "every view of cost on these days",
        "Re-run history for these days on the Sync page. If it stays, ask Anthropic: both numbers are its.",
    ),
    BELOW_USERS: Meaning(
        MEASURES["cost"],
        "cost beyond the users'",
        "The organization's total is below the sum of its users: a credit, or a correction that only its "
        "report has. An unattributed row of less than nothing makes up for it.",
        "views by user; totals are right",
        "Nothing is to be done.",
        is_fault=False,
    ),
    BY_PRICE: Meaning(
        MEASURES["cost"],
        "cost by price",
        "Anthropic tells the cost of each key of these days, and not all prices behind it. The prices are "
        "estimated, and do not meet Anthropic's own sums by price.",
        "views by service tier, context window, inference geo and speed; totals are right",
        "Nothing is to be done: such cost is marked as estimated.",
        is_fault=False,
    ),
    "total_tokens": _of_tokens("total of tokens"),
    "user_total_tokens": _of_tokens("total of the users' tokens"),
    **{f"{COST_BY}{name}": _of_name(name) for name in NAMES},
}


def meaning_of(measure: str) -> Meaning:
    """Of a check's measure; those of users alone or of the newest reports carry "user_" or "analytics_"."""
    if measure.startswith(LEGACY):
        return _of_other_bill(MEASURES[measure.removeprefix(LEGACY)])
    name = measure.removeprefix("user_").removeprefix("analytics_")
    return _MEANINGS.get(measure) or _of_ledger(MEASURES[name])
