"""Agents: what Claude Managed Agents cost and used, by agent, session, environment and deployment."""

from core.ui import agents
from core.ui.app.navigation import page

page("Agents", "What managed agents cost, by agent, session, environment, deployment")

agents_page = agents.ask()
agents.numbers(agents_page)
agents.chart_card(agents_page)
agents.table_card(agents_page)
agents.beside_line(agents_page)
agents.provenance_line(agents_page)
