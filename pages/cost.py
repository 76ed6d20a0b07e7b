"""Cost explorer: what was spent, on what, by whom."""

from core.ui import explorer
from core.ui.app.navigation import page

page("Cost", "What was spent, on what, by whom")

answer = explorer.ask("cost")
explorer.require_rows(answer)
explorer.numbers(answer)
explorer.chart_card(answer)
explorer.notes(answer)
explorer.table_card(answer)
explorer.provenance_line(answer)
