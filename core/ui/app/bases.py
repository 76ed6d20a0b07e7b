"""What a cost rests on, and why usage has no cost or a cost no usage, in words."""

from __future__ import annotations

from collections.abc import Iterator

from core.cost_basis import WITHOUT_COST, CostBasis
from core.dimensions import MEASURES
from core.explore.provenance import BasisTotal, Provenance
from core.formats import exact, share

BASIS_WORDS = {
    CostBasis.BILLED: "Anthropic's own amount for exactly this row.",
    CostBasis.ALLOCATED: "A share, by tokens, of a bill whose tokens all have one price.",
    CostBasis.ESTIMATED: (
        "A share of a bill that mixes prices, or may cover other usage too: tokens weigh what they cost "
        "where a bill shows it, else the published ratio."
    ),
    CostBasis.UNATTRIBUTED: (
        "Cost with nobody behind it in any report: code execution, session time, cost types not known; "
        "on claude.ai, what the organization's total has beyond its users, or less than they: a credit."
    ),
    CostBasis.COST_NOT_MATCHED: "Billed for tokens or searches that no usage was found for.",
    CostBasis.USAGE_MISSING: (
        "Billed for a day whose usage was not pulled, or was pulled before the day was over; on claude.ai, "
        "what a total has beyond its users that Anthropic made at another time."
    ),
    CostBasis.USAGE_NOT_MATCHED: (
        "Usage that no bill was found for, on a day with bills that no usage was found for."
    ),
    CostBasis.NOT_PRICED: (
        "Usage whose cost is in no report: Priority tier; on claude.ai, use within the plan's allotment."
    ),
    CostBasis.NOT_BILLED: "Usage that Anthropic billed nothing for, such as blocked requests.",
    CostBasis.COST_MISSING: "Usage of a day whose cost was not pulled, or is not reported yet.",
}
_COST, _TOKENS = MEASURES["cost"], MEASURES["tokens"]
_NAMED = [basis for basis in WITHOUT_COST if basis is not CostBasis.COST_MISSING]
"""Days without a cost are told as days, beside."""


def without_cost(provenance: Provenance) -> Iterator[str]:
    """For each reason why tokens have no cost: how many, and why. Plain text."""
    totals = {total.basis: total for total in provenance.basis}
    for basis in _NAMED:
        if basis in totals and totals[basis].tokens:
            tokens = exact(_TOKENS, totals[basis].tokens)
            other = _other_side(basis, totals)
            yield f"{basis.value.capitalize()}: {tokens} tokens. {BASIS_WORDS[basis]}{other}"


def _other_side(basis: CostBasis, totals: dict[CostBasis | None, BasisTotal]) -> str:
    """How much cost waits for the usage that is not matched."""
    other = totals.get(CostBasis.COST_NOT_MATCHED)
    if basis is not CostBasis.USAGE_NOT_MATCHED or other is None or not other.cost:
        return ""
    return f" Bills of {exact(_COST, other.cost)} are not matched either."


def basis_mark(provenance: Provenance) -> str:
    """How much of a number is estimated or not matched, for a place with little room; empty where none is."""
    costs = {total.basis: total.cost or 0 for total in provenance.basis}
    whole = sum(cost for basis, cost in costs.items() if basis)
    parts = {
        "estimated": costs.get(CostBasis.ESTIMATED, 0),
        "not matched": sum(costs.get(basis, 0) for basis in _UNMATCHED),
    }
    return ", ".join(f"{share(cost, whole)} {word}" for word, cost in parts.items() if cost)


_UNMATCHED = (CostBasis.COST_NOT_MATCHED, CostBasis.USAGE_MISSING)
