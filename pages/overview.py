"""Overview: what this month costs, what moved, and how fresh the data is."""

from core.ui import overview
from core.ui.app.navigation import page

page("Overview", "What this month costs, and what changed")

ledger = overview.require_data()
overview.month_numbers(ledger)
overview.origins_and_movers(ledger)
found = overview.cost_over_time(ledger)
overview.freshness(ledger)
overview.provenance_line(found)
