"""Agents: what agents cost and used, and who is behind use: user profiles, Slack channels."""

from core.ui import agents
from core.ui.app.navigation import page

page("Agents", "What agents cost, and what user profiles and Slack channels use")

agents_page = agents.ask()
agents.numbers(agents_page)
agents.chart_card(agents_page)
agents.table_card(agents_page)
agents.beside_line(agents_page)
agents.provenance_line(agents_page)
