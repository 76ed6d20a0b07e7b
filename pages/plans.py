"""Plans: what was planned, what is spent of it, and where it will end."""

from core.ui import plans
from core.ui.app.navigation import page

page("Plans", "What was planned, what is spent of it, and where it will end")

plans_page = plans.ask()
plans.numbers(plans_page)
plans.burn_up_card(plans_page)
plans.periods_card(plans_page)
plans.budget_card(plans_page)
plans.plans_card(plans_page)
plans.limits_card(plans_page)
plans.provenance_line(plans_page)
