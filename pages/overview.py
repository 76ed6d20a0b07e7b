"""Overview: what this month costs, what moved, and how fresh the data is."""

from core.ui import overview
from core.ui.app.navigation import page

page("Overview", "What this month costs, and what changed")

found = overview.ask()
overview.month_numbers(found)
overview.plans_in_trouble(found)
overview.by_origin(found)
overview.worth_a_look(found)
overview.movers(found)
overview.tops(found)
course = overview.cost_over_time(found)
overview.freshness(found.ledger, found.today)
overview.provenance_line(course)
