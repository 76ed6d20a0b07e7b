"""The Overview: this month, what moved, what is worth a look, and how fresh it all is."""

from core.ui.overview.budgets import plans_in_trouble
from core.ui.overview.connections_card import freshness
from core.ui.overview.course import cost_over_time, provenance_line
from core.ui.overview.month import month_numbers
from core.ui.overview.movers_card import movers
from core.ui.overview.overview import ask
from core.ui.overview.tops import by_origin, tops
from core.ui.overview.worth import worth_a_look

__all__ = [
    "ask",
    "by_origin",
    "cost_over_time",
    "freshness",
    "month_numbers",
    "movers",
    "plans_in_trouble",
    "provenance_line",
    "tops",
    "worth_a_look",
]
