"""The Cost and Usage pages: one question to the ledger, its numbers, its shape, its detail."""

from core.ui.app.answer_blocks import notes, provenance_line, require_rows
from core.ui.explorer.cards import ask, chart_card, numbers
from core.ui.explorer.detail import table_card

__all__ = [
    "ask",
    "chart_card",
    "notes",
    "numbers",
    "provenance_line",
    "require_rows",
    "table_card",
]
