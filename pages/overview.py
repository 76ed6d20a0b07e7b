"""Overview: what this month costs, what moved, and how fresh the data is."""

from core.ui import overview
from core.ui.app.navigation import page

page("Overview", "What this month costs, and what changed")

this_month = overview.ask()
overview.month_numbers(this_month)
overview.plans_in_trouble(this_month)
overview.by_origin(this_month)
overview.worth_a_look(this_month)
overview.movers(this_month)
overview.tops(this_month)
course = overview.cost_over_time(this_month)
overview.freshness(this_month.ledger, this_month.today)
overview.provenance_line(course)
