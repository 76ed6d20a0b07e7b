"""Efficiency: what caching, batch, fast mode and US-only inference save or cost, and at which rates."""

from core.ui import efficiency
from core.ui.app.navigation import page

page("Efficiency", "What caching, batch and fast mode save or cost, from billed rates")

answer = efficiency.ask()
efficiency.numbers(answer)
efficiency.effects_card(answer)
efficiency.caching_card(answer)
efficiency.rates_card(answer)
efficiency.discount_card(answer)
efficiency.provenance_line(answer)
