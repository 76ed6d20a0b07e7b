"""Usage explorer: how many tokens, requests and searches, on what, by whom."""

from core.ui import explorer
from core.ui.app.navigation import page

page("Usage", "How much was used, on what, by whom")

answer = explorer.ask("usage")
explorer.require_rows(answer)
explorer.numbers(answer)
explorer.chart_card(answer)
explorer.notes(answer)
explorer.table_card(answer)
explorer.provenance_line(answer)
