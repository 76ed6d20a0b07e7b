"""The Efficiency page: what caching, batch, fast mode and US-only inference are worth; rates."""

from core.ui.app.answer_blocks import provenance_line
from core.ui.efficiency.effects import ask, effects_card, numbers
from core.ui.efficiency.rate_chart import rates_card
from core.ui.efficiency.tables import caching_card, discount_card

__all__ = [
    "ask",
    "caching_card",
    "discount_card",
    "effects_card",
    "numbers",
    "provenance_line",
    "rates_card",
]
