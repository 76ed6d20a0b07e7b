"""The Agents page: what agents cost and used, in a report of its own.

Beside it stands what the ledger has for the same product: the two are never added up.
"""

from core.ui.agents.agent_cards import beside_line, chart_card, numbers, provenance_line, table_card
from core.ui.agents.page import ask

__all__ = [
    "ask",
    "beside_line",
    "chart_card",
    "numbers",
    "provenance_line",
    "table_card",
]
