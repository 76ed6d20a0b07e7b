"""Efficiency: what caching, batch, fast mode and US-only inference save or cost, and at which rates."""

from core.ui import efficiency, efficiency_rates, efficiency_tables
from core.ui.navigation import page

page("Efficiency", "What caching, batch and fast mode save or cost, from billed rates")

answer = efficiency.ask()
efficiency.numbers(answer)
efficiency.effects_card(answer)
efficiency_tables.caching_card(answer)
efficiency_rates.rates_card(answer)
efficiency_tables.discount_card(answer)
efficiency.provenance_line(answer)
