"""Agents: what Claude Managed Agents cost and used, by agent, session, environment and deployment."""

from core.ui import agents
from core.ui.app.navigation import page

page("Agents", "What managed agents cost, by agent, session, environment, deployment")

found = agents.ask()
agents.numbers(found)
agents.chart_card(found)
agents.table_card(found)
agents.beside_line(found)
agents.provenance_line(found)
