"""The People and API keys pages: who spends, who is idle, who deserves a look."""

from core.ui.ranking.attention import limits_card, lists_note, suspects, suspects_card
from core.ui.ranking.idle import idle_card, unused_card
from core.ui.ranking.summary import ask, notes, numbers, provenance_line
from core.ui.ranking.table import table_card

__all__ = [
    "ask",
    "idle_card",
    "limits_card",
    "lists_note",
    "notes",
    "numbers",
    "provenance_line",
    "suspects",
    "suspects_card",
    "table_card",
    "unused_card",
]
