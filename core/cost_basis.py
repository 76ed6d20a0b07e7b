"""What a cost rests on, and the bases that lack cost or usage."""

from __future__ import annotations

from enum import StrEnum


class Bill(StrEnum):
    """Which of Anthropic's reports tells a cost. Kept in links and files: never renamed."""

    LEGACY = "legacy"
    ANALYTICS = "analytics"


class CostBasis(StrEnum):
    """What a row's cost rests on; or why there is no cost or no usage. Kept in links: never renamed."""

    BILLED = "billed"
    ALLOCATED = "allocated"
    ESTIMATED = "estimated"
    UNATTRIBUTED = "unattributed"
    COST_NOT_MATCHED = "cost not matched"
    USAGE_MISSING = "usage missing"
    USAGE_NOT_MATCHED = "usage not matched"
    NOT_PRICED = "not priced"
    NOT_BILLED = "not billed"
    COST_MISSING = "cost missing"


WITHOUT_USAGE = (CostBasis.UNATTRIBUTED, CostBasis.COST_NOT_MATCHED, CostBasis.USAGE_MISSING)
"""Bases of a cost that nobody is known to be behind."""
WITHOUT_COST = (
    CostBasis.USAGE_NOT_MATCHED, CostBasis.NOT_PRICED, CostBasis.NOT_BILLED, CostBasis.COST_MISSING,
)  # fmt: skip
"""Bases of usage that has no cost."""
