"""The Plans page, block by block."""

from core.ui.plans.budget import budget_card, plans_card
from core.ui.plans.pictures import burn_up_card, numbers, periods_card
from core.ui.plans.planned import ask, limits_card, provenance_line

__all__ = [
    "ask",
    "budget_card",
    "burn_up_card",
    "limits_card",
    "numbers",
    "periods_card",
    "plans_card",
    "provenance_line",
]
