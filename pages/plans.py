"""Plans: what was planned, what is spent of it, and where it will end."""

from core.ui import plans
from core.ui.app.navigation import page

page("Plans", "What was planned, what is spent of it, and where it will end")

found = plans.ask()
plans.numbers(found)
plans.burn_up_card(found)
plans.periods_card(found)
plans.budget_card(found)
plans.plans_card(found)
plans.provenance_line(found)
